"""`chatdaemon backup` and `chatdaemon restore`, as they are typed."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatdaemon import cli
from chatdaemon.log import EPOCH_SHIFT
from chatdaemon.realm.records import Kept
from chatdaemon.storage.changes import PutAccount, PutChannel
from chatdaemon.storage.migrations import migrations
from chatdaemon.storage.opening import Opened
from chatdaemon.storage.sqlite import SQLite, connect
from tests.storage.anything import ALICE, BOB, HALL, names, written

Type = Callable[..., tuple[int, str]]

FIRST = 1 << EPOCH_SHIFT


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    """Types a command; its exit status, and all that it says."""

    def typed(*words: object) -> tuple[int, str]:
        status = cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        return status, out + err

    return typed


@pytest.fixture
def var(tmp_path: Path) -> Path:
    directory = tmp_path / "var"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
def running(var: Path) -> Iterator[Opened]:
    """A daemon, as far as storage goes, with one account and a channel."""
    daemon = Opened("", var)
    daemon.engine.apply([written(FIRST + 1, PutAccount(ALICE), PutChannel(HALL))])
    yield daemon
    stop(daemon)


def stop(daemon: Opened) -> None:
    daemon.engine.close()
    daemon.release()


def start(directory: Path) -> tuple[int, Kept]:
    """The epoch of one more start, and what it finds."""
    daemon = Opened("", directory)
    stop(daemon)
    return daemon.epoch, daemon.kept


def test_a_backup_of_a_running_daemon_is_restored_somewhere_else(
    running: Opened, var: Path, tmp_path: Path, type_: Type
) -> None:
    copy, new = tmp_path / "copy.db", tmp_path / "new" / "var"
    assert type_("backup", copy, "--data-directory", var) == (0, f"{copy}: accounts 1, channels 1\n")
    running.engine.apply([written(FIRST + 2, PutAccount(BOB))])
    status, said = type_("restore", copy, "--data-directory", new)
    assert (status, said) == (0, f"{new}/chatdaemon.db: accounts 1, channels 1\n")
    assert start(new) == (2, Kept(FIRST + 1, (ALICE,), (HALL,)))


def test_the_copy_is_one_file_for_its_owner_only(
    running: Opened, var: Path, tmp_path: Path, type_: Type
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    assert type_("backup", copies / "x", "--data-directory", var)[0] == 0
    (copy,) = copies.iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    # Also where nothing can be written beside it.
    with closing(connect(copy, mode="ro")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_the_number_of_the_last_start_is_in_it(var: Path, tmp_path: Path, type_: Type) -> None:
    for _ in range(5):
        start(var)
    type_("backup", tmp_path / "x", "--data-directory", var)
    type_("restore", tmp_path / "x", "--data-directory", tmp_path / "new")
    assert start(tmp_path / "new")[0] == 6


def test_a_directory_that_has_seen_more_starts_than_the_backup_goes_on_from_there(
    var: Path, tmp_path: Path, type_: Type
) -> None:
    start(var)
    type_("backup", tmp_path / "x", "--data-directory", var)
    for _ in range(5):
        start(var)
    assert type_("restore", tmp_path / "x", "--data-directory", var, "--force")[0] == 0
    assert start(var)[0] == 7


def test_copies_of_a_database_that_is_being_written_to_are_whole(
    running: Opened, var: Path, tmp_path: Path, type_: Type
) -> None:
    enough = threading.Event()

    def write() -> None:
        index = FIRST + 1
        while not enough.is_set():
            index += 1
            # In each transaction all of them change to the same.
            note = str(index)
            running.engine.apply(
                [written(index, *(PutAccount(replace(BOB, id=id, note=note)) for id in range(50)))]
            )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(10):
            assert type_("backup", tmp_path / f"{number}", "--data-directory", var)[0] == 0
    finally:
        enough.set()
        writer.join()
    for number in range(10):
        engine = SQLite(tmp_path / f"{number}")
        engine.open()
        assert len({account.note for account in engine.load().accounts[:50] if account.name == "bob"}) <= 1
        engine.close()


def test_nothing_is_overwritten_unless_it_is_asked_for(
    running: Opened, var: Path, tmp_path: Path, type_: Type
) -> None:
    copy = tmp_path / "copy"
    copy.write_text("precious")
    status, said = type_("backup", copy, "--data-directory", var)
    assert (status, copy.read_text()) == (1, "precious")
    assert said == f"chatdaemon: {copy} is there already; choose another name, or replace it with --force\n"
    assert type_("backup", copy, "--data-directory", var, "--force")[0] == 0
    stop(running)
    status, said = type_("restore", copy, "--data-directory", var)
    assert status == 1
    assert "there is a database" in said
    assert "--force replaces it, and keeps it as chatdaemon.db.before-restore" in said


def test_a_daemon_that_runs_keeps_its_database(
    running: Opened, var: Path, tmp_path: Path, type_: Type
) -> None:
    type_("backup", tmp_path / "x", "--data-directory", var)
    status, said = type_("restore", tmp_path / "x", "--data-directory", var, "--force")
    assert status == 1
    assert "a daemon uses the data directory" in said
    running.engine.check()


def test_what_is_replaced_is_kept(running: Opened, var: Path, tmp_path: Path, type_: Type) -> None:
    type_("backup", tmp_path / "x", "--data-directory", var)
    running.engine.apply([written(FIRST + 2, PutAccount(BOB))])
    stop(running)
    # Twice: what a restore before has kept makes room.
    for _ in range(2):
        assert type_("restore", tmp_path / "x", "--data-directory", var, "--force")[0] == 0
    assert names(start(var)[1]) == ["Alice"]
    assert sorted(path.name for path in var.iterdir()) == [
        "chatdaemon.db",
        "chatdaemon.db.before-restore",
        "epoch",
        "lock",
    ]


def test_after_a_crash_the_log_of_the_old_database_is_not_taken_for_the_new_one_s(
    running: Opened, var: Path, tmp_path: Path, type_: Type
) -> None:
    type_("backup", tmp_path / "x", "--data-directory", var)
    running.engine.apply([written(FIRST + 2, PutAccount(BOB))])
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("chatdaemon.db", "chatdaemon.db-wal"):
        (crashed / name).write_bytes((var / name).read_bytes())
    assert type_("restore", tmp_path / "x", "--data-directory", crashed, "--force")[0] == 0
    assert names(start(crashed)[1]) == ["Alice"]
    old = SQLite(crashed / "chatdaemon.db.before-restore")
    old.open()
    assert names(old.load()) == ["Alice", "bob"]
    old.close()


def test_a_damaged_database_is_replaced_too(running: Opened, var: Path, tmp_path: Path, type_: Type) -> None:
    type_("backup", tmp_path / "x", "--data-directory", var)
    stop(running)
    (var / "chatdaemon.db").write_bytes(b"rubbish" * 5000)
    (var / "chatdaemon.db-wal").write_bytes(b"rubbish" * 5000)
    assert type_("restore", tmp_path / "x", "--data-directory", var, "--force")[0] == 0
    assert names(start(var)[1]) == ["Alice"]
    assert (var / "chatdaemon.db.before-restore").read_bytes().startswith(b"rubbish")


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (None, "there is no file"),
        (b"", "it is empty, no backup of chatdaemon"),
        (b"certainly no database" * 999, "cannot be copied: it is damaged, or no database"),
    ],
)
def test_what_is_no_backup_changes_nothing(
    made: bytes | None, complaint: str, var: Path, tmp_path: Path, type_: Type
) -> None:
    start(var)
    before = (var / "chatdaemon.db").read_bytes()
    if made is not None:
        (tmp_path / "x").write_bytes(made)
    status, said = type_("restore", tmp_path / "x", "--data-directory", var, "--force")
    assert status == 1
    assert complaint in said
    assert said.count("\n") == 1
    assert (var / "chatdaemon.db").read_bytes() == before
    assert not list(var.glob("*.new"))


def test_a_damaged_backup_and_a_newer_one_are_refused(
    running: Opened, var: Path, tmp_path: Path, type_: Type
) -> None:
    copy = tmp_path / "x"
    running.engine.apply([written(FIRST + 2, *(PutAccount(replace(BOB, id=id)) for id in range(2000)))])
    type_("backup", copy, "--data-directory", var)
    with copy.open("r+b") as data:
        data.seek(-20000, os.SEEK_END)
        data.write(os.urandom(9000))
    status, said = type_("restore", copy, "--data-directory", tmp_path / "new")
    assert status == 1
    assert "damaged" in said
    type_("backup", copy, "--data-directory", var, "--force")
    newer = len(migrations("sqlite")) + 1
    with closing(connect(copy)) as connection:
        connection.execute(f"UPDATE meta SET value = {newer} WHERE name = 'schema'")
    status, said = type_("restore", copy, "--data-directory", tmp_path / "new")
    assert status == 1
    assert f"it is of a newer chatdaemon (tables of version {newer}" in said
    assert not (tmp_path / "new" / "chatdaemon.db").exists()


def test_a_damaged_database_gives_no_backup(running: Opened, var: Path, tmp_path: Path, type_: Type) -> None:
    running.engine.apply([written(FIRST + 2, *(PutAccount(replace(BOB, id=id)) for id in range(2000)))])
    stop(running)
    with (var / "chatdaemon.db").open("r+b") as data:
        data.seek(-20000, os.SEEK_END)
        data.write(os.urandom(9000))
    status, said = type_("backup", tmp_path / "x", "--data-directory", var)
    assert status == 1
    assert "damaged" in said
    assert not (tmp_path / "x").exists()


def test_the_configuration_says_where_the_data_are(running: Opened, tmp_path: Path, type_: Type) -> None:
    ini = tmp_path / "chat.ini"
    ini.write_text("[chatdaemon]\ndata-directory = var\n")
    assert type_("backup", tmp_path / "x", "--config", ini)[0] == 0
    ini.write_text("[chatdaemon]\ndata-directory = elsewhere\n")
    status, said = type_("backup", tmp_path / "y", "--config", ini)
    assert status == 1
    assert said.endswith(
        "/elsewhere/chatdaemon.db; name the data directory by --config or --data-directory\n"
    )
    ini.write_text("[chatdaemon]\nnonsense = 1\n[more]\n")
    status, said = type_("backup", tmp_path / "y", "-c", ini)
    assert status == 1
    assert [line.partition(": ")[0] for line in said.splitlines()] == ["chatdaemon"] * 2


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_has_its_own_tools(command: str, tmp_path: Path, type_: Type) -> None:
    ini = tmp_path / "chat.ini"
    ini.write_text("[storage]\nurl = postgresql://chat:hunter2@db.example/talk\n")
    ini.chmod(0o600)
    status, said = type_(command, tmp_path / "x", "--config", ini)
    assert status == 1
    assert "pg_dump while it runs, and pg_restore while it does not" in said
    assert "hunter2" not in said


def test_what_cannot_be_written_is_said(running: Opened, var: Path, tmp_path: Path, type_: Type) -> None:
    target = tmp_path / "gone" / "x"
    assert type_("backup", target, "--data-directory", var) == (
        1,
        f"chatdaemon: {target} cannot be written: No such file or directory\n",
    )
    (tmp_path / "file").touch()
    type_("backup", tmp_path / "x", "--data-directory", var)
    status, said = type_("restore", tmp_path / "x", "--data-directory", tmp_path / "file" / "var")
    assert (status, "cannot be made: Not a directory" in said) == (1, True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_what_root_restores_belongs_to_the_directory_s_owner(
    running: Opened, var: Path, tmp_path: Path, type_: Type
) -> None:
    type_("backup", tmp_path / "x", "--data-directory", var)
    new = tmp_path / "new"
    new.mkdir()
    os.chown(new, 65534, 65534)
    assert type_("restore", tmp_path / "x", "--data-directory", new)[0] == 0
    assert {path.name: path.stat().st_uid for path in new.iterdir()} == {
        "chatdaemon.db": 65534,
        "lock": 65534,
    }


def test_a_backup_that_is_interrupted_leaves_nothing_under_the_name(
    running: Opened, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_: Type
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chatdaemon.storage.backup._sync", full)
    status, said = type_("backup", tmp_path / "x", "--data-directory", var)
    assert (status, said) == (1, f"chatdaemon: {tmp_path}/x cannot be written: No space left on device\n")
    assert not list(tmp_path.glob("x*"))


def test_where_files_cannot_have_two_names_the_old_one_is_copied(
    running: Opened, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_: Type
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    type_("backup", tmp_path / "x", "--data-directory", var)
    stop(running)
    before = (var / "chatdaemon.db").read_bytes()
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert type_("restore", tmp_path / "x", "--data-directory", var, "--force")[0] == 0
    assert (var / "chatdaemon.db.before-restore").read_bytes() == before
    assert names(start(var)[1]) == ["Alice"]
