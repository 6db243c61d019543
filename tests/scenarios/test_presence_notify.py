"""People who share a channel learn of one another's presence, each as far as their client asked for it."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.requests import SetAccount
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access
from tests.world import Client, World

EVERYTHING = "away-notify account-notify chghost setname extended-join invite-notify"


def log_in(world: World, client: Client, account: str | None) -> None:
    """Log the client's user in to an account that its nick belongs to, or out (None)."""
    (session,) = [each for each in world.irc_server.sessions if each is client.connection]
    if account is not None:
        world.account(account, nicks=(session.me.nick,))
    world.node.submit(session, SetAccount(account))
    world.settle()


def together(world: World, caps: str) -> tuple[Client, Client, Client]:
    """Bob, who does things; Alice, who asked to be told; and Carol, whose client knows nothing of that."""
    clients = world.irc("bob"), world.irc("alice", caps=caps), world.irc("carol")
    for each in clients:
        each.send("JOIN #x,#y")
    for each in clients:
        each.read()
    return clients


def test_going_away_is_told_once_to_those_who_asked(world: World) -> None:
    bob, alice, carol = together(world, "away-notify")
    assert bob.ask("AWAY :lunch") == [":irc.test 306 bob :You have been marked as being away"]
    assert alice.read() == [":bob!bob@192.0.2.1 AWAY :lunch"]
    bob.send("AWAY :lunch")
    assert alice.read() == []
    bob.send("AWAY :a long lunch")
    assert alice.read() == [":bob!bob@192.0.2.1 AWAY :a long lunch"]
    bob.send("AWAY")
    assert alice.read() == [":bob!bob@192.0.2.1 AWAY"]
    bob.send("AWAY")
    assert alice.read() == []
    assert carol.read() == []


def test_one_who_joins_while_away_is_told_of_as_away(world: World) -> None:
    bob, alice, carol = together(world, "away-notify")
    dave = world.irc("dave")
    dave.send("AWAY :asleep", "JOIN #x")
    assert alice.read() == [":dave!dave@192.0.2.1 JOIN #x", ":dave!dave@192.0.2.1 AWAY :asleep"]
    assert carol.read() == [":dave!dave@192.0.2.1 JOIN #x"]
    assert bob.read() == [":dave!dave@192.0.2.1 JOIN #x"]


def test_who_writes_to_somebody_away_is_told_so(world: World) -> None:
    bob, alice, _ = together(world, "")
    bob.send("AWAY :lunch")
    alice.read()
    assert alice.ask("PRIVMSG bob :hi") == [":irc.test 301 alice bob :lunch"]
    assert alice.ask("NOTICE bob :hi") == []
    assert alice.ask("PRIVMSG #x :hi") == []


def test_logging_in_and_out_is_told_to_those_who_asked(world: World) -> None:
    bob, alice, carol = together(world, "account-notify")
    log_in(world, bob, "bobby")
    assert alice.read() == [":bob!bob@192.0.2.1 ACCOUNT bobby"]
    log_in(world, bob, "bobby")
    assert alice.read() == []
    log_in(world, bob, None)
    assert alice.read() == [":bob!bob@192.0.2.1 ACCOUNT *"]
    assert carol.read() == []


def test_a_login_is_told_to_the_client_itself_when_it_asked(world: World) -> None:
    alice = world.irc("alice", caps="account-notify")
    log_in(world, alice, "liddell")
    assert alice.read().count(":alice!alice@192.0.2.1 ACCOUNT liddell") == 1


def test_messages_carry_the_account_for_those_who_asked(world: World) -> None:
    bob, alice, carol = together(world, "account-tag")
    log_in(world, bob, "bobby")
    bob.send("PRIVMSG #x :hi")
    assert alice.read() == ["@account=bobby :bob!bob@192.0.2.1 PRIVMSG #x :hi"]
    assert carol.read() == [":bob!bob@192.0.2.1 PRIVMSG #x :hi"]


