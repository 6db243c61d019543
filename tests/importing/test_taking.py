"""From a file to the database: all of it or nothing, beside what is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatdaemon import cli
from chatdaemon.importing.found import Found, FoundAccount, FoundChannel, NotImportable
from chatdaemon.importing.taking import READERS, take
from chatdaemon.log import EPOCH_SHIFT
from chatdaemon.realm.accounts import Access, Account
from chatdaemon.realm.modes import ChannelFlag, Rank
from chatdaemon.realm.records import Kept
from chatdaemon.realm.settings import Settings
from chatdaemon.storage.changes import PutAccount
from chatdaemon.storage.failure import CannotOpen
from chatdaemon.storage.opening import Opened
from chatdaemon.storage.tables import CHANNELS
from tests.importing.files import ANOPE_20, ANOPE_21, ERGO_NEW, ERGO_OLD, PRINT, anope
from tests.importing.files import database as written
from tests.storage.anything import ALICE as KEPT_ALICE
from tests.storage.anything import written as entry
from tests.storage.databases import Database, SQLiteFile

FOUND = Found([FoundAccount("alice", nicks=["al"]), FoundAccount("1bad")], [FoundChannel("#x", "alice", 7)])


def stored(database: Database) -> Kept:
    engine = database.engine()
    engine.open()
    try:
        return engine.load()
    finally:
        engine.close()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where SQLite's database of a test is, too."""
    return tmp_path


def test_what_was_found_is_stored(database: Database, directory: Path) -> None:
    said = take(FOUND, database.url, directory, Settings())
    kept = stored(database)
    assert [account.name for account in kept.accounts] == ["alice"]
    assert [channel.name for channel in kept.channels] == ["#x"]
    assert kept.index >> EPOCH_SHIFT == 1
    assert kept.index == kept.accounts[0].id + 1
    assert said.splitlines()[:2] == [
        "account 1bad: left out: a nickname must begin with a letter or one of [ ] \\ ` _ ^ { | }",
        "accounts: 1 of 2, channels: 1 of 1",
    ]
    assert said.splitlines()[2].startswith("It is in the ")


def test_the_next_start_gives_higher_indices(database: Database, directory: Path) -> None:
    take(FOUND, database.url, directory, Settings())
    start = Opened(database.url, directory)
    assert start.epoch == 2
    assert start.epoch << EPOCH_SHIFT > start.kept.index
    start.engine.close()
    start.release()


def test_a_second_time_nothing_is_left_to_do(database: Database, directory: Path) -> None:
    take(FOUND, database.url, directory, Settings())
    before = stored(database)
    said = take(FOUND, database.url, directory, Settings())
    assert stored(database) == before
    assert said.splitlines()[-2:] == [
        "accounts: 0 of 2, channels: 0 of 1",
        "Nothing was written: there was nothing to do.",
    ]


def test_a_dry_run_says_the_same_and_writes_nothing(database: Database, directory: Path) -> None:
    said = take(FOUND, database.url, directory, Settings(), dry_run=True)
    if not database.url:
        assert list(directory.iterdir()) == []
    else:
        assert stored(database) == Kept()
    assert said.splitlines()[-1] == "Nothing was written (--dry-run)."
    assert said.splitlines()[:-1] == take(FOUND, database.url, directory, Settings()).splitlines()[:-1]


def test_a_dry_run_sees_what_is_there(database: Database, directory: Path) -> None:
    take(FOUND, database.url, directory, Settings())
    before = stored(database)
    assert "accounts: 0 of 2" in take(FOUND, database.url, directory, Settings(), dry_run=True)
    assert stored(database) == before


def test_while_a_daemon_runs_nothing_is_imported(database: Database, directory: Path) -> None:
    daemon = Opened(database.url, directory)
    for dry_run in (False, True):
        with pytest.raises(CannotOpen, match="a daemon uses the data directory"):
            take(FOUND, database.url, directory, Settings(), dry_run=dry_run)
    daemon.engine.close()
    daemon.release()
    assert stored(database).accounts == ()


def test_when_one_thing_cannot_be_stored_nothing_is(
    database: Database, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CHANNELS, "put", f"{CHANNELS.put} and something that is no SQL")
    with pytest.raises(CannotOpen, match="nothing was imported"):
        take(FOUND, database.url, directory, Settings())
    monkeypatch.undo()
    assert stored(database).accounts == ()
    # And nobody is kept out by it.
    assert "accounts: 1 of 2" in take(FOUND, database.url, directory, Settings())


def test_what_does_not_go_with_the_configuration_is_told(file: SQLiteFile, directory: Path) -> None:
    two = (Account(1, "bob[", 1), Account(2, "bob{", 1))
    start = Opened("", directory)
    start.engine.apply([entry((1 << EPOCH_SHIFT) + 1, *map(PutAccount, two))])
    start.engine.close()
    start.release()
    with pytest.raises(CannotOpen, match="does not go with the configuration"):
        take(FOUND, "", directory, Settings(casemapping="rfc1459"))


@pytest.fixture
def file(directory: Path) -> SQLiteFile:
    return SQLiteFile(directory)


