"""A WebSocket connection without a socket, byte by byte: an echo behind it, or a whole server."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from struct import pack, unpack_from
from typing import Any, cast

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Opcode
from websockets.protocol import OPEN

from chatdaemon.protocols.line import LineConnection, LineLimits, Surroundings
from chatdaemon.protocols.websocket.carriage import Carriage
from chatdaemon.protocols.websocket.connection import WebSocketConnection, Wire
from chatdaemon.wire.frames import FrameSplitter
from tests.protocols.lines import FREE, Scene
from tests.world import FakeTransport

MASK = b"\x37\xfa\x21\x3d"
TEXT, BINARY, CONT, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def masked(data: bytes) -> bytes:
    return (
        bytes(byte ^ MASK[index % 4] for index, byte in enumerate(data)) if len(data) < 4096 else _fast(data)
    )


def _fast(data: bytes) -> bytes:
    size = len(data)
    key = (MASK * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def sent(opcode: int, payload: bytes = b"", fin: bool = True, rsv: int = 0) -> bytes:
    """A client's frame."""
    first = (fin << 7) | (rsv << 4) | opcode
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = pack("!BBH", first, 0x80 | 126, size)
    else:
        head = pack("!BBQ", first, 0x80 | 127, size)
    return head + MASK + masked(payload)


def closing(code: int, reason: bytes = b"") -> bytes:
    return sent(CLOSE, pack("!H", code) + reason)


def deflate(payload: bytes, window: int = 15) -> bytes:
    encoder = zlib.compressobj(wbits=-window)
    return (encoder.compress(payload) + encoder.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflate(payload: bytes, window: int = 15) -> bytes:
    return zlib.decompressobj(wbits=-window).decompress(payload + b"\x00\x00\xff\xff")


@dataclass(frozen=True, slots=True)
class Got:
    """A server's frame."""

    opcode: int
    payload: bytes
    compressed: bool = False

    @property
    def code(self) -> int:
        assert self.opcode == CLOSE
        code: int = unpack_from("!H", self.payload)[0] if self.payload else 1005
        return code


def frames(data: bytes) -> list[Got]:
    """What a server sent: whole frames, not masked, never fragmented."""
    found = []
    at = 0
    while at < len(data):
        first, size = data[at], data[at + 1]
        assert first & 0xB0 == 0x80
        at += 2
        if size == 126:
            (size,) = unpack_from("!H", data, at)
            at += 2
            assert size >= 126
        elif size == 127:
            (size,) = unpack_from("!Q", data, at)
            at += 8
            assert size >= 65536
        assert size < 127 or first & 0x0F < 8
        assert at + size <= len(data)
        found.append(Got(first & 0x0F, data[at : at + size], bool(first & 0x40)))
        at += size
    return found


class Echo(LineConnection):
    """Says again what it is told, and remembers."""

    def __init__(self, around: Surroundings, limit: int) -> None:
        super().__init__(around, FrameSplitter(limit, b""))
        self.heard: list[bytes] = []
        self.reasons: list[str] = []
        self.on_message: Callable[[bytes], None] = lambda message: None

    def line_received(self, line: bytes) -> None:
        self.heard.append(line[1:])
        self.write(pack(">I", len(line)) + line)
        self.on_message(line[1:])

    def send_ping(self) -> None:
        self.write(pack(">I", 5) + b"\0ping")

    def send_goodbye(self, reason: str) -> None:
        self.write(pack(">I", len(reason) + 1) + b"\0" + reason.encode())

    def seen(self, silence: int) -> bool:
        return True

    def closed(self, reason: str, silence: int) -> None:
        self.reasons.append(reason)


def _into(message: bytes) -> bytes:
    return pack(">I", len(message) + 1) + b"\0" + message


def _out_of(data: bytes) -> list[bytes]:
    messages = []
    at = 0
    while at < len(data):
        (size,) = unpack_from(">I", data, at)
        messages.append(data[at + 5 : at + 4 + size])
        at += 4 + size
    return messages


ECHOES: Mapping[int, Carriage] = {
    TEXT: Carriage(Opcode.TEXT, (Opcode.TEXT,), _into, _out_of),
    BINARY: Carriage(Opcode.BINARY, (Opcode.BINARY,), _into, _out_of),
}


class EchoScene(Scene):
    """An echo behind a WebSocket connection; the handshake is over."""

    def __init__(
        self, kind: int = TEXT, *, deflates: int = 0, limit: int = 1 << 17, limits: LineLimits = FREE
    ) -> None:
        """
        :param deflates: log2 of the window that was agreed on for what the server sends, or 0.
        """
        super().__init__(limits)
        self.session = Echo(self.around, limit)
        wire = Wire(state=OPEN)
        extensions: list[Extension] = [PerMessageDeflate(True, True, 15, deflates)] if deflates else []
        wire.extensions = extensions
        self.connection = WebSocketConnection(self.session, ECHOES[kind], wire, None)
        self.transport = FakeTransport(self.clock, "192.0.2.1")
        self.transport.protocol = self.connection
        Protocol.makeConnection(self.connection, cast(ITransport, cast(Any, self.transport)))

    def send(self, data: bytes, size: int = 0) -> None:
        """Send bytes, so many at a time, and let everything happen."""
        for start in range(0, len(data), size or len(data) or 1):
            self.arrive(data[start : start + (size or len(data))])
            self.turn()
        self.turn()

    def arrive(self, data: bytes) -> None:
        """Bytes come, unless the connection is closed: nothing is read then."""
        if not self.transport.gone:
            self.connection.dataReceived(data)

    def read(self) -> list[Got]:
        """The frames that have come since the last time."""
        data, self.transport.received = self.transport.received, b""
        return frames(data)

    @property
    def closed(self) -> bool:
        return self.transport.gone or self.transport.disconnecting
