"""A link over WebSocket, and servers that are not what they should be."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha1
from typing import cast

import pytest
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock

from chatdaemon.client.errors import Disconnected
from chatdaemon.client.formats import BinaryFormat, Format, JSONFormat, Object
from chatdaemon.client.link import Link
from chatdaemon.client.server import uri_of
from chatdaemon.client.websocket import WebSocketLink
from tests.protocols.websocket.scene import deflate
from tests.world import FakeTransport

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Scene:
    """A link whose server is the test."""

    def __init__(self, form: Format) -> None:
        uri = uri_of("ws://chat.example.net/ws")
        assert uri is not None
        self.objects: list[Object] = []
        self.ends: list[str] = []
        self.link = WebSocketLink(self, form, uri)
        self.opened: list[object] = []
        self.link.opened.addBoth(self.opened.append)
        self.transport = FakeTransport(Clock(), "192.0.2.9")
        self.transport.protocol = self.link
        Protocol.makeConnection(self.link, cast(ITransport, self.transport))
        self.request = self.transport.received.decode()
        self.transport.received = b""

    def received(self, link: Link, found: Object) -> None:
        self.objects.append(found)

    def lost(self, link: Link, why: str) -> None:
        self.ends.append(why)

    def shake(self, *more: str, subprotocol: str = "json.chatdaemon", accept: str | None = None) -> None:
        fields = dict(line.split(": ", 1) for line in self.request.splitlines()[1:] if line)
        good = b64encode(sha1(fields["Sec-WebSocket-Key"].encode() + GUID).digest()).decode()
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {accept or good}",
            *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
            *more,
        ]
        self.link.dataReceived("\r\n".join([*lines, "", ""]).encode())

    def why(self) -> str:
        """What it was cut for."""
        assert self.transport.gone
        (why,) = self.ends
        (failure,) = self.opened
        assert getattr(failure, "value", None).__class__ is Disconnected
        return why


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene(JSONFormat())
    yield scene
    assert len(scene.ends) <= 1


def test_it_asks_for_what_it_speaks(scene: Scene) -> None:
    assert scene.request.startswith("GET /ws HTTP/1.1\r\nHost: chat.example.net\r\n")
    assert "Sec-WebSocket-Protocol: json.chatdaemon\r\n" in scene.request
    assert "permessage-deflate" in scene.request
    assert scene.opened == []
    scene.shake()
    assert scene.opened == [scene.link]


def test_messages_come_whole_in_pieces_and_compressed(scene: Scene) -> None:
    scene.shake("Sec-WebSocket-Extensions: permessage-deflate")
    compressed = deflate(b'{"id":3}')
    stream = b'\x81\x08{"id":1}' + b'\x01\x04{"id' + b"\x89\x01x" + b'\x80\x04":2}'
    stream += bytes((0xC1, len(compressed))) + compressed
    for byte in stream:
        scene.link.dataReceived(bytes((byte,)))
    assert scene.objects == [{"id": 1}, {"id": 2}, {"id": 3}]
    # The ping in between was answered, masked.
    assert scene.transport.received[:2] == b"\x8a\x81"


def test_binary_messages_have_their_flags_and_no_length() -> None:
    scene = Scene(BinaryFormat())
    scene.shake(subprotocol="binary.chatdaemon")
    scene.link.dataReceived(b"\x82\x06\x00\x81\xa2id\x07")
    assert scene.objects == [{"id": 7}]


def test_nothing_is_written_before_it_is_open(scene: Scene) -> None:
    scene.link.send(b"{}")
    assert scene.transport.received == b""


def test_one_that_refuses_says_why(scene: Scene) -> None:
    scene.link.dataReceived(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    assert "404" in scene.why()


def test_one_that_speaks_no_http_is_cut(scene: Scene) -> None:
    scene.link.dataReceived(b":irc.example.net NOTICE * :Looking up your hostname\r\n")
    assert "no WebSocket" in scene.why()


def test_one_that_has_not_read_the_key_is_cut(scene: Scene) -> None:
    scene.shake(accept="AAAA")
    assert "no WebSocket" in scene.why()


def test_one_that_speaks_something_else_there_is_cut(scene: Scene) -> None:
    scene.shake(subprotocol="")
    assert scene.why() == "the server does not speak json.chatdaemon there"


@pytest.mark.parametrize(
    "frame",
    [b"\x81\x03{{{", b"\x81\x02[]", b"\xf1\x00", b"\x81\x82abcd{}", b"\x80\x00", b"\x81\x02\xff\xfe"],
    ids=["no-json", "no-object", "reserved-bits", "masked", "continues-nothing", "no-utf8"],
)
def test_frames_that_nobody_understands_end_it(scene: Scene, frame: bytes) -> None:
    scene.shake()
    scene.link.dataReceived(frame + b"\x81\x02{}")
    assert scene.transport.gone
    assert len(scene.ends) == 1
    assert scene.objects == []


def test_a_server_that_closes_is_answered(scene: Scene) -> None:
    scene.shake()
    scene.link.dataReceived(b"\x88\x02\x03\xe8")
    assert scene.transport.received[:2] == b"\x88\x82"
    assert not scene.transport.gone


def test_it_closes_in_order(scene: Scene) -> None:
    scene.shake()
    scene.link.close()
    assert scene.transport.received[:2] == b"\x88\x82"
    assert scene.transport.disconnecting


def test_who_does_not_want_to_wait_for_the_handshake_cuts_it(scene: Scene) -> None:
    scene.link.opened.cancel()
    assert scene.transport.gone