@pytest.mark.parametrize("keys", [ERGO_OLD, ERGO_NEW])
def test_ergo_s_database_makes_the_whole_way(
    keys: dict[str, str], database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "ircd.db"
    path.write_bytes(written({**keys, "account.name bob": "lost"}) + written(keys) + b"*3\r\n$3\r\nse")
    take(READERS["ergo"](path), database.url, tmp_path, Settings())
    kept = stored(database)
    alice, bob = kept.accounts
    assert (alice.name, alice.nicks, alice.certificates) == ("Alice", ("al", "Alicia"), (PRINT,))
    assert bob.name == "bob"
    assert [(each.account, each.target) for each in kept.markers] == [(alice.id, "#hall"), (alice.id, "bob")]
    (hall,) = kept.channels
    assert hall.registration is not None
    assert (hall.name, hall.registration.founder, hall.topic) == ("#Hall", "Alice", "hello there")
    assert hall.registration.access == {"bob": Access("bob", Rank.HALFOP, "Alice", hall.created_at)}
    assert ChannelFlag.SECRET in hall.flags


@pytest.mark.parametrize("objects", [ANOPE_20, ANOPE_21])
def test_anope_s_file_makes_the_whole_way(
    objects: list[tuple[str, dict[str, str]]], database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "anope.db"
    path.write_bytes(anope(*objects))
    take(READERS["anope"](path), database.url, tmp_path, Settings())
    kept = stored(database)
    assert [account.name for account in kept.accounts] == ["Alice", "bob"]
    (hall,) = kept.channels
    assert hall.registration is not None
    assert (hall.registration.founder, list(hall.registration.access)) == ("Alice", ["bob"])


@pytest.mark.parametrize(
    ("source", "data", "text"),
    [
        ("ergo", b"OBJECT NickCore\n", "it is Anope's: chatdaemon import anope"),
        ("anope", b"*3\r\n$3\r\n", "it looks like Ergo's ircd.db: chatdaemon import ergo"),
        ("ergo", b"accounts:\n", "it is no database of Ergo, or damaged"),
        ("ergo", b" {", "it is no JSON"),
        ("ergo", b"", "it is no database of Ergo: the version"),
        ("anope", b"\x7fELF", "it is no flat file of Anope"),
    ],
)
def test_a_file_of_something_else_is_named_and_refused(
    source: str, data: bytes, text: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(NotImportable, match=f"{path} cannot be imported: {text}"):
        READERS[source](path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotImportable, match="gone cannot be read: No such file or directory"):
        READERS["ergo"](tmp_path / "gone")


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotOpen, match="cannot be made: Not a directory"):
        take(FOUND, "", tmp_path / "file" / "data", Settings())


def test_a_database_that_is_damaged_is_told(directory: Path) -> None:
    (directory / "chatdaemon.db").write_bytes(b"no database" * 100)
    for dry_run in (False, True):
        with pytest.raises(CannotOpen, match="cannot be used"):
            take(FOUND, "", directory, Settings(), dry_run=dry_run)


def test_nothing_that_a_terminal_would_obey_is_said(directory: Path) -> None:
    said = take(Found([FoundAccount("a\x1b[2J\nb")]), "", directory, Settings(), dry_run=True)
    assert said.startswith("account a?[2J?b: left out")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_imports_is_its_directory_s_owner_s(directory: Path) -> None:
    os.chown(directory, 65534, 65534)
    take(FOUND, "", directory, Settings())
    owners = {path.name: path.stat().st_uid for path in directory.iterdir()}
    assert {"chatdaemon.db", "epoch", "lock"} <= owners.keys()
    assert set(owners.values()) == {65534}


class TestTheCommand:
    def test_it_imports_into_the_configured_directory(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path, config, data = tmp_path / "anope.db", tmp_path / "chat.ini", tmp_path / "data"
        path.write_bytes(anope(*ANOPE_20))
        config.write_text(f"[chatdaemon]\ndata-directory = {data}\n[limits]\nnick-length = 4\n")
        assert cli.main(["import", "anope", str(path), "--config", str(config), "--dry-run"]) == 0
        assert not data.exists()
        assert cli.main(["import", "anope", str(path), "--config", str(config)]) == 0
        output, errors = capsys.readouterr()
        assert errors == ""
        assert "account Alice: left out: a nickname can have 4 characters at most\n" in output
        assert [account.name for account in stored(SQLiteFile(data)).accounts] == ["bob"]
        assert data.stat().st_mode & 0o777 == 0o700

    def test_the_directory_can_be_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "ircd.db"
        path.write_bytes(written(ERGO_NEW))
        assert cli.main(["import", "ergo", str(path), "--data-directory", str(tmp_path)]) == 0
        assert "accounts: 2 of 2, channels: 1 of 1\n" in capsys.readouterr().out
        assert len(stored(SQLiteFile(tmp_path)).accounts) == 2

    def test_mistakes_are_one_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["import", "ergo", str(tmp_path / "gone"), "--data-directory", str(tmp_path)]) == 1
        assert capsys.readouterr() == (
            "",
            f"chatdaemon: {tmp_path / 'gone'} cannot be read: No such file or directory\n",
        )

    def test_other_servers_are_answered_with_the_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            cli.main(["import", "znc", "file"])
        assert capsys.readouterr().err.startswith("usage: chatdaemon import")


def test_an_account_that_was_there_is_as_it_was(database: Database, directory: Path) -> None:
    start = Opened(database.url, directory)
    start.engine.apply([entry((1 << EPOCH_SHIFT) + 1, PutAccount(KEPT_ALICE))])
    start.engine.close()
    start.release()
    take(Found([FoundAccount("ALICE"), FoundAccount("bob")]), database.url, directory, Settings())
    assert [account.name for account in stored(database).accounts] == ["Alice", "bob"]
    assert stored(database).accounts[0] == KEPT_ALICE
