"""The API over a stream of binary frames, a MessagePack map in each, for programs. `docs/protocol-binary.md`
is its reference."""

from __future__ import annotations

from typing import Final

from msgspec import msgpack

from chatdaemon.protocols.api.codec import Codec, Identified, Object
from chatdaemon.protocols.api.connection import APIConnection
from chatdaemon.protocols.api.errors import Code, Fault, fault_object
from chatdaemon.protocols.api.ops import AnyOp
from chatdaemon.protocols.api.server import MAX_MESSAGE, APIServer
from chatdaemon.wire.frames import (
    NO_PREFACE,
    PREFACE,
    FrameError,
    FrameSplitter,
    FrameTooLong,
    framed,
    unpacked,
)


class MessagePackCodec(Codec):
    """One object a frame."""

    def __init__(self) -> None:
        super().__init__(
            "MessagePack",
            Code.BAD_MESSAGEPACK,
            msgpack.Decoder(AnyOp),
            msgpack.Decoder(Identified),
            msgpack.Encoder(),
        )

    def encode(self, found: Object) -> bytes:
        return framed(self._encoder.encode(found))

    def decode(self, message: bytes) -> AnyOp:
        try:
            payload = unpacked(message, MAX_MESSAGE)
        except FrameTooLong:
            raise Fault(Code.LINE_TOO_LONG, f"A message has {MAX_MESSAGE} bytes at most") from None
        except FrameError as error:
            raise Fault(self.malformed, f"This is no frame: {error}") from None
        return super().decode(payload)


MESSAGEPACK: Final = MessagePackCodec()


class BinaryConnection(APIConnection):
    """A connection that speaks binary frames."""

    def __init__(self, server: APIServer, secure: bool) -> None:
        super().__init__(server, MESSAGEPACK, FrameSplitter, secure)

    def line_received(self, line: bytes) -> None:
        if line is NO_PREFACE:
            fault = Fault(Code.BAD_PREFACE, f"A connection begins with {PREFACE.decode()}")
            self._write_error(None, fault_object(fault))
            self.drop(fault.message)
        else:
            super().line_received(line)
