"""Searching what is stored of the history, by each database's own index of words.

The index finds what may fit; whether it does, and whether it may be read, is then decided as it is in
memory (`history/search.py`), so that both agree. Nothing that somebody typed has a meaning to the database:
it gets words, quoted, and nothing else. What PostgreSQL has no room for in its index (the places of words
after the 16,383rd, and of a word the 256th and later ones) is not found as part of a phrase.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chatdaemon.history.query import Search
from chatdaemon.history.record import Point, Record
from chatdaemon.history.search import Term, found_in, terms_of
from chatdaemon.storage.history_rows import (
    COLUMNS,
    place_lexeme,
    place_word,
    sender_lexeme,
    sender_word,
    word_lexeme,
)
from chatdaemon.storage.reader import Reader
from chatdaemon.storage.reading import ALL, Where, entry_from, entry_up_to, latest, records
from chatdaemon.storage.tables import Row, Value

# Of more terms these are looked up; the others are looked for in what that has found.
_MOST_TERMS = 32

# Rows of one look that may not fit after all; the first is no larger than what is asked for.
_LARGEST_PAGE = 2000

# PostgreSQL's index gives all that fits, in no order. What is common is found sooner among the last so many.
# SQLite's is asked where so many of what fits were said, at first so few, before it is asked for places.
_NEAR = 4000
_FIRST_LOOK = 200

# Up to so many places are soon looked up.
_FEW_PLACES = 16

# Rows that are read at a time when it is known where they are.
_MOST_IDS = 50

# In this order: otherwise it might look into the index of words for each row.
_JOINED = "history_words CROSS JOIN history ON history.id = history_words.rowid"


def search(reader: Reader, search: Search) -> list[Record]:
    """The messages that fit, in the order of the log. Raises StorageFailed."""
    readings = {reading.conversation: reading for reading in search.readings}
    terms = terms_of(search.words)
    if not readings or search.limit <= 0:
        return []
    pages = _sqlite_pages if reader.dialect == "sqlite" else _postgresql_pages
    found: list[Record] = []
    for rows in pages(reader, search, terms[:_MOST_TERMS]):
        for record in records(rows):
            reading = readings.get(record.conversation)
            if reading is not None:
                found += found_in((record,), search, reading)
        if len(found) >= search.limit:
            break
    del found[search.limit :]
    if search.newest:
        found.reverse()
    return found


def _bounds(reader: Reader, search: Search) -> tuple[int, int]:
    """Ids between which all is that is between the search's bounds."""
    since = latest((search.after,), min(reading.since for reading in search.readings))
    low = [0]
    if since is not None:
        low.append(_number(entry_up_to(reader, since, "id")))
    if isinstance(search.after, Point):
        sql = "SELECT id FROM history WHERE entry < ? ORDER BY entry DESC, id DESC LIMIT 1"
        low.append(_number(_first(reader.rows(sql, search.after[:1]))))
    high = None
    if isinstance(search.before, Point):
        sql = "SELECT id FROM history WHERE entry > ? ORDER BY entry, id LIMIT 1"
        high = _first(reader.rows(sql, search.before[:1]))
    elif search.before is not None:
        high = entry_from(reader, search.before, "id")
    return max(low), _number(high) or 2**62


def _first(rows: list[Row]) -> Value:
    return rows[0][0] if rows else None


def _number(value: Value) -> int:
    return int(value or 0)


def _pages(
    reader: Reader, search: Search, select: str, values: Sequence[Any], bounds: tuple[int, int], id: str
) -> Iterator[list[Row]]:
    """What a SELECT with `id` first gives between the bounds, page by page, without the ids."""
    low, high = bounds
    size = min(search.limit, _LARGEST_PAGE)
    order = "DESC" if search.newest else "ASC"
    column = id.replace(" + 0", "")
    sql = f"{select} AND {column} > ? AND {column} < ? ORDER BY {id} {order} LIMIT ?"
    while True:
        rows = reader.rows(sql, (*values, low, high, size), planned=False)
        yield [row[1:] for row in rows]
        if len(rows) < size:
            return
        if search.newest:
            high = _number(rows[-1][0])
        else:
            low = _number(rows[-1][0])
        size = min(size * 4, _LARGEST_PAGE)


# SQLite: its index gives ids in order, and stops when there are enough. To look for many places in it takes
# longer than to see where what it found was said, unless that is nearly always somewhere else.


def _sqlite_pages(reader: Reader, search: Search, terms: tuple[Term, ...]) -> Iterator[list[Row]]:
    low, high = _bounds(reader, search)
    what = _sqlite_what(search, terms)
    if len(search.readings) > 1:
        places = frozenset(reading.conversation for reading in search.readings)
        left = _NEAR if len(places) > _FEW_PLACES else 1
        size = _FIRST_LOOK
        while left > 0:
            found = _sqlite_look(reader, search, what, (low, high), size)
            ids = [id for id, *place in found if tuple(place) in places]
            for start in range(0, len(ids), _MOST_IDS):
                yield _sqlite_rows(reader, search, ids[start : start + _MOST_IDS])
            if len(found) < size:
                return
            left -= size
            size *= 4
            last = _number(found[-1][0])
            low, high = (low, last) if search.newest else (last, high)
    where = " OR ".join(f'"{place_word(reading.conversation)}"' for reading in search.readings)
    match = " AND ".join([*what, f"place : ({where})"])
    columns = ", ".join(f"history.{column}" for column in COLUMNS)
    select = f"SELECT history_words.rowid, {columns} FROM {_JOINED} WHERE history_words MATCH ?"
    yield from _pages(
        reader, search, f"{select} AND history.hidden = 0", (match,), (low, high), "history_words.rowid"
    )