def test_an_operators_host_changes_for_those_who_asked(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access(vhost="staff.test")))
    bob, alice, carol = together(world, "chghost")
    bob.send("OPER boss secret")
    assert alice.read() == [":bob!bob@192.0.2.1 CHGHOST bob staff.test"]
    bob.send("PRIVMSG #x :hi")
    assert alice.read() == [":bob!bob@staff.test PRIVMSG #x :hi"]
    assert carol.read()[-1] == ":bob!bob@staff.test PRIVMSG #x :hi"


def test_a_new_realname_is_told_to_those_who_asked(world: World) -> None:
    bob, alice, carol = together(world, "setname")
    bob.send("SETNAME :Robert")
    assert alice.read() == [":bob!bob@192.0.2.1 SETNAME :Robert"]
    assert carol.read() == []
    assert carol.ask("WHOIS bob")[0] == ":irc.test 311 carol bob bob 192.0.2.1 * :Robert"


def test_a_refused_realname_is_told_to_nobody(world: World) -> None:
    bob, alice, _ = together(world, "setname")
    assert len(bob.ask("SETNAME :")) == 1
    assert alice.read() == []


def test_joins_tell_account_and_realname_to_those_who_asked(world: World) -> None:
    _, alice, carol = together(world, "extended-join")
    dave = world.irc("dave")
    dave.send("JOIN #x")
    log_in(world, dave, "david")
    dave.send("SETNAME :David", "JOIN #y")
    assert alice.read() == [
        ":dave!dave@192.0.2.1 JOIN #x * :Dave Example",
        ":dave!dave@192.0.2.1 JOIN #y david :David",
    ]
    assert carol.read() == [":dave!dave@192.0.2.1 JOIN #x", ":dave!dave@192.0.2.1 JOIN #y"]


def test_invitations_are_told_to_members_who_may_invite_and_asked(world: World) -> None:
    bob, alice, carol = together(world, "invite-notify")
    dave = world.irc("dave", caps="invite-notify")
    bob.send("MODE #x +oo alice carol")
    for each in (alice, carol):
        each.read()
    assert bob.ask("INVITE dave #x") == [":irc.test 341 bob dave #x"]
    assert dave.read() == [":bob!bob@192.0.2.1 INVITE dave :#x"]
    assert alice.read() == [":bob!bob@192.0.2.1 INVITE dave :#x"]
    assert carol.read() == []


def test_strangers_are_told_nothing(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access(vhost="staff.test")))
    bob, _, _ = together(world, "")
    dave = world.irc("dave", caps=EVERYTHING)
    dave.send("JOIN #other")
    dave.read()
    log_in(world, bob, "bobby")
    bob.send("AWAY :x", "SETNAME :Robert", "OPER boss secret", "AWAY", "NICK robert", "QUIT")
    assert dave.read() == []


def test_in_an_auditorium_ordinary_members_learn_nothing_of_one_another(world: World) -> None:
    boss = world.irc("boss", caps=EVERYTHING)
    boss.send("JOIN #hall", "MODE #hall +u")
    bob, alice = world.irc("bob"), world.irc("alice", caps=EVERYTHING)
    for each in (bob, alice):
        each.send("JOIN #hall")
        each.read()
    boss.read()
    bob.send("AWAY :lunch")
    log_in(world, bob, "bobby")
    assert alice.read() == []
    assert boss.read() == [":bob!bob@192.0.2.1 AWAY :lunch", ":bob!bob@192.0.2.1 ACCOUNT bobby"]


@pytest.mark.parametrize("caps", ["", "server-time message-tags account-tag"])
def test_a_client_without_the_capability_is_told_nothing_whatever_else_it_asked_for(
    world: World, caps: str
) -> None:
    bob, alice, _ = together(world, caps)
    bob.send("AWAY :x", "SETNAME :Robert")
    log_in(world, bob, "bobby")
    assert alice.read() == []


def test_notices_of_presence_carry_the_tags_that_were_asked_for(world: World) -> None:
    bob, alice, _ = together(world, "away-notify server-time account-tag")
    log_in(world, bob, "bobby")
    bob.send("AWAY :x")
    (line,) = alice.read()
    assert line.startswith("@time=2026-01-01T00:00:0")
    assert line.endswith("Z;account=bobby :bob!bob@192.0.2.1 AWAY :x")
