"""What is deleted when, and what never is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar, cast

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher

from chatdaemon.history.history import History
from chatdaemon.history.record import Record
from chatdaemon.history.settings import HistorySettings
from chatdaemon.realm.accounts import Registration, RegistrationSetting
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.settings import FOR_EVER, UNLIMITED
from chatdaemon.realm.state import Channel
from chatdaemon.storage import retention
from chatdaemon.storage.changes import PutRecord
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.retention import FIRST, INTERVAL, PAUSE, Limits, Retention, limits_of, sweep
from tests.storage.anything import written
from tests.storage.databases import Database, SQLiteFile
from tests.storage.records import BOB_IS, HALL_ID, HALL_PLACE, joined, said, whispered
from tests.storage.test_history_tables import direct, found, hold, keep

T = TypeVar("T")
OTHER_ID = "000000000000000b"


def entries(database: Database) -> list[int]:
    return [entry for (entry,) in database.ask("SELECT entry FROM history ORDER BY id")]


def swept(engine: Engine, limits: Limits, now: int = 0) -> list[int]:
    return list(sweep(engine, limits, now))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP", 3)
    monkeypatch.setattr(retention, "COUNTED", 2)


@pytest.mark.usefixtures("small")
def test_what_is_too_old_goes_a_little_at_a_time(engine: Engine, database: Database) -> None:
    keep(engine, *(said(number, f"number {number}") for number in range(1, 11)))
    assert swept(engine, Limits(max_age=1000), now=1008) == [3, 3, 1]
    assert entries(database) == [8, 9, 10]
    assert found(database, "number") == [8, 9, 10]
    assert swept(engine, Limits(max_age=1000), now=1008) == [0]


@pytest.mark.usefixtures("small")
def test_what_is_held_stays_however_old_it_is(engine: Engine, database: Database) -> None:
    keep(
        engine, *(said(number, "hi") for number in range(1, 6)), said(6, "hi", where=OTHER_ID), said(7, "hi")
    )
    hold(database, "channel", HALL_PLACE.first)
    assert sum(swept(engine, Limits(max_age=1), now=1000)) == 1
    assert entries(database) == [1, 2, 3, 4, 5, 7]
    assert sum(swept(engine, Limits(max_messages=1), now=1000)) == 0
    database.ask("DELETE FROM holds")
    assert sum(swept(engine, Limits(max_age=1), now=1000)) == 6


@pytest.mark.usefixtures("small")
def test_of_each_conversation_the_last_messages_stay(engine: Engine, database: Database) -> None:
    keep(engine, *(said(number, "hi") for number in range(1, 6)))
    keep(engine, *(said(number, "hi", where=OTHER_ID) for number in range(6, 9)))
    keep(
        engine,
        whispered(9, "psst"),
        whispered(10, "psst"),
        whispered(11, "psst"),
        said(12, "hi", where="0" * 15 + "c"),
    )
    swept(engine, Limits(max_messages=2))
    assert entries(database) == [4, 5, 7, 8, 10, 11, 12]
    assert direct(database) == [(7, 9, 11, 11), (9, 7, 11, 11)]


def test_what_else_happened_is_not_counted_and_goes_with_what_was_said_then(
    engine: Engine, database: Database
) -> None:
    keep(engine, joined(1), said(2, "hi"), joined(3), said(4, "hi"), joined(5), joined(6))
    swept(engine, Limits(max_messages=1))
    assert entries(database) == [3, 4, 5, 6]


def test_a_channel_may_keep_less(engine: Engine, database: Database) -> None:
    keep(engine, *(said(number, "hi") for number in range(1, 6)))
    keep(engine, *(said(number, "hi", where=OTHER_ID) for number in range(6, 11)))
    swept(engine, Limits(channels={10: (FOR_EVER, 2), 11: (2, UNLIMITED)}), now=10)
    assert entries(database) == [4, 5, 8, 9, 10]


def test_a_channel_that_has_less_than_it_may_keeps_all(engine: Engine, database: Database) -> None:
    keep(engine, said(1, "hi"))
    assert sum(swept(engine, Limits(channels={10: (FOR_EVER, 2)}))) == 0
    assert entries(database) == [1]


def test_with_no_limits_nothing_goes(engine: Engine, database: Database) -> None:
    keep(engine, said(1, "hi"))
    assert swept(engine, Limits(), now=FOR_EVER) == []
    assert entries(database) == [1]


def test_what_is_hidden_goes_when_it_is_held_no_longer(engine: Engine, database: Database) -> None:
    keep(engine, said(1, "hi"))
    database.ask("UPDATE history SET hidden = 1")
    assert sum(swept(engine, Limits(max_age=1), now=1000)) == 1


def test_much_that_is_free_is_given_back_to_the_disk(file: SQLiteFile) -> None:
    engine = file.engine()
    engine.open()
    try:
        keep(engine, *(said(number, f"{number} " * 40) for number in range(1, 3001)))
        ((full,),) = file.ask("PRAGMA page_count")
        swept(engine, Limits(max_age=1), now=3001)
        ((pages,),) = file.ask("PRAGMA page_count")
        ((free,),) = file.ask("PRAGMA freelist_count")
    finally:
        engine.close()
    assert pages < full / 2
    assert free * 4 <= pages


def test_the_limits_are_those_of_the_configuration_unless_a_founder_wants_less() -> None:
    realm = Realm()
    for number, own in enumerate(
        [
            None,
            {},
            {RegistrationSetting.MAX_AGE: "60"},
            {RegistrationSetting.MAX_AGE: "600", RegistrationSetting.MAX_MESSAGES: "7"},
            {RegistrationSetting.MAX_MESSAGES: "100000"},
        ]
    ):
        channel = Channel(f"{number + 10:016x}", f"#{number}", f"#{number}", 1)
        if own is not None:
            channel.registration = Registration("alice", 1, settings=own)
        realm.channels[channel.folded] = channel
    history = History(realm, HistorySettings(max_age=100_000, max_messages=50))
    assert limits_of(realm, history) == Limits(100_000, 50, {12: (60_000, 50), 13: (100_000, 7)})


class Disk:
    """Runs jobs at once, by a database or, where there is none, with a failure."""

    def __init__(self, engine: Engine | None) -> None:
        self.engine = engine
        self.wrong: Exception | None = None
        self.jobs = 0

    def run(self, job: Callable[[Engine], T]) -> Deferred[T]:
        self.jobs += 1
        if self.wrong is not None:
            return fail(self.wrong)
        assert self.engine is not None
        return succeed(job(self.engine))


def service(disk: Disk, clock: Clock) -> Retention:
    realm = Realm()
    return Retention(clock, clock.seconds, disk, realm, History(realm, HistorySettings(max_age=1000)))


def many(count: int) -> list[Record]:
    return [said(number, "hi", by=BOB_IS, where=HALL_ID) for number in range(1, count + 1)]


@pytest.mark.usefixtures("small")
def test_a_sweep_pauses_after_each_transaction_and_another_follows_it(
    engine: Engine, database: Database
) -> None:
    keep(engine, *many(5))
    clock, disk, lines = Clock(), Disk(engine), list[str]()
    clock.advance(100)

    def observe(event: LogEvent) -> None:
        lines.append(event["log_format"].format(**event))

    globalLogPublisher.addObserver(cast(ILogObserver, observe))
    try:
        sweeper = service(disk, clock)
        sweeper.start()
        clock.advance(FIRST)
        assert entries(database) == [4, 5]
        clock.advance(PAUSE)
        assert entries(database) == []
        clock.advance(PAUSE)
        assert lines == ["5 old messages and events were deleted from the history"]
        engine.apply([written(6, PutRecord(said(6, "hi")))])
        clock.advance(INTERVAL - 1)
        assert entries(database) == [6]
        clock.advance(1)
        assert entries(database) == []
    finally:
        globalLogPublisher.removeObserver(cast(ILogObserver, observe))
    sweeper.stop()
    assert clock.getDelayedCalls() == []


def test_a_sweep_that_fails_is_begun_again_later(engine: Engine, database: Database) -> None:
    keep(engine, *many(2))
    clock, disk = Clock(), Disk(engine)
    clock.advance(100)
    disk.wrong = StorageFailed("the disk is full")
    sweeper = service(disk, clock)
    sweeper.start()
    clock.advance(FIRST)
    assert (disk.jobs, entries(database)) == (1, [1, 2])
    disk.wrong = None
    clock.advance(INTERVAL)
    assert entries(database) == []
    sweeper.stop()


def test_a_bug_is_logged_and_ends_nothing_but_the_sweep() -> None:
    clock, disk, failures = Clock(), Disk(None), list[LogEvent]()

    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            failures.append(event)

    disk.wrong = ZeroDivisionError("a bug")
    globalLogPublisher.addObserver(cast(ILogObserver, observe))
    try:
        sweeper = service(disk, clock)
        sweeper.start()
        clock.advance(FIRST)
        clock.advance(INTERVAL)
    finally:
        globalLogPublisher.removeObserver(cast(ILogObserver, observe))
    assert (disk.jobs, len(failures)) == (2, 2)
    sweeper.stop()


def test_a_sweep_that_is_stopped_goes_on_no_more() -> None:
    clock = Clock()
    waiting: list[Deferred[int | None]] = []

    class Slow:
        def run(self, job: Callable[[Engine], T]) -> Deferred[T]:
            answer: Deferred[T] = Deferred()
            waiting.append(answer)  # type: ignore[arg-type]  # it is asked for numbers only
            return answer

    realm = Realm()
    sweeper = Retention(clock, time.time, Slow(), realm, History(realm))
    sweeper.start()
    clock.advance(FIRST)
    sweeper.stop()
    waiting[0].callback(3)
    assert clock.getDelayedCalls() == []
    sweeper = Retention(clock, time.time, Slow(), realm, History(realm))
    sweeper.start()
    clock.advance(FIRST)
    sweeper.stop()
    waiting[1].callback(None)
    assert clock.getDelayedCalls() == []
