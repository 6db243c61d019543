"""Connect, register, leave, again and again: what a registration costs, its TLS handshake included."""

from __future__ import annotations

from functools import partial

from bench.driver import WELCOMED, Client, Fleet, Ready, registration
from bench.figure import Figure
from bench.process import Meter, Usage
from bench.target import Sizes, Target


class Visitor(Ready):
    """Says QUIT as soon as it is welcome, and counts those that the server has let go."""

    def __init__(self) -> None:
        super().__init__(WELCOMED)
        self._leaving: set[Client] = set()
        self.gone = 0

    def reached(self, client: Client) -> None:
        self._leaving.add(client)
        client.send(b"QUIT :done\r\n")

    def seen_off(self, count: int) -> bool:
        """Whether `count` visitors have gone."""
        return self.gone >= count

    def ended(self, client: Client) -> None:
        if client not in self._leaving:
            super().ended(client)
        self._leaving.remove(client)
        self.gone += 1


def connects(target: Target, sizes: Sizes) -> Figure:
    """`sizes.connects` visits, `sizes.connects_at_once` at a time; over TLS each handshake is a full one."""
    with Fleet(target.address, target.tls) as fleet:
        _visit(fleet, target, sizes, max(sizes.connects // 10, 1))
        usage = _visit(fleet, target, sizes, sizes.connects)
    return Figure(
        scenario="connects",
        server=target.name,
        transport=target.transport,
        value=usage.cpu / sizes.connects * 1e3,
        unit="ms/connect",
        count=sizes.connects,
        cpu_seconds=usage.cpu,
        wall_seconds=usage.wall,
        details={**usage.details(), "per_second": sizes.connects / usage.wall},
    )


def _visit(fleet: Fleet, target: Target, sizes: Sizes, visits: int) -> Usage:
    visitor = Visitor()
    meter = Meter(target.pid)
    for number in range(visits):
        fleet.until(partial(visitor.seen_off, number + 1 - sizes.connects_at_once), sizes.patience, "visits")
        client = fleet.open(f"v{number}", visitor)
        visitor.expect(client)
        client.send(registration(client.nick))
    fleet.until(partial(visitor.seen_off, visits), sizes.patience, "the last visitors' leaving")
    return meter.read()
