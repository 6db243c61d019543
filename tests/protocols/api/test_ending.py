"""How JSON sessions live on and end: lost, silent, slow, killed, and through faults of our own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost

from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.api.table import PERFORM
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.requests import (
    Kick,
    Kill,
    SetAway,
)
from chatdaemon.realm.rules import RULES
from tests.protocols.api.acting import act, line, operator, submit
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World


def test_who_is_killed_is_told_and_gone(world: World) -> None:
    oper, bob, carol = operator(world), world.json("bob"), world.json("carol")
    for each in (bob, carol):
        each.ok(op="join", channel="#x")
    carol.hear()
    act(oper, Kill("bob", "spam"))
    bob.hear()
    assert bob.closed
    quits = [event for event in carol.hear() if event["event"] == "quit"]
    assert [event["reason"] for event in quits] == ["Killed (oper (spam))"]
    assert world.realm.user("bob") is None
    assert bob.connection not in world.api.sessions


def test_the_last_words_to_one_who_is_killed_are_kill_and_bye(world: World) -> None:
    oper, bob = operator(world), world.json("bob")
    act(oper, Kill("bob", "spam"))
    kill, bye = bob.hear()
    assert (kill["event"], kill["from"]["nick"], kill["reason"]) == ("kill", "oper", "spam")
    assert (bye["event"], bye["reason"]) == ("bye", "Killed (oper (spam))")


def test_a_connection_that_is_lost_is_seen_as_one_quit(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    alice.hear()
    bob.vanish(ConnectionLost())
    world.settle()
    (event,) = alice.hear()
    assert event["event"] == "quit"
    assert world.realm.user("bob") is None
    assert set(world.api.sessions) == {alice.connection}


def test_a_connection_lost_before_or_amid_hello_leaves_nothing_behind(world: World) -> None:
    world.json("alice")
    silent, refused, amid = world.connect_json(), world.connect_json(), world.connect_json()
    refused.say(op="hello", nick="alice")
    amid.arrive(line(op="hello", nick="bob"))
    for client in (silent, refused, amid):
        client.vanish()
    world.settle()
    assert list(world.realm.nicks) == ["alice"]
    assert len(world.node.sessions) == 1
    assert len(world.api.sessions) == 1


def test_what_is_asked_on_the_way_out_is_not_answered() -> None:
    world = World(late=0.3)
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    alice.hear()
    alice.arrive(line(op="send", target="#x", text="last words") + line(op="ping"))
    alice.vanish()
    world.settle()
    assert [event["event"] for event in bob.hear()] == ["message", "quit"]
    assert alice.hear() == []


def test_who_is_silent_is_asked_for_a_sign_of_life_and_then_dropped(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, ping_interval=10, ping_timeout=5))
    calm, dead = world.json("calm"), world.json("dead")
    world.pass_time(12)
    for client in (calm, dead):
        (ping,) = client.hear()
        assert set(ping) == {"event", "time"}
        assert ping["event"] == "ping"
    calm.say(op="ping")
    world.pass_time(6)
    assert not calm.closed
    (bye,) = dead.hear()
    assert bye["event"] == "bye"
    assert bye["reason"].startswith("Ping timeout")
    assert dead.closed
    assert list(world.realm.nicks) == ["calm"]


def test_who_never_says_hello_is_dropped(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(registration_timeout=5))
    client = world.connect_json()
    world.pass_time(7)
    assert client.hear()[-1]["reason"] == "Registration timed out"
    assert client.closed


def test_who_sends_too_fast_is_read_more_slowly(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_burst=3, flood_rate=1.0))
    client = world.connect_json()
    client.arrive(b"".join(line(id=i, op="ping") for i in range(6)))
    world.outlet.flush()
    assert [reply["id"] for reply in client.hear()] == [0, 1, 2]
    world.pass_time(3)
    assert [reply["id"] for reply in client.hear()] == [3, 4, 5]


def test_who_does_not_read_is_dropped_and_the_others_are_not(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, send_queue=10_000))
    alice, bob, slow = world.json("alice"), world.json("bob"), world.json("slow")
    for each in (alice, bob, slow):
        each.ok(op="join", channel="#x")
    bob.hear()
    slow.transport.reading = False
    for _ in range(40):
        alice.ok(op="send", target="#x", text="x" * 300)
    texts = [event for event in bob.hear() if event["event"] == "message"]
    assert len(texts) == 40
    assert slow.closed
    assert world.realm.user("slow") is None


def test_who_is_gone_is_told_nothing() -> None:
    world = World(late=0.3)
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    alice.hear()
    submit(alice, Kick("#x", "bob", "spam"))
    bob.vanish(ConnectionLost())
    assert bob.hear() == []
    # The kick came first, so that nobody is left to see the quit.
    assert alice.hear() == []
    assert world.realm.user("bob") is None


def test_who_says_nothing_more_has_left(world: World) -> None:
    alice = world.json("alice")
    alice.connection.readConnectionLost()
    world.settle()
    assert alice.hear()[-1]["event"] == "bye"
    assert world.realm.users == {}


class SlowPasswords:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Deferred[bool]] = []

    def verify(self, hashed: str | None, password: str) -> Deferred[bool]:
        self.asked.append(Deferred())
        return self.asked[-1]


def slow_world(world: World) -> SlowPasswords:
    passwords = SlowPasswords()
    world.api.passwords = passwords
    world.api.configure(APISettings(password_hash="any"))
    return passwords


def test_lines_wait_while_the_password_is_checked(world: World) -> None:
    passwords = slow_world(world)
    client = world.connect_json()
    client.send_bytes(line(id=1, op="hello", nick="alice", password="x") + line(id=2, op="ping"))
    assert client.hear() == []
    passwords.asked[0].callback(True)
    world.settle()
    assert [reply["id"] for reply in client.hear()] == [1, 2]


def test_a_connection_lost_while_the_password_is_checked_becomes_no_user(world: World) -> None:
    passwords = slow_world(world)
    client = world.connect_json()
    client.send_bytes(line(id=1, op="hello", nick="alice", password="x"))
    client.vanish()
    passwords.asked[0].callback(True)
    world.settle()
    assert world.realm.users == {}
    assert world.node.sessions == {}


@pytest.mark.parametrize("why", [QueueFull(), Stopped()], ids=["full", "stopped"])
def test_who_comes_while_too_many_passwords_are_checked_may_try_again(
    world: World, why: Exception, failures: Callable[[], int]
) -> None:
    passwords = slow_world(world)
    client, gone = world.connect_json(), world.connect_json()
    for each in (client, gone):
        each.send_bytes(line(id=1, op="hello", nick="alice", password="x") + line(id=2, op="ping"))
    gone.vanish()
    for asked in passwords.asked:
        asked.errback(why)
    world.settle()
    replies = [(reply["id"], reply["error"]["code"]) for reply in client.hear()]
    assert replies == [(1, "busy"), (2, "hello_first")]
    assert gone.hear() == []
    client.send_bytes(line(id=3, op="hello", nick="alice", password="x"))
    passwords.asked[-1].callback(True)
    world.settle()
    assert client.hear()[0]["ok"]["user"]["nick"] == "alice"
    assert failures() == 0


def test_a_password_check_that_breaks_ends_this_connection_only(
    world: World, failures: Callable[[], int]
) -> None:
    passwords = slow_world(world)
    client = world.connect_json()
    client.send_bytes(line(id=1, op="hello", nick="alice", password="x"))
    passwords.asked[0].errback(RuntimeError("no threads left"))
    world.settle()
    assert client.hear()[-1]["reason"] == "Internal server error"
    assert client.closed
    assert failures() == 1


def test_a_bug_in_an_op_ends_this_connection_only(
    world: World, monkeypatch: pytest.MonkeyPatch, failures: Callable[[], int]
) -> None:
    def broken(session: object, op: object) -> None:
        raise RuntimeError("a bug")

    alice, bob = world.json("alice"), world.json("bob")
    monkeypatch.setitem(PERFORM, ops.Ping, broken)
    alice.say(op="ping")
    assert alice.hear()[-1]["reason"] == "Internal server error"
    assert alice.closed
    assert bob.ok(op="list")
    assert failures() == 1


def test_a_bug_in_the_realm_ends_this_connection_only(
    world: World, monkeypatch: pytest.MonkeyPatch, failures: Callable[[], int]
) -> None:
    def broken(state: object, entry: object, request: object) -> None:
        raise RuntimeError("a bug")

    alice, bob = world.json("alice"), world.json("bob")
    monkeypatch.setitem(RULES, SetAway, broken)
    alice.say(op="away", text="lunch")
    assert alice.hear()[-1]["reason"] == "Internal server error"
    assert alice.closed
    assert bob.ok(op="list")
    assert failures() == 1


def test_who_is_removed_by_what_they_ask_is_answered_and_gone(make_world: MakeWorld) -> None:
    world = make_world()
    oper = operator(world)
    oper.hear()
    oper.send_bytes(line(id=1, op="kill", nick="oper", reason="bored") + line(id=2, op="hello", nick="again"))
    killed, bye = oper.hear()
    assert (killed["id"], killed["ok"]["reason"]) == (1, "Killed (oper (bored))")
    assert (bye["event"], bye["reason"]) == ("bye", "Killed (oper (bored))")
    assert oper.closed
    assert not world.realm.nicks
    assert not world.node.sessions
