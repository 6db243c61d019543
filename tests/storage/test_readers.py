"""A few threads that read: questions in order, failures that are over, and no flood."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chatdaemon.history.query import Query
from chatdaemon.history.record import Point
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.reading import Reading
from chatdaemon.storage.archive import StoredArchive
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.reader import PATIENCE, Reader
from chatdaemon.storage.readers import Readers
from chatdaemon.storage.reading import Where, statement
from chatdaemon.storage.sqlite import SQLite, SQLiteReader
from chatdaemon.storage.tables import Row
from tests.storage.databases import Database, SQLiteFile
from tests.storage.records import HALL_PLACE, said
from tests.storage.test_reading import Later, store

HALL = Reading(HALL_PLACE, "#hall", 0, Rank.NONE, 7)


class FakeReader:
    """Knows nothing, and remembers whether it is closed."""

    dialect = "sqlite"

    def __init__(self) -> None:
        self.closed = False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        yield

    def rows(self, sql: str, values: Any = (), *, planned: bool = True) -> list[Row]:
        return []

    def close(self) -> None:
        self.closed = True


class Pool:
    """Readers on runners that wait to be told, and the connections that they have opened."""

    def __init__(self, runners: int = 1, most_waiting: int = 256) -> None:
        self.opened: list[FakeReader] = []
        self.runners = [Later() for _ in range(runners)]
        self.readers = Readers(self.runners, self.open, most_waiting)
        self.answers: list[Any] = []

    def open(self) -> Reader:
        self.opened.append(FakeReader())
        return self.opened[-1]

    def ask(self, answer: Any) -> None:
        def question(_: Reader) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.readers.ask(question).addBoth(
            lambda result: self.answers.append(getattr(result, "value", result))
        )


def test_questions_are_answered_in_order_by_a_connection_that_is_opened_once() -> None:
    pool = Pool()
    assert pool.opened == []
    for number in range(3):
        pool.ask(number)
    assert [len(runner.jobs) for runner in pool.runners] == [1]
    pool.runners[0].go_on()
    assert pool.answers == [0, 1, 2]
    assert len(pool.opened) == 1


def test_as_many_are_answered_at_a_time_as_there_are_threads() -> None:
    pool = Pool(runners=2)
    for number in range(3):
        pool.ask(number)
    assert [len(runner.jobs) for runner in pool.runners] == [1, 1]
    pool.runners[0].go_on()
    pool.runners[1].go_on()
    assert sorted(pool.answers) == [0, 1, 2]
    assert len(pool.opened) == 2


def test_after_a_failure_it_connects_again() -> None:
    pool = Pool()
    gone = StorageFailed("gone")
    pool.ask(gone)
    pool.ask("fine")
    pool.runners[0].go_on()
    assert pool.answers == [gone, "fine"]
    assert [reader.closed for reader in pool.opened] == [True, False]


def test_a_flood_is_refused() -> None:
    pool = Pool(most_waiting=2)
    for number in range(4):
        pool.ask(number)
    (refused,) = pool.answers
    assert isinstance(refused, StorageFailed)
    pool.runners[0].go_on()
    assert pool.answers[1:] == [0, 1, 2]


def test_when_it_ends_nobody_is_answered_any_more_and_all_is_closed() -> None:
    pool = Pool(runners=2)
    pool.ask("before")
    for runner in pool.runners:
        runner.go_on()
    for number in range(3):
        pool.ask(number)
    pool.readers.stop()
    pool.ask("after")
    assert [type(answer) for answer in pool.answers] == [str, StorageFailed, StorageFailed]
    for runner in pool.runners:
        runner.go_on()
    # What was under way is told all the same.
    assert pool.answers[3:] == [0, 1] or pool.answers[3:] == [1, 0]
    assert all(reader.closed for reader in pool.opened)
    assert all(runner.stopped for runner in pool.runners)


def test_what_was_never_asked_is_stopped_without_a_job() -> None:
    pool = Pool()
    pool.readers.stop()
    assert (pool.runners[0].stopped, pool.runners[0].jobs, pool.opened) == (True, [], [])


def test_a_reader_changes_nothing(engine: Engine) -> None:
    reader = engine.reader()
    with pytest.raises(StorageFailed), reader.snapshot():
        reader.rows("DELETE FROM history")
    reader.close()


def test_a_question_sees_one_state_of_the_database(engine: Engine) -> None:
    store(engine, [said(1, "one")])
    reader = engine.reader()
    count = "SELECT count(*) FROM history"
    with reader.snapshot():
        assert reader.rows(count) == [(1,)]
        store(engine, [said(2, "two")])
        assert reader.rows(count) == [(1,)]
    with reader.snapshot():
        assert reader.rows(count) == [(2,)]
    reader.close()


def test_what_takes_too_long_is_given_up(file: SQLiteFile) -> None:
    engine = SQLite(file.path)
    engine.open()
    times = iter([0.0, PATIENCE, PATIENCE + 1, PATIENCE + 1, PATIENCE + 1])
    reader = SQLiteReader(file.path, 1.0, clock=lambda: next(times, PATIENCE + 1))
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(StorageFailed, match="it took longer than 5 seconds"), reader.snapshot():
        reader.rows(endless)
    reader.close()
    engine.close()


def test_postgresql_gives_up_by_itself(schema: Any) -> None:
    engine = schema.engine()
    engine.open()
    reader = engine.reader()
    assert reader.rows("SHOW statement_timeout") == [("5s",)]
    assert reader.rows("SHOW transaction_read_only") in ([("on",)], [("off",)])
    with reader.snapshot():
        assert reader.rows("SHOW transaction_read_only") == [("on",)]
        assert reader.rows("SHOW transaction_isolation") == [("repeatable read",)]
    reader.close()
    engine.close()


def test_a_database_that_is_not_there_is_a_failure_and_no_more(file: SQLiteFile) -> None:
    runner = Later()
    archive = StoredArchive(Readers([runner], SQLite(file.path).reader))
    failures: list[Any] = []
    for answer in (archive.read(Query(HALL)), archive.find(Point(1, 0))):
        answer.addErrback(lambda failure: failures.append(failure.type))
    runner.go_on()
    assert failures == [StorageFailed, StorageFailed]
    engine = file.engine()
    engine.open()
    store(engine, [said(1, "hi")])
    again: list[Any] = []
    archive.read(Query(HALL)).addCallback(again.append)
    runner.go_on()
    assert again == [[said(1, "hi")]]
    archive.stop()
    runner.go_on()
    engine.close()


def test_a_row_that_makes_no_sense_is_left_out(database: Database, engine: Engine) -> None:
    store(engine, [said(1, "one"), said(2, "two")])
    database.ask("UPDATE history SET details = '{}' WHERE entry = 1")
    runner = Later()
    archive = StoredArchive(Readers([runner], engine.reader))
    found: list[Any] = []
    archive.read(Query(HALL)).addCallback(found.append)
    runner.go_on()
    assert found == [[said(2, "two")]]
    archive.stop()
    runner.go_on()


@pytest.mark.parametrize("newest", [True, False])
def test_a_page_of_a_conversation_is_one_walk_along_an_index(file: SQLiteFile, newest: bool) -> None:
    engine = file.engine()
    engine.open()
    bounds = Where()
    bounds.add("(entry, ordinal) < (?, ?)", 5, 0)
    bounds.add("+at > ?", 3)
    sql, values = statement(Query(HALL, newest=newest), bounds, 1)
    with sqlite3.connect(file.path) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    connection.close()
    constraint = "first=? AND second=? AND message=? AND (entry,ordinal)<(?,?)"
    assert plan == [f"SEARCH history USING INDEX history_conversations ({constraint})"]
    engine.close()


def test_in_postgresql_too(schema: Any) -> None:
    engine = schema.engine()
    engine.open()
    sql, values = statement(Query(HALL), Where(), 1)
    with_values = sql.replace("?", "{}").format(*values)
    schema.ask(
        "INSERT INTO history (first, second, message, entry, ordinal, at, sender, rank, kind, details)"
        " SELECT n % 50, 0, 1, n, 0, n, 1, 0, 'message', '{}' FROM generate_series(1, 20000) AS n"
    )
    schema.ask("ANALYZE history")
    plan = "\n".join(row[0] for row in schema.ask(f"EXPLAIN {with_values}"))
    assert "Index Scan Backward using history_conversations" in plan
    assert "Sort" not in plan
    engine.close()
