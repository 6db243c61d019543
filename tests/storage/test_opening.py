"""How a start makes a directory and a database its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatdaemon.log import EPOCH_SHIFT
from chatdaemon.storage.changes import PutAccount
from chatdaemon.storage.failure import CannotOpen
from chatdaemon.storage.opening import Opened
from tests.storage.anything import ALICE, written
from tests.storage.databases import Database, SQLiteFile


def opened(database: Database, directory: Path) -> Opened:
    return Opened(database.url, directory)


def closed(start: Opened) -> None:
    start.engine.close()
    start.release()


def test_each_start_has_a_higher_number_and_finds_what_was_stored(database: Database, tmp_path: Path) -> None:
    first = opened(database, tmp_path)
    assert (first.epoch, first.kept.accounts) == (1, ())
    first.engine.apply([written((1 << EPOCH_SHIFT) + 1, PutAccount(ALICE))])
    closed(first)
    second = opened(database, tmp_path)
    assert (second.epoch, second.kept.accounts) == (2, (ALICE,))
    closed(second)


def test_a_directory_that_lost_its_number_goes_on_from_the_database_s(
    database: Database, tmp_path: Path
) -> None:
    for _ in range(3):
        closed(opened(database, tmp_path))
    (tmp_path / "epoch").unlink()
    start = opened(database, tmp_path)
    assert start.epoch == 4
    closed(start)


def test_a_database_of_before_goes_on_from_the_directory_s_number(database: Database, tmp_path: Path) -> None:
    (tmp_path / "epoch").write_text("41\n")
    start = opened(database, tmp_path)
    assert (start.epoch, start.engine.epoch()) == (42, 42)
    closed(start)


def test_entries_that_are_stored_have_been_there_whatever_else_is_forgotten(
    database: Database, tmp_path: Path
) -> None:
    first = opened(database, tmp_path)
    first.engine.apply([written((70 << EPOCH_SHIFT) + 1, PutAccount(ALICE))])
    closed(first)
    second = opened(database, tmp_path)
    assert second.epoch == 71
    closed(second)


def test_two_do_not_use_one_directory_and_the_second_touches_nothing(
    database: Database, tmp_path: Path
) -> None:
    first = opened(database, tmp_path)
    with pytest.raises(CannotOpen, match=r"a daemon uses the data directory .* already: stop that one"):
        opened(database, tmp_path)
    assert (tmp_path / "epoch").read_text() == "1\n"
    closed(first)


def test_a_start_that_fails_lets_go_of_the_directory(file: SQLiteFile, tmp_path: Path) -> None:
    file.path.write_bytes(b"no database" * 1000)
    for _ in range(2):
        with pytest.raises(CannotOpen, match=rf"^the database {file.path} cannot be used: it is damaged"):
            opened(file, tmp_path)
    assert not (tmp_path / "epoch").exists()
    file.path.unlink()
    (tmp_path / "epoch").write_text("many")
    with pytest.raises(CannotOpen, match="epoch should hold a number"):
        opened(file, tmp_path)
    (tmp_path / "epoch").write_text(f"{2**23}")
    with pytest.raises(CannotOpen, match="too large"):
        opened(file, tmp_path)
    (tmp_path / "epoch").write_text("3")
    closed(opened(file, tmp_path))


def test_a_directory_that_cannot_be_written_to_is_said(file: SQLiteFile, tmp_path: Path) -> None:
    (tmp_path / "epoch.new").mkdir()
    with pytest.raises(
        CannotOpen, match=r"data directory .* cannot be used: Is a directory; it must be writable"
    ):
        opened(file, tmp_path)
    with pytest.raises(CannotOpen, match="cannot be used: No such file or directory"):
        opened(file, tmp_path / "gone")
