"""The formats in which a client speaks: JSON and MessagePack, which say the same."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import json, msgpack

from chatdaemon.wire.frames import PREFACE, FrameSplitter, framed, unpacked
from chatdaemon.wire.lines import LineSplitter

Object = dict[str, Any]

# Bytes of the longest message of a server's: the members of a very large channel come in one.
LONGEST = 64 << 20
_LENGTH = 4


class Splitter(Protocol):
    """What splits what comes into messages."""

    def feed(self, data: bytes) -> list[bytes]: ...


class Format(Protocol):
    """One way to put objects into bytes.

    An object is packed into a payload, whose length is what the server limits. In a stream payloads are
    delimited, behind a `preface` that the client sends first; over WebSocket each is a message of the
    `subprotocol`, of text where `text` is true.
    """

    preface: bytes
    subprotocol: str
    text: bool

    def splitter(self) -> Splitter: ...

    def pack(self, found: Object) -> bytes:
        """Raises ValueError or TypeError for what cannot be said."""

    def delimited(self, payload: bytes) -> bytes: ...

    def message(self, payload: bytes) -> bytes: ...

    def decode(self, message: bytes) -> Object:
        """What a splitter, or a WebSocket message, has. Raises ValueError."""


class JSONFormat:
    """One object a line."""

    preface = b""
    subprotocol = "json.chatdaemon"
    text = True

    def splitter(self) -> Splitter:
        return LineSplitter(LONGEST)

    def pack(self, found: Object) -> bytes:
        return json.encode(found)

    def delimited(self, payload: bytes) -> bytes:
        return payload + b"\n"

    def message(self, payload: bytes) -> bytes:
        return payload

    def decode(self, message: bytes) -> Object:
        return json.decode(message, type=Object)


class BinaryFormat:
    """A MessagePack map a frame, long ones compressed."""

    preface = PREFACE
    subprotocol = "binary.chatdaemon"
    text = False

    def splitter(self) -> Splitter:
        return FrameSplitter(LONGEST, b"")

    def pack(self, found: Object) -> bytes:
        return msgpack.encode(found)

    def delimited(self, payload: bytes) -> bytes:
        return framed(payload)

    def message(self, payload: bytes) -> bytes:
        return framed(payload)[_LENGTH:]

    def decode(self, message: bytes) -> Object:
        return msgpack.decode(unpacked(message, LONGEST), type=Object)


FORMATS: dict[str, type[Format]] = {"json": JSONFormat, "binary": BinaryFormat}


def format_called(name: str) -> Format:
    """Raises ValueError."""
    try:
        return FORMATS[name]()
    except KeyError:
        raise ValueError(f"a format is one of {', '.join(FORMATS)}, not {name}") from None
