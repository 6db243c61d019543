"""What only a file can suffer."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chatdaemon.storage.changes import PutAccount
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.opening import Opened
from chatdaemon.storage.sqlite import ROOM, SQLite, connect
from tests.storage.anything import ALICE, BOB, names, written
from tests.storage.databases import SQLiteFile

NOBODY = 65534


@pytest.fixture
def engine(file: SQLiteFile) -> Iterator[SQLite]:
    engine = file.engine()
    engine.open()
    engine.apply([written(1, PutAccount(ALICE))])
    yield engine
    engine.close()


def both(engine: SQLite) -> list[Callable[[], None]]:
    """The two ways to write."""
    return [lambda: engine.apply([written(2, PutAccount(BOB))]), engine.check]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may do anything, so it is given up meanwhile."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_only_its_owner_can_read_it(engine: SQLite) -> None:
    for path in engine.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert len(list(engine.path.parent.iterdir())) == 3


def test_every_transaction_is_on_the_disk_and_in_the_write_ahead_log(engine: SQLite) -> None:
    ask = engine._open.execute
    assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
    assert ask("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert ask("PRAGMA foreign_keys").fetchone() == (1,)


def test_whoever_reads_it_meanwhile_holds_up_nobody(engine: SQLite, file: SQLiteFile) -> None:
    with closing(connect(file.path, mode="ro")) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT name FROM accounts").fetchall() == [("Alice",)]
        engine.apply([written(2, PutAccount(BOB))])
        assert reader.execute("SELECT name FROM accounts").fetchall() == [("Alice",)]


def test_a_lock_of_another_program_is_a_failure_until_it_is_gone(engine: SQLite, file: SQLiteFile) -> None:
    with closing(connect(file.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in both(engine):
            with pytest.raises(StorageFailed, match=r"another program has locked it; close what has it open"):
                write()
    for write in both(engine):
        write()
    assert names(engine.load()) == ["Alice", "bob"]


def test_a_full_disk_is_a_failure_until_there_is_room(engine: SQLite) -> None:
    limit = engine._open.execute
    (pages,) = limit("PRAGMA page_count").fetchone()
    limit(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFailed, match=r"the disk is full; make room \(database or disk is full\)"):
        engine.check()
    limit(f"PRAGMA max_page_count = {pages + ROOM // 4096 + 2}")
    for write in both(engine):
        write()
    assert names(engine.load()) == ["Alice", "bob"]


def test_what_cannot_be_written_to_is_a_failure(engine: SQLite) -> None:
    engine._open.execute("PRAGMA query_only = yes")
    for write in both(engine):
        with pytest.raises(
            StorageFailed, match=r"cannot be written to; it and its directory must be .* writable"
        ):
            write()
    engine._open.execute("PRAGMA query_only = no")
    engine.check()


def test_a_read_only_file_is_said_at_the_start(engine: SQLite, file: SQLiteFile) -> None:
    engine.close()
    file.path.chmod(0o444)
    for path in [file.path.parent, *file.path.parents]:
        # pytest's directories are for root alone.
        if path.stat().st_uid == os.getuid() and "pytest" in path.name:
            path.chmod(0o755)
    with (
        as_nobody(),
        pytest.raises(CannotOpen, match=r"writable for the daemon's user \(Permission denied\)"),
    ):
        file.engine().open()


def test_a_directory_that_is_not_there_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="No such file or directory"):
        SQLite(tmp_path / "gone" / "chatdaemon.db").open()


@pytest.mark.parametrize("damage", ["header", "middle", "other"])
def test_a_damaged_file_is_said_at_the_start_and_left_as_it_is(
    engine: SQLite, file: SQLiteFile, damage: str
) -> None:
    engine.apply([written(2, *(PutAccount(each) for each in (ALICE, BOB)))])
    engine.close()
    if damage == "other":
        file.path.write_bytes(b"<html>certainly no database</html>" * 400)
    else:
        with file.path.open("r+b") as data:
            data.seek(0 if damage == "header" else 4096)
            data.write(os.urandom(60) * 500)
    before = file.path.read_bytes()
    with pytest.raises(CannotOpen, match=r"damaged.*restore"):
        Opened("", file.path.parent)
    assert file.path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(file: SQLiteFile) -> None:
    with closing(sqlite3.connect(file.path)) as other:
        other.execute("CREATE TABLE meta (name TEXT, value INTEGER)")
        other.commit()
    before = file.path.read_bytes()
    with pytest.raises(CannotOpen, match="another program; nothing was changed"):
        file.engine().open()
    assert file.path.read_bytes() == before


def test_a_file_that_is_taken_away_or_replaced_while_in_use_is_a_failure(
    engine: SQLite, file: SQLiteFile
) -> None:
    copy = file.path.read_bytes()
    away = file.path.rename(file.path.with_name("away"))
    for write in both(engine):
        with pytest.raises(StorageFailed, match="removed or replaced while it was in use; restart"):
            write()
    file.path.write_bytes(copy)
    with pytest.raises(StorageFailed, match="removed or replaced"):
        engine.check()
    away.rename(file.path)
    engine.check()


def test_a_file_that_is_gone_is_not_made_anew_under_a_daemon(engine: SQLite, file: SQLiteFile) -> None:
    engine.close()
    file.path.unlink()
    with pytest.raises(CannotOpen, match="cannot be opened"):
        engine.open()
    assert not file.path.exists()
    file.path.touch()
    with pytest.raises(CannotOpen, match="it is empty; restore a backup"):
        engine.open()


def test_a_migration_that_fails_leaves_nothing_behind(
    file: SQLiteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = [
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER);",
        "CREATE TABLE x (y);CREATE TABLE x (y);",
    ]
    monkeypatch.setattr("chatdaemon.storage.migrations.migrations", lambda dialect: scripts)
    with pytest.raises(CannotOpen, match="table x already exists"):
        file.engine().open()
    assert file.ask("SELECT name, value FROM meta") == [("schema", 1)]
    assert file.ask("SELECT count(*) FROM sqlite_master WHERE name = 'x'") == [(0,)]
    scripts[1] = "CREATE TABLE x (y);"
    engine = file.engine()
    engine.open()
    engine.close()
    assert file.ask("SELECT name, value FROM meta") == [("schema", 2)]
