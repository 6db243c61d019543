"""Reading what is stored of the history: the queries of `history/query.py` in SQL, for both databases.

Whoever reads takes a question's snapshot first (`reader.Reader`); all functions here raise StorageFailed.
`history/selection.py` and `targets.py` say what the answers are. `id`, `entry` and `at` never fall from row
to row, so that times are turned into places by one look into an index; where a clock was set back between two
starts, what was said in the hours that there were twice may only be found by place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from twisted.logger import Logger

from chatdaemon.history.query import Bound, Query, Target, TargetsQuery
from chatdaemon.history.record import Point, Record
from chatdaemon.history.targets import without_doubles
from chatdaemon.realm.conversations import between
from chatdaemon.realm.reading import Reading
from chatdaemon.storage.history_rows import COLUMNS, record_of
from chatdaemon.storage.reader import Reader
from chatdaemon.storage.tables import Row, Value

log = Logger(namespace="chatdaemon.storage")

ALL = ", ".join(COLUMNS)
_ENTRY = COLUMNS.index("entry")

_VISIBLE = "hidden = 0 AND (rank <= ? OR sender = ?)"


class Where:
    """Conditions with their values, joined by AND."""

    __slots__ = ("_conditions", "values")

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        self._conditions.append(condition)
        self.values += values

    def __str__(self) -> str:
        return " AND ".join(self._conditions)


def read(reader: Reader, query: Query) -> list[Record]:
    """The records that a query asks for."""
    bounds = _bounds(reader, query)
    rows = _rows(reader, query, bounds, message=1)
    if query.events:
        rows += _rows(reader, query, bounds, message=0)
        rows.sort(key=_place, reverse=query.newest)
        del rows[query.limit :]
    if query.newest:
        rows.reverse()
    return records(rows)


def find(reader: Reader, point: Point) -> Record | None:
    """What was said there."""
    sql = (
        f"SELECT {ALL} FROM history WHERE entry = ? AND ordinal = ? AND hidden = 0"
        " AND (message = 1 OR kind = 'tag') LIMIT 1"
    )
    found = records(reader.rows(sql, point))
    return found[0] if found else None


def targets(reader: Reader, query: TargetsQuery) -> list[Target]:
    """The conversations that a query asks for."""
    sql = "SELECT other, at FROM history_direct WHERE account = ? AND at > ? AND at < ?"
    rows = reader.rows(sql, (query.reader, query.after, query.before))
    found = [Target(between(query.reader, int(other or 0)), int(at or 0)) for other, at in rows]
    for reading in query.readings:
        # Not from `after` on only: what was said last may have been said long before.
        at = _last_at(reader, reading)
        if at is not None:
            found.append(Target(reading.conversation, at))
    return without_doubles(found, query)


def records(rows: Iterable[Row]) -> list[Record]:
    """The records that rows are of. What makes no sense is left out, and operators are told."""
    found = []
    for row in rows:
        try:
            found.append(record_of(row))
        except ValueError as error:
            log.error("{error}; it is not shown to anybody", error=error)
    return found


def entry_up_to(reader: Reader, at: int, column: str = "entry") -> Value:
    """What comes after this entry (or id) includes all that happened after the time; None: all does."""
    return _one(reader, f"SELECT {column} FROM history WHERE at <= ? ORDER BY at DESC LIMIT 1", at)


def entry_from(reader: Reader, at: int, column: str = "entry") -> Value:
    """What comes before this entry (or id) includes all that happened before the time; None: all does."""
    return _one(reader, f"SELECT {column} FROM history WHERE at >= ? ORDER BY at LIMIT 1", at)


def _one(reader: Reader, sql: str, *values: Value) -> Value:
    rows = reader.rows(sql, values)
    return rows[0][0] if rows else None


def latest(times: Iterable[Bound | None], since: int) -> int | None:
    """The time after which something has to have happened, of bounds and of a time from which on it may."""
    found = [since - 1, *(each for each in times if isinstance(each, int))]
    return max(found) if max(found) >= 0 else None


def _bounds(reader: Reader, query: Query) -> Where:
    # A plus keeps a database from going by the index of times, and through all that was said elsewhere.
    where = Where()
    after, before = query.after, query.before
    if isinstance(after, Point):
        where.add("(entry, ordinal) > (?, ?)", *after)
    time = latest((after,), query.reading.since)
    if time is not None:
        where.add("+at > ?", time)
        entry = entry_up_to(reader, time)
        if entry is not None:
            where.add("entry > ?", entry)
    if isinstance(before, Point):
        where.add("(entry, ordinal) < (?, ?)", *before)
    elif before is not None:
        where.add("+at < ?", before)
        entry = entry_from(reader, before)
        if entry is not None:
            where.add("entry < ?", entry)
    return where


def statement(query: Query, bounds: Where, message: int) -> tuple[str, Sequence[Value]]:
    """The records of one sort, those first that are asked for first: by one index, and nothing is sorted."""
    reading = query.reading
    where = Where()
    where.add("first = ? AND second = ? AND message = ?", *reading.conversation, message)
    if bounds.values:
        where.add(str(bounds), *bounds.values)
    where.add(_VISIBLE, int(reading.rank), reading.reader)
    order = "entry DESC, ordinal DESC" if query.newest else "entry, ordinal"
    return f"SELECT {ALL} FROM history WHERE {where} ORDER BY {order} LIMIT ?", (*where.values, query.limit)


def _rows(reader: Reader, query: Query, bounds: Where, message: int) -> list[Row]:
    return reader.rows(*statement(query, bounds, message))


def _place(row: Row) -> tuple[Value, ...]:
    return row[_ENTRY : _ENTRY + 2]


def _last_at(reader: Reader, reading: Reading) -> int | None:
    sql = (
        "SELECT at FROM history WHERE first = ? AND second = ? AND message = 1"
        f" AND {_VISIBLE} ORDER BY entry DESC, ordinal DESC LIMIT 1"
    )
    rows = reader.rows(sql, (*reading.conversation, int(reading.rank), reading.reader))
    at = int(rows[0][0] or 0) if rows else -1
    return at if at >= max(reading.since, 0) else None
