"""A JSON session: order, ids, limits, what others do to it, and every way to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.logger import LogLevel, capturedLogs

from chatdaemon.protocols.jsonlines import ops
from chatdaemon.protocols.jsonlines.answers import PERFORM
from chatdaemon.protocols.jsonlines.server import JSONSettings
from chatdaemon.protocols.jsonlines.session import MAX_FIRST_LINE, MAX_LINE
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.modes import ChannelRank, ModeChange, Privilege, UserMode, UserModeChange
from chatdaemon.realm.requests import (
    BecomeOperator,
    ChangeModes,
    ChangeUserModes,
    ForceJoin,
    ForcePart,
    Invite,
    Kick,
    Kill,
    Request,
    SendWallops,
    SetAway,
)
from chatdaemon.realm.rules import RULES
from tests.protocols.irc.conftest import MakeWorld
from tests.world import JSONClient, World


def line(**op: Any) -> bytes:
    return json.dumps(op).encode() + b"\n"


def act(client: JSONClient, request: Request) -> None:
    """Have the realm do for a client what JSON has no op for."""
    client.world.node.submit(client.connection, request)  # type: ignore[arg-type]
    client.world.settle()


def operator(world: World) -> JSONClient:
    oper = world.json("oper")
    act(oper, BecomeOperator("root", tuple(Privilege)))
    return oper


def test_replies_come_in_the_order_of_the_requests(world: World) -> None:
    alice = world.json("alice")
    alice.send_bytes(
        line(id=1, op="join", channel="#x")
        + line(id=2, op="names", channel="#x")
        + line(id=3, op="send", target="#y", text="hi")
        + line(id=4, op="nick")
        + line(id=5, op="topic", channel="#x", text="Green")
        + line(id=6, op="topic", channel="#x")
        + line(id=7, op="ping")
    )
    replies = alice.hear()
    assert [reply["id"] for reply in replies] == [1, 2, 3, 4, 5, 6, 7]
    assert ["error" in reply for reply in replies] == [False, False, True, True, False, False, False]
    assert replies[1]["ok"]["members"] == [{"nick": "alice", "ranks": ["op"]}]
    assert replies[5]["ok"]["topic"]["text"] == "Green"


def test_a_request_waits_until_the_one_before_it_is_answered() -> None:
    world = World(late=0.3)
    alice = world.json("alice")
    alice.connection.dataReceived(line(id=1, op="join", channel="#x") + line(id=2, op="ping"))
    world.outlet.flush()
    assert alice.hear() == []
    world.settle()
    assert [reply["id"] for reply in alice.hear()] == [1, 2]


@pytest.mark.parametrize("id", [0, -3, 2**53 - 1, "c1-77", "", "é\n"])
def test_an_id_comes_back_as_it_was(world: World, id: int | str) -> None:
    alice = world.json("alice")
    alice.send_bytes(line(id=id, op="ping") + line(id=id, op="send", target="nobody", text="hi"))
    assert [reply["id"] for reply in alice.hear()] == [id, id]


def test_who_gives_no_id_is_answered_without_one(world: World) -> None:
    alice = world.json("alice")
    alice.send_bytes(line(op="ping") + line(op="ping", id=None) + line(op="part", channel="#x"))
    replies = alice.hear()
    assert [list(reply) for reply in replies] == [["ok"], ["ok"], ["error"]]


def test_lines_that_are_no_requests_are_answered_and_change_nothing(world: World) -> None:
    alice = world.json("alice")
    alice.send_bytes(
        b"\xff\n[1]\nPRIVMSG #x :hi\n\r\n\n"
        + b"[" * 9000
        + b'\n{"op":"dance","id":3}\n'
        + line(id=4, op="ping")
    )
    replies = alice.hear()
    assert [reply["error"]["code"] for reply in replies[:-1]] == [
        "bad_json",
        "bad_request",
        "bad_json",
        "bad_request",
        "unknown_op",
    ]
    assert replies[-2]["id"] == 3
    assert "ok" in replies[-1]
    assert not alice.closed


def test_nothing_goes_before_hello(world: World) -> None:
    client = world.connect_json()
    for op in ("ping", "bye", "list"):
        assert client.do(op=op)["error"]["code"] == "hello_first"
    assert client.do(op="dance")["error"]["code"] == "unknown_op"
    assert not client.closed
    assert client.ok(op="hello", nick="alice")


def test_what_is_no_json_at_all_before_hello_ends_the_connection(world: World) -> None:
    client = world.connect_json()
    client.send_bytes(
        b"POST / HTTP/1.1\r\nHost: localhost:6690\r\n\r\n"
        + line(op="hello", nick="mallory")
        + line(op="ping")
    )
    error, bye = client.hear()
    assert error["error"]["code"] == "bad_json"
    assert (bye["event"], bye["reason"]) == ("bye", "This is not JSON")
    assert client.closed
    assert world.realm.users == {}


def test_lines_are_short_before_hello_and_long_afterwards(world: World) -> None:
    client = world.connect_json()
    client.send_bytes(b" " * (MAX_FIRST_LINE + 1) + b"\n")
    (reply,) = client.hear()
    assert reply["error"]["code"] == "line_too_long"
    client.ok(op="hello", nick="alice")
    empty = line(id=1, op="ping", x="")
    client.send_bytes(line(id=1, op="ping", x="x" * (MAX_LINE + 1 - len(empty))))
    assert "ok" in client.hear()[0]
    client.send_bytes(line(id=1, op="ping", x="x" * (MAX_LINE + 2 - len(empty))) + line(id=2, op="ping"))
    too_long, pong = client.hear()
    assert too_long == {"error": {"code": "line_too_long", "message": f"A line has {MAX_LINE} bytes at most"}}
    assert pong["id"] == 2


def test_who_is_put_out_of_a_channel_is_told_once(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    for each in (alice, bob, carol):
        each.ok(op="join", channel="#x")
    bob.hear()
    carol.hear()
    act(alice, Kick("#x", "bob", "spam"))
    (told,), (seen,) = bob.hear(), carol.hear()
    assert told == seen
    assert (told["event"], told["user"]["nick"], told["reason"]) == ("kick", "bob", "spam")
    alice.ok(op="send", target="#x", text="gone")
    assert bob.hear() == []
    assert bob.do(op="part", channel="#x")["error"]["code"] == "not_on_channel"


def test_who_is_made_to_join_is_told_what_the_channel_is(world: World) -> None:
    oper, bob = operator(world), world.json("bob")
    oper.ok(op="join", channel="#x")
    topic = oper.ok(op="topic", channel="#x", text="Green")["topic"]
    act(oper, ForceJoin("bob", "#x"))
    (told,) = bob.hear()
    assert (told["event"], told["from"]["nick"], told["channel"]) == ("join", "bob", "#x")
    assert told["topic"] == topic
    assert told["members"] == [{"nick": "oper", "ranks": ["op"]}, {"nick": "bob"}]
    act(oper, ForcePart("bob", "#x", "enough"))
    (told,) = bob.hear()
    assert (told["event"], told["from"]["nick"], told["reason"]) == ("part", "bob", "enough")


def test_who_is_invited_is_told(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    act(alice, Invite("bob", "#x"))
    (told,) = bob.hear()
    assert (told["event"], told["from"]["nick"], told["user"]["nick"]) == ("invite", "alice", "bob")


def test_modes_and_wallops_are_told(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    act(alice, ChangeModes("#x", (ModeChange(ChannelRank.VOICE, True, "bob"),)))
    (told,) = bob.hear()
    assert told["changes"] == [{"mode": "voice", "add": True, "value": "bob"}]
    act(bob, ChangeUserModes((UserModeChange(UserMode.WALLOPS, True),)))
    alice.hear()
    act(operator(world), SendWallops("hear me"))
    (told,) = bob.hear()
    assert (told["event"], told["from"]["nick"], told["text"]) == ("wallops", "oper", "hear me")
    assert alice.hear() == []


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
    assert bob.connection not in world.json_server.sessions


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
    assert set(world.json_server.sessions) == {alice.connection}


def test_a_connection_lost_before_or_amid_hello_leaves_nothing_behind(world: World) -> None:
    world.json("alice")
    silent, refused, amid = world.connect_json(), world.connect_json(), world.connect_json()
    refused.say(op="hello", nick="alice")
    amid.connection.dataReceived(line(op="hello", nick="bob"))
    for client in (silent, refused, amid):
        client.vanish()
    world.settle()
    assert list(world.realm.nicks) == ["alice"]
    assert len(world.node.sessions) == 1
    assert len(world.json_server.sessions) == 1


def test_what_is_asked_on_the_way_out_is_not_answered() -> None:
    world = World(late=0.3)
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    alice.hear()
    alice.connection.dataReceived(line(op="send", target="#x", text="last words") + line(op="ping"))
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
    client.connection.dataReceived(b"".join(line(id=i, op="ping") for i in range(6)))
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
    for _ in range(20):
        alice.ok(op="send", target="#x", text="x" * 1000)
    texts = [event for event in bob.hear() if event["event"] == "message"]
    assert len(texts) == 20
    assert slow.closed
    assert world.realm.user("slow") is None


def test_who_is_gone_is_told_nothing() -> None:
    world = World(late=0.3)
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    alice.hear()
    world.node.submit(alice.connection, Kick("#x", "bob", "spam"))  # type: ignore[arg-type]
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

    def verify(self, hashed: str, password: str) -> Deferred[bool]:
        self.asked.append(Deferred())
        return self.asked[-1]


def slow_world(world: World) -> SlowPasswords:
    passwords = SlowPasswords()
    world.json_server.passwords = passwords
    world.json_server.configure(JSONSettings(password_hash="any"))
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


NAMES = st.sampled_from(["#x", "#y", "alice", "bob", "nobody", "", "9", "#", "a b"])
TEXTS = st.text(max_size=10) | st.sampled_from(["\n", "\0", "x" * 5000])
OPS = st.fixed_dictionaries(
    {
        "op": st.sampled_from(
            ["nick", "join", "part", "send", "names", "list", "topic", "away", "ping", "dance"]
        )
    },
    optional={
        "nick": NAMES,
        "channel": NAMES,
        "target": NAMES,
        "after": NAMES,
        "key": TEXTS,
        "text": TEXTS,
        "reason": TEXTS,
        "kind": st.sampled_from(["message", "notice", "tag", "shout"]),
        "rank": st.sampled_from(["op", "voice", "king"]),
        "tags": st.dictionaries(st.sampled_from(["+typing", "+reply", "+evil"]), TEXTS, max_size=2),
        "limit": st.integers(-1, 2),
        "members": st.booleans(),
    },
)


@settings(max_examples=100)
@given(found=st.lists(OPS, max_size=12), late=st.sampled_from([0.0, 0.3]), size=st.integers(1, 3000))
def test_every_request_has_one_reply_in_order_and_leaves_no_failure(
    found: list[dict[str, Any]], late: float, size: int
) -> None:
    world = World(late=late)
    with capturedLogs() as events:
        alice, bob = world.json("alice"), world.json("bob")
        for each in (alice, bob):
            each.ok(op="join", channel="#x")
        alice.hear()
        data = b"".join(line(id=number, **op) for number, op in enumerate(found))
        for start in range(0, len(data), size):
            alice.connection.dataReceived(data[start : start + size])
        world.settle()
        heard = alice.hear()
        assert [reply["id"] for reply in heard] == list(range(len(found)))
        assert all(("ok" in reply) != ("error" in reply) for reply in heard)
        assert not alice.closed
        posted = [reply["ok"]["msgid"] for reply in heard if "msgid" in reply.get("ok", {})]
        assert posted == sorted(posted)
        assert {event["msgid"] for event in bob.hear()} <= set(posted)
    assert [event for event in events if event["log_level"] is LogLevel.critical] == []
