"""SQLite: a file in the data directory, in WAL mode, so that reading it from outside holds up nobody."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chatdaemon.realm.records import Kept
from chatdaemon.storage import rows
from chatdaemon.storage.engine import Written, grouped, keep_history
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.history_tables import HistoryTables
from chatdaemon.storage.migrations import migrate, up_to_date
from chatdaemon.storage.reader import PATIENCE
from chatdaemon.storage.sqlite_history import SQLiteHistory
from chatdaemon.storage.tables import META, Row, Table

FILE_NAME = "chatdaemon.db"

APPLICATION_ID = 0x63686174
"""The header's mark of our files ("chat")."""

# Bytes that a check writes, more than a change has: a disk without that room is met before it is needed.
ROOM = 16384

# One page in so many may be free before any is given back to the disk; and how many are at a time.
MOST_FREE = 4
# Pages of the index of words that are merged at a time.
MERGED = 500
GIVEN_BACK = 256

_WRITABLE = "it and its directory must be there and writable for the daemon's user"

# By the beginning of the error's name.
_ADVICE = {
    "SQLITE_BUSY": "another program has locked it; close what has it open",
    "SQLITE_LOCKED": "another program has locked it; close what has it open",
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_READONLY": f"it cannot be written to; {_WRITABLE}",
    "SQLITE_CANTOPEN": f"it cannot be opened; {_WRITABLE}",
    "SQLITE_PERM": f"it cannot be opened; {_WRITABLE}",
    "SQLITE_CORRUPT": "it is damaged; stop the daemon and restore a backup (chatdaemon restore FILE)",
    "SQLITE_NOTADB": "it is damaged, or no database of SQLite; restore a backup (chatdaemon restore FILE)",
    "SQLITE_IOERR": "the disk is full or failing; look at the kernel's log",
}


def reason(error: sqlite3.Error) -> str:
    """What an error means, and what to do."""
    name = getattr(error, "sqlite_errorname", "")
    advice = next((text for start, text in _ADVICE.items() if name.startswith(start)), "")
    return f"{advice} ({error})" if advice else str(error)


