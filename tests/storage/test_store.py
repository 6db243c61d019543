"""The store on a clock that stands still, over a disk that does what the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from queue import Queue
from threading import current_thread
from typing import Any, TypeVar, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure

from chatdaemon.realm.records import Kept
from chatdaemon.storage.changes import PutAccount, PutRecord
from chatdaemon.storage.engine import Engine, Written
from chatdaemon.storage.failure import CannotOpen, StorageFailed
from chatdaemon.storage.history_tables import HistoryTables
from chatdaemon.storage.reader import Reader
from chatdaemon.storage.store import (
    ENOUGH,
    FIRST_DELAY,
    LARGEST_BATCH,
    LINGER,
    LONGEST_DELAY,
    MANY_WAITING,
    Store,
    WriterThread,
)
from chatdaemon.storage.writer import Writer
from tests.storage.anything import BOB
from tests.storage.records import said

T = TypeVar("T")


class Disk:
    """An engine whose transactions are only remembered, and fail when `wrong` says why."""

    where = "the database x.db"

    def __init__(self) -> None:
        self.wrong: str | None = None
        self.poison: set[int] = set()  # entries that can never be stored
        self.lost_answer = False  # the next transaction is committed, and fails
        self.unopenable = False
        self.bug = False
        self.transactions: list[list[int]] = []
        self.stored: list[int] = []
        self.checks = 0
        self.opened = 1

    def open(self, *, alone: bool = True) -> None:
        self.opened += 1
        if self.unopenable:
            raise CannotOpen("it is gone")

    def load(self) -> Kept:
        return Kept(self.index())

    def index(self) -> int:
        return self.stored[-1] if self.stored else 0

    def epoch(self) -> int:
        return 0

    def begin(self, epoch: int) -> None:
        raise NotImplementedError

    def apply(self, batch: Sequence[Written]) -> None:
        if self.wrong:
            raise StorageFailed(self.wrong)
        indices = [written.index for written in batch]
        if self.poison & set(indices):
            raise ZeroDivisionError("a bug")
        self.transactions.append(indices)
        self.stored += indices
        if self.lost_answer:
            self.lost_answer = False
            raise StorageFailed("the connection was lost")

    def check(self) -> None:
        self.checks += 1
        if self.bug:
            raise ZeroDivisionError("a bug")
        if self.wrong:
            raise StorageFailed(self.wrong)

    def reader(self) -> Reader:
        raise NotImplementedError

    def changing(self) -> AbstractContextManager[HistoryTables]:
        raise NotImplementedError

    def forget_words(self) -> bool:
        raise NotImplementedError

    def shrink(self) -> bool:
        raise NotImplementedError

    def close(self) -> None:
        self.opened -= 1


class Thread:
    """Runs jobs when the test says so."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []
        self.stopped = False

    def run(self, job: Callable[[], T]) -> Deferred[T]:
        answer: Deferred[T] = Deferred()

        def work() -> None:
            try:
                result = job()
            except Exception:
                answer.errback(Failure())
            else:
                answer.callback(result)

        self.jobs.append(work)
        return answer

    def stop(self) -> None:
        self.stopped = True

    def work(self) -> None:
        """Do one job. There is never more than one."""
        (job,) = self.jobs
        self.jobs.clear()
        job()


class Scene:
    def __init__(self) -> None:
        self.clock, self.disk, self.thread = Clock(), Disk(), Thread()
        self.store = Store(self.clock, Writer(self.disk), self.thread)
        self.told: list[str] = []
        self.events: list[LogEvent] = []

    def write(self, *indices: int) -> None:
        for index in indices:
            self.store.write(index, [PutAccount(BOB)])

    def flush(self, name: str) -> None:
        self._tell(name, self.store.flushed())

    def check(self, name: str) -> None:
        self._tell(name, self.store.check())

    def close(self, patience: float = 5.0) -> None:
        self._tell("closed", self.store.close(patience))

    def _tell(self, name: str, done: Deferred[None]) -> None:
        def failed(failure: Failure) -> None:
            failure.trap(StorageFailed)
            self.told.append(f"{name}: {failure.value}")

        done.addCallbacks(lambda _: self.told.append(name), failed)

    def logged(self) -> list[str]:
        """What was logged since it was last asked, without failures' own traces."""
        lines = [f"{event['log_level'].name}: {event['log_format'].format(**event)}" for event in self.events]
        self.events.clear()
        return lines


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    observer = cast(ILogObserver, scene.events.append)
    globalLogPublisher.addObserver(observer)
    yield scene
    globalLogPublisher.removeObserver(observer)
    assert scene.clock.getDelayedCalls() == [] or scene.store.failing


