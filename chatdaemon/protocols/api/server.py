"""What all sessions of the API share, whatever format their messages have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred

from chatdaemon.accounts.authentication import Authentication
from chatdaemon.node import Node
from chatdaemon.protocols.api.codec import Codec, Object
from chatdaemon.protocols.api.objects import APIRenderer
from chatdaemon.protocols.api.parking import Parking
from chatdaemon.protocols.api.services import Services
from chatdaemon.protocols.api.verbs.messages import MAX_TAGS
from chatdaemon.protocols.api.verbs.presence import Watches
from chatdaemon.protocols.line import Surroundings
from chatdaemon.protocols.operators import Control, OperatorAccess
from chatdaemon.realm.events import Event, Stamp, TokenRevoked
from chatdaemon.realm.settings import UNLIMITED
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.connection import APIConnection

# Bytes of the longest message once hello was answered.
MAX_MESSAGE = 16384


@dataclass(frozen=True, slots=True)
class APISettings:
    """The part of the configuration that concerns the API. `text_length` is in bytes; None: any."""

    network: str = "ChatNet"
    description: str = "A chat server"
    motd: tuple[str, ...] = ()
    admin: tuple[str, str, str] = ("", "", "")  # name, location, e-mail
    password_hash: str | None = None
    username_length: int = 12
    text_length: int | None = 4096
    multiline_bytes: int = 4096  # of a text of several lines
    multiline_lines: int | None = 100
    monitor_entries: int | None = 100  # nicks that a session may watch
    operators: dict[str, OperatorAccess] = field(default_factory=dict)
    vapid: str = ""  # the public key for web push; "" where that is off
    resume_time: float = 120.0  # seconds for which lost sessions are kept; 0: they are not
    resume_events: int = 10_000  # of all that happens, for those that come back
    resume_sessions: int = 20  # that are kept of one account or address
    login_exempt: tuple[str, ...] = ("127.0.0.0/8", "::1", "localhost")  # may come in without an account


class Passwords(Protocol):
    """Checks passwords, off the reactor."""

    def verify(self, hashed: str | None, password: str) -> Deferred[bool]: ...


class APIServer:
    """What sessions look up: the node, the settings (replaced by a reload), a renderer for
    each format.

    `now` is the time in seconds since 1970.
    """

    def __init__(
        self,
        name: str,
        node: Node,
        around: Surroundings,
        settings: APISettings,
        passwords: Passwords,
        authentication: Authentication,
        control: Control,
        now: Callable[[], float],
    ) -> None:
        self.name = name
        self.node = node
        self.realm = node.realm
        self.around = around
        self.settings = settings
        self.passwords = passwords
        self.authentication = authentication
        self.control = control
        self.now = now
        self.started_at = now()
        self.watches = Watches(node)
        self.services: Services = lambda session, target: None
        self.parking = Parking(self)
        node.recent.resize(settings.resume_events)
        self.sessions: dict[APIConnection, None] = {}
        self._renderers: dict[Codec, APIRenderer] = {}
        node.observers.append(self._observe)

    def configure(self, settings: APISettings) -> None:
        """Use other settings from now on."""
        self.settings = settings
        if settings.resume_events != self.node.recent.most:
            self.node.recent.resize(settings.resume_events)

    def renderer(self, codec: Codec) -> APIRenderer:
        """What renders events for all sessions of this format."""
        renderer = self._renderers.get(codec)
        if renderer is None:
            renderer = self._renderers[codec] = APIRenderer(codec)
        return renderer

    def _observe(self, stamp: Stamp, event: Event) -> None:
        if isinstance(event, TokenRevoked):
            self.parking.revoked(event.digest)
            for session in tuple(self.sessions):
                if session.scope is not None and session.scope.digest == event.digest:
                    session.leave("The token was revoked")

    def goodbye(self, reason: str) -> Object:
        """The last event of a session."""
        return {"event": "bye", "time": self.time(), "reason": reason}

    def time(self) -> str:
        """The time of day, as events have it."""
        return iso(int(self.now() * 1000))

    def limits(self) -> Object:
        """What hello tells of limits; what is not limited is left out. In bytes, but for `channels` and
        `lines`."""
        realm = self.realm.settings
        limits = {
            "line": MAX_MESSAGE,
            "text": self.settings.text_length,
            "multiline": self.settings.multiline_bytes,
            "lines": self.settings.multiline_lines,
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
