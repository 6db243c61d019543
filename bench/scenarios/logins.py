"""People log in while others talk: how long a message takes with and without passwords being hashed."""

from __future__ import annotations

import base64
import os
import time

from bench.driver import Client, Fleet, Ready
from bench.figure import BenchError, Figure
from bench.process import Meter, Usage
from bench.scenarios.fanout import CHANNEL
from bench.target import Sizes, Target

PASSWORD = "correct horse battery staple"
ACCOUNTS = 20
LISTENERS = 20
LOGGED_IN = b" 903 "


class Stopwatch:
    """The sink of one listener: when each of the speaker's numbered lines has come."""

    def __init__(self) -> None:
        self.arrived: list[float] = []
        self._tail = b""

    def feed(self, client: Client, data: memoryview) -> None:
        now = time.perf_counter()
        *lines, self._tail = (self._tail + bytes(data)).split(b"\r\n")
        for line in lines:
            if b" PRIVMSG " in line:
                if int(line.rpartition(b":")[2]) != len(self.arrived):
                    raise BenchError(f"{client.nick}: got {line!r} as message {len(self.arrived)}")
                self.arrived.append(now)
            elif line.startswith(b"PING "):
                client.send(b"PONG" + line[4:] + b"\r\n")

    def ended(self, client: Client) -> None:
        raise BenchError(f"{client.nick}: the server closed the connection")


class Visitor(Ready):
    """Leaves as soon as it is logged in; a refused login is a BenchError."""

    def __init__(self) -> None:
        super().__init__([LOGGED_IN])
        self.done = 0

    def reached(self, client: Client) -> None:
        self.done += 1
        client.send(b"QUIT\r\n")

    def feed(self, client: Client, data: memoryview) -> None:
        if b" 904 " in bytes(data):
            raise BenchError(f"{client.nick}: the login was refused")
        super().feed(client, data)

    def ended(self, client: Client) -> None:
        if not self.waiting and not self.done:
            super().ended(client)


def _register(fleet: Fleet, sizes: Sizes) -> None:
    """Make the accounts, each from a connection of its own."""
    registered = Ready([b"REGISTER SUCCESS "])
    for number in range(ACCOUNTS):
        [client] = fleet.register([f"owner{number}"])
        registered.expect(client)
        client.send(b"REGISTER * * :%s\r\n" % PASSWORD.encode())
    fleet.until(registered.all_reached, sizes.patience, "registering accounts")


def _log_in(fleet: Fleet, visitor: Visitor, number: int) -> None:
    name = f"owner{number % ACCOUNTS}"
    client = fleet.open(f"v{number}", visitor)
    visitor.expect(client)
    proof = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
    client.send(f"CAP REQ :sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE {proof}\r\n".encode())


def _talk(
    fleet: Fleet, target: Target, sizes: Sizes, rate: float, logins: float
) -> tuple[list[float], int, Usage]:
    """Say `sizes.login_messages` messages, `rate` a second; the delay of each to each listener, in ms, with
    how many logged in meanwhile."""
    speaker, *members = fleet.register(f"talker{logins:g}x{number}" for number in range(LISTENERS + 1))
    watches = [Stopwatch() for _ in members]
    channel = f"{CHANNEL}{logins:g}"
    fleet.join([speaker, *members], channel)
    for member, watch in zip(members, watches, strict=True):
        member.sink = watch
    visitor = Visitor()
    said: list[float] = []
    opened = 0
    meter = Meter(target.pid)
    start = time.perf_counter()
    while len(said) < sizes.login_messages:
        now = time.perf_counter() - start
        if now >= len(said) / rate:
            said.append(time.perf_counter())
            speaker.send(f"PRIVMSG {channel} :{len(said) - 1}\r\n".encode())
        elif logins and now >= opened / logins:
            _log_in(fleet, visitor, opened)
            opened += 1
        next_login = opened / logins if logins else float("inf")
        fleet.turn(max(min(len(said) / rate, next_login) - (time.perf_counter() - start), 0))
    usage = meter.read()
    fleet.until(
        lambda: all(len(watch.arrived) == len(said) for watch in watches), sizes.patience, "every line"
    )
    fleet.until(visitor.all_reached, sizes.patience, "every login")
    delays = [
        (arrived - sent) * 1e3 for watch in watches for sent, arrived in zip(said, watch.arrived, strict=True)
    ]
    return delays, visitor.done, usage


def logins(target: Target, sizes: Sizes) -> Figure:
    """A hundred messages a second to a small channel while `sizes.logins` a second log in by SASL PLAIN.

    The figure is the 99th percentile of the time from send to arrival; `quiet_p99_ms` is the same without
    anybody logging in. The server may use all cores here: that is what hashing on threads is for.
    """
    os.sched_setaffinity(target.pid, set(range(os.cpu_count() or 1)))
    with Fleet(target.address, target.tls) as fleet:
        _register(fleet, sizes)
        quiet, _, _ = _talk(fleet, target, sizes, 100.0, 0.0)
        busy, done, usage = _talk(fleet, target, sizes, 100.0, sizes.logins)
    return Figure(
        scenario="logins",
        server=target.name,
        transport=target.transport,
        value=_percentile(busy, 99),
        unit="ms p99",
        count=done,
        cpu_seconds=usage.cpu,
        wall_seconds=usage.wall,
        details={
            **usage.details(),
            "logins_per_second": done / usage.wall,
            "p50_ms": _percentile(busy, 50),
            "max_ms": max(busy),
            "quiet_p50_ms": _percentile(quiet, 50),
            "quiet_p99_ms": _percentile(quiet, 99),
            "quiet_max_ms": max(quiet),
        },
    )


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]
