"""A disk for worlds: it stores at once, or when it is let, or not at all.

disk = Disk.of(world)
disk.hold()
alice.send("@label=1 PRIVMSG #x :hi")
disk.go_on()
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, fail, succeed

from chatdaemon.history.query import Query, Search, Target, TargetsQuery
from chatdaemon.history.record import Point, Record
from chatdaemon.storage.changes import Change, PutRecord
from chatdaemon.storage.failure import StorageFailed
from tests.world import World


class Disk:
    """What a node stores to, and a history reads from, which never tells anything: what is not stored yet is
    in the history's memory anyway. `records` are those that were written."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.full = False
        self._held = False
        self._waiting: list[Deferred[None]] = []

    @classmethod
    def of(cls, world: World) -> Disk:
        """The disk that a world stores to from now on."""
        disk = cls()
        world.node.store = disk
        world.history.archive = disk
        return disk

    def hold(self) -> None:
        """Nothing is stored until it goes on."""
        self._held = True

    def go_on(self) -> None:
        """All that was written is stored, unless the disk is full."""
        self._held = False
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if self.full:
                each.errback(StorageFailed("the disk is full"))
            else:
                each.callback(None)

    # As the node sees it.

    def write(self, index: int, changes: Sequence[Change], soon: bool = True) -> None:
        self.records += [change.record for change in changes if isinstance(change, PutRecord)]

    def flushed(self) -> Deferred[None]:
        if self._held:
            waiting: Deferred[None] = Deferred()
            self._waiting.append(waiting)
            return waiting
        return fail(StorageFailed("the disk is full")) if self.full else succeed(None)

    def check(self) -> Deferred[None]:
        return fail(StorageFailed("the disk is full")) if self.full else succeed(None)

    # As the history sees it.

    def read(self, query: Query) -> Deferred[list[Record]]:
        return succeed([])

    def targets(self, query: TargetsQuery) -> Deferred[list[Target]]:
        return succeed([])

    def search(self, search: Search) -> Deferred[list[Record]]:
        return succeed([])

    def find(self, point: Point) -> Deferred[Record | None]:
        return succeed(None)
