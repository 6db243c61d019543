"""Flood control of requests, by the limits that lines have: who asks too often is told when to ask again."""

from __future__ import annotations

from collections.abc import Callable

from chatdaemon.protocols.line import LineLimits


class Bucket:
    """A token bucket of `flood_burst`, filled by `flood_rate` a second."""

    __slots__ = ("_filled_at", "_seconds", "_tokens")

    def __init__(self, seconds: Callable[[], float]) -> None:
        """
        :param seconds: the clock.
        """
        self._seconds = seconds
        self._tokens = 0.0
        self._filled_at: float | None = None  # it has never been used, and is full

    def spend(self, limits: LineLimits) -> float:
        """Take a request's worth, and be 0; or take nothing, and be the seconds until there is so much."""
        if limits.flood_rate is None:
            return 0.0
        now = self._seconds()
        most = float(limits.flood_burst or 1)
        if self._filled_at is None:
            self._tokens = most
        else:
            self._tokens = min(most, self._tokens + (now - self._filled_at) * limits.flood_rate)
        self._filled_at = now
        if self._tokens < 1:
            return (1 - self._tokens) / limits.flood_rate
        self._tokens -= 1
        return 0.0

    def charge(self, tokens: float) -> None:
        """Take more, for a request that has turned out to ask for much."""
        self._tokens -= tokens
