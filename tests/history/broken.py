"""A database that cannot be read."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail

from chatdaemon.history.query import Query, Search, Target, TargetsQuery
from chatdaemon.history.record import Point, Record
from chatdaemon.storage.failure import StorageFailed

WHY = StorageFailed("the disk is gone")


class BrokenArchive:
    """An archive of which nothing comes."""

    def read(self, query: Query) -> Deferred[list[Record]]:
        return fail(WHY)

    def targets(self, query: TargetsQuery) -> Deferred[list[Target]]:
        return fail(WHY)

    def search(self, search: Search) -> Deferred[list[Record]]:
        return fail(WHY)

    def find(self, point: Point) -> Deferred[Record | None]:
        return fail(WHY)
