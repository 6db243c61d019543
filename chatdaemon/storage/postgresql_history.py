"""The history in PostgreSQL: a batch goes over in one piece, and the server takes it apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import psycopg

from chatdaemon.history.record import Record
from chatdaemon.storage.history_rows import COLUMNS, lexemes, row_of
from chatdaemon.storage.history_tables import HistoryTables, Stored
from chatdaemon.storage.tables import Row

# Rows that the interpreter is busy with at a time, some two milliseconds.
_AT_ONCE: Final = 256

_NAMES: Final = ("words", *COLUMNS)
_TYPES: Final = {
    **dict.fromkeys(COLUMNS, "text"),
    **dict.fromkeys(("first", "second", "entry", "at", "sender"), "bigint"),
    **dict.fromkeys(("message", "ordinal", "rank"), "integer"),
    "words": "tsvector",
}

# Numbered in the order in which they come.
_PUT: Final = (
    f"INSERT INTO history ({', '.join(_NAMES)}) SELECT {', '.join(_NAMES)}"
    f" FROM json_to_recordset(%s::json) AS given ({', '.join(f'{name} {_TYPES[name]}' for name in _NAMES)})"
).encode()


class PostgreSQLHistory(HistoryTables):
    """By a connection that is in a transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def ask(self, sql: str, values: Row = ()) -> list[Any]:
        return self._connection.execute(formatted(sql), values).fetchall()

    def run(self, sql: str, several: Sequence[Row]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(formatted(sql), several)

    def _put(self, records: Sequence[Record]) -> None:
        for start in range(0, len(records), _AT_ONCE):
            rows = [
                dict(zip(_NAMES, (lexemes(record) if record.message else None, *row_of(record)), strict=True))
                for record in records[start : start + _AT_ONCE]
            ]
            self._connection.execute(_PUT, (msgspec.json.encode(rows).decode(),))

    def _unindex(self, several: Sequence[Stored]) -> None:
        self.run("UPDATE history SET words = NULL WHERE id = ?", [(each.id,) for each in several])


def formatted(statement: str) -> bytes:
    """With psycopg's marks for values. As bytes, which it takes for statements that are put together."""
    return statement.replace("?", "%s").encode()
