"""NickServ for operators, and HostServ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.protocols.irc.services import HOSTSERV
from chatdaemon.realm.accounts import Account, Standing
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Policy, Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in, make_operator
from tests.protocols.irc.services.said import says
from tests.world import AUTHENTICATION, Client, World


def account(world: World, name: str) -> Account:
    found = world.realm.account(name)
    assert found is not None
    return found


def told(client: Client, service: str, words: str) -> list[str]:
    """What the service says, without what operators are told beside it."""
    return [line for line in says(client, service, words) if not line.startswith(":irc.test NOTICE * :***")]


@pytest.fixture
def boss(world: World) -> Client:
    """An operator for accounts and virtual hosts."""
    boss = world.irc("boss")
    make_operator(boss, Privilege.ACCOUNTS, Privilege.VHOSTS)
    return boss


# NickServ


def test_saregister(world: World, boss: Client) -> None:
    assert told(boss, "NickServ", "SAREGISTER alice opensesame alice@example.org") == [
        "The account alice is registered."
    ]
    assert account(world, "alice").email == "alice@example.org"
    assert told(boss, "NickServ", "SAREGISTER alice opensesame") == ["The account alice exists already."]
    assert told(boss, "NickServ", "SAREGISTER bob short") == ["A password needs 8 characters at least."]
    assert told(boss, "NickServ", "SAREGISTER bob opensesame nonsense") == ["That is not an e-mail address."]


def test_sapasswd(world: World, boss: Client) -> None:
    world.account("alice")
    assert told(boss, "NickServ", "SAPASSWD alice opensesame") == ["The password of alice is changed."]
    assert account(world, "alice").credentials.password == "hash of opensesame"
    assert told(boss, "NickServ", "SAPASSWD nobody opensesame") == ["There is no account nobody."]


def test_saset(world: World, boss: Client) -> None:
    world.account("alice")
    assert told(boss, "NickServ", "SASET alice PRIVATE on") == ["PRIVATE is on now."]
    assert told(boss, "NickServ", "SASET alice EMAIL a@example.org") == ["EMAIL is a@example.org now."]
    assert told(boss, "NickServ", f"SASET alice CERT {'AB' * 32}") == ["The certificate is added."]
    alice = account(world, "alice")
    assert dict(alice.settings) == {"private": "on"}
    assert (alice.email, alice.certificates) == ("a@example.org", ("ab" * 32,))
    assert told(boss, "NickServ", "SASET alice EMAIL *") == ["EMAIL is * now."]
    assert account(world, "alice").email is None
    assert told(boss, "NickServ", "SASET alice colour red") == [
        'There is no setting "colour". /msg NickServ HELP SET lists them.'
    ]
    assert told(boss, "NickServ", "SASET nobody PRIVATE on") == ["There is no account nobody."]


def test_an_operator_can_confirm_an_address(make_world: MakeWorld) -> None:
    world = make_world(
        settings=Settings(verify_email=True), authentication=replace(AUTHENTICATION, verify_email=True)
    )
    boss = world.irc("boss")
    make_operator(boss, Privilege.ACCOUNTS)
    world.irc("alice").send("NS REGISTER opensesame a@example.org")
    assert account(world, "alice").standing is Standing.UNVERIFIED
    assert told(boss, "NickServ", "SASET alice EMAIL a@example.org") == ["EMAIL is a@example.org now."]
    assert account(world, "alice").standing is Standing.ACTIVE


def test_accounts_wait_for_approval(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(registration=Policy.APPROVAL))
    boss = world.irc("boss")
    make_operator(boss, Privilege.ACCOUNTS)
    for nick in ("alice", "bob"):
        world.irc(nick).send("NS REGISTER opensesame")
    rows = told(boss, "NickServ", "WAITING")
    assert [row.partition(",")[0] for row in rows] == ["  alice", "  bob", "Accounts: 2"]
    assert rows[0].endswith(" (it waits for the approval of an operator)")
    assert told(boss, "NickServ", "APPROVE alice") == ["The account alice is approved."]
    assert told(boss, "NickServ", "APPROVE alice") == ["The account alice waits for no approval."]
    assert told(boss, "NickServ", "REJECT alice") == ["The account alice waits for no approval."]
    assert told(boss, "NickServ", "REJECT bob") == ["The account bob is rejected."]
    assert [each.name for each in world.realm.accounts.values()] == ["alice"]


def test_list(world: World, boss: Client) -> None:
    for name in ("alice", "bob", "alistair"):
        world.account(name)
    assert [row.split(",")[0] for row in told(boss, "NickServ", "LIST AL*")] == [
        "  alice",
        "  alistair",
        "Accounts: 2",
    ]
    assert told(boss, "NickServ", "LIST")[-1] == "Accounts: 3"


def test_suspensions(world: World, boss: Client) -> None:
    alice = world.irc("alice")
    log_in(alice, "alice")
    assert told(boss, "NickServ", "SUSPEND alice no more  spam") == ["The account alice is suspended."]
    assert account(world, "alice").note == "no more  spam"
    assert world.realm.nicks["alice"].account is None
    assert ":irc.test 901 alice alice!alice@192.0.2.1 :You are now logged out" in alice.read()
    assert told(boss, "NickServ", "LIST")[0].endswith(" (it is suspended)")
    assert told(boss, "NickServ", "UNSUSPEND alice") == ["The account alice can be used again."]
    assert told(boss, "NickServ", "UNSUSPEND alice") == ["The account alice is not suspended."]
    assert told(boss, "NickServ", "SUSPEND nobody spam") == ["There is no account nobody."]


def test_invitations(world: World, boss: Client) -> None:
    assert told(boss, "NickServ", "INVITE CREATE 3 2 come-in") == ["The invitation is come-in."]
    (made,) = told(boss, "NickServ", "INVITE CREATE")
    code = made.removeprefix("The invitation is ").removesuffix(".")
    assert len(code) == 12
    rows = told(boss, "NickServ", "INVITE LIST")
    assert rows[0].startswith("  come-in: 3 times more, until 2026-01-03 00:00:")
    assert rows[0].endswith(", made by boss")
    assert rows[1:] == [f"  {code}: 1 times more, made by boss", "Invitations: 2"]
    assert told(boss, "NickServ", "INVITE CREATE 1 0 come-in") == ["There is an invitation come-in already."]
    assert told(boss, "NickServ", "INVITE REVOKE come-in") == ["The invitation come-in is revoked."]
    assert told(boss, "NickServ", "INVITE REVOKE come-in") == ["There is no invitation come-in."]
    assert told(boss, "NickServ", "INVITE CREATE 0")[0].startswith("uses cannot be set so: ")


@pytest.mark.parametrize("words", ["REVOKE", "MAKE", "CREATE many", "CREATE 1 2 3 4", "CREATE 99999"])
def test_what_invite_does_not_understand(boss: Client, words: str) -> None:
    assert told(boss, "NickServ", f"INVITE {words}")[0].startswith("Syntax: INVITE LIST")


# HostServ


@pytest.mark.parametrize("name", sorted(HOSTSERV.subcommands))
def test_every_command_of_hostserv_says_how_it_is_written(boss: Client, name: str) -> None:
    subcommand = HOSTSERV.subcommands[name]
    syntax = f"Syntax: {name} {subcommand.syntax}".rstrip()
    assert told(boss, "HostServ", f"HELP {name}")[0] == syntax
    if subcommand.least:
        too_few = " ".join([name, *["x"] * (subcommand.least - 1)])
        assert told(boss, "HostServ", too_few)[0] == syntax


@pytest.mark.parametrize("words", ["REQUEST a.example", "CANCEL", "STATUS"])
def test_a_host_is_for_those_with_an_account(world: World, words: str) -> None:
    assert told(world.irc("bob"), "HostServ", words) == ["You must be logged in to an account."]


@pytest.mark.parametrize("name", [name for name, each in HOSTSERV.subcommands.items() if each.privilege])
def test_hosts_are_given_by_operators(world: World, name: str) -> None:
    bob = world.irc("bob")
    assert told(bob, "HostServ", f"{name} x y") == ["You are not an operator of this server."]
    make_operator(bob, Privilege.ACCOUNTS)
    assert told(bob, "HostServ", f"{name} x y") == ["You need the privilege vhosts."]


def test_a_host_is_asked_for_and_approved(world: World, boss: Client) -> None:
    alice = world.irc("alice")
    log_in(alice, "alice")
    assert told(alice, "HostServ", "REQUEST tea.example") == [
        "You have asked for tea.example; operators have been told."
    ]
    assert told(alice, "HostServ", "STATUS") == ["The host of alice: its own", "Asked for: tea.example"]
    assert told(boss, "HostServ", "WAITING") == ["  alice: tea.example", "Hosts asked for: 1"]
    assert told(boss, "HostServ", "APPROVE alice") == ["alice has tea.example now."]
    assert world.realm.nicks["alice"].host == "tea.example"
    assert told(boss, "HostServ", "STATUS alice") == ["The host of alice: tea.example"]
    assert told(boss, "HostServ", "APPROVE alice") == ["alice has asked for no host."]
    assert told(boss, "HostServ", "DEL alice") == ["alice has its own host again."]
    assert world.realm.nicks["alice"].host == "192.0.2.1"


def test_a_host_is_asked_for_and_not_given(world: World, boss: Client) -> None:
    alice = world.irc("alice")
    log_in(alice, "alice")
    assert told(alice, "HostServ", "REQUEST not_a-host")[0].startswith("not_a-host cannot be a host: ")
    alice.send("HS REQUEST tea.example")
    assert told(boss, "HostServ", "REJECT alice") == ["The request of alice is rejected."]
    assert told(boss, "HostServ", "REJECT alice") == ["alice has asked for no host."]
    assert told(boss, "HostServ", "REJECT nobody") == ["There is no account nobody."]
    alice.send("HS REQUEST tea.example")
    assert told(alice, "HostServ", "CANCEL") == ["Your request is taken back."]
    assert told(alice, "HostServ", "CANCEL") == ["alice has asked for no host."]
    assert told(boss, "HostServ", "WAITING") == ["Hosts asked for: 0"]


def test_a_host_is_given_without_being_asked_for(world: World, boss: Client) -> None:
    world.account("alice")
    assert told(boss, "HostServ", "SET alice tea.example") == ["alice has tea.example now."]
    assert told(boss, "HostServ", "SET alice not_a-host")[0].startswith("not_a-host cannot be a host: ")
    assert told(boss, "HostServ", "SET nobody tea.example") == ["There is no account nobody."]
    assert account(world, "alice").vhost == "tea.example"
    bob = world.irc("bob")
    log_in(bob, "bob")
    assert told(bob, "HostServ", "STATUS alice") == ["You are not an operator of this server."]
    assert told(bob, "HostServ", "OFF") == [
        "Your host is shown for as long as you are logged in: ask an operator to take it away."
    ]
