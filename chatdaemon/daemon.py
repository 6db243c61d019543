"""The running daemon: every part, built once and joined, and what a configuration changes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from chatdaemon import __version__
from chatdaemon.accounts.authentication import Authentication
from chatdaemon.accounts.mail import Mailer
from chatdaemon.accounts.secret import secret_of
from chatdaemon.accounts.vouchers import Unusable, Vouchers, vouchers
from chatdaemon.admission import Admission, AdmissionLimits
from chatdaemon.announcement import announcement
from chatdaemon.config import Configuration, Listener
from chatdaemon.control import CannotListenThere, ControlSocket, Listening
from chatdaemon.deadlines import Deadlines
from chatdaemon.expiry import AccountExpiry, BanExpiry, PresenceExpiry, TokenExpiry
from chatdaemon.history.history import History
from chatdaemon.listeners import Listeners, Planned, Speech
from chatdaemon.log import LocalLog
from chatdaemon.node import Node
from chatdaemon.outbox import Outlet
from chatdaemon.outgoing.posting import Poster
from chatdaemon.passwords import Passwords
from chatdaemon.protocols.api.hooked import event_name, hooked
from chatdaemon.protocols.api.server import APIServer
from chatdaemon.protocols.binary import MESSAGEPACK, BinaryConnection
from chatdaemon.protocols.irc.push import pushed
from chatdaemon.protocols.irc.server import IRCServer
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.irc.visitor import visitor
from chatdaemon.protocols.jsonlines import JSON, JSONConnection
from chatdaemon.protocols.line import LineConnection, Surroundings
from chatdaemon.protocols.operators import Control
from chatdaemon.protocols.web.api import HTTPAPI
from chatdaemon.protocols.web.hooks import Hooks
from chatdaemon.protocols.web.server import WebServer
from chatdaemon.push.push import Push
from chatdaemon.push.settings import PushSettings
from chatdaemon.push.vapid import VAPID_FILE, vapid_key
from chatdaemon.realm import records
from chatdaemon.realm.events import Configured, Event, Stamp
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import Kept
from chatdaemon.realm.requests import Configure
from chatdaemon.realm.settings import UNLIMITED
from chatdaemon.settings import (
    admission_limits,
    api_settings,
    authentication_settings,
    checker_settings,
    history_settings,
    irc_settings,
    line_limits,
    mail_settings,
    oauth_settings,
    push_settings,
    realm_settings,
    transport_security,
    web_settings,
    webhook_settings,
)
from chatdaemon.storage.failure import CannotOpen
from chatdaemon.storage.opening import Opened
from chatdaemon.storage.retention import Retention
from chatdaemon.transports.certificates import ensure_self_signed, self_signed_path
from chatdaemon.transports.tlscontext import CertificateFiles, LoadedTLS, TLSContextError, TLSSettings, load
from chatdaemon.webhooks.settings import WebhookSettings
from chatdaemon.webhooks.webhooks import Webhooks

__all__ = ["CannotStart", "Daemon", "tls_contexts"]

T = TypeVar("T")

# Goodbyes said in one turn of the reactor.
GOODBYES = 64
# Seconds for what is not stored yet, also when the goodbyes have taken all the time.
LEAST_FOR_STORAGE = 1.0


class CannotStart(Exception):
    """Something that the daemon needs is not there; the text says what, where and what to do."""


def tls_contexts(config: Configuration, *, may_make: bool = True) -> dict[str, LoadedTLS]:
    """Build the context of every TLS listener, making the self-signed certificate where it is needed.

    Raises CannotStart with every file that is of no use. Without `may_make` a certificate that is still to
    be made is left out.
    """
    found: dict[str, LoadedTLS] = {}
    mistakes: dict[str, None] = {}
    for listener in config.listeners:
        if listener.tls:
            try:
                files = _certificates(config, listener, may_make)
                if files:
                    found[listener.name] = load(TLSSettings(files, listener.client_certificates))
            except TLSContextError as error:
                mistakes[f"[listener {listener.name}] {error}"] = None
    if mistakes:
        raise CannotStart("\n".join(mistakes))
    return found


def _certificates(config: Configuration, listener: Listener, may_make: bool) -> tuple[CertificateFiles, ...]:
    if listener.pairs:
        return tuple(CertificateFiles(chain, key) for chain, key in listener.pairs)
    directory = config.server.data_directory
    if not may_make and not self_signed_path(directory).exists():
        return ()
    return (CertificateFiles(*ensure_self_signed(directory, [config.server.server_name])),)


def vouchers_of(reactor: Any, config: Configuration, before: Vouchers | None = None) -> Vouchers:
    """Whoever else is asked who somebody is; what is the same as before is not made again.

    Raises CannotStart with everything of them that is of no use.
    """
    checkers, oauth, mail = checker_settings(config), oauth_settings(config), mail_settings(config)
    try:
        return vouchers(reactor, time.time, checkers, oauth, mail, before)
    except Unusable as error:
        raise CannotStart(str(error)) from None


def push_services(
    reactor: Any, config: Configuration
) -> tuple[PushSettings, ec.EllipticCurvePrivateKey, Poster] | None:
    """What web push takes, with our key, which is made where there is none; None where it is off.

    Raises CannotStart.
    """
    settings = push_settings(config)
    if settings is None:
        return None
    directory = config.server.data_directory
    try:
        services = Poster(
            reactor, settings.timeout, allow_internal=settings.allow_internal, ca_file=settings.ca_file
        )
        return settings, vapid_key(directory), services
    except OSError as error:
        raise CannotStart(f"{directory / VAPID_FILE}: {error.strerror}") from None
    except ValueError as error:
        raise CannotStart(f"[push] {error}") from None


def webhook_services(reactor: Any, config: Configuration) -> tuple[WebhookSettings, Poster] | None:
    """What it takes to send to hooks; None where that is off. Raises CannotStart."""
    settings = webhook_settings(config)
    if settings is None:
        return None
    internal = settings.allow_internal
    try:
        poster = Poster(
            reactor, settings.timeout, allow_internal=internal, plain=internal, ca_file=settings.ca_file
        )
    except (OSError, ValueError) as error:
        raise CannotStart(f"[hooks] {error}") from None
    return settings, poster


def _load(realm: Realm, kept: Kept) -> None:
    try:
        records.load(realm, kept)
    except ValueError as error:
        raise CannotStart(
            f'what is stored does not fit "casemapping" in [chatdaemon]: {error};'
            " set it back to what it was, or drop one of the two first"
        ) from None


def data_directory(path: Path) -> None:
    """Make the data directory if it is not there. Raises CannotStart."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"the data directory {path} cannot be made: {error.strerror};"
            ' choose one by "data-directory" in [chatdaemon]'
        ) from None


