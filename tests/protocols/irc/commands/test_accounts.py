"""REGISTER, VERIFY and SAREGISTER, PASS account:password, and servers that take nobody without an account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.accounts import Account, Standing
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import CreateInvitation
from chatdaemon.realm.settings import Policy, Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import make_operator
from tests.world import AUTHENTICATION, Client, World

CAPS = "draft/account-registration"
BYE = "ERROR :Closing Link: 192.0.2.1"
VERIFYING = replace(AUTHENTICATION, verify_email=True)


def account(world: World, name: str) -> Account:
    found = world.realm.account(name)
    assert found is not None
    return found


def connecting(world: World, nick: str | None = "alice") -> Client:
    """A client that has said all but CAP END."""
    client = world.connect_irc()
    client.send("CAP LS 302", f"CAP REQ :{CAPS}")
    if nick is not None:
        client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    client.read()
    return client


def fails(client: Client, line: str) -> list[str]:
    """The words of the FAIL that answers a line, without its text."""
    (answer,) = client.ask(line)
    head, _, text = answer.partition(" :")
    assert head.startswith(":irc.test FAIL "), answer
    assert text
    return head.split(" ")[2:]


# REGISTER


def test_a_registered_client_makes_an_account_and_is_logged_in(world: World) -> None:
    alice = world.irc("alice", caps=CAPS)
    assert alice.ask("REGISTER * * opensesame") == [
        ":irc.test 900 alice alice!alice@192.0.2.1 alice :You are now logged in as alice",
        ":irc.test REGISTER SUCCESS alice :Your account is registered",
    ]
    assert world.realm.nicks["alice"].account == "alice"
    assert account(world, "alice").credentials.password == "hash of opensesame"
    assert account(world, "alice").email is None


def test_so_does_one_that_is_still_connecting(world: World) -> None:
    client = connecting(world)
    assert client.ask("REGISTER alice alice@example.org opensesame") == [
        ":irc.test REGISTER SUCCESS alice :Your account is registered",
        ":irc.test 900 alice alice!alice@192.0.2.1 alice :You are now logged in as alice",
    ]
    assert client.ask("CAP END")[0].startswith(":irc.test 001 alice ")
    assert world.realm.nicks["alice"].account == "alice"
    assert account(world, "alice").email == "alice@example.org"


def test_one_that_leaves_before_it_is_connected_leaves_its_account(world: World) -> None:
    client = connecting(world)
    client.send("REGISTER * * opensesame")
    client.vanish()
    assert account(world, "alice").standing is Standing.ACTIVE
    assert not world.realm.users
    assert not world.node.sessions


@pytest.mark.parametrize("password", ["opensesame", "short"])
def test_one_that_leaves_while_its_password_is_hashed_is_gone(world: World, password: str) -> None:
    client = connecting(world)
    client.connection.dataReceived(f"REGISTER * * {password}\r\n".encode())
    client.vanish()
    boss = world.irc("boss")
    make_operator(boss, Privilege.ACCOUNTS)
    boss.connection.dataReceived(f"SAREGISTER bob {password}\r\n".encode())
    boss.vanish()
    assert not world.realm.users
    assert not world.node.sessions


def test_the_name_is_the_nick_where_that_is_the_custom(world: World) -> None:
    fail = ["REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", "other"]
    assert fails(world.irc("alice", caps=CAPS), "REGISTER other * opensesame") == fail
    assert fails(connecting(world, "bob"), "REGISTER other * opensesame") == fail


def test_elsewhere_it_is_any(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_is_account=False))
    client = connecting(world)
    assert client.ask("REGISTER other * opensesame")[0].startswith(":irc.test REGISTER SUCCESS other ")


def test_a_nick_comes_first(world: World) -> None:
    assert fails(connecting(world, None), "REGISTER * * opensesame") == ["REGISTER", "NEED_NICK", "*"]


def test_one_account_is_enough(world: World) -> None:
    world.account("bob")
    client = connecting(world)
    client.send("REGISTER * * opensesame")
    client.read()
    already = ["REGISTER", "ALREADY_AUTHENTICATED", "alice"]
    assert fails(client, "REGISTER * * opensesame") == already
    client.send("CAP END")
    client.read()
    assert fails(client, "REGISTER * * opensesame") == already
    assert fails(client, "VERIFY bob code") == ["VERIFY", "ALREADY_AUTHENTICATED", "alice"]


def test_names_that_are_taken_or_impossible(world: World) -> None:
    world.account("taken")
    for nick, code in (("taken", "ACCOUNT_EXISTS"), ("NickServ", "BAD_ACCOUNT_NAME")):
        assert fails(connecting(world, nick), "REGISTER * * opensesame") == ["REGISTER", code, nick]


def test_names_that_no_nick_can_have(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_is_account=False))
    client = world.irc("alice", caps=CAPS)
    assert fails(client, "REGISTER a! * opensesame") == ["REGISTER", "BAD_ACCOUNT_NAME", "a!"]


def test_somebody_elses_nick_is_not_registered_under_them(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(nick_is_account=False))
    world.irc("online")
    client = world.irc("alice", caps=CAPS)
    assert fails(client, "REGISTER online * opensesame") == ["REGISTER", "ACCOUNT_EXISTS", "online"]


def test_names_that_look_like_one_that_is_taken(world: World) -> None:
    world.account("alice")
    assert fails(connecting(world, "a1ice"), "REGISTER * * opensesame") == [
        "REGISTER",
        "BAD_ACCOUNT_NAME",
        "a1ice",
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("REGISTER * * short", "WEAK_PASSWORD"),
        ("REGISTER * * alicealice", None),
        (f"REGISTER * * {'p' * 301}", "UNACCEPTABLE_PASSWORD"),
        ("REGISTER * nonsense opensesame", "INVALID_EMAIL"),
        ("REGISTER * a@b,c@d.example opensesame", "INVALID_EMAIL"),
    ],
)
def test_passwords_and_addresses_that_cannot_be(world: World, line: str, code: str | None) -> None:
    client = world.irc("alice", caps=CAPS)
    if code is None:
        assert client.ask(line)[-1].startswith(":irc.test REGISTER SUCCESS ")
    else:
        assert fails(client, line) == ["REGISTER", code, "alice"]


def test_three_parameters_are_needed(world: World) -> None:
    client = world.irc("alice", caps=CAPS)
    assert client.ask("REGISTER * opensesame") == [":irc.test 461 alice REGISTER :Not enough parameters"]


def test_passwords_in_the_clear_are_not_taken(make_world: MakeWorld) -> None:
    world = make_world(authentication=replace(AUTHENTICATION, plain_without_tls=False))
    assert fails(world.irc("alice", caps=CAPS), "REGISTER * * opensesame") == [
        "REGISTER",
        "DISALLOWED",
        "alice",
    ]
    secure = world.irc("bob", caps=CAPS, secure=True)
    assert secure.ask("REGISTER * * opensesame")[-1].startswith(":irc.test REGISTER SUCCESS ")


def test_a_second_account_has_to_wait(make_world: MakeWorld) -> None:
    world = make_world(authentication=replace(AUTHENTICATION, registration_burst=1))
    world.irc("alice").send("REGISTER * * opensesame")
    assert fails(world.irc("bob", caps=CAPS), "REGISTER * * opensesame") == [
        "REGISTER",
        "TEMPORARILY_UNAVAILABLE",
        "bob",
    ]


def test_a_closed_server_registers_nobody(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(registration=Policy.CLOSED))
    assert fails(world.irc("alice", caps="standard-replies"), "REGISTER * * opensesame") == [
        "REGISTER",
        "DISALLOWED",
        "alice",
    ]
    client = world.connect_irc()
    assert CAPS not in " ".join(client.ask("CAP LS"))


def test_those_without_the_capability_are_told_by_a_notice(world: World) -> None:
    assert world.irc("alice").ask("REGISTER * * short") == [
        ":irc.test NOTICE alice :REGISTER: A password needs 8 characters at least"
    ]


def test_an_invitation_is_the_fourth_parameter(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(registration=Policy.INVITATION))
    world.node.submit(None, CreateInvitation("come-in", 1))
    world.settle()
    client = connecting(world)
    assert fails(client, "REGISTER * * opensesame") == ["REGISTER", "INVITATION_NEEDED", "alice"]
    assert fails(client, "REGISTER * * opensesame wrong") == ["REGISTER", "INVITATION_NEEDED", "alice"]
    assert client.ask("REGISTER * * opensesame come-in")[0].startswith(":irc.test REGISTER SUCCESS alice ")
    assert not world.realm.invitations


def test_an_account_that_waits_for_approval_is_not_logged_in_to(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(registration=Policy.APPROVAL))
    client = connecting(world)
    assert client.ask("REGISTER * * opensesame") == [
        (
            ":irc.test REGISTER VERIFICATION_REQUIRED alice :It is registered. An operator has to approve of it"
            " before it can be used"
        )
    ]
    client.send("CAP END")
    assert world.realm.nicks["alice"].account is None


def test_it_is_no_way_round_the_password_of_the_server(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(password_hash="hash of server"))
    client = world.connect_irc()
    assert f"{CAPS} " in f"{' '.join(client.ask('CAP LS 302'))} "
    client.send(f"CAP REQ :{CAPS}", "NICK alice", "USER alice 0 * :Alice")
    assert fails(client, "REGISTER * * opensesame") == ["REGISTER", "COMPLETE_CONNECTION_REQUIRED"]
    assert fails(client, "VERIFY * code") == ["VERIFY", "COMPLETE_CONNECTION_REQUIRED"]


# What the capability says


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        (Settings(), "=before-connect"),
        (Settings(verify_email=True), "=before-connect,email-required"),
        (Settings(nick_is_account=False), "=before-connect,custom-account-name"),
    ],
)
def test_the_capability_says_what_register_wants(
    make_world: MakeWorld, settings: Settings, value: str
) -> None:
    client = make_world(settings=settings).connect_irc()
    words = " ".join(line.split(" :", 1)[1] for line in client.ask("CAP LS 302")).split(" ")
    assert f"{CAPS}{value}" in words


# VERIFY


def verifying(make_world: MakeWorld, policy: Policy = Policy.OPEN) -> World:
    return make_world(settings=Settings(verify_email=True, registration=policy), authentication=VERIFYING)


def code_of(world: World, name: str) -> str:
    code = account(world, name).code
    assert code is not None
    return code.text


def test_an_address_is_confirmed_by_the_code(make_world: MakeWorld) -> None:
    world = verifying(make_world)
    client = connecting(world)
    assert fails(client, "REGISTER * * opensesame") == ["REGISTER", "INVALID_EMAIL", "alice"]
    assert client.ask("REGISTER * alice@example.org opensesame") == [
        (
            ":irc.test REGISTER VERIFICATION_REQUIRED alice :It is registered. A code has been sent to"
            " alice@example.org: VERIFY alice <code>"
        )
    ]
    assert fails(client, "VERIFY alice wrong") == ["VERIFY", "INVALID_CODE", "alice"]
    assert client.ask(f"VERIFY * {code_of(world, 'alice')}") == [
        ":irc.test VERIFY SUCCESS alice :Your account is verified",
        ":irc.test 900 alice alice!alice@192.0.2.1 alice :You are now logged in as alice",
    ]
    assert client.ask("CAP END")[0].startswith(":irc.test 001 alice ")
    assert world.realm.nicks["alice"].account == "alice"


def test_a_registered_client_confirms_it_as_well(make_world: MakeWorld) -> None:
    world = verifying(make_world)
    alice = world.irc("alice", caps=CAPS)
    alice.send("REGISTER * alice@example.org opensesame")
    assert world.realm.nicks["alice"].account is None
    alice.read()
    assert alice.ask(f"VERIFY alice {code_of(world, 'alice')}") == [
        ":irc.test 900 alice alice!alice@192.0.2.1 alice :You are now logged in as alice",
        ":irc.test VERIFY SUCCESS alice :Your account is verified",
    ]


def test_approval_comes_after_the_address(make_world: MakeWorld) -> None:
    world = verifying(make_world, Policy.APPROVAL)
    alice = world.irc("alice", caps=f"{CAPS} standard-replies")
    alice.send("REGISTER * alice@example.org opensesame")
    alice.read()
    assert alice.ask(f"VERIFY alice {code_of(world, 'alice')}") == [
        (
            ":irc.test NOTE VERIFY AWAITING_APPROVAL alice :Your address is confirmed. An operator has to approve of"
            " the account before it can be used"
        )
    ]
    assert world.realm.nicks["alice"].account is None


def test_there_may_be_nothing_to_confirm(world: World) -> None:
    world.account("bob")
    client = connecting(world)
    assert fails(client, "VERIFY bob code") == ["VERIFY", "NOTHING_TO_VERIFY", "bob"]
    assert fails(client, "VERIFY nobody code") == ["VERIFY", "NO_SUCH_ACCOUNT", "nobody"]


# SAREGISTER


def test_an_operator_registers_an_account_for_somebody(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(registration=Policy.CLOSED))
    boss = world.irc("boss", caps="standard-replies")
    assert boss.ask("SAREGISTER alice opensesame") == [
        ":irc.test 481 boss :Permission denied: you are not an IRC operator"
    ]
    make_operator(boss, Privilege.ACCOUNTS)
    assert boss.ask("SAREGISTER alice opensesame") == [
        ":irc.test NOTICE * :*** boss registered the account alice for somebody",
        ":irc.test NOTICE boss :The account alice is registered",
    ]
    assert account(world, "alice").standing is Standing.ACTIVE
    assert world.realm.nicks["boss"].account is None
    assert fails(boss, "SAREGISTER alice opensesame") == ["SAREGISTER", "ACCOUNT_EXISTS", "alice"]
    assert fails(boss, "SAREGISTER bob short") == ["SAREGISTER", "WEAK_PASSWORD", "bob"]
    assert boss.ask("SAREGISTER bob") == [":irc.test 461 boss SAREGISTER :Not enough parameters"]


# PASS


def test_pass_logs_in(world: World) -> None:
    world.account("alice")
    client = world.connect_irc()
    lines = client.ask("PASS alice:sesame", "NICK alice", "USER alice 0 * :Alice")
    assert lines[0] == ":irc.test 900 alice alice!alice@192.0.2.1 alice :You are now logged in as alice"
    assert lines[1].startswith(":irc.test 001 alice ")
    assert world.realm.nicks["alice"].account == "alice"


def test_a_password_may_have_colons(world: World) -> None:
    world.account("alice", "open:sesame:now")
    client = world.connect_irc()
    assert " 001 " in client.ask("PASS :alice:open:sesame:now", "NICK alice", "USER alice 0 * :Alice")[1]


def test_a_wrong_pass_ends_the_connection(world: World) -> None:
    world.account("alice")
    client = world.connect_irc()
    assert client.ask("PASS alice:wrong", "NICK alice", "USER alice 0 * :Alice") == [
        ":irc.test 464 alice :Password incorrect",
        ":irc.test NOTICE alice :Invalid account credentials",
        f"{BYE} (Bad password)",
    ]


@pytest.mark.parametrize("word", ["whatever", ":nothing", ":"])
def test_a_pass_that_names_no_account_is_nothing(world: World, word: str) -> None:
    client = world.connect_irc()
    assert " 001 " in client.ask(f"PASS :{word}", "NICK alice", "USER alice 0 * :Alice")[0]


def test_where_the_server_has_a_password_pass_is_that(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(password_hash="hash of a:b"))
    world.account("a", "b")
    client = world.connect_irc()
    assert " 001 " in client.ask("PASS a:b", "NICK alice", "USER alice 0 * :Alice")[0]
    assert world.realm.nicks["alice"].account is None


def test_whoever_leaves_while_pass_is_checked_is_gone(make_world: MakeWorld) -> None:
    for password in ("sesame", "wrong"):
        world = make_world()
        world.account("alice")
        client = world.connect_irc()
        client.connection.dataReceived(
            f"PASS alice:{password}\r\nNICK alice\r\nUSER alice 0 * :Alice\r\n".encode()
        )
        client.vanish()
        assert not world.realm.users


# Servers that take nobody without an account


def test_who_has_no_account_is_not_let_in(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(require_login=True))
    text = "You must log in to an account to use this server"
    old = world.connect_irc()
    assert old.ask("NICK alice", "USER alice 0 * :Alice") == [
        f":irc.test NOTICE alice :{text}",
        f"{BYE} ({text})",
    ]
    new = connecting(world)
    assert new.ask("CAP END") == [f":irc.test FAIL * ACCOUNT_REQUIRED :{text}", f"{BYE} ({text})"]
    assert not world.realm.users
    assert not world.node.sessions


def test_whoever_logs_in_or_registers_is(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(require_login=True))
    client = connecting(world)
    client.send("REGISTER * * opensesame")
    client.read()
    assert " 001 " in client.ask("CAP END")[0]
    assert " 900 " in world.connect_irc().ask("PASS alice:opensesame", "NICK al", "USER al 0 * :Al")[0]


@pytest.mark.parametrize("exempt", ["192.0.2.0/24", "192.0.2.1", "192.0.*"])
def test_some_addresses_are_exempt(make_world: MakeWorld, exempt: str) -> None:
    world = make_world(
        settings=Settings(require_login=True), irc=IRCSettings(login_exempt=("::1", exempt, "localhost"))
    )
    assert world.irc("alice").ask("PING x") == [":irc.test PONG irc.test :x"]
    far = world.connect_irc(address="198.51.100.1")
    far.send("NICK bob", "USER bob 0 * :Bob")
    assert far.closed
