"""SIGHUP and REHASH: the configuration again, from its file to the running daemon, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.logger import Logger

from chatdaemon.config import ConfigError, changes_needing_restart, load, without_restart
from chatdaemon.daemon import CannotStart, Daemon, tls_contexts
from chatdaemon.listeners import CannotListen

__all__ = ["reload"]

_log = Logger(namespace="chatdaemon.reload")


def reload(daemon: Daemon, environ: Mapping[str, str]) -> list[str]:
    """Have the daemon be what its configuration file says now; what keeps it from that, a line a mistake.

    With any mistake nothing has changed. Certificates are read again even when the file is the same. What
    needs a restart is left as it is, and the log says so. It all happens within this call.
    """
    before = daemon.config
    known = set(daemon.announcement())
    try:
        read = load(before.path, environ=environ)
        config = without_restart(before, read)
        daemon.use(config, tls_contexts(config))
    except (ConfigError, CannotStart, CannotListen) as error:
        mistakes = str(error).splitlines()
        for mistake in mistakes:
            _log.error("not reloaded: {mistake}", mistake=mistake)
        return mistakes
    for key in changes_needing_restart(before, read):
        _log.warn("{key} has changed, which needs a restart; it stays as it was until then", key=key)
    for line in daemon.announcement():
        if line not in known:
            _log.info("{line}", line=line)
    for listener in before.listeners:
        if listener.endpoint not in [each.endpoint for each in config.listeners]:
            _log.info("[listener {name}] {endpoint} closed", name=listener.name, endpoint=listener.endpoint)
    _log.info("reloaded", file=str(before.path or "(no file: the defaults)"))
    return []
