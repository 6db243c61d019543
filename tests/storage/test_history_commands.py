"""chatdaemon export, erase and hold, on both databases, beside a daemon and without one."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatdaemon import cli
from chatdaemon.realm.accounts import Account
from chatdaemon.realm.events import Event, Kicked, ModesChanged, Relayed
from chatdaemon.realm.modes import ChannelFlag, ChannelRank, ModeChange
from chatdaemon.storage import holds
from chatdaemon.storage.changes import PutAccount, PutChannel, PutRecord
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.opening import Opened
from chatdaemon.storage.postgresql import PostgreSQL
from tests.storage.anything import HALL, written
from tests.storage.databases import Database, SQLiteFile
from tests.storage.records import ALICE_IS, BOB_IS, HALL_ID, joined, said, whispered, who_is
from tests.storage.test_history_tables import direct, found, hold, keep

Run = Callable[..., tuple[int, str, str]]

CAROL_IS = who_is(11, "carol")
AT = 1_763_830_729_123  # 2025-11-22T16:58:49.123Z


@pytest.fixture
def run(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """The command, with a configuration for the database."""
    # As the tests' own databases: a lock that is held will be held a little later too.
    defaults = PostgreSQL.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "patience", 0.2)
    config = tmp_path / "chatdaemon.ini"
    config.write_text(
        f"[chatdaemon]\nserver-name = irc.example\ndata-directory = {tmp_path}\n"
        + (f"[storage]\nurl = {database.url}\n" if database.url else "")
    )

    def run(*words: str) -> tuple[int, str, str]:
        status = cli.main([*words, "--config", str(config)])
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


@pytest.fixture
def people(engine: Engine) -> None:
    engine.apply(
        [
            written(
                1,
                PutAccount(Account(7, "Alice", 1, nicks=("al",))),
                PutAccount(Account(9, "bob", 1)),
                PutChannel(HALL),
            )
        ]
    )


def exported(run: Run, *words: str) -> list[dict[str, Any]]:
    status, output, errors = run("export", *words)
    assert (status, errors) == (0, "")
    return [json.loads(line) for line in output.splitlines()]


def texts(database: Database) -> list[str]:
    return [text for (text,) in database.ask("SELECT text FROM history ORDER BY id")]


# Export


def test_everything_is_exported_with_all_that_is_known(engine: Engine, run: Run) -> None:
    keep(engine, said(1, "hi ☃", at=AT), whispered(2, "psst")._replace(at=AT + 1))
    assert exported(run) == [
        {
            "msgid": f"{1:016x}", "time": "2025-11-22T16:58:49.123Z", "kind": "message", "channel": HALL_ID,
            "target": "#hall", "sender": 7, "nick": "Alice", "account": "alice", "text": "hi ☃",
            "username": "~Alice", "host": "host.example", "user": 1007, "realname": "Alice",
        },
        {
            "msgid": f"{2:016x}", "time": "2025-11-22T16:58:49.124Z", "kind": "message", "between": [7, 9],
            "target": "bob", "sender": 7, "nick": "Alice", "account": "alice", "text": "psst",
            "username": "~Alice", "host": "host.example", "user": 1007, "realname": "Alice",
        },
    ]  # fmt: skip


@pytest.mark.usefixtures("people")
def test_a_channel_a_person_and_a_time_can_be_chosen(engine: Engine, run: Run) -> None:
    other = "000000000000000b"
    keep(
        engine,
        said(1, "one", at=AT),
        said(2, "two", at=AT + 1000, by=BOB_IS),
        said(3, "three", at=AT + 2000, where=other),
        whispered(4, "four", by=CAROL_IS, to=ALICE_IS)._replace(at=AT + 3000),
        whispered(5, "five", by=CAROL_IS, to=BOB_IS)._replace(at=AT + 4000),
    )

    def chosen(*words: str) -> list[str]:
        return [each["text"] for each in exported(run, *words)]

    assert chosen("--channel", "#HALL") == ["one", "two", "three"]  # both were called so
    assert chosen("--account", "alice") == ["one", "three", "four"]
    assert chosen("--account", "bob", "--channel", "#hall") == ["two"]
    assert chosen("--since", "2025-11-22T16:58:50", "--until", "2025-11-22T17:58:52+01:00") == [
        "two",
        "three",
    ]
    assert chosen("--since", "2025-11-23") == []


def test_more_is_exported_than_is_looked_at_at_once(
    engine: Engine, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "WINDOW", 3)
    keep(engine, *(said(number, str(number)) for number in range(1, 11)))
    assert [each["text"] for each in exported(run)] == [str(number) for number in range(1, 11)]


def test_nothing_is_exported_of_nothing(engine: Engine, run: Run) -> None:
    assert exported(run) == []


def test_what_is_hidden_is_only_exported_when_it_is_asked_for(
    engine: Engine, database: Database, run: Run
) -> None:
    keep(engine, said(1, "oops"))
    database.ask("UPDATE history SET hidden = 1")
    assert exported(run) == []
    assert [each["hidden"] for each in exported(run, "--hidden")] == [True]


def test_an_unknown_name_and_a_time_that_is_none_are_said(engine: Engine, run: Run) -> None:
    assert run("export", "--channel", "#x")[::2] == (
        1,
        "chatdaemon: there is no channel #x, and nothing is kept of one\n",
    )
    with pytest.raises(SystemExit):
        run("export", "--since", "yesterday")


def test_who_reads_no_further_ends_the_export(
    engine: Engine, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(engine, said(1, "hi"))
    ended: list[tuple[int, int]] = []

    class Broken:
        def write(self, text: str) -> None:
            raise BrokenPipeError

        def fileno(self) -> int:
            return 1

    monkeypatch.setattr(os, "dup2", lambda one, other: ended.append((one, other)))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Broken())
        status = run("export")[0]
    assert (status, len(ended)) == (1, 1)


def test_a_directory_without_a_database_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", "--data-directory", str(tmp_path)]) == 1
    assert "there is no database" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_tables_of_another_version_are_left_alone(
    file: SQLiteFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = file.engine()
    engine.open()
    engine.close()
    file.ask("UPDATE meta SET value = 1 WHERE name = 'schema'")
    assert cli.main(["hold", "list", "--data-directory", str(tmp_path)]) == 1
    assert "its tables are of version 1" in capsys.readouterr().err
    assert file.ask("SELECT value FROM meta WHERE name = 'schema'") == [(1,)]


# Holds


@pytest.mark.usefixtures("people")
def test_a_hold_is_set_listed_and_taken_away(engine: Engine, database: Database, run: Run) -> None:
    assert run("hold", "list") == (0, "nothing is held\n", "")
    status, output, _ = run("hold", "add", "account", "ALICE", "--note", "case 7")
    assert status == 0
    assert output.startswith("account Alice (7), held since ")
    assert output.endswith(": case 7\n")
    assert run("hold", "add", "channel", "#Hall")[0] == 0
    assert len(run("hold", "list")[1].splitlines()) == 2
    assert database.ask("SELECT kind, subject, name FROM holds ORDER BY kind") == [
        ("account", 7, "Alice"),
        ("channel", 10, "#hall"),
    ]
    assert run("hold", "remove", "account", "alice")[0] == 0
    assert run("hold", "remove", "account", "alice")[::2] == (
        1,
        "chatdaemon: there is no hold on the account alice\n",
    )


@pytest.mark.usefixtures("people")
def test_all_channels_that_had_a_name_are_held(engine: Engine, database: Database, run: Run) -> None:
    keep(engine, said(1, "hi", where="000000000000000b"))
    run("hold", "add", "channel", "#hall")
    assert database.ask("SELECT subject FROM holds ORDER BY subject") == [(10,), (11,)]


def test_an_account_that_is_gone_is_held_by_what_it_has_written(
    engine: Engine, database: Database, run: Run
) -> None:
    keep(engine, said(1, "hi"))
    assert run("hold", "add", "account", "Alice")[0] == 0
    assert database.ask("SELECT subject FROM holds") == [(7,)]
    assert run("hold", "add", "account", "nobody")[::2] == (
        1,
        "chatdaemon: there is no account nobody, and nothing is kept of one\n",
    )


@pytest.mark.usefixtures("people")
def test_what_was_taken_back_goes_when_nothing_holds_it_any_more(
    engine: Engine, database: Database, run: Run
) -> None:
    keep(engine, said(2, "mine"), said(3, "his", by=BOB_IS))
    for name in ("alice", "bob"):
        run("hold", "add", "account", name)
    database.ask("UPDATE history SET hidden = 1")
    run("hold", "remove", "account", "alice")
    assert texts(database) == ["his"]


# Erasing


@pytest.mark.usefixtures("people")
def test_what_somebody_wrote_and_was_goes_and_nothing_else(
    engine: Engine, database: Database, run: Run
) -> None:
    base = joined(20)
    kicked = Kicked(HALL_ID, BOB_IS, HALL_ID, "#hall", ALICE_IS, "out")
    unknown = Kicked(HALL_ID, BOB_IS, HALL_ID, "#hall", ALICE_IS._replace(account=None, nick="AL"), "out")
    other = Kicked(HALL_ID, BOB_IS, HALL_ID, "#hall", CAROL_IS, "out too")
    opped = ModesChanged(HALL_ID, BOB_IS, HALL_ID, "#hall", (ModeChange(ChannelRank.OP, True, "Alice"),))
    moderated = ModesChanged(HALL_ID, BOB_IS, HALL_ID, "#hall", (ModeChange(ChannelFlag.MODERATED, True),))
    events: list[Event] = [kicked, unknown, other, opped, moderated]
    relayed = Relayed(HALL_ID, ALICE_IS, "bob", HALL_ID, "#hall", "he said", None)
    keep(
        engine,
        said(2, "mine"),
        said(3, "his", by=BOB_IS),
        whispered(4, "to her", by=BOB_IS, to=ALICE_IS),
        whispered(5, "not to her", by=BOB_IS, to=CAROL_IS),
        joined(6),
        *(
            base._replace(point=base.point._replace(entry=number), sender=9, told=event)
            for number, event in enumerate(events, start=7)
        ),
        base._replace(point=base.point._replace(entry=12), told=relayed, message=True),
    )
    status, output, _ = run("erase", "ALICE", "--dry-run")
    assert (status, output) == (
        0,
        "messages and events that would be erased: 7\nNothing was changed (--dry-run).\n",
    )
    assert len(texts(database)) == 11
    status, output, _ = run("erase", "ALICE")
    assert (status, output.splitlines()[0]) == (0, "messages and events erased: 7")
    assert texts(database) == ["his", "not to her", "out too", None]
    assert found(database, "mine") == []
    assert [row[:2] for row in direct(database)] == [(9, 11), (11, 9)]


@pytest.mark.usefixtures("people")
def test_beside_a_daemon_the_account_stays_and_it_is_said_how_it_goes(
    engine: Engine, database: Database, run: Run
) -> None:
    keep(engine, said(2, "mine"))
    if isinstance(database, SQLiteFile):
        lock = Opened(database.url, database.path.parent)
        lock.engine.close()
    status, output, _ = run("erase", "Alice")
    assert status == 0
    assert "the account Alice is still there: " in output
    assert output.endswith("An operator drops it while the daemon runs: /msg NickServ DROP Alice\n")
    assert texts(database) == []
    assert database.ask("SELECT name FROM accounts ORDER BY id") == [("Alice",), ("bob",)]
    if isinstance(database, SQLiteFile):
        lock.release()


@pytest.mark.usefixtures("people")
def test_without_a_daemon_the_account_goes_as_well(engine: Engine, database: Database, run: Run) -> None:
    keep(engine, said(2, "mine"))
    engine.close()
    assert run("erase", "Alice") == (0, "messages and events erased: 1\nthe account Alice is gone\n", "")
    assert database.ask("SELECT name FROM accounts") == [("bob",)]
    # Of its channel bob is on the list, and inherits it.
    assert database.ask("SELECT name, founder FROM channels") == [("#hall", "bob")]
    engine.open()
    assert engine.load().index > 1
    # Nobody is called so any more.
    assert run("erase", "Alice")[0] == 1


@pytest.mark.usefixtures("people")
def test_what_is_held_is_not_erased(engine: Engine, database: Database, run: Run) -> None:
    keep(engine, said(2, "mine"), said(3, "also mine", where="000000000000000b"))
    hold(database, "account", 7)
    status, _, errors = run("erase", "Alice")
    assert status == 1
    assert "the account x is held by root (no note), and nothing was erased" in errors
    database.ask("DELETE FROM holds")
    hold(database, "channel", 10)
    status, output, _ = run("erase", "Alice")
    assert status == 0
    assert "kept, since what they are part of is held (chatdaemon hold list): 1" in output
    assert texts(database) == ["mine"]


def test_somebody_whose_account_is_gone_already_is_erased_by_name(
    engine: Engine, database: Database, run: Run
) -> None:
    keep(engine, said(2, "mine"), said(3, "his", by=BOB_IS))
    status, output, _ = run("erase", "alice")
    assert (status, output.splitlines()[0]) == (0, "messages and events erased: 1")
    # Of an account there is nothing to say.
    assert "the account" not in output
    assert texts(database) == ["his"]


def test_the_words_of_what_was_erased_are_not_in_the_file_any_more(file: SQLiteFile, tmp_path: Path) -> None:
    engine = file.engine()
    engine.open()
    try:
        for number in range(1, 40):
            keep(engine, said(number, f"xylophon{number}", by=ALICE_IS if number % 2 else BOB_IS))
    finally:
        engine.close()
    assert b"ylophon" in file.path.read_bytes()
    for name in ("alice", "bob"):
        assert cli.main(["erase", name, "--data-directory", str(tmp_path)]) == 0
    assert b"ylophon" not in file.path.read_bytes()


def test_every_record_that_is_written_can_be_exported(engine: Engine, run: Run) -> None:
    engine.apply([written(1, *(PutRecord(said(1, "hi")) for _ in range(3)))])
    assert len(exported(run)) == 3
