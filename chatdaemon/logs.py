"""Where log events go: standard error, one line a record, whatever the event holds.

One line a record is what makes a record trustworthy: a client that puts a newline or a terminal escape into
a name cannot make the log say something else. Tracebacks are folded into their record's line as well.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from string import Formatter
from typing import Any, BinaryIO, Final

from constantly import NamedConstant
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from twisted.python.components import Componentized
from twisted.python.failure import Failure
from twisted.python.reflect import safe_str
from zope.interface import implementer

LEVELS: Final[Mapping[str, NamedConstant]] = {
    "debug": LogLevel.debug,
    "info": LogLevel.info,
    "warn": LogLevel.warn,
    "error": LogLevel.error,
    "critical": LogLevel.critical,
}
"""The names that a configuration may use, least to most severe."""

_SEVERITY: Final = {constant: rank for rank, constant in enumerate(LEVELS.values())}
_NAME: Final = {constant: name for name, constant in LEVELS.items()}
# syslog(3) priorities, which journald reads from a line's "<N>" prefix.
_PRIORITY: Final = {
    LogLevel.debug: 7,
    LogLevel.info: 6,
    LogLevel.warn: 4,
    LogLevel.error: 3,
    LogLevel.critical: 2,
}

# journald cuts a longer line (LineMax=, 48 KiB) and takes what follows for a new record.
LINE_LIMIT: Final = 16 * 1024
"""Bytes of one record, prefix and newline included; what is beyond is cut and says so."""
_CUT: Final = b" [cut]\n"

# Whose informational events are for operators. Twisted's own ("Starting factory ...") are for developers.
_OURS: Final = ("chatdaemon", "stdout", "stderr")

_STDERR: Final = 2

# Keys that twisted.python.log's compatibility layer adds to an event.
_LEGACY_KEYS: Final = frozenset({"message", "time", "system", "format", "isError", "failure", "why"})


@implementer(ILogObserver)
class LineObserver:
    """Writes each event at or above :attr:`level` to a binary stream as one line. It never raises."""

    def __init__(self, stream: BinaryIO, *, journal: bool = False, level: str = "info") -> None:
        """
        :param journal: lines begin with the syslog priority instead of the time and the level's name.
        :param level: a key of :data:`LEVELS`; anything else raises KeyError.
        """
        self._stream = stream
        self._journal = journal
        self._threshold = _SEVERITY[LEVELS[level]]

    @property
    def level(self) -> str:
        """The least severe level that is written; may be set at any time to another key of LEVELS."""
        return tuple(LEVELS)[self._threshold]

    @level.setter
    def level(self, name: str) -> None:
        self._threshold = _SEVERITY[LEVELS[name]]

    def __call__(self, event: LogEvent) -> None:
        try:
            level = _level_of(event)
            if _SEVERITY[level] < self._threshold:
                return
            prefix = f"<{_PRIORITY[level]}>" if self._journal else f"{_time_of(event)} {_NAME[level]}: "
            line = (prefix + one_line(_text_of(event))).encode("utf-8", "backslashreplace") + b"\n"
            if len(line) > LINE_LIMIT:
                kept = line[: LINE_LIMIT - len(_CUT)].decode("utf-8", "ignore")
                line = kept.encode("utf-8") + _CUT
            self._stream.write(line)
            self._stream.flush()
        except Exception:
            # It is the log that has failed (a closed terminal, a full disk): there is nowhere to say so, and
            # Twisted would log an observer's exception through the same observer.
            return


def one_line(text: str) -> str:
    """``text`` with everything that could break a line or move a cursor written as an escape."""
    if text.isprintable():
        return text
    # isprintable() is false for control characters, line and paragraph separators, bidirectional
    # overrides, unusual spaces and lone surrogates.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _level_of(event: LogEvent) -> NamedConstant:
    level = event.get("log_level")
    if not isinstance(level, NamedConstant) or level not in _SEVERITY:
        level = LogLevel.info
    if level is LogLevel.info and not _namespace_of(event).startswith(_OURS):
        return LogLevel.debug
    return level


def _namespace_of(event: LogEvent) -> str:
    return safe_str(event.get("log_namespace", "-"))


def _time_of(event: LogEvent) -> str:
    try:
        stamp = datetime.fromtimestamp(event["log_time"])
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        stamp = datetime.now()
    return stamp.astimezone().isoformat(sep=" ", timespec="seconds")


def _text_of(event: LogEvent) -> str:
    namespace = _namespace_of(event)
    parts = [] if namespace.startswith(_OURS) else [f"[{namespace}]"]
    if text := formatEvent(event).strip():
        parts.append(text)
    if namespace.startswith("chatdaemon"):
        parts.extend(_unmentioned_fields(event))
    if isinstance(failure := event.get("log_failure"), Failure):
        parts.append(_traceback(failure))
    return " ".join(parts)


def _unmentioned_fields(event: LogEvent) -> list[str]:
    """The event's fields that its format does not show, as ``name=value``."""
    try:
        fields = [name or "" for _, name, _, _ in Formatter().parse(safe_str(event.get("log_format") or ""))]
    except ValueError:
        return []  # A broken format: formatEvent has already shown the whole event.
    shown = {name.partition(".")[0].partition("[")[0].removesuffix("()") for name in fields}
    return [
        f"{name}={_field_value(value)}"
        for name, value in event.items()
        if name not in shown and name not in _LEGACY_KEYS and not name.startswith("log_")
    ]


def _field_value(value: Any) -> str:
    text = safe_str(value)
    # Quoted where it could be taken for two fields, or for none.
    return repr(text) if not text or any(c in text for c in " =\"'") else text


def _traceback(failure: Failure) -> str:
    """The traceback with its causes, on one line. It begins as Python's does, so that it is found by name."""
    if failure.value is not None and failure.tb is not None:
        lines = "".join(traceback.format_exception(failure.value))
    else:
        # A failure that a Deferred has cleaned holds its frames as data only.
        lines = failure.getTraceback()
    return " | ".join(stripped for line in lines.splitlines() if (stripped := line.strip()))


def is_journal(descriptor: int, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the descriptor is the very stream that systemd connected to the journal (JOURNAL_STREAM)."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


@cache
def observer() -> LineObserver:
    """This process's observer, on standard error: ``twistd --logger=chatdaemon.logs.observer``.

    There is one, because twistd makes it by name, before the configuration that sets its level has been read.
    """
    # Not sys.stderr itself: when logging begins, Twisted replaces that with a file that writes to the log.
    return LineObserver(os.fdopen(_STDERR, "wb", closefd=False), journal=is_journal(_STDERR))


def attach(application: object) -> None:
    """Makes :func:`observer` the log of a twistd application, unless its command line names a ``--logger``.

    For the service that a plugin makes, called with the parent it is given: logging begins right after.
    """
    if isinstance(application, Componentized):
        application.setComponent(ILogObserver, observer())
