"""One sender, many members: the server CPU of each delivery, paced and at saturation."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bench.conversation import Conversation, Listener, Probe
from bench.driver import Client, Fleet, Ready
from bench.figure import Detail, Figure, StalledError
from bench.process import Meter, Usage
from bench.target import Sizes, Target

CHANNEL = "#bench"
_WARM_UP = 25


@dataclass(frozen=True, slots=True)
class Audience:
    """A sender and its listening members, settled: nothing but the conversation is under way."""

    conversation: Conversation
    members: list[Client]
    listeners: list[Listener]

    def furthest_behind(self) -> int:
        """How many bytes the slowest listener has yet to get."""
        return len(self.conversation.expected) - min(listener.at for listener in self.listeners)

    @property
    def complete(self) -> bool:
        """Whether every listener has everything said so far."""
        return all(listener.complete for listener in self.listeners)


def assemble(
    fleet: Fleet, target: Target, sizes: Sizes, text_bytes: int, leavers: frozenset[str] = frozenset()
) -> Audience:
    """Connect `sizes.members` members and a sender, join them and learn how the sender's lines look."""
    if target.bare:
        return _bare_audience(fleet, sizes, text_bytes)
    members = fleet.register((f"m{number}" for number in range(sizes.members)), timeout=sizes.patience)
    [sender] = fleet.register(["sender"], timeout=sizes.patience)
    fleet.join([*members, sender], CHANNEL, sizes.patience)
    return listen(fleet, sender, members, sizes, text_bytes, leavers)


def listen(
    fleet: Fleet,
    sender: Client,
    members: list[Client],
    sizes: Sizes,
    text_bytes: int,
    leavers: frozenset[str] = frozenset(),
) -> Audience:
    """Have the members of the channel listen to the sender; all have heard its first line."""
    conversation = Conversation(sender, CHANNEL, text_bytes)
    probe = Probe(sender)
    for member in members:
        probe.expect(member)
    conversation.say()
    fleet.until(probe.all_reached, sizes.patience, "the first line to everybody")
    conversation.learn(probe.line)
    listeners = [Listener(conversation, leavers) for _ in members]
    for member, listener in zip(members, listeners, strict=True):
        member.sink = listener
    return Audience(conversation, members, listeners)


def _bare_audience(fleet: Fleet, sizes: Sizes, text_bytes: int) -> Audience:
    ready = Ready(())
    opened = []
    for number in range(sizes.members + 1):
        client = fleet.open(f"c{number}", ready)
        fleet.until(client.is_connected, sizes.patience, "the handshake")
        opened.append(client)
    *members, sender = opened
    conversation = Conversation(sender, CHANNEL, text_bytes, prefix=b":sender!sender@127.0.0.1 ")
    listeners = [Listener(conversation) for _ in members]
    for member, listener in zip(members, listeners, strict=True):
        member.sink = listener
    return Audience(conversation, members, listeners)


def check_nothing_more(fleet: Fleet, target: Target, audience: Audience, sizes: Sizes) -> None:
    """Raise BenchError if a listener gets anything after the last line, a line for the second time say."""
    if target.bare:
        deadline = time.monotonic() + 0.3
        fleet.until(lambda: time.monotonic() > deadline, 1.0, "silence")
        return
    for member in audience.members:
        member.send(b"PING :end\r\n")
    fleet.until(
        lambda: all(listener.settled for listener in audience.listeners), sizes.patience, "PONG to everybody"
    )


def speak(fleet: Fleet, audience: Audience, sizes: Sizes, messages: int, rate: float) -> float:
    """Say `messages` lines, `rate` a second, and wait for all of them to arrive.

    Returns by how many seconds the pace was missed at worst.
    """
    start = time.perf_counter()
    latest = 0.0
    for number in range(messages):
        while (wait := start + number / rate - time.perf_counter()) > 0:
            fleet.turn(wait)
        latest = max(latest, -wait)
        audience.conversation.say()
    fleet.until(lambda: audience.complete, sizes.patience, "every line to everybody")
    return latest


def pour(
    fleet: Fleet, audience: Audience, messages: int, window: int, stall: float = 30.0, bursts: bool = False
) -> None:
    """Say `messages` lines as fast as they are delivered, `window` lines outstanding at most.

    With `bursts`, `window` lines at once, each time when all before them have arrived: then as many leave in
    one flush whatever the speed of the server and the driver. Raises StalledError when nothing at all is
    delivered for `stall` seconds.
    """
    conversation = audience.conversation
    line_bytes = conversation.line_bytes
    left = messages
    behind, moved = 0, time.monotonic()
    while left or behind:
        room = window - -(-behind // line_bytes) if not (bursts and behind) else 0
        if lines := min(room, left):
            conversation.say(lines)
            left -= lines
        fleet.turn()
        before, behind = behind + lines * line_bytes, audience.furthest_behind()
        if behind != before:
            moved = time.monotonic()
        elif time.monotonic() - moved > stall:
            raise StalledError(f"nothing delivered for {stall:g} s, {conversation.said} lines said")


def paced(target: Target, sizes: Sizes) -> Figure:
    """`sizes.rate` messages a second to every member: each message is a turn of its own."""
    with Fleet(target.address, target.tls) as fleet:
        audience = assemble(fleet, target, sizes, sizes.text_bytes)
        speak(fleet, audience, sizes, min(_WARM_UP, sizes.paced_messages), sizes.rate)
        fleet.reads = 0
        meter = Meter(target.pid)
        late = speak(fleet, audience, sizes, sizes.paced_messages, sizes.rate)
        usage = meter.read()
        reads = fleet.reads
        check_nothing_more(fleet, target, audience, sizes)
    return _figure("fanout-paced", target, sizes, sizes.paced_messages, usage, reads, {"late_ms": late * 1e3})


def saturated(target: Target, sizes: Sizes) -> Figure:
    """As fast as the server goes, in bursts of `sizes.window` lines: that many leave in one flush."""
    return _poured("fanout-saturated", target, sizes, sizes.saturated_messages, sizes.window)


def deep(target: Target, sizes: Sizes) -> Figure:
    """The same in bursts of about 64 KiB, more than some servers read at a time."""
    return _poured("fanout-deep", target, sizes, sizes.deep_messages, sizes.deep_window)


def _poured(scenario: str, target: Target, sizes: Sizes, messages: int, window: int) -> Figure:
    with Fleet(target.address, target.tls) as fleet:
        audience = assemble(fleet, target, sizes, sizes.text_bytes)
        pour(fleet, audience, messages // 10, window, bursts=True)
        fleet.reads = 0
        meter = Meter(target.pid)
        pour(fleet, audience, messages, window, bursts=True)
        usage = meter.read()
        reads = fleet.reads
        check_nothing_more(fleet, target, audience, sizes)
    return _figure(scenario, target, sizes, messages, usage, reads, {})


def _figure(
    scenario: str,
    target: Target,
    sizes: Sizes,
    messages: int,
    usage: Usage,
    reads: int,
    more: dict[str, Detail],
) -> Figure:
    deliveries = sizes.members * messages
    return Figure(
        scenario=scenario,
        server=target.name,
        transport=target.transport,
        value=usage.cpu / deliveries * 1e6,
        unit="µs/delivery",
        count=deliveries,
        cpu_seconds=usage.cpu,
        wall_seconds=usage.wall,
        details={
            "members": sizes.members,
            **usage.details(),
            "lines_per_read": deliveries / max(reads, 1),
            **more,
        },
    )
