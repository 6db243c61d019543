"""Deadlines of many connections on one timer.

A delayed call for each connection would cost more memory than the rest of an idle session; here a deadline
is an entry in a dictionary, good to a second, which is all that heartbeats need.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall


class Timed(Protocol):
    """Something with one deadline at a time."""

    due: int
    """The tick of its deadline; 0 for none. Set by Deadlines alone."""

    def deadline_reached(self) -> None: ...


class Deadlines:
    """Owns the deadlines, and calls each once it is reached, at most a second late.

    `now` is the time in whole seconds of the clock given, refreshed every second: cheap to read.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._ticks: dict[int, dict[Timed, None]] = {}
        self._loop = LoopingCall(self._tick)
        self._loop.clock = clock
        self.now = int(clock.seconds())

    def start(self) -> None:
        self.now = int(self._clock.seconds())
        self._loop.start(1, now=False)

    def stop(self) -> None:
        if self._loop.running:
            self._loop.stop()

    def set(self, timed: Timed, seconds: float) -> None:
        """Call `timed` in so many seconds, instead of when it was to be called before."""
        self.clear(timed)
        # Rounded up, and never for the tick that is under way.
        due = self.now + max(1, -int(-seconds // 1))
        timed.due = due
        self._ticks.setdefault(due, {})[timed] = None

    def clear(self, timed: Timed) -> None:
        """Do not call it."""
        if timed.due:
            tick = self._ticks.get(timed.due)
            if tick is not None:
                tick.pop(timed, None)
                if not tick:
                    del self._ticks[timed.due]
            timed.due = 0

    def _tick(self) -> None:
        # The clock may have jumped, over many ticks when the machine was asleep: what follows from a deadline
        # is reckoned from now on, so that somebody who is asked late has time to answer. When it jumped
        # backwards, nothing happens until it is here again.
        self.now = max(self.now, int(self._clock.seconds()))
        for second in sorted(each for each in self._ticks if each <= self.now):
            for timed in tuple(self._ticks.pop(second)):
                # One that an earlier one has cleared meanwhile is not called.
                if timed.due == second:
                    timed.due = 0
                    timed.deadline_reached()
