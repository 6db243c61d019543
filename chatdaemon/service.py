"""The composition root: ``twistd chatdaemon``, from its options to a service that starts and stops."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from twisted.application.service import IServiceCollection, Service
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python import usage

from chatdaemon import __version__, logs
from chatdaemon.config import ConfigError, Configuration, load
from chatdaemon.daemon import CannotStart, Daemon, tls_contexts, vouchers_of
from chatdaemon.listeners import CannotListen
from chatdaemon.realm.settings import UNLIMITED
from chatdaemon.reload import reload
from chatdaemon.systemd import Notifier, Watchdog, watchdog_interval

__all__ = ["ChatService", "Options", "makeService"]

GOODBYE = "Server shutting down"
# Descriptors that are not connections: listeners, the log, threads' wakers, files that are read.
OTHER_FILES = 64
# Allocations less deallocations before the collector looks at what is young (700 by default), and how often
# it looks further: at thousands of sessions, and in vain, since what ends here leaves no rings behind.
COLLECTION = (50_000, 10, 10)


class Options(usage.Options):
    """The options of ``twistd chatdaemon``."""

    synopsis = "[--config FILE] [--check]"
    longdesc = (
        "A chat server: browsers, IRC and JSON clients in one realm of users and channels. Without a"
        " configuration file: plain IRC on 127.0.0.1:6667, IRC over TLS on port 6697 with a certificate of"
        " its own, JSON on 127.0.0.1:6690, and a page for browsers on 127.0.0.1:8067."
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
            vouchers_of(reactor, config)
    except (ConfigError, CannotStart) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    if options["check"]:
        for warning in config.warnings:
            sys.stderr.write(f"{warning} (warning)\n")
        raise SystemExit(0)
    parent: dict[str, Any] = options.parent or {}
    return ChatService(
        config,
        own_log=not (parent.get("logfile") or parent.get("syslog")),
        owner=(parent.get("uid"), parent.get("gid")),
    )


class ChatService(Service):
    """The daemon as a service of twistd's application, and what operators can have it do (Control)."""

    name = "chatdaemon"
    log = Logger(namespace="chatdaemon.service")

    def __init__(
        self,
        config: Configuration,
        *,
        own_log: bool = True,
        owner: tuple[int | None, int | None] = (None, None),
        reactor: Any = reactor,
    ) -> None:
        """
        :param own_log: log to standard error, one line a record, unless twistd has been given a --logger.
        :param owner: user and group that twistd will run this as, to whom the data directory is to belong.
        """
        self.reactor = reactor
        self.notifier = Notifier.from_environment()
        self.daemon: Daemon
        self._config = config
        self._own_log = own_log
        self._owner = owner
        self._goodbye = GOODBYE
        self._stopping = False
        self._watchdog = Watchdog(self.notifier, watchdog_interval(), reactor)

    def setServiceParent(self, parent: IServiceCollection) -> None:
        """Called by twistd, just before logging begins."""
        if self._own_log:
            logs.attach(parent)
        Service.setServiceParent(self, parent)

    def privilegedStartService(self) -> None:
        """Build and open everything. Ports below 1024 need root, whom twistd's --uid leaves after this.

        Raises SystemExit, with the log saying why.
        """
        config = self._config
        logs.observer().level = config.server.log_level
        self.log.info("chatdaemon {version} starts", version=__version__)
        try:
            self.daemon = Daemon(self.reactor, config, self, most_connections=raise_file_limit())
            self.daemon.use(config, tls_contexts(config))
            self._hand_over(config.server.data_directory)
        except (CannotStart, CannotListen) as error:
            for line in str(error).splitlines():
                self.log.critical("{mistake}", mistake=line)
            raise SystemExit(1) from None
        for line in self.daemon.announcement():
            self.log.info("{line}", line=line)
        Service.privilegedStartService(self)

    def startService(self) -> None:
        """Begin, once the reactor runs."""
        Service.startService(self)
        self.reactor.callWhenRunning(self._begin)

    def _begin(self) -> None:
        # Twisted has installed its own by now, which make twistd end with the signal's number as its status.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.reactor.callFromThread(self.die, GOODBYE))
        signal.signal(signal.SIGHUP, lambda *_: self.reactor.callFromThread(self.rehash))
        self.daemon.start()
        self._watchdog.start()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECTION)
        self.notifier.ready(self._status())

    def stopService(self) -> Deferred[None]:
        """Say goodbye to everybody; fires when that is done, or has taken long enough."""
        self._stopping = True
        self.notifier.stopping()
        Service.stopService(self)
        self._watchdog.stop()
        self.log.info("stopping", reason=self._goodbye)
        return self.daemon.stop(self._goodbye)

    # Control

    def rehash(self) -> list[str]:
        """Read the configuration again; what was wrong with it, if anything, and then nothing has changed."""
        if self._stopping:
            return ["the server is stopping"]
        self.notifier.reloading()
        mistakes = ["an error of the server's own, which is in the log"]
        try:
            mistakes = reload(self.daemon, os.environ)
        finally:
            self.notifier.ready(f"Not reloaded: {mistakes[0]}" if mistakes else self._status())
        if not mistakes:
            logs.observer().level = self.daemon.config.server.log_level
        return mistakes

    def die(self, reason: str) -> None:
        """Stop, in order; at once when asked a second time."""
        if self._stopping:
            self.daemon.hurry()
        else:
            self._stopping = True
            self._goodbye = reason
            self.reactor.stop()

    def _status(self) -> str:
        """For ``systemctl status``."""
        return f"Listening: {', '.join(self.daemon.listeners.addresses)}"

    def _hand_over(self, directory: Path) -> None:
        """Give the data directory to the user that the daemon is going to run as."""
        user, group = self._owner
        if user is None and group is None:
            return
        for path in (directory, *directory.iterdir()):
            try:
                os.chown(path, -1 if user is None else user, -1 if group is None else group)
            except OSError as error:
                raise CannotStart(f"{path} cannot be given to user {user}: {error.strerror}") from None


def raise_file_limit() -> int:
    """Allow this process as many descriptors as it may have; how many of them can be connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (OSError, ValueError):
        pass  # it stays as it is
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return UNLIMITED if allowed == resource.RLIM_INFINITY else max(1, allowed - OTHER_FILES)
