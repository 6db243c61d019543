"""Masks that are good for a time: when it is over, the realm is asked to take them out of their lists."""

from __future__ import annotations

from chatdaemon.deadlines import Deadlines
from chatdaemon.node import Node
from chatdaemon.realm.events import Event, ModesChanged, Stamp
from chatdaemon.realm.modes import ChannelList
from chatdaemon.realm.requests import ExpireBans
from chatdaemon.realm.state import Channel

# How often one that is due by this clock, and not yet by the log's, is asked for again; seconds.
AGAIN = 1


class Expiry:
    """Owns the moment at which the next mask of any channel ends. Times are ms since 1970.

    It keeps no list of its own: what is due is looked up when something is, so that renamed channels and what
    was loaded at start need nothing more.
    """

    def __init__(self, node: Node, deadlines: Deadlines) -> None:
        self.due = 0  # the deadline's tick, which Deadlines sets
        self._node = node
        self._deadlines = deadlines
        self._next = 0
        node.observers.append(self._observe)

    def start(self) -> None:
        """Look for what has ended while nobody was there, and from now on."""
        self._wait()

    def deadline_reached(self) -> None:
        now = self._deadlines.now * 1000
        for channel in tuple(self._node.realm.channels.values()):
            if 0 < _next_end(channel) <= now:
                self._node.submit(None, ExpireBans(channel.name))
        self._wait()

    def _wait(self) -> None:
        """Look again when the next of all masks ends."""
        ends = [end for channel in self._node.realm.channels.values() if (end := _next_end(channel))]
        self._next = min(ends, default=0)
        self._deadlines.clear(self)
        if self._next:
            self._deadlines.set(self, max(AGAIN, self._next / 1000 - self._deadlines.now))

    def _observe(self, stamp: Stamp, event: Event) -> None:
        if not isinstance(event, ModesChanged):
            return
        if not any(change.add and isinstance(change.mode, ChannelList) for change in event.changes):
            return
        channel = self._node.realm.channel(event.channel)
        end = _next_end(channel) if channel is not None else 0
        if end and (not self._next or end < self._next):
            self._next = end
            self._deadlines.set(self, max(AGAIN, end / 1000 - self._deadlines.now))


def _next_end(channel: Channel) -> int:
    """When the first mask of a channel ends; 0 where none does."""
    return min(
        (entry.until for which in channel.lists for entry in channel.entries(which) if entry.until), default=0
    )
