"""Waiting for others, in time, and until who waits has gone."""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

T = TypeVar("T")


def in_time(asked: Deferred[T], seconds: float, clock: IReactorTime) -> Deferred[T]:
    """What comes of `asked`, which is cancelled after so many seconds.

    Fails with CancelledError when it is itself cancelled, and only then: much of what can be waited for makes
    something else of that, as it may when it was too slow.
    """
    asked.addTimeout(seconds, clock)
    gone = False

    def leave(_: Deferred[T]) -> None:
        nonlocal gone
        gone = True
        asked.cancel()

    told: Deferred[T] = Deferred(leave)
    asked.addCallbacks(told.callback, lambda failure: None if gone else told.errback(failure))
    return told
