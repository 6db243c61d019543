"""Why a connection ended, in words that can be shown to other people."""

from __future__ import annotations

import errno
import os

from twisted.internet.error import ConnectionLost

__all__ = ["HandshakeFailed", "PeerLost"]


class PeerLost(ConnectionLost):
    """A connection that did not end cleanly. Its text is short and fit for a quit message."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text

    @classmethod
    def from_errno(cls, number: int | None) -> PeerLost:
        """The system's words for an error of recv(2) or send(2)."""
        return cls(os.strerror(number or errno.ECONNRESET))


class HandshakeFailed(PeerLost):
    """The peer never got as far as speaking through TLS."""

    def __init__(self, text: str) -> None:
        super().__init__(f"TLS handshake failed: {text}")
