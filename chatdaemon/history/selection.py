"""Queries over records in memory: what is not stored yet, and what never will be. A database does the same in
SQL, and is held to this by the tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatdaemon.history.query import Bound, Query
from chatdaemon.history.record import Point, Record
from chatdaemon.realm.reading import Reading


def is_shown(record: Record, reading: Reading) -> bool:
    """Whether the reader may see a record of the conversation."""
    return record.at >= reading.since and (record.rank <= reading.rank or record.sender == reading.reader)


def is_after(record: Record, bound: Bound | None) -> bool:
    """Whether it happened after this."""
    if bound is None:
        return True
    return record.point > bound if isinstance(bound, Point) else record.at > bound


def is_before(record: Record, bound: Bound | None) -> bool:
    """Whether it happened before this."""
    if bound is None:
        return True
    return record.point < bound if isinstance(bound, Point) else record.at < bound


def selected(records: Iterable[Record], query: Query) -> list[Record]:
    """The records, which are in the order of the log, that a query asks for."""
    found = [
        record
        for record in records
        if (record.message or query.events)
        and is_shown(record, query.reading)
        and is_after(record, query.after)
        and is_before(record, query.before)
    ]
    return clipped(found, query.limit, newest=query.newest)


def clipped(found: list[Record], limit: int, *, newest: bool) -> list[Record]:
    """No more than that."""
    if newest:
        return found[len(found) - limit :] if len(found) > limit else found
    return found[:limit]


def merged(stored: Sequence[Record], waiting: Sequence[Record]) -> list[Record]:
    """Both in the order of the log, each record once: one that has just been stored may be in both."""
    if not waiting:
        return list(stored)
    found = {(record.point, record.conversation): record for record in (*stored, *waiting)}
    return [found[key] for key in sorted(found)]
