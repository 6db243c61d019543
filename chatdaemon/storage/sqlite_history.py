"""The history in SQLite.

Each call into SQLite gives the interpreter up and has to get it back from the reactor's thread, which may
take as long as a turn there. So rows go in by statements that have many of them, of a few sizes so that each
is prepared once: a batch is a handful of calls, whatever its size.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from chatdaemon.history.record import Record
from chatdaemon.storage.history_rows import COLUMNS, record_of, row_of, words_of_record
from chatdaemon.storage.history_tables import HistoryTables, Stored
from chatdaemon.storage.tables import Row

# Rows of one statement, largest first. The largest is also what the interpreter is busy with at a time when
# rows are made: some two milliseconds.
_SIZES: Final = (256, 32, 4, 1)

_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'history'"


def _inserts(table: str, columns: Sequence[str]) -> dict[int, str]:
    """By the number of rows: the statement."""
    row = f"({', '.join('?' * len(columns))})"
    start = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
    return {size: start + ", ".join([row] * size) for size in _SIZES}


_ROWS = _inserts("history", ("id", *COLUMNS))
_WORDS = _inserts("history_words", ("rowid", "words", "place", "sender"))
# It has no text of its own, and has to be told what it is to forget.
_UNINDEX = _inserts("history_words", ("history_words", "rowid", "words", "place", "sender"))


class SQLiteHistory(HistoryTables):
    """By a connection that is in a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def ask(self, sql: str, values: Row = ()) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, several: Sequence[Row]) -> None:
        self._connection.executemany(sql, several)

    def _put(self, records: Sequence[Record]) -> None:
        last = self.ask(_ID)
        number = last[0][0] if last else 0
        for start in range(0, len(records), _SIZES[0]):
            rows: list[Row] = []
            words: list[Row] = []
            for record in records[start : start + _SIZES[0]]:
                number += 1
                rows.append((number, *row_of(record)))
                if record.message:
                    words.append((number, *words_of_record(record)))
            self._insert(_ROWS, rows)
            self._insert(_WORDS, words)

    def _unindex(self, several: Sequence[Stored]) -> None:
        # By number, since this is how the index's own lists go.
        self._insert(
            _UNINDEX,
            [("delete", each.id, *words_of_record(record_of(each.row))) for each in several],
        )

    def _insert(self, statements: dict[int, str], rows: Sequence[Row]) -> None:
        start = 0
        for size in _SIZES:
            while len(rows) - start >= size:
                part = rows[start : start + size]
                self._connection.execute(statements[size], [value for row in part for value in row])
                start += size
