"""What all IRC sessions of a node share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.defer import Deferred

from chatdaemon.accounts.authentication import Authentication
from chatdaemon.node import Node
from chatdaemon.protocols.irc import isupport
from chatdaemon.protocols.irc.capabilities import NONE, Capability, offered
from chatdaemon.protocols.irc.commands.cap import announce
from chatdaemon.protocols.irc.metadata import MetadataDesk
from chatdaemon.protocols.irc.names import Rosters
from chatdaemon.protocols.irc.persistence import StatusNews
from chatdaemon.protocols.irc.rejoin import Rejoins
from chatdaemon.protocols.irc.render import renderer_for
from chatdaemon.protocols.irc.replay import Replays
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.irc.watch import WatchLists
from chatdaemon.protocols.irc.welcome import Greeting, announce_support
from chatdaemon.protocols.line import Surroundings
from chatdaemon.protocols.operators import Control, OperatorAccess


@dataclass(frozen=True, slots=True)
class GatewayAccess:
    """A gateway that may say where its clients come from: whoever fits all that is given."""

    name: str
    password_hash: str | None
    fingerprints: tuple[str, ...]
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IRCSettings:
    """The part of the configuration that concerns IRC alone. None means no limit."""

    network: str = "ChatNet"
    description: str = "A chat server"
    motd: tuple[str, ...] = ()
    admin: tuple[str, str, str] = ("", "", "")  # name, location, e-mail
    password_hash: str | None = None
    operators: dict[str, OperatorAccess] = field(default_factory=dict)
    username_length: int = 12
    targets: int | None = 4
    modes_per_line: int | None = 12
    monitor_entries: int | None = 100
    multiline_bytes: int = 4096
    multiline_lines: int | None = 100
    metadata_subscriptions: int | None = 50
    metadata_burst: int | None = 10  # changes of metadata that a client may make at once
    metadata_interval: float = 12.0  # seconds, until it may make one more
    withheld_capabilities: frozenset[str] = NONE  # not offered to clients
    icon_url: str = ""
    vapid: str = ""  # the public key for web push; "" where that is off
    history_limit: int = 1000  # messages that a client may ask for at once
    durable_echo: bool = False  # a labelled message is echoed when it is stored
    gateways: tuple[GatewayAccess, ...] = ()
    rejoins: bool = True  # clients without chghost see somebody with another host leave and come back
    # Addresses that need no account where everybody else does.
    login_exempt: tuple[str, ...] = ("127.0.0.0/8", "::1", "localhost")


class Passwords(Protocol):
    """Checks passwords, off the reactor."""

    def verify(self, encoded: str | None, password: str) -> Deferred[bool]:
        """Whether the password is the one that was hashed; for None, False after the time that takes."""


class IRCServer:
    """What sessions look up: the node, the settings (replaced by a reload), the lists kept for MONITOR.

    `now` is the time in seconds since 1970.
    """

    def __init__(
        self,
        name: str,
        version: str,
        node: Node,
        around: Surroundings,
        settings: IRCSettings,
        passwords: Passwords,
        authentication: Authentication,
        control: Control,
        now: Callable[[], float],
    ) -> None:
        self.name = name
        self.version = version
        self.node = node
        self.realm = node.realm
        self.around = around
        self.settings = settings
        self.passwords = passwords
        self.authentication = authentication
        self.control = control
        self.now = now
        self.started_at = now()
        self.plain_renderer = renderer_for(name)
        self.watch = WatchLists(node)
        self.metadata = MetadataDesk(node)
        self.rosters = Rosters(node)
        self.rejoins = Rejoins(self)
        self.status_news = StatusNews(self)
        self.replays = Replays(self)
        self.sessions: dict[IRCSession, None] = {}
        self.strangers: dict[IRCSession, None] = {}  # those that have not registered yet
        self.tokens: list[str] = []
        self.offered: dict[str, Capability] = {}
        self.configure(settings)

    def configure(self, settings: IRCSettings) -> None:
        """Use these settings, and those of the realm as they are now, from now on. Clients hear of what is
        supported otherwise (ISUPPORT), and of capabilities that come and go."""
        self.settings = settings
        self.offered = offered(settings.withheld_capabilities)
        known, self.tokens = self.tokens, isupport.tokens(settings, self.realm.settings)
        self.greeting = Greeting(self)
        announce_support(self, known)
        announce(self)
