"""The log: it puts requests in order and hands each back as an entry."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from chatdaemon.realm.entry import Entry, SessionId
from chatdaemon.realm.requests import Request

# An index is epoch << EPOCH_SHIFT | count: a trillion entries between two starts, 8 million starts,
# and together less than 2**63.
EPOCH_SHIFT = 40

Commit = Callable[[Entry], None]


class Log(Protocol):
    """Orders requests. Each comes back through the commit function, once, possibly much later."""

    def append(self, actor: SessionId | None, request: Request) -> None:
        """Put a request in order. Never raises for what the request says."""

    def follow(self, commit: Commit) -> None:
        """Hand every entry to `commit` from now on."""


class LocalLog:
    """The log of a single node: it applies at once.

    Requests that come while an entry is being applied queue behind it. `now` is the time in seconds
    since 1970; entries never go back in time, even when that clock does.
    """

    def __init__(self, origin: str, epoch: int, now: Callable[[], float]) -> None:
        self._origin = origin
        self._index = epoch << EPOCH_SHIFT
        self._now = now
        self._at = 0
        self._commit: Commit = _nobody
        self._busy = False
        self._waiting: deque[tuple[SessionId | None, Request]] = deque()

    def follow(self, commit: Commit) -> None:
        self._commit = commit

    def append(self, actor: SessionId | None, request: Request) -> None:
        waiting = self._waiting
        if self._busy:
            waiting.append((actor, request))
            return
        self._busy = True
        try:
            # Left over where an entry could not be committed.
            while waiting:
                self._stamp(*waiting.popleft())
            self._stamp(actor, request)
            while waiting:
                self._stamp(*waiting.popleft())
        finally:
            self._busy = False

    def _stamp(self, actor: SessionId | None, request: Request) -> None:
        self._index += 1
        at = int(self._now() * 1000)
        self._at = max(self._at, at)
        self._commit(Entry(self._index, self._at, self._origin, actor, request))


def _nobody(entry: Entry) -> None:
    raise RuntimeError("nobody follows this log")


def next_epoch(directory: Path, used: int = 0) -> int:
    """The number of this start, one more than the last, kept in the file `epoch` in `directory`. It is also
    higher than `used`, which is what anything else knows of earlier starts.

    It is on the disk before this returns, so that no message id is ever given twice. Raises OSError when
    it cannot be kept and ValueError when the file holds something else.
    """
    path = directory / "epoch"
    try:
        text = path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        text = "0"
    # Any digits but ASCII's would be somebody's joke, and a minus sign would give ids a second time.
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise ValueError(f"{path} should hold a number: restore it from a backup")
    epoch = max(int(text), used) + 1
    if epoch >> (63 - EPOCH_SHIFT):
        raise ValueError(f"{path} holds a number that is too large: restore it from a backup")
    fresh = directory / "epoch.new"
    with fresh.open("w", encoding="ascii") as file:
        file.write(f"{epoch}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return epoch
