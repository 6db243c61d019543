"""What a database has to do for us, and what both do alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from chatdaemon.history.record import Point, Record
from chatdaemon.realm.records import Kept
from chatdaemon.storage.changes import Change, EraseRecord, PutRecord
from chatdaemon.storage.history_tables import HistoryTables
from chatdaemon.storage.reader import Reader
from chatdaemon.storage.statements import statements_of
from chatdaemon.storage.tables import META, Row


@dataclass(frozen=True, slots=True)
class Written:
    """What came of the entry with this index."""

    index: int
    changes: tuple[Change, ...]


class Engine(Protocol):
    """One database, by one connection. Used by one thread at a time; calls take as long as a disk does.

    All raise StorageFailed for what may be over later, with a text for operators that does not name the
    database (`where` does). Any other exception is a bug: trying again would not help.
    """

    @property
    def where(self) -> str:
        """The database, as operators know it; no secrets."""

    def open(self, *, alone: bool = True) -> None:
        """Connect, and bring the tables up to date. Raises CannotOpen, with the text of the whole mistake.

        Once it has been open, a database that is empty or not there is a mistake too. Unless `alone`, a
        daemon may have it open as well: nothing is made or brought up to date, and what is not is a mistake.
        """

    def load(self) -> Kept:
        """All that is stored. Raises CannotOpen when it makes no sense."""

    def index(self) -> int:
        """The index of the last entry that is stored."""

    def epoch(self) -> int:
        """The number that `begin` was given last."""

    def begin(self, epoch: int) -> None:
        """Keep the number of this start."""

    def apply(self, batch: Sequence[Written]) -> None:
        """Store all of it, or nothing, on the disk before it returns. The batch is not empty."""

    def check(self) -> None:
        """Write and commit something that nobody reads."""

    def reader(self) -> Reader:
        """Another connection, that only reads. Raises StorageFailed. May be called on any thread."""

    def changing(self) -> AbstractContextManager[HistoryTables]:
        """A transaction that changes the history, on the disk when the context is left (by no exception)."""

    def shrink(self) -> bool:
        """Give the disk back a little of what is free in the database, unless that is little or the database
        does so itself. Says whether there is more."""

    def forget_words(self) -> bool:
        """Do a part of having the words of deleted messages gone from the index for good, unless the database
        does so itself. Says whether there is more to do."""

    def close(self) -> None:
        """Disconnect. Never raises; may be called when it is not open."""


def grouped(batch: Sequence[Written]) -> Iterator[tuple[str, list[Row]]]:
    """The statements for a batch but for its history, its index last: SQL and, for each time that it is to
    run, its values."""
    statements = (
        statement
        for written in batch
        for change in written.changes
        if type(change) not in (PutRecord, EraseRecord)
        for statement in statements_of(change)
    )
    for sql, several in groupby(statements, itemgetter(0)):
        yield sql, [row for _, row in several]
    yield META.put, [("last_index", batch[-1].index)]


def keep_history(tables: HistoryTables, batch: Sequence[Written]) -> None:
    """Put there, and take away, what a batch says of the history. What is taken back was said before."""
    records: list[Record] = []
    erased: list[Point] = []
    for written in batch:
        for change in written.changes:
            if type(change) is PutRecord:
                records.append(change.record)
            elif type(change) is EraseRecord:
                erased.append(change.point)
    if records:
        tables.put(records)
    if erased:
        tables.erase(erased)
