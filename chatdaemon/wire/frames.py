"""Binary frames: a big-endian u32, how many bytes follow; a byte of flags; the payload.

A client's first bytes are `PREFACE`. `docs/protocol-binary.md` is the reference.
"""

import zlib
from struct import Struct
from typing import Final

from .lines import TOO_LONG

PREFACE: Final = b"CHD1"
"""What a client sends before its first frame."""
COMPRESSED: Final = 1
"""The flag of a payload that is compressed by zlib (RFC 1950). There are no others."""
COMPRESSED_FROM: Final = 512
"""Bytes from which on `framed` compresses a payload: shorter ones become hardly shorter."""
NO_PREFACE: Final = b"\0" * 5
"""Stands in a splitter's result where a stream does not begin as it should: look for it with ``is``. Nothing
comes after it."""

_LENGTH = Struct(">I")
_HEAD = Struct(">IB")


class FrameError(ValueError):
    """A frame that cannot be unpacked; the text is for people."""


class FrameTooLong(FrameError):
    """What is in a frame is longer than is allowed."""


def framed(payload: bytes, compress: bool = True) -> bytes:
    """The frame of a payload; with `compress` a long one is compressed, if that makes it shorter."""
    flags = 0
    if compress and len(payload) >= COMPRESSED_FROM:
        compressed = zlib.compress(payload)
        if len(compressed) < len(payload):
            payload, flags = compressed, COMPRESSED
    return _HEAD.pack(len(payload) + 1, flags) + payload


def unpacked(frame: bytes, limit: int) -> bytes:
    """The payload of a frame, which begins with its flags, as `FrameSplitter` has it.

    Raises FrameTooLong if there are more than `limit` bytes in what is compressed, of which no more is ever
    made, and FrameError for flags that there are not and for what zlib cannot read.
    """
    flags = frame[0]
    if not flags:
        return frame[1:]
    if flags != COMPRESSED:
        raise FrameError(f"there is no flag {flags & ~COMPRESSED:#x}")
    reader = zlib.decompressobj()
    try:
        payload = reader.decompress(frame[1:], limit + 1)
    except zlib.error as error:
        raise FrameError(str(error)) from None
    if len(payload) > limit:
        raise FrameTooLong(f"more than {limit} bytes")
    if not reader.eof or reader.unused_data:
        raise FrameError("what is compressed does not end with the frame")
    return payload


class FrameSplitter:
    """Owns the unfinished end of one connection's input, which is never more than `limit` + 5 bytes.

    `limit` is in bytes, of a payload as it is sent, and may be changed at any time: it holds from the next
    `feed` on. The same bytes give the same frames in whatever chunks they come.
    """

    __slots__ = ("_broken", "_held", "_preface", "_skip", "limit")

    def __init__(self, limit: int, preface: bytes = PREFACE) -> None:
        """
        :param preface: what is to come before the first frame; a server sends none.
        """
        self.limit = limit
        self._preface = preface  # what has not come yet
        self._held = bytearray()
        self._skip = 0  # bytes left of a frame that is not kept
        self._broken = False

    @property
    def pending(self) -> int:
        """Bytes held of a frame that has not ended."""
        return len(self._held)

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that `data` completes, in order, each without its length, and without the empty ones.

        A frame over the limit is `TOO_LONG`, once, as soon as its length is known, and its bytes are dropped
        as they come. A wrong preface is `NO_PREFACE`.
        """
        if self._broken:
            return []
        if self._preface:
            size = min(len(self._preface), len(data))
            if data[:size] != self._preface[:size]:
                self._broken = True
                return [NO_PREFACE]
            self._preface = self._preface[size:]
            data = data[size:]
        if self._skip:
            size = min(self._skip, len(data))
            self._skip -= size
            data = data[size:]
        if self._held:
            self._held += data
            if not self._enough():
                return []
            data = bytes(self._held)
            self._held.clear()
        return self._split(data)

    def _enough(self) -> bool:
        """Whether something can be made of what is held: its end is there, or it is known to be too long."""
        held = self._held
        if len(held) < _LENGTH.size:
            return False
        length: int = _LENGTH.unpack_from(held)[0]
        return length > self.limit + 1 or len(held) >= _LENGTH.size + length

    def _split(self, data: bytes) -> list[bytes]:
        frames = []
        end = len(data)
        at = 0
        while end - at >= _LENGTH.size:
            length: int = _LENGTH.unpack_from(data, at)[0]
            start = at + _LENGTH.size
            if length > self.limit + 1:
                frames.append(TOO_LONG)
                self._skip = max(0, start + length - end)
            elif start + length > end:
                break
            elif length:
                frames.append(data[start : start + length])
            at = start + length
        self._held += data[at:]
        return frames
