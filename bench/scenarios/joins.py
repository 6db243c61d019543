"""Many connected users join one channel: server CPU until everybody has seen every join."""

from __future__ import annotations

from bench.driver import Client, Fleet
from bench.figure import BenchError, Figure
from bench.process import Meter
from bench.target import Sizes, Target

CHANNEL = b"#crowd"


class Keeper:
    """Keeps everything that one client gets, to be counted when the clock has stopped."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def feed(self, client: Client, data: memoryview) -> None:
        self.kept += data

    def ended(self, client: Client) -> None:
        raise BenchError(f"{client.nick}: the server closed the connection")

    @property
    def settled(self) -> bool:
        """Whether the PONG that was asked for after the join has come."""
        return b" PONG " in self.kept[-200:]


def seen(nick: str, kept: bytes) -> list[str]:
    """The nicks that a client was shown, in order: the list of names at its own join, then each JOIN."""
    names: list[str] = []
    joined: list[str] = []
    for line in kept.split(b"\r\n"):
        words = line.split(b" ")
        if len(words) > 1 and words[1] == b"JOIN":
            who = words[0][1:].partition(b"!")[0].decode()
            if who != nick:
                joined.append(who)
        elif len(words) > 1 and words[1] == b"353":
            listed = line.partition(b" :")[2].decode().split()
            names.extend(name.lstrip("~&@%+") for name in listed)
    return [*names, *joined]


def crowd(target: Target, sizes: Sizes) -> Figure:
    """`sizes.joiners` users, all connected, send their JOINs at once."""
    with Fleet(target.address, target.tls) as fleet:
        users = fleet.register((f"j{number}" for number in range(sizes.joiners)), timeout=sizes.patience)
        fleet.settle(users, sizes.patience)
        keepers = [Keeper() for _ in users]
        for user, keeper in zip(users, keepers, strict=True):
            user.sink = keeper
        meter = Meter(target.pid)
        for user in users:
            user.send(b"JOIN " + CHANNEL + b"\r\n")
        fleet.until(
            lambda: all(b" 366 " in keeper.kept for keeper in keepers), sizes.patience, "everybody's own join"
        )
        for user in users:
            user.send(b"PING :end\r\n")
        fleet.until(lambda: all(keeper.settled for keeper in keepers), sizes.patience, "PONG to everybody")
        usage = meter.read()
    expected = sorted(user.nick for user in users)
    shown = 0
    for user, keeper in zip(users, keepers, strict=True):
        nicks = seen(user.nick, bytes(keeper.kept))
        if sorted(nicks) != expected:
            raise BenchError(f"{user.nick} was shown {len(nicks)} members, {len(set(nicks))} different ones")
        shown += keeper.kept.count(b" JOIN ")
    return Figure(
        scenario=f"join-{sizes.joiners}",
        server=target.name,
        transport=target.transport,
        value=usage.cpu,
        unit="CPU s",
        count=shown,
        cpu_seconds=usage.cpu,
        wall_seconds=usage.wall,
        details={**usage.details(), "µs_per_join_shown": usage.cpu / shown * 1e6},
    )
