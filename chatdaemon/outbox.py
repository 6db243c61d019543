"""What leaves: a queue for each connection, one flush a turn for all of them, and the send-queue limit.

Lines are gathered while the reactor handles one round of events, and every connection is written to once
at its end. Lines to one channel that follow one another are kept as one *run*: only when something else
has to be written, or the channel's audience changes, are they spilled into the queues of the members; a
run that is all there is goes from here straight to the sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from chatdaemon.realm.events import Event, Stamp


class Transport(Protocol):
    """What an outbox needs of a connection; `transports` has the real ones."""

    backlog: int
    """Bytes taken by `write` that the kernel has not taken yet."""

    def write(self, data: bytes, /) -> None:
        """Send, or queue behind what is queued. Never raises for what the peer does."""

    @property
    def send(self) -> Callable[[bytes], int]:
        """As much as can be had at once: hands data to the kernel and says how many bytes it took.

        The caller has to `write` the rest, and everything after an OSError, which may be raised for any
        reason; -1 says that all was taken, and some of it is queued.
        """


class Renderer(Protocol):
    """One way to render events, shared by all sessions that want them in the same form."""

    def render(self, stamp: Stamp, event: Event) -> bytes:
        """The event for those who witness it; nothing where they are not to see it."""


class Outbox:
    """What leaves on one connection. `overflowed` is called, outside of any delivery, when more than `limit`
    bytes wait for the peer to read; `filling`, if there is one, when it is more than half of that."""

    __slots__ = ("_outlet", "filling", "limit", "lines", "overflowed", "transport")

    def __init__(
        self, transport: Transport, outlet: Outlet, limit: int, overflowed: Callable[[], None]
    ) -> None:
        self.transport = transport
        self.limit = limit
        self.overflowed = overflowed
        self.filling: Callable[[], None] | None = None
        self.lines: list[bytes] = []
        self._outlet = outlet

    def write(self, data: bytes) -> None:
        """Add whole lines to what is written at the end of this turn."""
        outlet = self._outlet
        if outlet.run is not None:
            outlet.spill()
        if not self.lines:
            outlet.dirty.append(self)
            if not outlet.scheduled:
                outlet.schedule()
        self.lines.append(data)

    def flush(self) -> None:
        """Hand over everything now: the connection is about to be closed."""
        if self._outlet.run is not None:
            self._outlet.spill()
        lines = self.lines
        if lines:
            data = b"".join(lines)
            lines.clear()
            self.transport.write(data)


Group = dict[Outbox, Transport]


class Audience:
    """The local members of one channel, grouped by how they want events rendered."""

    __slots__ = ("_outlet", "groups")

    def __init__(self, outlet: Outlet) -> None:
        # With its transport, so that sending to a thousand members touches no outbox: once the kernel has
        # been at work for the last member, the next one's objects are cache misses, each of them.
        self.groups: dict[Renderer, Group] = {}
        self._outlet = outlet

    def add(self, renderer: Renderer, outbox: Outbox) -> None:
        if self._outlet.run is self:
            self._outlet.spill()
        group = self.groups.get(renderer)
        if group is None:
            group = self.groups[renderer] = {}
        group[outbox] = outbox.transport

    def remove(self, renderer: Renderer, outbox: Outbox) -> None:
        """Raises KeyError when it is not there."""
        if self._outlet.run is self:
            self._outlet.spill()
        group = self.groups[renderer]
        del group[outbox]
        if not group:
            del self.groups[renderer]

    def holds(self, renderer: Renderer, outbox: Outbox) -> bool:
        group = self.groups.get(renderer)
        return group is not None and outbox in group


class Outlet:
    """The flush that all connections of a node share.

    `call_later` is the reactor's: it runs the flush at the end of the turn.
    """

    __slots__ = ("_call_later", "_kept", "_texts", "dirty", "run", "scheduled")

    def __init__(self, call_later: Callable[[float, Callable[[], None]], object]) -> None:
        self._call_later = call_later
        self.dirty: list[Outbox] = []
        self.scheduled = False
        # The run: its audience, its lines for each renderer, and for each outbox that is left out of some
        # of them the numbers of those.
        self.run: Audience | None = None
        self._texts: dict[Renderer, list[bytes]] = {}
        self._kept: dict[Outbox, tuple[Renderer, list[int]]] = {}

    def schedule(self) -> None:
        self.scheduled = True
        self._call_later(0, self.flush)

    def multicast(
        self,
        audience: Audience,
        stamp: Stamp,
        event: Event,
        without: tuple[tuple[Renderer, Outbox], ...] = (),
    ) -> None:
        """Add an event to what the audience is sent, save those `without`."""
        if self.run is not audience:
            if self.run is not None:
                self.spill()
            self.run = audience
            texts = self._texts
            for renderer in audience.groups:
                texts[renderer] = []
            if not self.scheduled:
                self.schedule()
        texts = self._texts
        for renderer, lines in texts.items():
            lines.append(renderer.render(stamp, event))
        for renderer, outbox in without:
            lines_so_far = texts.get(renderer)
            if lines_so_far is not None:
                kept = self._kept.get(outbox)
                if kept is None:
                    kept = self._kept[outbox] = (renderer, [])
                kept[1].append(len(lines_so_far) - 1)

    def _end_run(self) -> Iterator[tuple[bytes, Group]]:
        """Take the run apart: what to send to whom. Those who get less of it are apart from the others."""
        audience, texts, kept = self.run, self._texts, self._kept
        assert audience is not None
        self.run = None
        self._texts = {}
        if kept:
            self._kept = {}
            for outbox, (renderer, numbers) in kept.items():
                lines = texts[renderer]
                if outbox in audience.groups[renderer] and len(numbers) < len(lines):
                    left_out = frozenset(numbers)
                    data = b"".join([line for i, line in enumerate(lines) if i not in left_out])
                    if data:
                        yield data, {outbox: outbox.transport}
        for renderer, lines in texts.items():
            data = lines[0] if len(lines) == 1 else b"".join(lines)
            if not data:
                continue
            group = audience.groups[renderer]
            # Taken out for as long as it takes, since copying a group touches all of its members.
            apart = [(outbox, group.pop(outbox)) for outbox in kept if outbox in group]
            try:
                yield data, group
            finally:
                group.update(apart)

    def spill(self) -> None:
        """Move the run into the queues of its audience."""
        dirty = self.dirty
        for data, group in self._end_run():
            for outbox in group:
                lines = outbox.lines
                if not lines:
                    dirty.append(outbox)
                lines.append(data)

    def flush(self) -> None:
        """Write everything. Runs at the end of the turn."""
        self.scheduled = False
        slow: list[Outbox] = []
        if self.run is not None:
            if self.dirty:
                self.spill()
            else:
                for data, group in self._end_run():
                    if _send_to_all(data, group):
                        slow += [outbox for outbox, transport in group.items() if transport.backlog]
        dirty = self.dirty
        if dirty:
            self.dirty = []
            for outbox in dirty:
                lines = outbox.lines
                if lines:
                    data = lines[0] if len(lines) == 1 else b"".join(lines)
                    outbox.lines = []
                    transport = outbox.transport
                    transport.write(data)
                    if transport.backlog:
                        slow.append(outbox)
        for outbox in slow:
            backlog = outbox.transport.backlog
            if backlog > outbox.limit:
                outbox.overflowed()
            elif outbox.filling is not None and backlog > outbox.limit >> 1:
                outbox.filling()


def _send_to_all(data: bytes, group: Group) -> bool:
    """Send to everybody; says whether anything is queued now for anybody. The product's innermost loop."""
    size = len(data)
    queued = False
    for transport in group.values():
        try:
            sent = transport.send(data)
        except OSError:
            sent = 0
        if sent != size:
            queued = True
            if sent >= 0:
                transport.write(data[sent:])
    return queued
