"""The same questions are answered alike by memory, by both databases, and by history with a part in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, maybeDeferred

from chatdaemon.history.history import History, can_be_taken_back
from chatdaemon.history.query import Query, Search, Target, TargetsQuery
from chatdaemon.history.record import Point, Record
from chatdaemon.history.search import found_in
from chatdaemon.history.selection import clipped, selected
from chatdaemon.history.targets import targets_in, without_doubles
from chatdaemon.realm.conversations import Conversation
from chatdaemon.realm.events import Redacted
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.reading import Reading
from chatdaemon.realm.state import State
from chatdaemon.storage.archive import StoredArchive
from chatdaemon.storage.changes import EraseRecord, PutRecord
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.reader import Reader
from chatdaemon.storage.readers import Readers
from chatdaemon.storage.reading import find, read, targets
from chatdaemon.storage.searching import search
from tests.history.logs import logs, queries, searches, targets_queries, who
from tests.storage.anything import written
from tests.storage.databases import Database
from tests.storage.records import HALL_PLACE, said

T = TypeVar("T")

ON_ONE_DATABASE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)


def fill(database: Database, engine: Engine, log: Sequence[Record]) -> None:
    """Have these records there and no others."""
    database.ask("DELETE FROM history")
    database.ask("DELETE FROM history_direct")
    if database.url == "":
        database.ask("INSERT INTO history_words (history_words) VALUES ('delete-all')")
    store(engine, log)


def store(engine: Engine, log: Sequence[Record]) -> None:
    if log:
        entries: dict[int, list[PutRecord]] = {}
        for record in log:
            entries.setdefault(record.point.entry, []).append(PutRecord(record))
        engine.apply([written(index, *changes) for index, changes in entries.items()])


def of(log: Sequence[Record], conversation: Conversation) -> list[Record]:
    return [record for record in log if record.conversation == conversation]


def searched(log: Sequence[Record], search: Search) -> list[Record]:
    found = [
        record
        for reading in search.readings
        for record in found_in(of(log, reading.conversation), search, reading)
    ]
    return clipped(sorted(found, key=lambda record: record.point), search.limit, newest=search.newest)


def targeted(log: Sequence[Record], query: TargetsQuery) -> list[Target]:
    places = dict.fromkeys(record.conversation for record in log)
    return without_doubles(targets_in([(place, of(log, place)) for place in places], query), query)


class Later:
    """Runs jobs when it is told to."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], object]] = []
        self.stopped = False

    def run(self, job: Callable[[], T]) -> Deferred[T]:
        answer: Deferred[T] = Deferred()
        self.jobs.append(lambda: maybeDeferred(job).chainDeferred(answer))
        return answer

    def stop(self) -> None:
        self.stopped = True

    def go_on(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


@pytest.fixture
def reader(engine: Engine) -> Any:
    reader = engine.reader()
    yield reader
    reader.close()


@ON_ONE_DATABASE
@given(log=logs(), query=queries)
def test_what_is_read_is_what_memory_would_say(
    database: Database, engine: Engine, reader: Reader, log: list[Record], query: Query
) -> None:
    fill(database, engine, log)
    with reader.snapshot():
        assert read(reader, query) == selected(of(log, query.reading.conversation), query)


@ON_ONE_DATABASE
@given(log=logs(), asked=searches)
def test_what_is_searched_is_what_memory_would_find(
    database: Database, engine: Engine, reader: Reader, log: list[Record], asked: Search
) -> None:
    fill(database, engine, log)
    with reader.snapshot():
        assert search(reader, asked) == searched(log, asked)


@ON_ONE_DATABASE
@given(log=logs(), query=targets_queries())
def test_the_conversations_are_those_that_memory_has(
    database: Database, engine: Engine, reader: Reader, log: list[Record], query: TargetsQuery
) -> None:
    fill(database, engine, log)
    with reader.snapshot():
        assert targets(reader, query) == targeted(log, query)


@ON_ONE_DATABASE
@given(log=logs())
def test_messages_are_found_by_where_they_are_and_nothing_else_is(
    database: Database, engine: Engine, reader: Reader, log: list[Record]
) -> None:
    fill(database, engine, log)
    with reader.snapshot():
        for record in log:
            assert find(reader, record.point) == (record if can_be_taken_back(record) else None)
        assert find(reader, Point(99, 0)) is None


@ON_ONE_DATABASE
@given(
    log=logs(),
    data=st.data(),
    query=queries,
    asked=searches,
    listed=targets_queries(),
)
def test_nothing_is_lost_or_doubled_while_the_writer_commits(
    database: Database,
    engine: Engine,
    log: list[Record],
    data: st.DataObject,
    query: Query,
    asked: Search,
    listed: TargetsQuery,
) -> None:
    """A part is stored, the rest waits; of it a part is stored between the question and its answer, and a part
    of all was taken back before, which may be stored then or not."""
    entries = sorted({record.point.entry for record in log})
    first = data.draw(st.sampled_from([0, *entries]), "stored at first")
    then = data.draw(st.sampled_from([each for each in [0, *entries] if each >= first]), "stored then")
    gone = data.draw(st.lists(st.sampled_from(log), max_size=3) if log else st.just([]), "taken back")
    erased = data.draw(st.booleans(), "erased then")

    fill(database, engine, [record for record in log if record.point.entry <= first])
    runner = Later()
    archive = StoredArchive(Readers([runner], engine.reader))
    history = History(State(), archive=archive)
    for record in log:
        if record.point.entry > first:
            history._keep(record, None)
    for record in gone:
        _, points = history.keep(90, 90, [Redacted((), who(7), "#x", record.point.msgid, "")])
        assert points == [record.point]

    answers: list[Any] = []
    for question in (history.read(query), history.search(asked), history.targets(listed)):
        question.addCallback(answers.append)
    finds = [history.find(record.point.msgid) for record in log]
    between = [record for record in log if first < record.point.entry <= then]
    store(engine, between)
    history.stored(then)
    if erased and then == max(entries, default=0):
        engine.apply([written(90, *(EraseRecord(record.point) for record in gone))])
        history.stored(90)
    runner.go_on()

    taken = {record.point for record in gone}
    left = [record for record in log if record.point not in taken]
    read_, found, places = answers
    assert read_ == selected(of(left, query.reading.conversation), query)
    assert found == searched(left, asked)
    # Which conversations there are may be told by what was just taken back, until that is stored.
    if not gone:
        assert places == targeted(left, listed)
    for record, deferred in zip(log, finds, strict=True):
        there: list[Any] = []
        deferred.addCallback(there.append)
        assert (there[0] is not None) == (record in left and can_be_taken_back(record))
    archive.stop()
    runner.go_on()


def test_what_two_take_back_at_once_is_gone_and_nothing_is_damaged(engine: Engine, reader: Reader) -> None:
    oops = said(1, "oops")
    store(engine, [oops, said(2, "fine")])
    engine.apply([written(3, EraseRecord(oops.point)), written(4, EraseRecord(oops.point))])
    asked = Search((Reading(HALL_PLACE, "#hall", 0, Rank.NONE, 7),))
    with reader.snapshot():
        assert search(reader, asked) == [said(2, "fine")]
        assert find(reader, oops.point) is None
