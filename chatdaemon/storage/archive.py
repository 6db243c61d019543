"""What is stored of the history, as the node asks for it."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from chatdaemon.history.query import Query, Search, Target, TargetsQuery
from chatdaemon.history.record import Point, Record
from chatdaemon.storage import reading, searching
from chatdaemon.storage.readers import Readers


class StoredArchive:
    """Implements history.Archive. An answer is whole or a failure (StorageFailed): nobody is to take what
    could be read for all that there is."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, query: Query) -> Deferred[list[Record]]:
        return self._readers.ask(lambda reader: reading.read(reader, query))

    def targets(self, query: TargetsQuery) -> Deferred[list[Target]]:
        return self._readers.ask(lambda reader: reading.targets(reader, query))

    def search(self, search: Search) -> Deferred[list[Record]]:
        return self._readers.ask(lambda reader: searching.search(reader, search))

    def find(self, point: Point) -> Deferred[Record | None]:
        return self._readers.ask(lambda reader: reading.find(reader, point))

    def stop(self) -> None:
        """Answer nobody any more, and close."""
        self._readers.stop()
