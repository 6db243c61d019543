"""What leaves: frames of every size, compressed ones, and each message made once for all who are sent the same."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.websocket.carriage import (
    BINARY,
    CARRIAGES,
    IRC_BINARY,
    IRC_TEXT,
    JSON,
    Carriage,
)
from chatdaemon.protocols.websocket.framing import COMPRESSED_FROM, MessageFraming, deflated, frame, framing
from chatdaemon.realm.events import Event, Stamp, WallopsSent
from chatdaemon.wire.frames import FrameSplitter, framed
from tests.protocols.websocket.scene import Got, frames, inflate

HAPPENING = (Stamp(0, "1"), WallopsSent((), None, "hi"))


class Rendered:
    """Renders anything as this, and counts how often."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.count = 0

    def render(self, stamp: Stamp, event: Event) -> bytes:
        self.count += 1
        return self.data


def out(carriage: Carriage, data: bytes) -> list[bytes]:
    return [each.payload for each in frames(framing(carriage, 0).frames(data))]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_a_frame_says_its_size_as_short_as_it_can(size: int) -> None:
    data = frame(0x81, b"x" * size)
    assert len(data) - size == (2 if size < 126 else 4 if size < 65536 else 10)
    assert frames(data) == [Got(1, b"x" * size)]


def test_irc_is_a_line_a_message_without_its_end() -> None:
    for carriage in (IRC_TEXT, IRC_BINARY):
        assert out(carriage, b":a PRIVMSG #x :hi\r\n") == [b":a PRIVMSG #x :hi"]
        assert out(carriage, b"one\r\ntwo\r\nthree\r\n") == [b"one", b"two", b"three"]


def test_a_text_is_valid_whatever_the_bytes_are() -> None:
    assert out(IRC_TEXT, b"one \xff\r\ntwo \xe2\x82\r\n") == ["one �".encode(), "two �".encode()]
    assert out(IRC_BINARY, b"one \xff\r\n") == [b"one \xff"]


def test_json_is_an_object_a_message() -> None:
    assert out(JSON, b'{"a":1}\n{"b":2}\n') == [b'{"a":1}', b'{"b":2}']


def test_binary_is_a_frame_a_message_without_its_length() -> None:
    assert out(BINARY, framed(b"abc") + framed(b"x" * 600)) == [b"\0abc", framed(b"x" * 600)[4:]]


def test_a_line_of_irc_may_come_with_its_end_and_with_no_other() -> None:
    assert (
        IRC_TEXT.into(b"PING a") == IRC_TEXT.into(b"PING a\r\n") == IRC_TEXT.into(b"PING a\n") == b"PING a\n"
    )
    assert IRC_TEXT.into(b"PRIVMSG #x :a\nQUIT\r\n") == b"PRIVMSG #x :a\rQUIT\n"
    assert IRC_TEXT.into(b"") == b"\n"


def test_line_ends_in_json_are_white_space() -> None:
    assert JSON.into(b'{\r\n"op":\n"ping"\r\n}') == b'{\t\t"op":\t"ping"\t\t}\n'


@given(st.lists(st.binary(max_size=700), max_size=5))
def test_binary_comes_in_as_it_goes_out(payloads: list[bytes]) -> None:
    stream = b"".join(map(framed, payloads))
    messages = out(BINARY, stream) if stream else []
    assert b"".join(map(BINARY.into, messages)) == stream
    assert FrameSplitter(1000, b"").feed(stream) == messages


def test_long_messages_are_compressed_where_that_was_agreed_on_and_makes_them_shorter() -> None:
    long, short = b"x" * COMPRESSED_FROM, b"x" * (COMPRESSED_FROM - 1)
    with_deflate = framing(JSON, 15)
    one, two = frames(with_deflate.frames(long + b"\n" + short + b"\n"))
    assert (one.compressed, two.compressed) == (True, False)
    assert inflate(one.payload) == long
    assert len(one.payload) < 20
    noise = _incompressible()
    assert len(deflated(noise, 15)) >= len(noise)
    assert frames(framing(IRC_BINARY, 9).frames(noise + b"\r\n")) == [Got(2, noise)]


def _incompressible() -> bytes:
    state, data = 1, bytearray()
    for _ in range(COMPRESSED_FROM):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        byte = state >> 16 & 0xFF
        data.append(byte if byte not in b"\r\n" else 65)
    return bytes(data)


def test_a_message_is_rendered_once_for_all_who_agreed_on_the_same() -> None:
    renderer = Rendered(b"one\r\n")
    plain, compressed = framing(IRC_TEXT, 0), framing(IRC_TEXT, 15)
    assert plain.rendering(renderer) is plain.rendering(renderer)
    assert plain.rendering(renderer) is not compressed.rendering(renderer)
    assert framing(IRC_TEXT, 0) is plain
    assert frames(plain.rendering(renderer).render(*HAPPENING)) == [Got(1, b"one")]
    assert renderer.count == 1


def test_what_is_not_shown_is_no_frame() -> None:
    renderer = Rendered(b"")
    assert framing(IRC_TEXT, 0).rendering(renderer).render(*HAPPENING) == b""


def test_a_rendering_goes_with_its_last_session() -> None:
    framing_ = MessageFraming(IRC_TEXT, 0)
    renderer = Rendered(b"a\r\n")
    held = framing_.rendering(renderer)
    assert len(framing_._renderings) == 1
    del held
    gc.collect()
    assert len(framing_._renderings) == 0


def test_the_subprotocols_are_these() -> None:
    assert list(CARRIAGES) == ["text.ircv3.net", "binary.ircv3.net", "json.chatdaemon", "binary.chatdaemon"]
