"""Who may connect: so many connections in all, so many from one address, so many connects a minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.interfaces import IAddress

from chatdaemon.source import is_among, source_of_host

__all__ = ["Admission", "AdmissionLimits"]

# How long a connect counts for the rate, seconds.
MINUTE = 60.0
# Addresses whose connects are remembered; beyond it the oldest are forgotten, which lets them in sooner.
REMEMBERED = 65536


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """None means no limit. `rate` is connects a minute. `gateways` are addresses that stand for many, and are
    not limited themselves (see source.is_among)."""

    connections: int | None = None
    per_address: int | None = None
    rate: int | None = None
    gateways: tuple[str, ...] = ()


class Admission:
    """Counts connections. Addresses of this machine, and Unix sockets, count in all but not each.

    An IPv6 address stands for its /64, which is what one customer of a provider has at least.
    """

    def __init__(self, limits: AdmissionLimits, seconds: Callable[[], float]) -> None:
        """:param seconds: a clock that does not jump."""
        self.limits = limits
        self.open = 0
        self.refused = 0
        """Connections turned away since the start, for STATS and metrics."""
        self.emptied: Callable[[], None] | None = None
        """Called whenever the last connection has gone."""
        self._seconds = seconds
        self._open_from: dict[str, int] = {}
        # Address: (when its minute began, connects in it), in the order in which the minutes began.
        self._recent: dict[str, tuple[float, int]] = {}

    def admit(self, address: IAddress) -> str | None:
        """Take in a connection from an address; or the reason, for people, why not.

        Whatever is taken in is to be given back with `release`.
        """
        limits = self.limits
        source = source_of(address)
        if source is not None and not self._is_gateway(address):
            reason = self._judge(source)
            if reason is not None:
                self.refused += 1
                return reason
        if limits.connections is not None and self.open >= limits.connections:
            self.refused += 1
            return "The server is full"
        self.open += 1
        self._change(source, 1)
        return None

    def move(self, before: IAddress, address: IAddress) -> str | None:
        """A connection that was taken in is a client's with another address; or the reason, for people, why
        that one is not let in, and then it still counts where it did."""
        source = source_of(address)
        if source is not None:
            reason = self._judge(source)
            if reason is not None:
                self.refused += 1
                return reason
        self._change(source_of(before), -1)
        self._change(source, 1)
        return None

    def release(self, address: IAddress) -> None:
        """A connection that was taken in has ended."""
        self.open -= 1
        self._change(source_of(address), -1)
        if not self.open and self.emptied is not None:
            self.emptied()

    def _is_gateway(self, address: IAddress) -> bool:
        host = getattr(address, "host", None)
        return isinstance(host, str) and is_among(host, self.limits.gateways)

    def _change(self, source: str | None, by: int) -> None:
        """Count one more or less from there. Gateways are counted too: a reload may say that one is none."""
        if source is None:
            return
        count = self._open_from.get(source, 0) + by
        if count:
            self._open_from[source] = count
        else:
            del self._open_from[source]

    def _judge(self, source: str) -> str | None:
        """Count a connect for the rate, refused or not, and compare both limits of one address."""
        limits = self.limits
        if limits.rate is not None and self._count(source) > limits.rate:
            return "Connecting too fast"
        if limits.per_address is not None and self._open_from.get(source, 0) >= limits.per_address:
            return "Too many connections from your address"
        return None

    def _count(self, source: str) -> int:
        now = self._seconds()
        recent = self._recent
        # Minutes that are over stand in front. Each connect adds one at most, so this keeps up.
        for _ in range(2):
            oldest = next(iter(recent), None)
            if oldest is None or (now - recent[oldest][0] < MINUTE and len(recent) < REMEMBERED):
                break
            del recent[oldest]
        began, count = recent.get(source, (now, 0))
        if now - began >= MINUTE:
            del recent[source]
            began, count = now, 0
        recent[source] = (began, count + 1)
        return count + 1


def source_of(address: IAddress) -> str | None:
    """What the limits of one address go by; None for this machine itself."""
    host = getattr(address, "host", None)
    return source_of_host(host) if isinstance(host, str) else None
