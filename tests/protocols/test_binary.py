"""Binary frames: what is theirs alone. Everything else of the API is tested in both formats, in `api`."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.connection import MAX_FIRST_MESSAGE
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.server import MAX_MESSAGE
from chatdaemon.protocols.binary import MESSAGEPACK, BinaryConnection
from chatdaemon.wire.frames import COMPRESSED, PREFACE, framed, unpacked
from tests.protocols.api.conftest import failures
from tests.world import BinaryClient, Client, World

__all__ = ["failures"]


def fault_of(payload: bytes, flags: int = 0) -> Fault:
    with pytest.raises(Fault) as caught:
        MESSAGEPACK.decode(bytes([flags]) + payload)
    return caught.value


def hello(world: World, nick: str) -> BinaryClient:
    client = world.connect_binary()
    client.ok(op="hello", nick=nick)
    return client


def test_the_same_message_reaches_every_protocol_with_one_msgid() -> None:
    world = World()
    binary, json, irc = hello(world, "alice"), world.json("bob"), world.irc("carol", caps="message-tags")
    binary.ok(op="join", channel="#x")
    json.ok(op="join", channel="#x")
    irc.send("JOIN #x")
    for client in (binary, json):
        client.hear()
    irc.read()
    ok = binary.ok(op="send", target="#x", text="grüße")
    (heard,) = json.hear()
    assert (heard["msgid"], heard["text"]) == (ok["msgid"], "grüße")
    (line,) = irc.read()
    assert ok["msgid"] in line
    irc.send("PRIVMSG #x :hi")
    (in_binary,), (in_json,) = binary.hear(), json.hear()
    assert in_binary == in_json


@pytest.mark.parametrize(
    ("payload", "code", "at"),
    [
        (b"", Code.BAD_MESSAGEPACK, ""),
        (b"\xc1", Code.BAD_MESSAGEPACK, ""),
        (b"\x81\xa2op\xa4ping\x00", Code.BAD_MESSAGEPACK, ""),
        (b"\x81\xdb\xff\xff\xff\xff", Code.BAD_MESSAGEPACK, ""),
        (b"\xdf\xff\xff\xff\xff", Code.BAD_MESSAGEPACK, ""),
        (b"\x82\xa2op\xa4nick\xa4nick\xa1\xff", Code.BAD_MESSAGEPACK, ""),
        (b"\x82\xa2op\xa4ping\xa1x" + b"\x91" * 9000 + b"\xc0", Code.BAD_MESSAGEPACK, ""),
        (b"\x90", Code.BAD_REQUEST, "$"),
        (b"\x80", Code.BAD_REQUEST, "$.op"),
        (msgpack.encode({"op": 7}), Code.BAD_REQUEST, "$.op"),
        (msgpack.encode({"op": "dance"}), Code.UNKNOWN_OP, "$.op"),
        (msgpack.encode({"op": b"ping"}), Code.BAD_REQUEST, "$.op"),
        (msgpack.encode({"op": "nick", "nick": b"a"}), Code.BAD_REQUEST, "$.nick"),
        (msgpack.encode({"op": "nick", "nick": msgpack.Ext(1, b"a")}), Code.BAD_REQUEST, "$.nick"),
        (msgpack.encode({"op": "ping", "id": msgpack.Ext(-1, b"\0\0\0\0")}), Code.BAD_REQUEST, "$.id"),
        (msgpack.encode({"op": "ping", "id": 2**64 - 1}), Code.BAD_REQUEST, "$.id"),
        (msgpack.encode({"op": "nick", "nick": "a\nb"}), Code.BAD_TEXT, "$.nick"),
        (msgpack.encode({"op": "nick", "nick": "a\0b"}), Code.BAD_TEXT, "$.nick"),
    ],
)
def test_what_is_wrong_is_said_and_where(payload: bytes, code: Code, at: str) -> None:
    fault = fault_of(payload)
    assert (fault.code, fault.at) == (code, at)


@pytest.mark.parametrize(
    ("payload", "at"),
    [
        (b"\x81\x01\x02", "$"),
        (b"\x81\x91\xc0\xc0", "$"),
        (b"\x81\xc4\x02op\xa4ping", "$"),
        (msgpack.encode({"op": "send", "target": "#x", "tags": {1: "a"}}), "$.tags"),
    ],
)
def test_keys_are_text(payload: bytes, at: str) -> None:
    fault = fault_of(payload)
    assert (fault.code, fault.at) == (Code.BAD_REQUEST, at)


def test_the_id_of_what_cannot_be_done_comes_back() -> None:
    assert fault_of(msgpack.encode({"op": "dance", "id": 3})).id == 3
    assert fault_of(zlib.compress(msgpack.encode({"op": "dance", "id": "a"})), COMPRESSED).id == "a"


def test_of_two_fields_of_one_name_the_last_counts() -> None:
    payload = b"\x83\xa2op\xa4nick\xa4nick\xa1a\xa4nick\xa1b"
    assert MESSAGEPACK.decode(b"\0" + payload) == ops.Nick(nick="b")


def test_a_client_may_compress() -> None:
    payload = msgpack.encode({"op": "nick", "nick": "alice"})
    assert MESSAGEPACK.decode(b"\x01" + zlib.compress(payload)) == ops.Nick(nick="alice")


@pytest.mark.parametrize("flags", [2, 3, 128])
def test_there_are_no_other_flags(flags: int) -> None:
    fault = fault_of(zlib.compress(b"\x80"), flags)
    assert (fault.code, "no flag" in fault.message) == (Code.BAD_MESSAGEPACK, True)


def test_what_cannot_be_decompressed_is_said_to_be_so() -> None:
    assert fault_of(b"nothing", COMPRESSED).code is Code.BAD_MESSAGEPACK


def test_what_is_too_long_once_decompressed_is_not_decompressed() -> None:
    assert fault_of(zlib.compress(b"\0" * 10_000_000), COMPRESSED).code is Code.LINE_TOO_LONG
    just = msgpack.encode({"op": "ping", "x": "x" * (MAX_MESSAGE - 14)})
    assert len(just) == MAX_MESSAGE
    assert MESSAGEPACK.decode(b"\x01" + zlib.compress(just)) == ops.Ping()


def test_long_answers_are_compressed_and_short_ones_are_not() -> None:
    world = World()
    alice = hello(world, "alice")
    alice.hear()
    alice.say(op="join", channel="#x")
    assert alice.transport.received[4] == 0
    alice.ok(op="topic", channel="#x", text="green " * 60)
    alice.say(id=1, op="whois", nick="alice")
    alice.hear()
    alice.say(id=1, op="topic", channel="#x")
    assert alice.transport.received[4] == 0, "short enough as it is"
    alice.hear()
    bob = hello(world, "bob")
    bob.ok(op="join", channel="#x")
    alice.hear()
    bob.ok(op="send", target="#x", text="green " * 200)
    data = alice.transport.received
    assert data[4] == COMPRESSED
    assert len(data) < 500
    assert msgpack.decode(unpacked(data[4:], MAX_MESSAGE))["text"] == "green " * 200


def test_who_begins_otherwise_is_told_and_the_connection_ends(failures: Callable[[], int]) -> None:
    world = World()
    client = Client(world, BinaryConnection(world.api, False), "192.0.2.1")
    client.send_bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + framed(msgpack.encode({"op": "ping"})))
    data = client.transport.received
    assert data == framed(
        msgpack.encode({"error": {"code": "bad_preface", "message": "A connection begins with CHD1"}})
    ) + framed(
        msgpack.encode(
            {"event": "bye", "time": "2026-01-01T00:00:00.000Z", "reason": "A connection begins with CHD1"}
        )
    )
    assert client.closed
    assert failures() == 0


def test_what_is_no_messagepack_at_all_before_hello_ends_the_connection() -> None:
    client = World().connect_binary()
    client.send_bytes(framed(b"\xc1"))
    error, bye = client.hear()
    assert error["error"]["code"] == "bad_messagepack"
    assert (bye["event"], bye["reason"]) == ("bye", "This is not MessagePack")
    assert client.closed


def test_frames_are_short_before_hello_and_long_afterwards() -> None:
    world = World()
    client = world.connect_binary()
    client.send_bytes(framed(b" " * (MAX_FIRST_MESSAGE + 1), compress=False))
    (reply,) = client.hear()
    assert reply["error"]["code"] == "line_too_long"
    client.ok(op="hello", nick="alice")
    empty = len(msgpack.encode({"id": 1, "op": "ping", "x": "x" * 300}))
    just = {"id": 1, "op": "ping", "x": "x" * (MAX_MESSAGE - empty + 300)}
    more = {"id": 1, "op": "ping", "x": "x" * (MAX_MESSAGE - empty + 301)}
    for op in (just, more, {"id": 2, "op": "ping"}):
        client.send_bytes(framed(msgpack.encode(op), compress=False))
    pong, too_long, after = client.hear()
    assert pong["id"] == 1
    assert too_long == {
        "error": {"code": "line_too_long", "message": f"A message has {MAX_MESSAGE} bytes at most"}
    }
    assert after["id"] == 2


def test_frames_that_are_no_requests_are_answered_and_change_nothing(failures: Callable[[], int]) -> None:
    alice = hello(World(), "alice")
    for frame in (b"\xc1", b"\x90", b"\x91" * 9000, msgpack.encode({"op": "dance", "id": 3})):
        alice.send_bytes(framed(frame, compress=False))
    alice.send_bytes(b"\0\0\0\0" + pack(">IB", 2, 0x40) + b"x" + framed(msgpack.encode({"op": "ping"})))
    *errors, pong = alice.hear()
    assert [error["error"]["code"] for error in errors] == [
        "bad_messagepack",
        "bad_request",
        "bad_request",
        "unknown_op",
        "bad_messagepack",
    ]
    assert "ok" in pong
    assert not alice.closed
    assert failures() == 0


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=30), max_size=5), st.integers(0, 255), st.integers(1, 9))
def test_no_bytes_leave_a_traceback(payloads: list[bytes], flags: int, size: int) -> None:
    alice = hello(World(), "alice")
    data = b"".join(pack(">IB", len(payload) + 1, flags) + payload for payload in payloads)
    for start in range(0, len(data), size):
        alice.connection.dataReceived(data[start : start + size])
    alice.world.settle()
    assert not alice.closed
    assert all("error" in reply for reply in alice.hear())
    assert alice.ok(op="ping")


def test_every_chunking_is_the_same() -> None:
    data = PREFACE + b"".join(
        framed(msgpack.encode(op))
        for op in (
            {"id": 1, "op": "hello", "nick": "alice"},
            {"id": 2, "op": "join", "channel": "#x"},
            {"id": 3, "op": "send", "target": "#x", "text": "tea " * 300},
        )
    )
    heard = []
    for size in (1, 2, 3, 7, 1000):
        world = World()
        client = BinaryClient(world, BinaryConnection(world.api, False), "192.0.2.1", preface=b"")
        for start in range(0, len(data), size):
            client.connection.dataReceived(data[start : start + size])
            world.settle()
        heard.append(client.hear())
    assert len(heard[0]) == 3
    assert all(each == heard[0] for each in heard)