def _sqlite_look(
    reader: Reader, search: Search, what: list[str], bounds: tuple[int, int], size: int
) -> list[Row]:
    """The ids of messages that may fit, each with its conversation."""
    order = "DESC" if search.newest else "ASC"
    values: tuple[Value, ...] = (*bounds, size)
    if what:
        tables, matches, id = _JOINED, "history_words MATCH ? AND ", "history_words.rowid"
        values = (" AND ".join(what), *values)
    else:
        tables, matches, id = "history", "message = 1 AND hidden = 0 AND ", "id"
    sql = f"SELECT history.id, first, second FROM {tables} WHERE {matches}{id} > ? AND {id} < ?"
    return reader.rows(f"{sql} ORDER BY {id} {order} LIMIT ?", values)


def _sqlite_rows(reader: Reader, search: Search, ids: list[Value]) -> list[Row]:
    """The rows of these ids, in their order."""
    sql = f"SELECT {ALL} FROM history WHERE id IN ({', '.join('?' * len(ids))}) AND hidden = 0"
    return reader.rows(f"{sql} ORDER BY id {'DESC' if search.newest else 'ASC'}", ids)


def _sqlite_what(search: Search, terms: Iterable[Term]) -> list[str]:
    """What is looked for, wherever it is, in the language of FTS5."""
    found = [f'words : "{" ".join(term.words)}"{" *" if term.open else ""}' for term in terms]
    if search.sender is not None:
        found.append(f'sender : "{sender_word(search.sender)}"')
    return found


# PostgreSQL.


def _postgresql_pages(reader: Reader, search: Search, terms: tuple[Term, ...]) -> Iterator[list[Row]]:
    match = tsquery(search, terms)
    bounds = _bounds(reader, search)
    while True:
        rows, left = _near(reader, search, match, bounds)
        yield rows
        if left is None:
            return
        bounds = left
        if len(rows) < search.limit:
            break
    # Not by the order of the ids: it would read everything when it takes a rare word for a common one.
    where = _postgresql_where(search, match)
    select = f"SELECT id, {ALL} FROM history WHERE {where} AND words IS NOT NULL AND hidden = 0"
    yield from _pages(reader, search, select, where.values, bounds, "id + 0")


def _postgresql_where(search: Search, match: str) -> Where:
    where = Where()
    where.add("words @@ ?::tsquery", match)
    if len(search.readings) > _FEW_PLACES:
        places = [reading.conversation for reading in search.readings]
        where.add(
            "(first, second) IN (SELECT * FROM unnest(?::bigint[], ?::bigint[]))",
            [place.first for place in places],
            [place.second for place in places],
        )
    return where


def _near(
    reader: Reader, search: Search, match: str, bounds: tuple[int, int]
) -> tuple[list[Row], tuple[int, int] | None]:
    """What fits of the messages that are looked at first, and between which ids the others are."""
    low, high = bounds
    where = Where()
    where.add("hidden = 0 AND id > ? AND id < ?", low, high)
    by: tuple[str, ...] = ("id",)
    if len(search.readings) == 1:
        where.add("first = ? AND second = ? AND message = 1", *search.readings[0].conversation)
        by = ("entry", "ordinal")
    order = ", ".join(f"{column} {'DESC' if search.newest else 'ASC'}" for column in by)
    near = f"SELECT id, {ALL}, words FROM history WHERE {where} ORDER BY {order} LIMIT {_NEAR}"
    fits = _postgresql_where(search, match)
    found = reader.rows(
        f"SELECT id, {ALL} FROM ({near}) AS near WHERE {fits} ORDER BY {order} LIMIT ?",
        (*where.values, *fits.values, search.limit),
        planned=False,
    )
    rows = [row[1:] for row in found]
    if len(found) == search.limit:
        edge = _number(found[-1][0])
    else:
        ends = f"SELECT {'min' if search.newest else 'max'}(id), count(*) FROM ({near}) AS near"
        edge, count = map(_number, reader.rows(ends, where.values, planned=False)[0])
        if count < _NEAR:
            return rows, None
    return rows, (low, edge) if search.newest else (edge, high)


def tsquery(search: Search, terms: Iterable[Term]) -> str:
    """A query as PostgreSQL reads it. No word has a quote or a backslash in it."""
    found = [_tsquery_of(term) for term in terms]
    if search.sender is not None:
        found.append(f"'{sender_lexeme(search.sender)}'")
    if not found or len(search.readings) <= _FEW_PLACES:
        # Of many it is decided faster without the index, row by row.
        places = " | ".join(f"'{place_lexeme(reading.conversation)}'" for reading in search.readings)
        found.append(f"({places})")
    return " & ".join(found)


def _tsquery_of(term: Term) -> str:
    words = [f"'{word_lexeme(word)}'" for word in term.words]
    if term.open or word_lexeme(term.words[-1]) != term.words[-1]:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"