def test_what_comes_while_a_transaction_is_under_way_goes_into_the_next_together(scene: Scene) -> None:
    scene.write(1, 2, 3)
    scene.thread.work()
    scene.write(4)
    scene.thread.work()
    scene.thread.work()
    assert scene.disk.transactions == [[1], [2, 3], [4]]
    assert scene.store.waiting == 0
    assert scene.thread.jobs == []


def test_who_waits_is_told_when_it_is_stored_and_not_before(scene: Scene) -> None:
    scene.write(1)
    scene.flush("first")
    scene.write(2)
    scene.flush("second")
    assert scene.told == []
    scene.thread.work()
    assert scene.told == ["first"]
    scene.thread.work()
    assert scene.told == ["first", "second"]


def test_with_nothing_to_store_nobody_waits(scene: Scene) -> None:
    scene.flush("at once")
    assert scene.told == ["at once"]
    assert scene.thread.jobs == []


def test_a_transaction_has_a_largest_size(scene: Scene) -> None:
    scene.write(*range(1, LARGEST_BATCH + 3))
    for _ in range(3):
        scene.thread.work()
    assert [len(batch) for batch in scene.disk.transactions] == [1, LARGEST_BATCH, 1]


def test_a_check_writes_something(scene: Scene) -> None:
    scene.check("one")
    scene.check("two")
    scene.thread.work()
    # The second came when the first was under way, and may not rest on it.
    assert (scene.told, scene.disk.checks) == (["one"], 1)
    scene.thread.work()
    assert (scene.told, scene.disk.checks) == (["one", "two"], 2)


def test_a_transaction_that_is_stored_is_a_check(scene: Scene) -> None:
    scene.write(1)
    scene.write(2)
    scene.check("asked")
    scene.thread.work()
    scene.thread.work()
    assert (scene.told, scene.disk.checks) == (["asked"], 0)


def test_a_failure_is_told_to_who_waits_and_once_to_the_operator(scene: Scene) -> None:
    scene.disk.wrong = "the disk is full; make room"
    scene.write(1)
    scene.flush("flush")
    scene.thread.work()
    assert scene.told == ["flush: the disk is full; make room"]
    (line,) = scene.logged()
    assert line.startswith(
        "error: the database x.db cannot be written to: the disk is full; make room. Chat goes on"
    )
    for _ in range(5):
        scene.clock.advance(LONGEST_DELAY)
        scene.thread.work()
    assert scene.logged() == []
    assert scene.store.waiting == 1


def test_it_is_tried_again_for_ever_and_less_and_less_often(scene: Scene) -> None:
    scene.disk.wrong = "no"
    scene.write(1)
    scene.thread.work()
    delays = []
    for _ in range(9):
        (call,) = scene.clock.getDelayedCalls()
        delays.append(call.getTime() - scene.clock.seconds())
        scene.clock.advance(delays[-1])
        scene.thread.work()
    assert delays == [FIRST_DELAY, 1, 2, 4, 8, 16, LONGEST_DELAY, LONGEST_DELAY, LONGEST_DELAY]


def test_when_it_works_again_all_that_waited_is_stored_and_the_operator_is_told_once(scene: Scene) -> None:
    scene.disk.wrong = "no"
    scene.write(1)
    scene.thread.work()
    scene.write(2, 3)
    assert scene.thread.jobs == []  # nobody waits for these: they do not hammer what is broken
    scene.logged()
    scene.disk.wrong = None
    scene.clock.advance(FIRST_DELAY)
    scene.thread.work()
    assert scene.disk.stored == [1, 2, 3]
    assert scene.logged() == ["info: the database x.db works again; 3 changes that waited are stored"]
    assert not scene.store.failing
    scene.disk.wrong = "no"
    scene.write(4)
    scene.thread.work()
    assert len(scene.logged()) == 1
    assert [call.getTime() - scene.clock.seconds() for call in scene.clock.getDelayedCalls()] == [FIRST_DELAY]


def test_a_check_tries_at_once_even_while_it_fails(scene: Scene) -> None:
    scene.disk.wrong = "no"
    scene.write(1)
    scene.thread.work()
    scene.check("while it fails")
    scene.thread.work()
    assert scene.told == ["while it fails: no"]
    scene.disk.wrong = None
    scene.check("mended")
    scene.thread.work()
    assert scene.told[1:] == ["mended"]
    assert scene.disk.stored == [1]


