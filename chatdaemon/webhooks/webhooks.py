"""Webhooks as a whole: on or off."""

from __future__ import annotations

from collections.abc import Callable
from random import random
from typing import Any

from chatdaemon.node import Node
from chatdaemon.outgoing.posting import Poster
from chatdaemon.webhooks.sender import Sender
from chatdaemon.webhooks.settings import WebhookSettings
from chatdaemon.webhooks.watcher import NameOf, Watcher, Write


class Webhooks:
    """Sends what happens while it is on: `configure` says how, and it is off before."""

    def __init__(
        self, reactor: Any, node: Node, name_of: NameOf, write: Write, now: Callable[[], float]
    ) -> None:
        """`now` is seconds since 1970."""
        self.watcher = Watcher(node, name_of, write)
        self._reactor = reactor
        self._now = now

    def configure(self, settings: WebhookSettings, poster: Poster) -> None:
        """Be on, and like this from now on."""
        sender = self.watcher.sender
        if sender is None:
            watcher = self.watcher
            watcher.sender = Sender(
                self._reactor, poster, settings, watcher.hook_of, watcher.gone, self._now, random
            )
        else:
            sender.posting, sender.settings = poster, settings

    def stop(self) -> None:
        """Be off: nothing is sent any more, what waits neither."""
        if self.watcher.sender is not None:
            self.watcher.sender.stop()
            self.watcher.sender = None