@contextmanager
def translated(raises: type[StorageFailed] = StorageFailed) -> Iterator[None]:
    """Have SQLite's errors be ours, but for those that no repetition would mend."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError):
        raise
    except sqlite3.Error as error:
        raise raises(reason(error)) from None


class SQLite:
    """The file at `path`. :param patience: seconds to wait for another program's lock."""

    def __init__(self, path: Path, *, patience: float = 3.0) -> None:
        self.path = path
        self.where = f"the database {path}"
        self._patience = patience
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # device and inode, once it has been open

    def open(self, *, alone: bool = True) -> None:
        try:
            with translated(CannotOpen):
                if self._file is None and alone:
                    self._make()
                self._connection = connection = connect(self.path, self._patience)
                # First of all, since the mode of the journal is kept in the file.
                version = recognized(connection)
                if not version:
                    # Before there is anything in it: so that what is deleted can be given back to the disk.
                    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                # What was erased is not to be found in the file by other means either.
                connection.execute("PRAGMA secure_delete = ON")
                if self._file is not None and not version:
                    raise CannotOpen("it is empty; restore a backup (chatdaemon restore FILE)")
                if alone:
                    migrate("sqlite", version, self._migrate)
                else:
                    up_to_date("sqlite", version)
                self._file = _identity(self.path)
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
        with self._transaction() as connection:
            connection.execute(META.put, ("epoch", epoch))

    def apply(self, batch: Sequence[Written]) -> None:
        with self._transaction() as connection:
            for sql, several in grouped(batch):
                connection.executemany(sql, several)
            keep_history(SQLiteHistory(connection), batch)

    @contextmanager
    def changing(self) -> Iterator[HistoryTables]:
        with self._transaction() as connection:
            yield SQLiteHistory(connection)

    def forget_words(self) -> bool:
        # The index notes that words are gone, and loses them when its parts are merged. A negative number
        # makes all of them one in the end; where nothing is left to do, next to nothing changes.
        with self._transaction() as connection:
            before = connection.total_changes
            connection.execute(
                "INSERT INTO history_words (history_words, rank) VALUES ('merge', ?)", (-MERGED,)
            )
            return connection.total_changes - before >= 2

    def shrink(self) -> bool:
        def ask(name: str) -> int:
            number: int = self._open.execute(f"PRAGMA {name}").fetchone()[0]
            return number

        with translated():
            # What is free is used again by what comes: most of it is better left where it is.
            if ask("freelist_count") * MOST_FREE < ask("page_count"):
                return False
            before = ask("page_count")
            # A page is given back by each row that is asked for.
            self._open.execute(f"PRAGMA incremental_vacuum({GIVEN_BACK})").fetchall()
            # None is where the file is of a time before there was any history.
            return ask("page_count") < before

    def check(self) -> None:
        # Two transactions: within one nothing of it would ever be written.
        with self._transaction() as connection:
            connection.execute("INSERT INTO room (filler) VALUES (zeroblob(?))", (ROOM,))
        with self._transaction() as connection:
            connection.execute("DELETE FROM room")

    def reader(self) -> SQLiteReader:
        return SQLiteReader(self.path, self._patience)

    def close(self) -> None:
        if self._connection is not None:
            try:
                self._connection.close()
            except sqlite3.Error:
                pass  # what was committed is safe in the write-ahead log
            self._connection = None

    def _make(self) -> None:
        """Make the file, readable for its owner only; SQLite gives its companions the same mode."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise CannotOpen(f"it cannot be opened; {_WRITABLE} ({error.strerror})") from None

    def _migrate(self, script: str) -> None:
        connection = self._open
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;{script};PRAGMA application_id = {APPLICATION_ID};COMMIT"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.rollback()
            raise

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StorageFailed("it is not open")
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._open
        with translated():
            # Otherwise we would go on with a file that nobody finds any more.
            if _identity(self.path) != self._file:
                raise StorageFailed(
                    "the file was removed or replaced while it was in use; restart the daemon"
                )
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A few errors have rolled it back already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _rows(self, table: Table) -> Sequence[Row]:
        return self._open.execute(table.all).fetchall()

    def _number(self, name: str) -> int:
        with translated():
            row = self._open.execute(f"SELECT value FROM {META.name} WHERE name = ?", (name,)).fetchone()
        return row[0] if row else 0


# What a reader may keep of the file in memory: pages of its own in KiB, and of the file's mapping in bytes.
_CACHE = 16384
_MAPPING = 1 << 30

# Steps of SQLite's machine after which the time is looked at: a tenth of a millisecond.
_STEPS = 10_000


class SQLiteReader:
    """Implements readers.Reader. In WAL mode it holds up nobody, and nobody holds it up."""

    dialect = "sqlite"

    def __init__(self, path: Path, patience: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises StorageFailed."""
        self._clock = clock
        self._until = 0.0
        with translated():
            self._connection = connection = connect(path, patience, mode="ro")
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
            connection.execute(f"PRAGMA mmap_size = {_MAPPING}")
            connection.set_progress_handler(self._late, _STEPS)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._until = self._clock() + PATIENCE
        with translated():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            # Some errors have ended it.
            if self._connection.in_transaction:
                with translated():
                    self._connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Any] = (), *, planned: bool = True) -> list[Row]:
        try:
            with translated():
                return self._connection.execute(sql, values).fetchall()
        except StorageFailed:
            if self._late():
                raise StorageFailed(f"it took longer than {PATIENCE:.0f} seconds to answer") from None
            raise

    def close(self) -> None:
        try:
            self._connection.close()
        except sqlite3.Error:
            pass  # it has changed nothing

    def _late(self) -> bool:
        return self._clock() > self._until


def connect(path: Path, patience: float = 3.0, *, mode: str = "rw") -> sqlite3.Connection:
    """A connection to a file that is there. `mode`: rw or ro. Transactions are begun and ended by hand."""
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, patience, isolation_level=None, check_same_thread=False, uri=True)


def recognized(connection: sqlite3.Connection) -> int:
    """The version of the tables in a database of ours, 0 in an empty one. Raises CannotOpen for another's."""

    def ask(sql: str) -> Any:
        return connection.execute(sql).fetchone()[0]

    # What SQLite keeps for itself stays when all else is dropped.
    if not ask("SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"):
        return 0
    if ask("PRAGMA application_id") != APPLICATION_ID:
        raise CannotOpen("it is a database of another program; nothing was changed")
    version: int = ask(f"SELECT value FROM {META.name} WHERE name = 'schema'")
    return version


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
