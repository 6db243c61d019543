"""Messages to frames (RFC 6455, section 5.2; RFC 7692). A server's frames are not masked, and nothing of one
message is used for the next, so that one frame serves all who are sent the same."""

from __future__ import annotations

import zlib
from functools import cache
from struct import Struct
from typing import Final
from weakref import WeakValueDictionary

from chatdaemon.outbox import Renderer
from chatdaemon.protocols.websocket.carriage import Carriage
from chatdaemon.realm.events import Event, Stamp

COMPRESSED_FROM: Final = 512
"""Bytes from which on a message is compressed: shorter ones become hardly shorter."""

_FIN = 0x80
_COMPRESSED = 0x40  # RSV1, RFC 7692 section 6
_MEDIUM = Struct("!BBH")
_LONG = Struct("!BBQ")
_EMPTY_BLOCK = b"\x00\x00\xff\xff"


def frame(first: int, payload: bytes) -> bytes:
    """A frame that is not masked; `first` is its first byte."""
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return _MEDIUM.pack(first, 126, size) + payload
    return _LONG.pack(first, 127, size) + payload


def deflated(payload: bytes, window: int) -> bytes:
    """A compressed message (RFC 7692, section 7.2.1), which needs nothing of those before it.

    :param window: log2 of how far back it may refer, 9 to 15.
    """
    # A message is short: more memory than this makes it slower and no smaller.
    encoder = zlib.compressobj(wbits=-window, memLevel=5)
    data = encoder.compress(payload) + encoder.flush(zlib.Z_SYNC_FLUSH)
    return data.removesuffix(_EMPTY_BLOCK)


class MessageFraming:
    """How all sessions that agreed on the same in their handshakes are written to (protocols.line.Framing).

    `window` is that of `deflated`, 0 for those who take no compressed messages.
    """

    def __init__(self, carriage: Carriage, window: int) -> None:
        self._out_of = carriage.out_of
        self._first = _FIN | carriage.sends
        self._window = window
        # A rendering goes with the last session that uses it.
        self._renderings: WeakValueDictionary[Renderer, FramedRenderer] = WeakValueDictionary()

    def frames(self, data: bytes) -> bytes:
        """What a session wrote, a frame for each message."""
        messages = self._out_of(data)
        if len(messages) == 1:
            return self._frame(messages[0])
        return b"".join(map(self._frame, messages))

    def rendering(self, renderer: Renderer) -> FramedRenderer:
        """What renders as `renderer` does, in frames; the same one for as long as anybody has it."""
        found = self._renderings.get(renderer)
        if found is None:
            found = self._renderings[renderer] = FramedRenderer(self, renderer)
        return found

    def _frame(self, message: bytes) -> bytes:
        if self._window and len(message) >= COMPRESSED_FROM:
            compressed = deflated(message, self._window)
            if len(compressed) < len(message):
                return frame(self._first | _COMPRESSED, compressed)
        return frame(self._first, message)


class FramedRenderer:
    """Renders events as another renderer does, in frames."""

    def __init__(self, framing: MessageFraming, inner: Renderer) -> None:
        self._framing = framing
        self._inner = inner

    def render(self, stamp: Stamp, event: Event) -> bytes:
        """The event for those who witness it; nothing where they are not to see it."""
        data = self._inner.render(stamp, event)
        return self._framing.frames(data) if data else b""


@cache
def framing(carriage: Carriage, window: int) -> MessageFraming:
    """The framing of these: one for all sessions, so that each message is encoded once for them."""
    return MessageFraming(carriage, window)