def test_who_comes_while_an_attempt_fails_is_part_of_the_next(scene: Scene) -> None:
    scene.disk.wrong = "no"
    scene.write(1)
    scene.flush("first")
    scene.write(2)
    scene.flush("second")
    scene.check("third")
    scene.thread.work()
    assert scene.told == ["first: no"]
    scene.thread.work()
    assert scene.told == ["first: no", "second: no", "third: no"]
    assert scene.thread.jobs == []


def test_who_waits_beyond_the_largest_size_is_told_of_the_failure_too(scene: Scene) -> None:
    scene.disk.wrong = "no"
    scene.write(1)
    scene.thread.work()
    scene.write(*range(2, LARGEST_BATCH + 3))
    scene.flush("the last")
    scene.thread.work()
    assert scene.told == ["the last: no"]
    assert scene.thread.jobs == []


def test_that_memory_fills_is_said_now_and_then(scene: Scene) -> None:
    scene.disk.wrong = "no"
    scene.write(1)
    scene.thread.work()
    scene.logged()
    scene.write(*range(2, MANY_WAITING + 100))
    assert scene.logged() == [
        f"warn: {MANY_WAITING} changes wait in memory for the database x.db, and more do all the time"
    ]


def test_a_transaction_whose_answer_was_lost_is_not_stored_twice(scene: Scene) -> None:
    scene.disk.lost_answer = True
    scene.write(1)
    scene.thread.work()
    scene.write(2)
    scene.clock.advance(FIRST_DELAY)
    scene.thread.work()
    assert scene.disk.stored == [1, 2]
    assert scene.store.waiting == 0


def test_a_database_that_something_else_has_written_to_is_left_alone(scene: Scene) -> None:
    scene.write(1)
    scene.thread.work()
    scene.disk.wrong = "no"
    scene.write(2)
    scene.thread.work()
    scene.disk.wrong = None
    scene.disk.stored.append(77)
    scene.check("asked")
    scene.thread.work()
    assert scene.told == [
        "asked: something else has written to it, or an older copy was put there; restart the daemon"
    ]
    assert scene.disk.stored == [1, 77]


def test_a_database_that_cannot_be_opened_again_is_one_more_failure(scene: Scene) -> None:
    scene.disk.wrong = "no"
    scene.write(1)
    scene.thread.work()
    scene.disk.wrong, scene.disk.unopenable = None, True
    scene.check("asked")
    scene.thread.work()
    assert scene.told == ["asked: it is gone"]
    scene.disk.unopenable = False
    scene.clock.advance(LONGEST_DELAY)
    scene.thread.work()
    assert scene.disk.stored == [1]


def test_what_a_bug_makes_impossible_to_store_does_not_hold_up_the_rest(scene: Scene) -> None:
    scene.disk.poison = {3}
    scene.write(1)
    for index in (2, 3, 4):
        scene.write(index)
        scene.flush(f"{index}")
    scene.thread.work()
    scene.thread.work()
    assert scene.told == ["2", "3: a bug, which is in the log", "4"]
    assert scene.disk.stored == [1, 2, 4]
    assert scene.store.waiting == 0
    assert not scene.store.failing
    assert scene.logged() == [
        "critical: what came of entry 3 cannot be stored in the database x.db, and is lost at the next start"
    ]


def test_an_entry_with_a_bug_alone_does_not_prove_that_anything_can_be_stored(scene: Scene) -> None:
    scene.disk.poison = {1}
    scene.check("before")
    scene.write(1)
    scene.check("with it")
    scene.thread.work()
    scene.thread.work()
    assert (scene.told, scene.disk.checks) == (["before", "with it"], 2)


def test_a_bug_of_the_engine_s_own_is_loud_and_holds_up_nobody(scene: Scene) -> None:
    scene.disk.bug = True
    scene.check("asked")
    scene.thread.work()
    assert scene.told == ["asked: a bug"]
    assert scene.logged()[0] == "critical: storage failed for a reason of our own"


def test_closing_stores_what_waits_and_closes_the_database(scene: Scene) -> None:
    scene.write(1, 2)
    scene.close()
    assert scene.told == []
    scene.thread.work()
    scene.thread.work()
    assert scene.told == ["closed"]
    assert scene.disk.stored == [1, 2]
    assert (scene.disk.opened, scene.thread.stopped) == (0, True)
    scene.write(3)  # far too late, and nobody's mistake
    assert scene.thread.jobs == []


