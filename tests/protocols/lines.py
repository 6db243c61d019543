"""Line connections on a clock, for the tests of reading and of ending."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock

from chatdaemon.deadlines import Deadlines
from chatdaemon.outbox import Outlet
from chatdaemon.protocols.line import (
    LineConnection,
    LineLimits,
    Surroundings,
)
from chatdaemon.wire.lines import LineSplitter
from tests.world import FakeTransport

FREE = LineLimits(flood_rate=None)


class Connection(LineConnection):
    """Keeps its lines, and does what a test puts in `on_line`."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, LineSplitter(100))
        self.lines: list[bytes] = []
        self.on_line: Callable[[bytes], None] = lambda line: None
        self.pings = 0
        self.reasons: list[str] = []
        self.silences: list[int] = []
        self.sightings: list[int] = []
        self.busy = False
        self.on_closed: Callable[[], None] = lambda: None

    def line_received(self, line: bytes) -> None:
        self.lines.append(line)
        self.on_line(line)

    def send_ping(self) -> None:
        self.pings += 1
        self.outbox.write(b"PING\n")

    def send_goodbye(self, reason: str) -> None:
        self.outbox.write(f"BYE {reason}\n".encode())

    def seen(self, silence: int) -> bool:
        if not self.busy:
            self.sightings.append(silence)
        return not self.busy

    def closed(self, reason: str, silence: int) -> None:
        self.reasons.append(reason)
        self.silences.append(silence)
        self.on_closed()


class Scene:
    """A clock, and connections to one server on it."""

    def __init__(self, limits: LineLimits = FREE) -> None:
        self.clock = Clock()
        self.deadlines = Deadlines(self.clock)
        self.deadlines.start()
        self.around = Surroundings(self.clock, Outlet(self.clock.callLater), self.deadlines, limits)

    def connect(self) -> tuple[Connection, FakeTransport]:
        connection = Connection(self.around)
        transport = FakeTransport(self.clock, "192.0.2.1")
        transport.protocol = connection
        Protocol.makeConnection(connection, cast(ITransport, transport))
        return connection, transport

    def registered(self) -> tuple[Connection, FakeTransport]:
        connection, transport = self.connect()
        connection.welcome()
        return connection, transport

    def turn(self) -> None:
        self.clock.advance(0)

    def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)


def numbers(count: int, first: int = 0) -> bytes:
    return b"".join(b"%d\r\n" % number for number in range(first, first + count))


def numbered(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]
