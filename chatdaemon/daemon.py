"""The running daemon: every part, built once and joined, and what a configuration changes of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatdaemon import __version__
from chatdaemon.admission import Admission
from chatdaemon.config import Configuration, Listener
from chatdaemon.deadlines import Deadlines
from chatdaemon.listeners import Listeners, Planned, Speech
from chatdaemon.log import LocalLog, next_epoch
from chatdaemon.node import Node
from chatdaemon.outbox import Outlet
from chatdaemon.passwords import Passwords
from chatdaemon.protocols.irc.server import Control, IRCServer
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.line import LineConnection, Surroundings
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.requests import Configure
from chatdaemon.settings import admission_limits, irc_settings, line_limits, realm_settings
from chatdaemon.transports.certificates import ensure_self_signed
from chatdaemon.transports.tlscontext import CertificateFiles, LoadedTLS, TLSContextError, TLSSettings, load

__all__ = ["CannotStart", "Daemon", "tls_contexts"]

# Goodbyes said in one turn, so that what they set off is sent before the next.
GOODBYES = 64


class CannotStart(Exception):
    """Something that the daemon needs is not there; the text says what, where and what to do."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A configuration with everything loaded that it names."""

    config: Configuration
    tls: dict[str, LoadedTLS]
    """By the listener's name."""


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
    if not may_make and not directory.exists():
        return ()
    return (CertificateFiles(*ensure_self_signed(directory, [config.server.server_name])),)


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

    def __init__(self, reactor: Any, config: Configuration, control: Control) -> None:
        """Takes the next epoch in the data directory; opens nothing yet. Raises CannotStart."""
        directory = config.server.data_directory
        data_directory(directory)
        try:
            epoch = next_epoch(directory)
        except OSError as error:
            raise CannotStart(
                f"the data directory {directory} cannot be used: {error.strerror}; it must be writable"
                " for the user that the daemon runs as"
            ) from None
        except ValueError as error:
            raise CannotStart(str(error)) from None
        self.config = config
        self._reactor = reactor
        self.passwords = Passwords(reactor)
        self.deadlines = Deadlines(reactor)
        outlet = Outlet(reactor.callLater)
        self.node = Node(
            Realm(realm_settings(config)), LocalLog(config.server.server_name, epoch, time.time), outlet
        )
        self.around = Surroundings(reactor, outlet, self.deadlines, line_limits(config))
        self.irc = IRCServer(
            config.server.server_name,
            f"chatdaemon-{__version__}",
            self.node,
            self.around,
            irc_settings(config),
            self.passwords,
            control,
            time.time,
        )
        self.admission = Admission(admission_limits(config), reactor.seconds)
        self.around.lost = self.admission.release
        self.listeners = Listeners(reactor, self.admission)
        self._speeches = {
            "irc": Speech(
                lambda secure: IRCSession(self.irc, secure),
                lambda reason: f"ERROR :Closing Link: ({reason})\r\n".encode(),
            ),
        }

    def use(self, config: Configuration, contexts: dict[str, LoadedTLS]) -> None:
        """Be what the configuration says, from now on. Raises CannotListen, and then nothing has changed.

        It differs from the one before in nothing that needs a restart.
        """
        self.listeners.use(
            [
                Planned(listener, self._speeches[listener.protocol], contexts.get(listener.name))
                for listener in config.listeners
            ]
        )
        before, self.config = self.config, config
        self.around.limits = line_limits(config)
        self.admission.limits = admission_limits(config)
        settings = realm_settings(config)
        if settings != realm_settings(before):
            self.node.submit(None, Configure(settings))
        self.irc.configure(irc_settings(config))
        now = datetime.now(UTC)
        certificates = (each for tls in contexts.values() for each in tls.certificates)
        warnings = [
            *map(str, config.warnings),
            *(text for each in certificates if (text := each.warning(now))),
        ]
        for warning in dict.fromkeys(warnings):
            self.log.warn("{warning}", warning=warning)

    def start(self) -> None:
        """Time begins to pass."""
        self.deadlines.start()

    def stop(self, reason: str) -> Deferred[None]:
        """Listen no more, say goodbye to everybody, and fire when they have gone or their time is over."""
        self.listeners.stop()
        ended: Deferred[None] = Deferred()
        ended.addCallback(lambda _: self._end())
        connections = self._connections()
        if not connections:
            ended.callback(None)
            return ended
        timeout = self.config.server.shutdown_timeout
        limit = self._reactor.callLater(timeout, self._cut, ended)

        def emptied() -> None:
            if not ended.called:
                limit.cancel()
                ended.callback(None)

        self.admission.emptied = emptied
        self._say_goodbye(reason, iter(connections))
        return ended

    def _connections(self) -> Sequence[LineConnection]:
        return list(self.irc.sessions)

    def _say_goodbye(self, reason: str, left: Any) -> None:
        for _ in range(GOODBYES):
            connection = next(left, None)
            if connection is None:
                return
            connection.drop(reason)
        self._reactor.callLater(0, self._say_goodbye, reason, left)

    def _cut(self, ended: Deferred[None]) -> None:
        self.log.info("{count} clients did not take their goodbye in time", count=self.admission.open)
        for connection in self._connections():
            connection.abort("Server shutting down")
        if not ended.called:
            ended.callback(None)

    def _end(self) -> Deferred[None]:
        self.deadlines.stop()
        return self.passwords.stop()
