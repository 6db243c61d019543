"""What all JSON sessions of a node share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred

from chatdaemon.accounts.authentication import Authentication
from chatdaemon.node import Node
from chatdaemon.protocols.jsonlines.answers import MAX_TAGS
from chatdaemon.protocols.jsonlines.codec import Object
from chatdaemon.protocols.jsonlines.objects import JSONRenderer
from chatdaemon.protocols.jsonlines.session import MAX_LINE, JSONSession
from chatdaemon.protocols.line import Surroundings
from chatdaemon.realm.settings import UNLIMITED
from chatdaemon.timestamps import iso


@dataclass(frozen=True, slots=True)
class JSONSettings:
    """The part of the configuration that concerns JSON. `text_length` is in bytes; None: as a line allows."""

    network: str = "ChatNet"
    password_hash: str | None = None
    username_length: int = 12
    text_length: int | None = 4096
    login_exempt: tuple[str, ...] = ("127.0.0.0/8", "::1", "localhost")  # may come in without an account


class Passwords(Protocol):
    """Checks passwords, off the reactor."""

    def verify(self, hashed: str, password: str) -> Deferred[bool]: ...


class JSONServer:
    """What sessions look up: the node, the settings (replaced by a reload), the one renderer.

    `now` is the time in seconds since 1970.
    """

    def __init__(
        self,
        name: str,
        node: Node,
        around: Surroundings,
        settings: JSONSettings,
        passwords: Passwords,
        authentication: Authentication,
        now: Callable[[], float],
    ) -> None:
        self.name = name
        self.node = node
        self.realm = node.realm
        self.around = around
        self.settings = settings
        self.passwords = passwords
        self.authentication = authentication
        self.now = now
        self.renderer = JSONRenderer()
        self.sessions: dict[JSONSession, None] = {}

    def configure(self, settings: JSONSettings) -> None:
        """Use other settings from now on."""
        self.settings = settings

    def time(self) -> str:
        """The time of day, as events have it."""
        return iso(int(self.now() * 1000))

    def limits(self) -> Object:
        """What hello tells of limits; what is not limited is left out. In bytes, but for `channels`."""
        realm = self.realm.settings
        limits = {
            "line": MAX_LINE,
            "text": self.settings.text_length,
            "tags": MAX_TAGS,
            "nick": realm.nick_length,
            "realname": realm.realname_length,
            "channel": realm.channel_length,
            "channels": realm.channels_per_user,
            "topic": realm.topic_length,
            "away": realm.away_length,
            "reason": realm.quit_length,
        }
        return {name: limit for name, limit in limits.items() if limit is not None and limit != UNLIMITED}
