"""PostgreSQL, by psycopg 3: only imported where it is asked for (``pip install chatdaemon[postgres]``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import conninfo, errors

from chatdaemon.realm.records import Kept
from chatdaemon.storage import rows
from chatdaemon.storage.engine import Written, grouped, keep_history
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.history_tables import HistoryTables
from chatdaemon.storage.migrations import migrate, up_to_date
from chatdaemon.storage.postgresql_history import PostgreSQLHistory, formatted
from chatdaemon.storage.reader import PATIENCE
from chatdaemon.storage.tables import META, Row, Table

# Whoever waits for storage does not wait longer for a server that no longer answers. Seconds, milliseconds.
_DEFAULTS = {
    "application_name": "chatdaemon",
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}

# Taken for the whole session, in each database and schema apart: one daemon only.
_LOCK = "SELECT pg_advisory_lock(hashtext('chatdaemon'), hashtext(current_schema()))"

_SETTINGS = "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"

_CHECK = (
    "INSERT INTO meta (name, value) VALUES ('checks', 1)"
    " ON CONFLICT (name) DO UPDATE SET value = meta.value + 1"
)


@contextmanager
def translated(raises: type[StorageFailed] = StorageFailed) -> Iterator[None]:
    """Have psycopg's errors be ours, but for those that no repetition would mend."""
    try:
        yield
    except (psycopg.IntegrityError, psycopg.DataError, psycopg.NotSupportedError):
        raise
    except psycopg.Error as error:
        raise raises(_reason(error)) from None


def _reason(error: psycopg.Error) -> str:
    # It says the same for each address that it tried, in lines of their own.
    text = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())
    if isinstance(error, errors.LockNotAvailable):
        return f"another daemon or program has locked it; stop that one ({text})"
    if isinstance(error, (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)):
        return (
            f"it cannot be written to; its role must own the tables, on a server that is no standby ({text})"
        )
    if error.sqlstate is None:
        return f"the server cannot be reached, or has closed the connection; look whether it runs ({text})"
    return f"the server refuses; its log says more ({text})"


class PostgreSQL:
    """The database that a libpq URL names. :param patience: seconds to wait for another program's locks;
    a statement may take twice as long."""

    def __init__(self, url: str, *, patience: float = 5.0) -> None:
        try:
            given = conninfo.conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # Its own text may show the password.
            raise CannotOpen(
                "[storage] url is no URL of PostgreSQL: postgresql://user@host/database"
            ) from None
        self._parameters: dict[str, Any] = {**_DEFAULTS, **given}
        name = given.get("dbname") or given.get("user") or ""
        self.where = f"the PostgreSQL database {name} on {given.get('host') or 'this machine'}"
        # Locks first, so that a lock is called one.
        self._patience = (str(int(patience * 1000)), str(int(patience * 2000)))
        self._connection: psycopg.Connection[Row] | None = None
        self._made = False

    def open(self, *, alone: bool = True) -> None:
        try:
            with translated(CannotOpen):
                # A transaction begins with the first statement otherwise, the lock among them.
                self._connection = connection = psycopg.connect(**self._parameters, autocommit=True)
                connection.execute(_SETTINGS, self._patience)
                if alone:
                    connection.execute(_LOCK)
                version = self._version(connection)
                if self._made and not version:
                    raise CannotOpen("its tables are gone; restore a backup, and start the daemon again")
                if alone:
                    migrate("postgresql", version, self._migrate)
                else:
                    up_to_date("postgresql", version)
                self._made = True
        except CannotOpen:
            self.close()
            raise

    def load(self) -> Kept:
        with translated(CannotOpen):
            try:
                return rows.kept(self.index(), self._rows)
            except ValueError as error:
                raise CannotOpen(f"it holds what this program does not know: {error}") from None

    def index(self) -> int:
        return self._number("last_index")

    def epoch(self) -> int:
        return self._number("epoch")

    def begin(self, epoch: int) -> None:
        with translated(), self._open.transaction():
            self._open.execute(formatted(META.put), ("epoch", epoch))

    def apply(self, batch: Sequence[Written]) -> None:
        with translated(), self._open.transaction(), self._open.cursor() as cursor:
            for statement, several in grouped(batch):
                cursor.executemany(formatted(statement), several)
            keep_history(PostgreSQLHistory(self._open), batch)

    @contextmanager
    def changing(self) -> Iterator[HistoryTables]:
        with translated(), self._open.transaction():
            yield PostgreSQLHistory(self._open)

    def forget_words(self) -> bool:
        return False  # as for rows, autovacuum does it

    def shrink(self) -> bool:
        return False  # autovacuum does what is to be done

    def check(self) -> None:
        with translated(), self._open.transaction():
            self._open.execute(_CHECK)

    def reader(self) -> PostgreSQLReader:
        return PostgreSQLReader(self._parameters)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _migrate(self, script: str) -> None:
        with self._open.transaction():
            # A migration takes as long as it takes.
            self._open.execute("SET LOCAL statement_timeout = 0")
            self._open.execute(script.encode())

    @property
    def _open(self) -> psycopg.Connection[Row]:
        if self._connection is None:
            raise StorageFailed("it is not open")
        return self._connection

    def _version(self, connection: psycopg.Connection[Row]) -> int:
        (found,) = connection.execute("SELECT to_regclass('meta')::text").fetchone() or (None,)
        return self._number("schema") if found else 0

    def _rows(self, table: Table) -> Sequence[Row]:
        return self._open.execute(table.all.encode()).fetchall()

    def _number(self, name: str) -> int:
        with translated():
            row = self._open.execute(formatted(f"SELECT value FROM {META.name} WHERE name = ?"), (name,))
            (value,) = row.fetchone() or (0,)
        return int(value or 0)


class PostgreSQLReader:
    """Implements readers.Reader."""

    dialect = "postgresql"

    def __init__(self, parameters: dict[str, Any]) -> None:
        """Raises StorageFailed."""
        with translated():
            self._connection: psycopg.Connection[Row] = psycopg.connect(**parameters, autocommit=True)
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._connection.read_only = True
            milliseconds = str(int(PATIENCE * 1000))
            self._connection.execute(_SETTINGS, (milliseconds, milliseconds))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with translated(), self._connection.transaction():
            yield

    def rows(self, sql: str, values: Sequence[Any] = (), *, planned: bool = True) -> list[Row]:
        with translated():
            prepare = None if planned else False
            return self._connection.execute(formatted(sql), values, prepare=prepare).fetchall()

    def close(self) -> None:
        self._connection.close()
