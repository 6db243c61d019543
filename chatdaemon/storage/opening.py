"""Which database there is, and making it ours when the daemon starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chatdaemon.log import EPOCH_SHIFT, next_epoch
from chatdaemon.storage.archive import StoredArchive
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.lock import DirectoryLock
from chatdaemon.storage.readers import Readers
from chatdaemon.storage.sqlite import FILE_NAME, SQLite
from chatdaemon.storage.store import Store, WriterThread
from chatdaemon.storage.writer import Writer

# Questions of the history that are answered at a time.
READERS = 2


def engine_for(url: str, directory: Path) -> Engine:
    """The database of this [storage] url: SQLite's file in the data directory when it is empty.

    Opens nothing yet. Raises CannotOpen when the driver is missing or the URL makes no sense.
    """
    if not url:
        return SQLite(directory / FILE_NAME)
    try:
        from chatdaemon.storage.postgresql import PostgreSQL  # noqa: PLC0415 - the driver is an extra
    except ImportError:
        raise CannotOpen(
            "[storage] url needs the driver of PostgreSQL: pip install chatdaemon[postgres]"
        ) from None
    return PostgreSQL(url)


class Opened:
    """A data directory and its database, for this process alone.

    `kept` is what was stored, `epoch` the number of this start, higher than any before it.
    """

    def __init__(self, url: str, directory: Path) -> None:
        """Blocks. Raises CannotOpen; the text is for operators, whole."""
        self._lock = DirectoryLock(directory)
        try:
            self.engine = engine_for(url, directory)
            try:
                used = self._open()
                # The directory may be older than the database, or the other way round.
                self.epoch = _next_epoch(directory, used)
                with _about(self.engine):
                    self.engine.begin(self.epoch)
            except CannotOpen:
                self.engine.close()
                raise
        except CannotOpen:
            self._lock.release()
            raise

    def _open(self) -> int:
        """The highest epoch that the database knows of."""
        with _about(self.engine):
            self.engine.open()
            self.kept = self.engine.load()
            return max(self.engine.epoch(), self.kept.index >> EPOCH_SHIFT)

    def store(self, reactor: Any) -> Store:
        """What writes to it from now on, and closes it."""
        return Store(reactor, Writer(self.engine), WriterThread(reactor))

    def archive(self, reactor: Any) -> StoredArchive:
        """What reads the history in it. To be stopped before the store is closed."""
        return StoredArchive(Readers((WriterThread(reactor) for _ in range(READERS)), self.engine.reader))

    def release(self) -> None:
        """Let others have the directory, when nothing is written to it any more."""
        self._lock.release()


@contextmanager
def _about(engine: Engine) -> Iterator[None]:
    try:
        yield
    except StorageFailed as failed:
        raise CannotOpen(f"{engine.where} cannot be used: {failed}") from None


def _next_epoch(directory: Path, used: int) -> int:
    try:
        return next_epoch(directory, used)
    except OSError as error:
        raise CannotOpen(
            f"the data directory {directory} cannot be used: {error.strerror}; it must be writable"
            " for the user that the daemon runs as"
        ) from None
    except ValueError as error:
        raise CannotOpen(str(error)) from None