def test_closing_with_nothing_to_do_is_at_once(scene: Scene) -> None:
    scene.close()
    assert (scene.told, scene.disk.opened) == (["closed"], 0)


def test_closing_what_fails_tries_once_more_and_says_what_is_lost(scene: Scene) -> None:
    scene.disk.wrong = "the disk is full; make room"
    scene.write(1, 2)
    scene.thread.work()
    scene.logged()
    scene.close()
    scene.thread.work()
    assert scene.told == ["closed"]
    assert scene.logged() == [
        "critical: 2 changes could not be stored in the database x.db and are lost: the disk is full; make room"
    ]
    assert scene.clock.getDelayedCalls() == []


def test_closing_waits_only_so_long_for_a_disk_that_hangs(scene: Scene) -> None:
    scene.write(1)
    scene.close(patience=5)
    scene.clock.advance(4.9)
    assert scene.told == []
    scene.clock.advance(0.1)
    assert scene.told == ["closed"]
    assert "lost: the time for it is over" in scene.logged()[0]
    scene.thread.work()
    assert scene.told == ["closed"]


def test_the_thread_hands_its_results_to_the_reactor() -> None:
    calls: Queue[Callable[[], None]] = Queue()

    class Reactor:
        def callFromThread(self, function: Any, *arguments: Any) -> None:
            calls.put(lambda: function(*arguments))

    thread = WriterThread(cast(Any, Reactor()))
    told: list[Any] = []
    thread.run(lambda: current_thread().name).addCallback(told.append)
    thread.run(lambda: 1 // 0).addErrback(lambda failure: told.append(failure.type))
    calls.get(timeout=30)()
    calls.get(timeout=30)()
    assert told == ["storage_0", ZeroDivisionError]
    thread.stop()


def say(scene: Scene, *indices: int) -> None:
    """Only history has something of these, and nobody waits for them."""
    for index in indices:
        scene.store.write(index, [PutRecord(said(index, "hi"))], soon=False)


def test_what_nobody_waits_for_waits_for_company(scene: Scene) -> None:
    say(scene, 1)
    scene.clock.advance(LINGER / 2)
    say(scene, 2)
    assert scene.thread.jobs == []
    scene.clock.advance(LINGER / 2)
    scene.thread.work()
    assert scene.disk.transactions == [[1, 2]]


@pytest.mark.parametrize("how", ["write", "flush", "check", "close"])
def test_somebody_who_waits_ends_the_waiting_for_company(scene: Scene, how: str) -> None:
    say(scene, 1)
    match how:
        case "write":
            scene.write(2)
        case "flush":
            scene.flush("flush")
        case "check":
            scene.check("check")
        case "close":
            scene.close()
    scene.thread.work()
    assert scene.disk.stored[0] == 1
    assert scene.clock.getDelayedCalls() == []


def test_enough_company_does_not_wait_for_more(scene: Scene) -> None:
    say(scene, *range(1, ENOUGH + 1))
    scene.thread.work()
    assert len(scene.disk.stored) == ENOUGH


def test_what_came_during_a_transaction_waits_for_company_after_it_unless_somebody_waits(
    scene: Scene,
) -> None:
    scene.write(1)
    say(scene, 2)
    scene.thread.work()
    assert scene.thread.jobs == []
    scene.clock.advance(LINGER)
    say(scene, 3)
    scene.write(4)
    scene.thread.work()
    scene.thread.work()
    assert scene.disk.transactions == [[1], [2], [3, 4]]


def test_what_is_left_of_a_large_batch_does_not_wait_again(scene: Scene) -> None:
    scene.write(1)
    say(scene, *range(2, LARGEST_BATCH + 3))
    for _ in range(3):
        scene.thread.work()
    assert scene.store.waiting == 0


def test_observers_learn_how_far_all_is_stored(scene: Scene) -> None:
    seen: list[int] = []
    scene.store.observers.append(seen.append)
    scene.write(1)
    scene.write(2, 3)
    scene.thread.work()
    assert seen == [1]
    scene.thread.work()
    assert seen == [1, 3]
    scene.check("a check is no entry")
    scene.thread.work()
    assert seen == [1, 3]


def test_a_job_is_done_between_two_transactions(scene: Scene) -> None:
    scene.write(1)
    scene.store.run(lambda engine: list(scene.disk.stored)).addCallback(
        lambda found: scene.told.append(str(found))
    )
    scene.write(2)
    for _ in range(3):
        scene.thread.work()
    assert scene.told == ["[1]"]
    assert scene.disk.stored == [1, 2]


def test_jobs_and_transactions_take_turns(scene: Scene) -> None:
    def job(name: str) -> None:
        def done(_: object) -> None:
            scene.told.append(name)

        scene.store.run(lambda engine: None).addCallback(done)

    scene.write(1)
    job("one")
    job("two")
    scene.write(2)
    order = []
    for _ in range(4):
        scene.thread.work()
        order.append((list(scene.disk.stored), list(scene.told)))
    assert order == [([1], []), ([1], ["one"]), ([1, 2], ["one"]), ([1, 2], ["one", "two"])]


def test_a_job_that_fails_tells_who_asked_and_the_next_transaction_opens_the_database_again(
    scene: Scene,
) -> None:
    def job(engine: Engine) -> None:
        raise StorageFailed("the disk is full")

    scene._tell("job", scene.store.run(job))
    scene.thread.work()
    assert scene.told == ["job: the disk is full"]
    scene._tell("another", scene.store.run(job))
    scene.thread.work()
    assert scene.told[1:] == ["another: it cannot be used at the moment"]
    scene.write(1)
    scene.thread.work()
    assert scene.disk.stored == [1]
    assert not scene.store.failing


def test_a_job_does_not_have_what_fails_tried_more_often(scene: Scene) -> None:
    scene.disk.wrong = "no"
    scene.write(1)
    scene.thread.work()
    scene.write(2)
    scene._tell("job", scene.store.run(lambda engine: None))
    scene.thread.work()
    assert scene.told == ["job: it cannot be used at the moment"]
    assert scene.thread.jobs == []


def test_a_job_that_is_not_begun_is_not_done_when_the_store_is_closed(scene: Scene) -> None:
    scene.write(1)
    scene._tell("job", scene.store.run(lambda engine: None))
    scene.close()
    scene._tell("later", scene.store.run(lambda engine: None))
    scene.thread.work()
    assert scene.told == ["job: it is closed", "later: it is closed", "closed"]


def test_a_store_that_is_closed_during_a_job_stores_what_waits_after_it(scene: Scene) -> None:
    scene._tell("job", scene.store.run(lambda engine: None))
    scene.write(1)
    scene.close()
    scene.thread.work()
    scene.thread.work()
    assert scene.told == ["job", "closed"]
    assert scene.disk.stored == [1]
    assert scene.disk.opened == 0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatdaemon.storage.store.MOST_WAITING", 10)
    monkeypatch.setattr("chatdaemon.storage.store.GIVEN_UP_AT_ONCE", 4)


@pytest.mark.usefixtures("small")
def test_the_oldest_messages_are_given_up_when_too_much_waits_and_changes_never_are() -> None:
    scene = Scene()
    seen: list[int] = []
    scene.store.observers.append(seen.append)
    scene.disk.wrong = "no"
    scene.write(1)
    scene.thread.work()
    observer = cast(ILogObserver, scene.events.append)
    globalLogPublisher.addObserver(observer)
    try:
        say(scene, 2)
        scene.write(3)
        say(scene, *range(4, 21))
        assert scene.store.waiting < 10
        assert seen == [5 + 1, 10, 14]
        (line,) = scene.logged()
        assert line.startswith(
            "error: so much waits for the database x.db that the oldest messages are given up"
        )
        scene.disk.wrong = None
        scene.check("mended")
        scene.thread.work()
        assert scene.disk.stored == [1, 3, 15, 16, 17, 18, 19, 20]
        assert scene.logged() == [
            "info: the database x.db works again; 8 changes that waited are stored",
            "error: 12 messages and events are missing from the history in the database x.db: they were given up",
        ]
    finally:
        globalLogPublisher.removeObserver(observer)


@pytest.mark.usefixtures("small")
def test_who_waits_for_what_is_given_up_is_told_and_what_is_in_flight_is_left_alone() -> None:
    scene = Scene()
    scene.write(1)  # the disk hangs: nothing has failed yet
    say(scene, 2)
    scene.flush("two")
    say(scene, *range(3, 11))
    assert scene.told == ["two: too much waits to be stored"]
    scene.thread.work()
    assert scene.disk.stored == [1]
    assert scene.store.waiting == 5


@pytest.mark.usefixtures("small")
def test_where_nothing_can_be_given_up_everything_waits() -> None:
    scene = Scene()
    scene.write(*range(1, 40))
    assert scene.store.waiting == 39
    scene.thread.work()
    scene.thread.work()
    assert scene.disk.stored == list(range(1, 40))
