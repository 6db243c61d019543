"""Copies of SQLite's database: taken while a daemon writes to it, and put in its place while none does.

All raise CannotOpen with a text for whoever types the command: what, where, and what to do.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chatdaemon.storage.failure import CannotOpen
from chatdaemon.storage.lock import DirectoryLock, owned_as
from chatdaemon.storage.migrations import migrations
from chatdaemon.storage.sqlite import FILE_NAME, connect, reason, recognized

BEFORE = ".before-restore"
"""Behind the name of what a restore has replaced."""


def backup(directory: Path, target: Path, *, force: bool = False) -> str:
    """Copy the database of a data directory into one file, as it is at one moment; what was done, in words.

    A daemon may use it, and is not held up. The copy is checked, and the file appears whole or not at all.
    The number of the last start is in it.
    """
    source = directory / FILE_NAME
    if not source.exists():
        raise CannotOpen(
            f"there is no database {source}; name the data directory by --config or --data-directory"
        )
    if target.exists() and not force:
        raise CannotOpen(f"{target} is there already; choose another name, or replace it with --force")
    with _made(target) as fresh, _said_of(source), closing(connect(source, mode="ro")) as original:
        _copy(original, source, fresh)
    return f"{target}: {_contents(target)}"


def restore(source: Path, directory: Path, *, force: bool = False) -> str:
    """Put a copy in place of the database of a data directory that no daemon uses; what was done, in words.

    With `force` there may be one already, which is kept under another name. At every moment there is the one
    or the other.
    """
    if not source.is_file():
        raise CannotOpen(f"there is no file {source}")
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotOpen(f"the data directory {directory} cannot be made: {error.strerror}") from None
    lock = DirectoryLock(directory)
    try:
        target = directory / FILE_NAME
        if target.exists() and not force:
            raise CannotOpen(
                f"there is a database {target} already; --force replaces it, and keeps it as"
                f" {target.name}{BEFORE}"
            )
        with _made(target) as fresh:
            with _said_of(source), closing(connect(source, mode="ro")) as original:
                _copy(original, source, fresh)
            owned_as(directory, fresh)
            if target.exists():
                _put_aside(target)
        return f"{target}: {_contents(target)}"
    finally:
        lock.release()


def _copy(original: sqlite3.Connection, source: Path, fresh: Path) -> None:
    version, known = recognized(original), len(migrations("sqlite"))
    if not version:
        raise CannotOpen("it is empty, no backup of chatdaemon")
    if version > known:
        raise CannotOpen(f"it is of a newer chatdaemon (tables of version {version}, this one knows {known})")
    with closing(connect(fresh)) as copy:
        # In one step, which is one moment of the original's.
        original.backup(copy)
        mistakes = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if mistakes != "ok":
            raise CannotOpen(f"it is damaged ({mistakes}); use another backup")
        # A file of its own, which can be read where nothing can be written.
        copy.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CannotOpen(f"{path} cannot be copied: {reason(error)}") from None
    except CannotOpen as error:
        raise CannotOpen(f"{path} cannot be used: {error}") from None


@contextmanager
def _made(target: Path) -> Iterator[Path]:
    """A new file for its owner only, which becomes the target when nothing has gone wrong."""
    fresh = target.with_name(f"{target.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            yield fresh
            _sync(fresh)
            fresh.replace(target)
            _sync(target.parent)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise CannotOpen(f"{target} cannot be written: {error.strerror}") from None


def _put_aside(target: Path) -> None:
    """Keep a database under another name too, and leave nothing that would be taken for its successor's."""
    before = target.with_name(target.name + BEFORE)
    log, index = (target.with_name(target.name + end) for end in ("-wal", "-shm"))
    try:
        with closing(connect(target)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        pass  # damaged, perhaps, which may be why somebody restores
    if log.exists():
        log.replace(before.with_name(before.name + "-wal"))
    index.unlink(missing_ok=True)
    before.unlink(missing_ok=True)
    try:
        before.hardlink_to(target)
    except OSError:
        shutil.copy2(target, before)


def _contents(path: Path) -> str:
    with closing(connect(path, mode="ro")) as connection:
        accounts, channels = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("accounts", "channels")
        )
    return f"accounts {accounts}, channels {channels}"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
