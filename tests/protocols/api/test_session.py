"""A JSON session: order, ids, limits of lines, and what others do to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.logger import LogLevel, capturedLogs

from chatdaemon.protocols.api.connection import MAX_FIRST_MESSAGE
from chatdaemon.protocols.api.server import MAX_MESSAGE
from chatdaemon.realm.modes import ChannelRank, ModeChange, UserMode, UserModeChange
from chatdaemon.realm.requests import (
    ChangeModes,
    ChangeUserModes,
    ForceJoin,
    ForcePart,
    Invite,
    Kick,
    SendWallops,
)
from tests.protocols.api.acting import act, line, operator
from tests.world import World


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
    client.send_bytes(b" " * (MAX_FIRST_MESSAGE + 1) + b"\n")
    (reply,) = client.hear()
    assert reply["error"]["code"] == "line_too_long"
    client.ok(op="hello", nick="alice")
    empty = line(id=1, op="ping", x="")
    client.send_bytes(line(id=1, op="ping", x="x" * (MAX_MESSAGE + 1 - len(empty))))
    assert "ok" in client.hear()[0]
    client.send_bytes(line(id=1, op="ping", x="x" * (MAX_MESSAGE + 2 - len(empty))) + line(id=2, op="ping"))
    too_long, pong = client.hear()
    assert too_long == {
        "error": {"code": "line_too_long", "message": f"A message has {MAX_MESSAGE} bytes at most"}
    }
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
).filter(lambda op: len(line(id=99, **op)) < MAX_MESSAGE)  # what is longer has no id that could be answered


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
