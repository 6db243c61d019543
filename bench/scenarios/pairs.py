"""Pairs of users write to one another at saturation: the server CPU of each private message."""

from __future__ import annotations

from dataclasses import replace

from bench.conversation import Conversation, Listener, Probe
from bench.driver import Client, Fleet
from bench.figure import Figure
from bench.process import Meter
from bench.target import Sizes, Target


class Correspondent(Listener):
    """Reads what the partner says; whenever some arrives, the partner says as much again."""

    __slots__ = ("_left", "_partner_says", "_window")

    def __init__(self, partner_says: Conversation, window: int) -> None:
        super().__init__(partner_says)
        self._partner_says = partner_says
        self._window = window
        self._left = 0

    def begin(self, messages: int) -> None:
        """Have the partner say `messages` lines in all, from now on."""
        self._left = messages
        self._refill()

    @property
    def done(self) -> bool:
        """Whether all lines have been said and have come."""
        return not self._left and self.complete

    def feed(self, client: Client, data: memoryview) -> None:
        super().feed(client, data)
        if self._left:
            self._refill()

    def _refill(self) -> None:
        says = self._partner_says
        outstanding = -(-(len(says.expected) - self.at) // says.line_bytes)
        if lines := min(self._window - outstanding, self._left):
            self._left -= lines
            says.say(lines)


def pipelined(target: Target, sizes: Sizes) -> Figure:
    """Each user keeps `sizes.pair_window` lines outstanding."""
    return _measure("pairs-pipelined", target, sizes)


def one_by_one(target: Target, sizes: Sizes) -> Figure:
    """Each user says a line when the one before has arrived: every message is read and sent alone."""
    return _measure("pairs-single", target, replace(sizes, pair_window=1))


def _measure(scenario: str, target: Target, sizes: Sizes) -> Figure:
    with Fleet(target.address, target.tls) as fleet:
        users = fleet.register((f"u{number}" for number in range(sizes.pairs * 2)), timeout=sizes.patience)
        fleet.settle(users, sizes.patience)
        readers = []
        for number, reader in enumerate(users):
            conversation = Conversation(users[number ^ 1], reader.nick, sizes.text_bytes)
            probe = Probe(conversation.sender)
            probe.expect(reader)
            conversation.say()
            fleet.until(probe.all_reached, sizes.patience, "the first line")
            conversation.learn(probe.line)
            readers.append(Correspondent(conversation, sizes.pair_window))
        for user, correspondent in zip(users, readers, strict=True):
            user.sink = correspondent

        def exchange(messages: int) -> None:
            for correspondent in readers:
                correspondent.begin(messages)
            fleet.until(
                lambda: all(correspondent.done for correspondent in readers), sizes.patience, "every message"
            )

        exchange(max(sizes.pair_messages // 10, 1))
        meter = Meter(target.pid)
        exchange(sizes.pair_messages)
        usage = meter.read()
        for user in users:
            user.send(b"PING :end\r\n")
        fleet.until(lambda: all(reader.settled for reader in readers), sizes.patience, "PONG to everybody")
    messages = len(users) * sizes.pair_messages
    return Figure(
        scenario=scenario,
        server=target.name,
        transport=target.transport,
        value=usage.cpu / messages * 1e6,
        unit="µs/message",
        count=messages,
        cpu_seconds=usage.cpu,
        wall_seconds=usage.wall,
        details=usage.details(),
    )
