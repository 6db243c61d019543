"""The formats in which a client speaks: JSON lines and binary frames, which say the same."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import json, msgpack

from chatdaemon.wire.frames import PREFACE, FrameSplitter, framed, unpacked
from chatdaemon.wire.lines import LineSplitter

Object = dict[str, Any]

# Bytes of the longest message of a server's: the members of a very large channel come in one.
LONGEST = 64 << 20


class Splitter(Protocol):
    """What splits what comes into messages."""

    def feed(self, data: bytes) -> list[bytes]: ...


class Format(Protocol):
    """One way to put objects into bytes. `preface` is what a client sends first."""

    preface: bytes

    def splitter(self) -> Splitter: ...

    def encode(self, found: Object) -> bytes: ...

    def decode(self, message: bytes) -> Object:
        """Raises ValueError."""


class JSONFormat:
    """One object a line."""

    preface = b""

    def splitter(self) -> Splitter:
        return LineSplitter(LONGEST)

    def encode(self, found: Object) -> bytes:
        return json.encode(found) + b"\n"

    def decode(self, message: bytes) -> Object:
        return json.decode(message, type=Object)


class BinaryFormat:
    """A MessagePack map a frame, long ones compressed."""

    preface = PREFACE

    def splitter(self) -> Splitter:
        return FrameSplitter(LONGEST, b"")

    def encode(self, found: Object) -> bytes:
        return framed(msgpack.encode(found))

    def decode(self, message: bytes) -> Object:
        return msgpack.decode(unpacked(message, LONGEST), type=Object)


FORMATS: dict[str, type[Format]] = {"json": JSONFormat, "binary": BinaryFormat}


def format_called(name: str) -> Format:
    """Raises ValueError."""
    try:
        return FORMATS[name]()
    except KeyError:
        raise ValueError(f"a format is one of {', '.join(FORMATS)}, not {name}") from None
