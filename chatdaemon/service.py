"""The composition root: ``twistd chatdaemon``, from its options to a service that starts and stops."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from twisted.application.service import IServiceCollection, Service
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python import usage

from chatdaemon import logs
from chatdaemon.config import ConfigError, Configuration, load
from chatdaemon.daemon import CannotStart, Daemon, tls_contexts
from chatdaemon.listeners import CannotListen
from chatdaemon.systemd import Notifier, Watchdog, watchdog_interval

__all__ = ["ChatService", "Options", "makeService"]

GOODBYE = "Server shutting down"


class Options(usage.Options):
    """The options of ``twistd chatdaemon``."""

    synopsis = "[--config FILE] [--check]"
    longdesc = (
        "A chat server: IRC and JSON clients in one realm of users and channels. Without a configuration"
        " file: plain IRC on 127.0.0.1:6667, and IRC over TLS on port 6697 with a certificate of its own."
    )
    # The names are usage.Options' own.
    optParameters = [("config", "c", None, "the configuration file (ini)")]  # noqa: N815
    optFlags = [  # noqa: N815
        ("check", None, "only say what is wrong with the configuration: exit status 1 if anything is")
    ]

    @property
    def path(self) -> Path | None:
        """The configuration file, whatever the working directory will be."""
        return Path(self["config"]).absolute() if self["config"] else None


def makeService(options: Options) -> ChatService:
    """What twistd runs. With --check, and on a mistake in the configuration, it exits instead."""
    path = options.path
    try:
        config = load(path, environ=os.environ)
        if options["check"]:
            tls_contexts(config, may_make=False)
    except (ConfigError, CannotStart) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    if options["check"]:
        for warning in config.warnings:
            sys.stderr.write(f"warning: {warning}\n")
        raise SystemExit(0)
    parent: dict[str, Any] = options.parent or {}
    return ChatService(config, own_log=not (parent.get("logfile") or parent.get("syslog")))


class ChatService(Service):
    """The daemon as a service of twistd's application."""

    name = "chatdaemon"
    log = Logger(namespace="chatdaemon.service")

    def __init__(self, config: Configuration, *, own_log: bool = True) -> None:
        self._config = config
        self._own_log = own_log
        self._goodbye = GOODBYE
        self.reactor: Any = reactor
        self.notifier = Notifier.from_environment()
        self.daemon: Daemon

    def setServiceParent(self, parent: IServiceCollection) -> None:
        if self._own_log:
            logs.attach(parent)
        Service.setServiceParent(self, parent)

    def privilegedStartService(self) -> None:
        """Open everything: ports below 1024 need root, whom twistd's --uid leaves after this."""
        logs.observer().level = self._config.server.log_level
        try:
            self.daemon = Daemon(self.reactor, self._config, self)
            self.daemon.use(self._config, tls_contexts(self._config))
        except (CannotStart, CannotListen) as error:
            self.log.critical("{error}", error=str(error))
            raise SystemExit(1) from None
        Service.privilegedStartService(self)

    def startService(self) -> None:
        Service.startService(self)
        self.watchdog = Watchdog(self.notifier, watchdog_interval(), self.reactor)
        self.reactor.callWhenRunning(self._started)

    def _started(self) -> None:
        # Twisted's own, which make twistd end with the signal's number, have been installed by now.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.reactor.callFromThread(self.die, GOODBYE))
        signal.signal(signal.SIGHUP, lambda *_: self.reactor.callFromThread(self.rehash))
        self.daemon.start()
        self.watchdog.start()
        self.notifier.ready()

    def stopService(self) -> Deferred[None]:
        self.notifier.stopping()
        Service.stopService(self)
        self.watchdog.stop()
        return self.daemon.stop(self._goodbye)

    def rehash(self) -> list[str]:
        return []

    def die(self, reason: str) -> None:
        """Stop, in order (Control)."""
        if self.running:
            self._goodbye = reason
            self.reactor.stop()