class Daemon:
    """Owns everything that runs. `control` is what operators can have it do."""

    log = Logger(namespace="chatdaemon.daemon")

    def __init__(
        self, reactor: Any, config: Configuration, control: Control, most_connections: int = UNLIMITED
    ) -> None:
        """Takes the data directory and its database, and loads what is stored; opens no port yet. Blocks.

        Raises CannotStart.

        :param most_connections: how many this process can have, whatever the configuration allows.
        """
        directory = config.server.data_directory
        data_directory(directory)
        realm = Realm(realm_settings(config))
        try:
            self._storage = Opened(config.storage.url, directory)
            _load(realm, self._storage.kept)
            secret = secret_of(directory)
        except CannotOpen as error:
            raise CannotStart(str(error)) from None
        except OSError as error:
            raise CannotStart(
                f"the data directory {directory} cannot be used: {error.strerror}; it must be writable"
                " for the user that the daemon runs as"
            ) from None
        except ValueError as error:
            raise CannotStart(str(error)) from None
        self.config = config
        self._reactor = reactor
        self._most_connections = most_connections
        self._contexts: dict[str, LoadedTLS] = {}
        self._control: Listening | None = None
        self._farewell: Deferred[None] | None = None
        self._end_by = 0.0
        self.passwords = Passwords(reactor)
        self.deadlines = Deadlines(reactor)
        outlet = Outlet(reactor.callLater)
        self.store = self._storage.store(reactor)
        log = LocalLog(config.server.server_name, self._storage.epoch, time.time)
        self.archive = self._storage.archive(reactor)
        self.history = History(realm, history_settings(config), self.archive)
        self.store.observers.append(self.history.stored)
        self.node = Node(realm, log, outlet, store=self.store, history=self.history)
        self.ban_expiry = BanExpiry(self.node, self.deadlines)
        self.around = Surroundings(reactor, outlet, self.deadlines, line_limits(config))
        self.authentication = Authentication(
            self.node, self.passwords, authentication_settings(config), reactor, time.time, secret
        )
        self.account_expiry = AccountExpiry(self.node, self.deadlines)
        self.token_expiry = TokenExpiry(self.node, self.deadlines)
        self.retention = Retention(reactor, time.time, self.store, realm, self.history)
        self.presence_expiry = PresenceExpiry(self.node, self.deadlines)
        self.mailer = Mailer(reactor, time.time)
        self.node.observers.append(self.mailer.observe)
        self._vouchers: Vouchers | None = None
        self.webhooks = Webhooks(reactor, self.node, event_name, hooked, time.time)
        self.push = Push(reactor, self.node, partial(pushed, config.server.server_name), time.time)
        self.irc = IRCServer(
            config.server.server_name,
            f"chatdaemon-{__version__}",
            self.node,
            self.around,
            irc_settings(config),
            self.passwords,
            self.authentication,
            control,
            time.time,
        )
        self.api = APIServer(
            config.server.server_name,
            self.node,
            self.around,
            api_settings(config),
            self.passwords,
            self.authentication,
            control,
            time.time,
        )
        self.api.services = partial(visitor, self.irc)
        self.programs = HTTPAPI(
            self.api, lambda: self.config.web.token_idle_time, lambda: self.config.web.origins
        )
        self.web = WebServer(
            self.around,
            web_settings(config),
            {
                "text.ircv3.net": lambda secure: IRCSession(self.irc, secure, ""),
                "binary.ircv3.net": lambda secure: IRCSession(self.irc, secure, ""),
                "json.chatdaemon": lambda secure: JSONConnection(self.api, secure),
                "binary.chatdaemon": lambda secure: BinaryConnection(self.api, secure),
            },
            {b"api": self.programs, b"hook": Hooks(self.api)},
            self._failing,
        )
        self.admission = Admission(AdmissionLimits(), reactor.seconds)
        self.around.lost = self.admission.release
        self.around.moved = self.admission.move
        self.listeners = Listeners(reactor, self.admission)
        self.node.observers.append(self._observe)
        self._speeches = {
            "irc": Speech(
                lambda listener: IRCSession(self.irc, listener.tls, transport_security(listener)),
                lambda reason: f"ERROR :Closing Link: ({reason})\r\n".encode(),
            ),
            "json": Speech(
                lambda listener: JSONConnection(self.api, listener.tls),
                lambda reason: JSON.encode(self.api.goodbye(reason)),
            ),
            "binary": Speech(
                lambda listener: BinaryConnection(self.api, listener.tls),
                lambda reason: MESSAGEPACK.encode(self.api.goodbye(reason)),
            ),
            "web": Speech(lambda listener: self.web.session(listener.tls), self.web.refusal),
        }

    def use(self, config: Configuration, contexts: dict[str, LoadedTLS]) -> None:
        """Be what the configuration says, from now on. Raises CannotListen or CannotStart, and then
        nothing has changed.

        It differs from the one before in nothing that needs a restart.
        """
        asked = vouchers_of(self._reactor, config, self._vouchers)
        pushing = push_services(self._reactor, config)
        sending = webhook_services(self._reactor, config)
        self.listeners.use(
            [
                Planned(listener, self._speeches[listener.protocol], contexts.get(listener.name))
                for listener in config.listeners
            ]
        )
        before, self.config = self.config, config
        self._contexts = contexts
        self.around.limits = line_limits(config)
        self.admission.limits = self._admission_limits(config)
        for connection in self.connections():
            connection.limits_changed()
        settings = realm_settings(config)
        if settings != realm_settings(before):
            self.node.submit(None, Configure(settings))
        self._vouchers = asked
        self.authentication.checkers, self.authentication.tokens = asked.checkers, asked.tokens
        self.authentication.configure(authentication_settings(config))
        self.mailer.relay = asked.relay
        if sending is None:
            self.webhooks.stop()
        else:
            self.webhooks.configure(*sending)
        if pushing is None:
            self.push.stop()
        else:
            self.push.configure(*pushing)
        self.history.configure(history_settings(config))
        self.irc.configure(irc_settings(config, self.push.public_key))
        self.api.configure(api_settings(config, self.push.public_key))
        self.web.configure(web_settings(config, _certified(config, contexts)))
        self._warn(config, contexts)

    def announcement(self) -> Iterator[str]:
        """What people should know to connect."""
        return announcement(self.config, self.listeners.addresses, self._contexts)

    def connections(self) -> list[LineConnection]:
        """All sessions, of every protocol."""
        return [*self.irc.sessions, *self.api.sessions]

    def start(self) -> None:
        """Time begins to pass."""
        self.deadlines.start()
        self.ban_expiry.start()
        self.account_expiry.start()
        self.token_expiry.start()
        self.retention.start()
        self.presence_expiry.start()
        try:
            self._control = Listening(
                self._reactor, self.config.server.data_directory, ControlSocket(self.node, self.status)
            )
        except CannotListenThere as error:
            self.log.warn("chatdaemon token and hook will not reach this daemon: {why}", why=error)

    def status(self) -> dict[str, object]:
        """How it is, for programs."""
        return {
            "version": __version__,
            "listeners": list(self.listeners.addresses),
            "users": len(self.node.realm.users),
            "channels": len(self.node.realm.channels),
            "unstored": self.store.waiting,
        }

    def stop(self, reason: str) -> Deferred[None]:
        """Listen no more, say goodbye to everybody, and fire when they have gone or their time is over."""
        closed = self.listeners.stop()
        self.around.ending = True
        self.api.parking.stop()
        self.programs.stop(reason)
        self.web.stop()
        farewell = self._farewell = Deferred()
        # Ports close in the reactor's next turn, and a Unix socket's file goes with it.
        farewell.addCallback(lambda _: closed)
        farewell.addCallback(lambda _: self._end())
        timeout = self.config.server.shutdown_timeout
        self._end_by = self._reactor.seconds() + timeout
        limit = self._reactor.callLater(timeout, self._give_up)
        farewell.addBoth(_cancelled, limit)
        self.admission.emptied = self.hurry
        # The one half of the time is for what others are told of each that leaves, the other for sending it.
        self._say_goodbye(reason, iter(self.connections()), self._reactor.seconds() + timeout / 2)
        if not self.admission.open:
            self.hurry()
        return farewell

    def hurry(self) -> None:
        """Wait no longer for those who have been told goodbye."""
        if self._farewell is not None and not self._farewell.called:
            self._farewell.callback(None)

    def _say_goodbye(self, reason: str, left: Iterator[LineConnection], until: float) -> None:
        if self._reactor.seconds() >= until:
            for connection in left:
                connection.drop_unseen(reason)
            return
        more = False
        for connection in islice(left, GOODBYES):
            connection.drop(reason)
            more = True
        if more:
            # What this has set off is sent before the next are told.
            self._reactor.callLater(0, self._say_goodbye, reason, left, until)

    def _give_up(self) -> None:
        self.log.info("{count} connections did not end in time", count=self.admission.open)
        self.hurry()

    def _end(self) -> Deferred[None]:
        unreachable = self._control.stop() if self._control is not None else succeed(None)
        self.mailer.stop()
        self.push.stop()
        self.webhooks.stop()
        self.deadlines.stop()
        self.retention.stop()
        self.archive.stop()
        stored = self.store.close(max(LEAST_FOR_STORAGE, self._end_by - self._reactor.seconds()))
        stored.addCallback(lambda _: unreachable)
        stored.addCallback(lambda _: self._storage.release())
        return stored.addCallback(lambda _: self.passwords.stop())

    def _admission_limits(self, config: Configuration) -> AdmissionLimits:
        limits = admission_limits(config)
        wanted = UNLIMITED if limits.connections is None else limits.connections
        if wanted <= self._most_connections:
            return limits
        if self.admission.limits.connections != self._most_connections:
            self.log.info(
                "{most} connections are possible, since this process may not open more files (ulimit -n)",
                most=self._most_connections,
            )
        return replace(limits, connections=self._most_connections)

    def _failing(self) -> list[str]:
        return ["storage"] if self.store.failing else []

    def _observe(self, stamp: Stamp, event: Event) -> None:
        if isinstance(event, Configured):
            # What is said of the realm's limits is true when the realm has them, which may be later.
            self.irc.configure(irc_settings(self.config, self.push.public_key))
            self.api.configure(api_settings(self.config, self.push.public_key))

    def _warn(self, config: Configuration, contexts: dict[str, LoadedTLS]) -> None:
        now = datetime.now(UTC)
        certificates = (each for tls in contexts.values() for each in tls.certificates)
        warnings = [
            *map(str, config.warnings),
            *(text for each in certificates if (text := each.warning(now))),
        ]
        for warning in dict.fromkeys(warnings):
            self.log.warn("{warning}", warning=warning)


def _certified(config: Configuration, contexts: dict[str, LoadedTLS]) -> Iterator[str]:
    """The names in the certificates of web listeners."""
    for listener in config.listeners:
        if listener.protocol == "web" and listener.name in contexts:
            for certificate in contexts[listener.name].certificates:
                yield from certificate.names


def _cancelled(result: T, call: IDelayedCall) -> T:
    """Pass a result on when there is nothing to wait for any more."""
    if call.active():
        call.cancel()
    return result
