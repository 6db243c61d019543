"""Web push as a whole: on or off, with one key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from chatdaemon.node import Node
from chatdaemon.outgoing.posting import Poster
from chatdaemon.push.notifier import Notifier, Write
from chatdaemon.push.sender import Sender
from chatdaemon.push.settings import PushSettings
from chatdaemon.push.vapid import Vapid


class Push:
    """Tells people of messages while it is on: `configure` says how, and it is off before.

    `public_key` is what clients give push services, so that nobody else sends in our name; "" while off.
    """

    def __init__(self, reactor: Any, node: Node, write: Write, now: Callable[[], float]) -> None:
        """`now` is seconds since 1970."""
        self.public_key = ""
        self._reactor = reactor
        self._node = node
        self._write = write
        self._now = now
        self._settings: PushSettings | None = None
        self._sender: Sender | None = None
        self._notifier: Notifier | None = None

    def configure(self, settings: PushSettings, key: ec.EllipticCurvePrivateKey, services: Poster) -> None:
        """Be on, and like this from now on. The key is the same whenever this is called."""
        if self._sender is None or self._settings is None or self._settings.contact != settings.contact:
            self.stop()
            vapid = Vapid(key, settings.contact, self._now)
            self._sender = Sender(self._reactor, self._node, services, vapid, settings.lifetime, self._now)
            self._notifier = Notifier(self._reactor, self._node, self._sender, self._write, settings.delay)
            self.public_key = vapid.public
        elif self._notifier is not None:
            self._sender.services, self._sender.lifetime = services, settings.lifetime
            self._notifier.delay = settings.delay
        self._settings = settings

    def stop(self) -> None:
        """Be off: nobody is told of anything, and what waits is not sent."""
        self.public_key = ""
        if self._notifier is not None:
            self._notifier.stop()
        if self._sender is not None:
            self._sender.stop()
        self._notifier = self._sender = self._settings = None
