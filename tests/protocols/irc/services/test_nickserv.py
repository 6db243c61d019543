"""NickServ: what people say about their accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.protocols.irc.services import NICKSERV
from chatdaemon.protocols.irc.services.service import confirmation
from chatdaemon.realm.accounts import Account, AccountSetting, Credentials
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import ChangeCredentials, CreateInvitation, SuspendAccount
from chatdaemon.realm.settings import Custom, Policy, Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in, make_operator
from tests.protocols.irc.services.said import says as said
from tests.world import AUTHENTICATION, Client, World

PRINT = "ab" * 32


def says(client: Client, words: str) -> list[str]:
    return said(client, "NickServ", words)


def account(world: World, name: str) -> Account:
    found = world.realm.account(name)
    assert found is not None
    return found


def is_there(world: World, name: str) -> bool:
    return world.realm.account(name) is not None


@pytest.fixture
def alice(world: World) -> Client:
    """Logged in to the account "alice", whose password is "sesame"."""
    alice = world.irc("alice")
    log_in(alice, "alice")
    return alice


@pytest.mark.parametrize("name", sorted(NICKSERV.subcommands))
def test_every_command_says_how_it_is_written_and_what_it_needs(world: World, name: str) -> None:
    client = world.irc("boss")
    make_operator(client, Privilege.ACCOUNTS)
    subcommand = NICKSERV.subcommands[name]
    syntax = f"Syntax: {name} {subcommand.syntax}".rstrip()
    assert says(client, f"HELP {name}")[0] == syntax
    if subcommand.least:
        too_few = " ".join([name, *["x"] * (subcommand.least - 1)])
        assert says(client, too_few) == [syntax, f"/msg NickServ HELP {name} says more."]


@pytest.mark.parametrize(
    "words",
    [
        "LOGOUT",
        "PASSWD a b",
        "SET PRIVATE on",
        "SET EMAIL a@example.org",
        "SET PASSWORD a b",
        "GET",
        "CERT LIST",
        "GROUP",
        "UNGROUP",
        "GHOST x",
        "DROP",
        "CLIENTS",
        "DEVICES",
    ],
)
def test_what_is_about_ones_own_account_needs_a_login(world: World, words: str) -> None:
    assert says(world.irc("bob"), words) == ["You must be logged in to an account."]


@pytest.mark.parametrize("name", [name for name, each in NICKSERV.subcommands.items() if each.privilege])
def test_what_is_for_operators_is_for_operators(alice: Client, name: str) -> None:
    assert says(alice, f"{name} x y z") == ["You are not an operator of this server."]
    make_operator(alice, Privilege.KILL)
    assert says(alice, f"{name} x y z") == ["You need the privilege accounts."]


# REGISTER, VERIFY, RESEND


def test_register_makes_an_account_of_the_nick(world: World) -> None:
    alice = world.irc("alice")
    assert says(alice, "REGISTER opensesame alice@example.org") == [
        ":irc.test 900 alice alice!alice@192.0.2.1 alice :You are now logged in as alice",
        "The account alice is registered.",
    ]
    assert account(world, "alice").email == "alice@example.org"
    assert says(alice, "REGISTER opensesame") == ["You are logged in as alice already."]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("short", "A password needs 8 characters at least."),
        ("opensesame nonsense", "That is not an e-mail address."),
    ],
)
def test_register_says_what_is_wrong(world: World, words: str, text: str) -> None:
    assert says(world.irc("alice"), f"REGISTER {words}") == [text]


def test_register_says_whose_the_nick_is(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(reserve_nicks=False))
    world.account("alice")
    assert says(world.irc("alice"), "REGISTER opensesame") == ["The account alice exists already."]


def test_register_takes_an_invitation(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(registration=Policy.INVITATION))
    world.node.submit(None, CreateInvitation("come-in", 1))
    world.settle()
    alice = world.irc("alice")
    assert says(alice, "REGISTER opensesame") == [
        "You need an invitation code that is still good to register here."
    ]
    assert says(alice, "REGISTER opensesame * come-in")[-1] == "The account alice is registered."


def test_an_address_is_confirmed_and_another_code_sent(make_world: MakeWorld) -> None:
    world = make_world(
        settings=Settings(verify_email=True, registration=Policy.APPROVAL),
        authentication=replace(AUTHENTICATION, verify_email=True),
    )
    alice = world.irc("alice")
    assert says(alice, "REGISTER opensesame alice@example.org") == [
        "The account alice is registered.",
        "A code has been sent to alice@example.org. To go on: /msg NickServ VERIFY alice <code>",
    ]
    first = account(world, "alice").code
    assert says(alice, "RESEND") == ["Another code has been sent."]
    second = account(world, "alice").code
    assert first is not None
    assert second is not None
    assert says(alice, f"VERIFY {first.text}") == [
        "This is not the code that was sent for alice, or it is too old."
    ]
    assert says(alice, f"VERIFY alice {second.text}") == [
        "The e-mail address of alice is confirmed.",
        "An operator has to approve of the account before it can be used.",
    ]
    assert says(alice, "RESEND alice") == ["There is nothing to verify for alice."]
    assert says(alice, "IDENTIFY opensesame") == ["An operator has to approve of your account first."]


def test_an_account_that_waits_for_approval_says_so(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(registration=Policy.APPROVAL))
    assert says(world.irc("alice"), "REGISTER opensesame") == [
        "The account alice is registered.",
        "An operator has to approve of it before it can be used.",
    ]


def test_codes_are_sent_for_accounts_that_there_are_and_not_without_end(make_world: MakeWorld) -> None:
    world = make_world(
        settings=Settings(verify_email=True), authentication=replace(AUTHENTICATION, verify_email=True)
    )
    alice = world.irc("alice")
    assert says(alice, "RESEND") == ["There is no account alice."]
    alice.send("NS REGISTER opensesame alice@example.org")
    alice.read()
    for _ in range(3):
        assert says(alice, "RESEND") == ["Another code has been sent."]
    assert says(alice, "RESEND")[0].startswith("Too many attempts, try again in ")


# IDENTIFY, LOGOUT


@pytest.mark.parametrize("name", ["IDENTIFY", "LOGIN", "ID"])
def test_identify_logs_in(world: World, name: str) -> None:
    world.account("alice", nicks=("al",))
    other = world.irc("wanderer")
    lines = says(other, f"{name} al sesame")
    assert ":wanderer!wanderer@192.0.2.1 NICK :alice" in lines
    assert any(line.endswith(" alice :You are now logged in as alice") for line in lines)
    assert world.realm.nicks["alice"].account == "alice"


def test_identify_without_a_name_means_the_nick(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(reserve_nicks=False))
    world.account("alice")
    alice = world.irc("alice")
    assert says(alice, "IDENTIFY wrong") == ["Invalid account credentials."]
    assert says(alice, "IDENTIFY sesame") == [
        ":irc.test 900 alice alice!alice@192.0.2.1 alice :You are now logged in as alice"
    ]


def test_a_suspended_account_says_why(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(reserve_nicks=False))
    world.account("alice")
    world.node.submit(None, SuspendAccount("alice", "spam"))
    world.settle()
    assert says(world.irc("bob"), "IDENTIFY alice sesame") == ["Your account has been suspended: spam."]


def test_logout_logs_out(alice: Client) -> None:
    assert says(alice, "LOGOUT") == [
        ":irc.test 901 alice alice!alice@192.0.2.1 :You are now logged out",
        "You are logged out.",
    ]


# DROP


def test_drop_wants_a_confirmation(world: World, alice: Client) -> None:
    code = confirmation(f"NickServ DROP {account(world, 'alice').id}")
    asked = [
        "The account alice will be gone for good, with all that belongs to it.",
        f"To go on: /msg NickServ DROP alice {code}",
    ]
    assert says(alice, "DROP") == asked
    assert says(alice, "DROP alice nonsense") == asked
    assert is_there(world, "alice")
    assert says(alice, f"DROP alice {code}")[-1] == "The account alice is gone."
    assert not is_there(world, "alice")
    assert world.realm.nicks["alice"].account is None


def test_drop_of_anothers_account_is_for_operators(world: World, alice: Client) -> None:
    world.account("bob")
    code = confirmation(f"NickServ DROP {account(world, 'bob').id}")
    assert says(alice, f"DROP bob {code}") == ["You are not an operator of this server."]
    assert is_there(world, "bob")
    make_operator(alice, Privilege.ACCOUNTS)
    assert says(alice, f"DROP bob {code}")[-1] == "The account bob is gone."
    assert says(alice, "DROP bob") == ["There is no account bob."]


# GROUP, UNGROUP, GHOST, RECOVER


def test_a_nick_is_grouped_and_given_up(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_is_account=False))
    alice = world.irc("alice")
    log_in(alice, "alice")
    alice.send("NICK al")
    alice.read()
    assert says(alice, "GROUP") == ["The nickname al belongs to your account now."]
    assert account(world, "alice").nicks == ("al",)
    assert says(alice, "UNGROUP") == ["The nickname al belongs to your account no longer."]
    assert says(alice, "UNGROUP nobody") == ["The nickname nobody does not belong to your account."]


@pytest.mark.parametrize("name", ["RECOVER", "REGAIN", "RELEASE"])
def test_recover_gives_the_nick_back(world: World, name: str) -> None:
    world.account("alice", nicks=("al",))
    holder = world.irc("holder")
    log_in(holder, "alice")
    holder.send("NICK al")
    alice = world.irc("guest")
    log_in(alice, "alice")
    assert says(alice, f"{name} al")[-1] == "The nickname al is yours again."
    assert holder.closed
    assert world.realm.nicks["al"].account == "alice"


def test_ghost_frees_the_nick(world: World) -> None:
    world.account("alice", nicks=("al",))
    holder = world.irc("holder")
    log_in(holder, "alice")
    holder.send("NICK al")
    alice = world.irc("guest")
    log_in(alice, "alice")
    assert says(alice, "GHOST al")[-1] == "The nickname al is free again."
    assert holder.closed
    assert "al" not in world.realm.nicks
    assert says(alice, "GHOST al") == ["Nobody is called al."]
    assert says(alice, "GHOST bob") == ["The nickname bob does not belong to your account."]


def test_a_password_makes_it_a_login_too(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_is_account=False))
    world.account("alice")
    holder = world.irc("holder")
    log_in(holder, "alice")
    holder.send("NICK alice")
    guest = world.irc("guest")
    assert says(guest, "GHOST alice wrong") == ["Invalid account credentials."]
    assert not holder.closed
    assert says(guest, "RECOVER alice sesame")[-1] == "The nickname alice is yours again."
    assert holder.closed
    assert world.realm.nicks["alice"].account == "alice"
    assert says(guest, "GHOST nobody sesame") == ["Invalid account credentials."]


# PASSWD, SET, GET, CERT


def test_the_password_is_changed_by_who_knows_the_old_one(world: World, alice: Client) -> None:
    assert says(alice, "PASSWD wrong opensesame") == ["Invalid account credentials."]
    assert says(alice, "PASSWD sesame short") == ["A password needs 8 characters at least."]
    assert says(alice, "PASSWD sesame opensesame") == ["Your password is changed."]
    assert account(world, "alice").credentials == Credentials(password="hash of opensesame")
    assert says(alice, "SET PASSWORD opensesame") == [
        "Syntax: SET <setting> <value>",
        "/msg NickServ HELP SET says more.",
    ]
    assert says(alice, "SET PASSWORD opensesame sesame-street") == ["Your password is changed."]


def test_who_has_no_password_gets_one(world: World, alice: Client) -> None:
    world.node.submit(None, ChangeCredentials(Credentials(), "alice"))
    world.settle()
    assert says(alice, "PASSWD * opensesame") == ["Your password is changed."]


@pytest.mark.parametrize("setting", [AccountSetting.ENFORCE, AccountSetting.PRIVATE])
def test_settings_are_set_and_shown(world: World, alice: Client, setting: AccountSetting) -> None:
    name = setting.value.upper()
    assert says(alice, f"GET {name}") == [f"  {name:12} default"]
    assert says(alice, f"SET {name} ON") == [f"{name} is on now."]
    assert account(world, "alice").settings[setting] == "on"
    assert says(alice, f"get {name}") == [f"  {name:12} on"]
    assert says(alice, f"SET {name} default") == [f"{name} is default now."]
    assert not account(world, "alice").settings
    assert says(alice, f"SET {name} perhaps") == [
        f'{setting.value} cannot be set so: It can be "on" or "off".'
    ]


def test_who_stays_and_is_away_is_said_in_words(world: World, alice: Client) -> None:
    leaves = "you leave with your last client"
    stays = "you stay in your channels when your last client leaves"
    assert says(alice, "GET ALWAYS-ON") == [f"  ALWAYS-ON    default (off unless you set it): {leaves}"]
    assert says(alice, "SET ALWAYS-ON ON") == [f"ALWAYS-ON is on now: {stays}."]
    assert says(alice, "GET ALWAYS-ON") == [f"  ALWAYS-ON    on (off unless you set it): {stays}"]
    assert "  Always on    yes" in says(alice, "INFO")
    assert says(alice, "SET ALWAYS-ON default") == [f"ALWAYS-ON is default now: {leaves}."]
    assert "  Always on    no" in says(alice, "INFO")
    assert says(alice, "SET AUTO-AWAY off") == [
        "AUTO-AWAY is off now: who is always on does not become away when the last client leaves."
    ]


@pytest.mark.parametrize(
    ("custom", "why", "comes"),
    [
        (Custom.OFF, "this server does it for nobody", "you leave with your last client"),
        (
            Custom.ALWAYS,
            "this server does it for everybody",
            "you stay in your channels when your last client leaves",
        ),
    ],
)
def test_what_the_server_decides_is_not_set(
    make_world: MakeWorld, custom: Custom, why: str, comes: str
) -> None:
    world = make_world(settings=Settings(always_on=custom))
    alice = world.irc("alice")
    log_in(alice, "alice")
    assert says(alice, "SET ALWAYS-ON on") == [f"always-on cannot be set so: {why}."]
    assert says(alice, "GET ALWAYS-ON") == [f"  ALWAYS-ON    default ({why}): {comes}"]


def test_settings_that_there_are_not(alice: Client) -> None:
    no = ['There is no setting "colour". /msg NickServ HELP SET lists them.']
    assert says(alice, "SET colour red") == no
    assert says(alice, "GET colour") == no
    assert [row.split()[0] for row in says(alice, "GET")] == [
        "ENFORCE", "ALWAYS-ON", "AUTO-AWAY", "PRIVATE", "EMAIL"
    ]  # fmt: skip


def test_every_setting_is_in_the_help(alice: Client) -> None:
    lines = says(alice, "HELP SET")
    for setting in AccountSetting:
        assert any(line.startswith(f"{setting.value.upper()}: ") for line in lines)


def test_the_address_is_changed(world: World, alice: Client) -> None:
    assert says(alice, "SET EMAIL alice@example.org") == ["Your e-mail address is alice@example.org now."]
    assert account(world, "alice").email == "alice@example.org"
    assert says(alice, "SET EMAIL nonsense") == ["That is not an e-mail address."]
    assert says(alice, "SET EMAIL *") == ["Your account has no e-mail address now."]
    assert account(world, "alice").email is None


def test_the_address_is_changed_when_it_is_confirmed(make_world: MakeWorld) -> None:
    world = make_world(
        settings=Settings(verify_email=True), authentication=replace(AUTHENTICATION, verify_email=True)
    )
    alice = world.irc("alice")
    log_in(alice, "alice")
    assert says(alice, "SET EMAIL alice@example.org") == [
        "A code has been sent to alice@example.org. To go on: /msg NickServ VERIFY alice <code>"
    ]
    assert says(alice, "GET EMAIL") == ["  EMAIL        none; alice@example.org is still to be confirmed"]
    code = account(world, "alice").code
    assert code is not None
    assert says(alice, f"VERIFY {code.text}") == ["The e-mail address of alice is confirmed."]
    assert account(world, "alice").email == "alice@example.org"


def test_certificates_are_added_listed_and_taken_away(world: World, alice: Client) -> None:
    written = ":".join([PRINT[at : at + 2] for at in range(0, 64, 2)]).upper()
    assert says(alice, "CERT LIST") == ["Certificates: 0"]
    assert says(alice, f"CERT ADD {written}") == [f"The certificate {PRINT} logs in to your account now."]
    assert account(world, "alice").certificates == (PRINT,)
    assert says(alice, "cert list") == [f"  {PRINT}", "Certificates: 1"]
    assert says(alice, f"CERT DEL {PRINT}") == [f"The certificate {PRINT} is taken away."]
    assert says(alice, f"CERT DEL {PRINT}") == ["The account has no such certificate."]


def test_the_certificate_of_the_connection_need_not_be_written(alice: Client) -> None:
    class Certificate:
        def digest(self, name: str) -> bytes:
            return PRINT.encode()

    alice.transport.getPeerCertificate = Certificate  # type: ignore[method-assign, assignment]
    assert says(alice, "CERT ADD") == [f"The certificate {PRINT} logs in to your account now."]
    assert says(alice, "CERT LIST") == [f"  {PRINT} (this connection)", "Certificates: 1"]
    assert says(alice, "CERT DEL") == [f"The certificate {PRINT} is taken away."]


def test_what_cert_does_not_understand(alice: Client) -> None:
    assert says(alice, "CERT ADD") == [
        "You are connected without a certificate: give the fingerprint of the one that you mean."
    ]
    assert says(alice, "CERT KEEP")[0].startswith("Syntax: CERT LIST")
    assert says(alice, "CERT ADD xyz")[0].startswith("certificate cannot be set so: ")


# INFO, STATUS, ACC, CLIENTS, DEVICES


def test_info_tells_everybody_what_is_no_secret(world: World, alice: Client) -> None:
    bob = world.irc("bob")
    head, registered, here = says(bob, "INFO alice")
    assert head == "The account alice:"
    assert registered.startswith("  Registered   2026-01-01 00:00:0")
    assert here == "  Here as      alice"
    assert says(bob, "INFO nobody") == ["There is no account nobody."]
    assert says(bob, "INFO") == ["There is no account bob."]


def test_info_tells_the_owner_more(world: World, alice: Client) -> None:
    alice.send("NS SET EMAIL alice@example.org", "NS SET PRIVATE on", "JOIN #tea", "CS REGISTER #tea")
    alice.read()
    rows = says(alice, "INFO")
    assert "  E-mail       alice@example.org" in rows
    assert "  Founder of   #tea" in rows
    assert "  Certificates 0" in rows
    assert "  Settings     private on" in rows
    bob = world.irc("bob")
    assert says(bob, "INFO alice")[1:] == ["It is registered. Its owner shows nothing else."]
    make_operator(bob, Privilege.ACCOUNTS)
    assert says(bob, "INFO alice") == rows


def test_info_of_one_who_is_not_here(world: World) -> None:
    world.account("carol", nicks=("caro",))
    world.node.submit(None, SuspendAccount("carol", "spam"))
    world.settle()
    rows = says(world.irc("bob"), "INFO caro")
    assert rows[2].startswith("  Last seen    2026-01-01 ")
    assert rows[3:] == ["  Nicknames    carol, caro", "  Standing     it is suspended: spam"]


def test_info_tells_of_what_is_asked_for_and_not_there_yet(make_world: MakeWorld) -> None:
    world = make_world(
        settings=Settings(verify_email=True), authentication=replace(AUTHENTICATION, verify_email=True)
    )
    alice, boss = world.irc("alice"), world.irc("boss")
    log_in(alice, "alice")
    make_operator(boss, Privilege.VHOSTS)
    alice.send("NS SET EMAIL alice@example.org", "HS REQUEST tea.example")
    boss.send("HS APPROVE alice")
    alice.send("HS REQUEST cocoa.example")
    alice.read()
    rows = says(alice, "INFO")
    assert "  E-mail       alice@example.org (still to be confirmed)" in rows
    assert "  Host         tea.example" in rows
    assert "  Host asked   cocoa.example" in rows


@pytest.mark.parametrize("words", ["IDENTIFY alice sesame", "IDENTIFY alice wrong"])
def test_whoever_leaves_while_a_password_is_checked_is_told_nothing(world: World, words: str) -> None:
    world.account("alice")
    wanderer = world.irc("wanderer")
    wanderer.connection.dataReceived(f"NS {words}\r\n".encode())
    wanderer.vanish()
    assert not world.realm.users


def test_status_is_a_digit(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(reserve_nicks=False))
    world.account("bob")
    alice = world.irc("alice")
    log_in(alice, "alice")
    world.irc("bob")
    world.irc("carol")
    assert says(alice, "STATUS Alice bob carol nobody") == [
        "STATUS alice 3 alice",
        "STATUS bob 1 *",
        "STATUS carol 0 *",
        "STATUS nobody 0 *",
    ]
    assert says(alice, "STATUS") == ["STATUS alice 3 alice"]
    assert says(alice, "ACC bob") == ["bob ACC 1"]
    assert says(alice, "ACC") == ["alice ACC 3"]


def test_clients_are_shown_to_their_owner(world: World, alice: Client) -> None:
    (head, row) = says(alice, "CLIENTS")
    assert head == "The clients of alice: 1"
    assert row.startswith("  alice        (no name) from 192.0.2.1 since 2026-01-01 ")
    assert row.endswith(" (this one)")
    bob = world.irc("bob")
    assert says(bob, "CLIENTS alice") == ["You are not an operator of this server."]
    make_operator(bob, Privilege.ACCOUNTS)
    assert not says(bob, "CLIENTS alice")[1].endswith("(this one)")


def test_a_client_is_shown_with_its_device_and_whether_it_is_secure(world: World, alice: Client) -> None:
    phone = world.connect_irc(secure=True, address="192.0.2.9")
    phone.send("PASS alice@Phone:sesame", "NICK alice", "USER a 0 * :A")
    assert says(alice, "IDENTIFY alice@laptop sesame") != []
    head, laptop, mobile = says(phone, "SESSIONS")
    assert head == "The clients of alice: 2"
    assert laptop.startswith("  alice        laptop from 192.0.2.1 since 2026-01-01 ")
    assert mobile.startswith("  alice        phone from 192.0.2.9 over TLS since 2026-01-01 ")
    assert (laptop.endswith("(this one)"), mobile.endswith("(this one)")) == (False, True)


def test_who_is_always_on_is_among_them_without_a_client(world: World, alice: Client) -> None:
    says(alice, "SET ALWAYS-ON ON")
    alice.send("QUIT")
    bob = world.irc("bob")
    make_operator(bob, Privilege.ACCOUNTS)
    head, row = says(bob, "CLIENTS alice")
    assert head == "The clients of alice: 1"
    assert row.startswith("  alice        always on, without a client since 2026-01-01 ")


def test_devices_are_shown_and_forgotten(world: World, alice: Client) -> None:
    assert says(alice, "DEVICES") == ["The devices of alice: 0"]
    for device in ("@phone", ""):
        client = world.connect_irc()
        client.send(f"PASS alice{device}:sesame", "NICK alice", "USER a 0 * :A", "QUIT")
    head, phone, unnamed = says(alice, "DEVICES LIST")
    assert head == "The devices of alice: 2"
    assert phone.startswith("  phone        told up to 2026-01-01 ")
    assert unnamed.startswith("  (no name)    told up to 2026-01-01 ")
    assert says(alice, "DEVICES DEL Phone") == ["The device phone is forgotten."]
    assert says(alice, "DEVICES DEL phone") == ["Your account has no device of this name."]
    assert says(alice, "DEVICES DEL (no name)") == ["The device (no name) is forgotten."]
    assert says(alice, "DEVICES") == ["The devices of alice: 0"]
    assert says(alice, "DEVICES DEL")[0] == "Syntax: DEVICES [LIST] | DEL <device>"
    assert says(alice, "DEVICES SELL x")[0] == "Syntax: DEVICES [LIST] | DEL <device>"


# Nothing of it is for others.


def test_passwords_reach_nobody_else(world: World) -> None:
    alice, bob = world.irc("alice", caps="echo-message"), world.irc("bob")
    alice.send("JOIN #tea")
    bob.send("JOIN #tea")
    bob.read()
    alice.send("PRIVMSG NickServ :REGISTER opensesame", "PRIVMSG NickServ :IDENTIFY opensesame")
    assert ":alice!alice@192.0.2.1 PRIVMSG NickServ :REGISTER opensesame" in alice.read()
    assert bob.read() == []
