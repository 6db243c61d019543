"""The store: what came of the entries waits here until it is on the disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorFromThreads, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.storage.changes import Change, PutRecord
from chatdaemon.storage.engine import Engine, Written
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.writer import Writer

T = TypeVar("T")

# Entries in one transaction: it holds up whoever waits for the one behind it.
LARGEST_BATCH: Final = 4096

# Seconds until what failed is tried again: at first, and at most. Each time it doubles.
FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 30.0

# It is said again when so many entries wait, and when ten times as many do.
MANY_WAITING: Final = 10_000

# Seconds that what nobody waits for waits for company: a transaction costs the disk as much for one entry.
LINGER: Final = 0.2
# Entries that are enough of it.
ENOUGH: Final = 128

# Entries that wait at most, as far as they have nothing but records for the history; and how many of these
# are given up at a time, the oldest first.
MOST_WAITING: Final = 100_000
GIVEN_UP_AT_ONCE: Final = 10_000


class Runner(Protocol):
    """Runs jobs one after the other, off the reactor's thread."""

    def run(self, job: Callable[[], T]) -> Deferred[T]: ...

    def stop(self) -> None:
        """Take no more jobs. Does not wait."""


class WriterThread:
    """One thread, started by the first job."""

    def __init__(self, reactor: IReactorFromThreads) -> None:
        self._reactor = reactor
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")

    def run(self, job: Callable[[], T]) -> Deferred[T]:
        answer: Deferred[T] = Deferred()
        future = self._executor.submit(job)
        future.add_done_callback(lambda done: self._reactor.callFromThread(_deliver, done, answer))
        return answer

    def stop(self) -> None:
        self._executor.shutdown(wait=False)


def _deliver(future: Future[T], answer: Deferred[T]) -> None:
    if error := future.exception():
        answer.errback(error)
    else:
        answer.callback(future.result())


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who asked to be told when the entry with this index is stored."""

    index: int
    told: Deferred[None]


class Store:
    """Implements node.Store. What is written while a transaction is under way goes into the next one
    together, so that thousands of entries a second cost the disk no more than it can do.

    What cannot be stored waits in memory, and is tried again for ever; operators are told when that begins
    and when it is over. Only of what history alone would keep there is a limit: beyond it the oldest is given
    up, and operators are told that as well. Used on the reactor's thread only.

    `observers` are called with the index of an entry when it and all before it are stored, or given up.
    """

    log = Logger(namespace="chatdaemon.storage")

    def __init__(self, reactor: IReactorTime, writer: Writer, runner: Runner) -> None:
        self.observers: list[Callable[[int], None]] = []
        self._reactor = reactor
        self._writer = writer
        self._runner = runner
        self._queue: dict[int, Written] = {}  # by index, oldest first
        self._soon = False  # something that waits is not to wait for company
        self._linger: IDelayedCall | None = None
        self._in_flight = 0  # the last entry of the transaction that is under way
        self._most = MOST_WAITING
        self._given_up = 0  # records, since the last time that operators were told
        self._flushes: list[_Waiting] = []
        self._checks: list[Deferred[None]] = []
        self._jobs: deque[tuple[Callable[[Engine], Any], Deferred[Any]]] = deque()
        self._job_last = False  # so that a transaction is next
        self._busy = False
        self._delay = 0.0  # until the next attempt; 0 while all is well
        self._retry: IDelayedCall | None = None
        self._remarkable = MANY_WAITING
        self._closing: Deferred[None] | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """Entries that are not stored yet."""
        return len(self._queue)

    @property
    def failing(self) -> bool:
        """Whether the last attempt failed."""
        return self._delay > 0

    def write(self, index: int, changes: Sequence[Change], soon: bool = True) -> None:
        self._queue[index] = Written(index, tuple(changes))
        if soon:
            self._soon = True
        waiting = len(self._queue)
        if waiting >= self._most:
            self._give_up()
        if not self.failing:
            self._go_on()
        elif waiting >= self._remarkable:
            self._remarkable *= 10
            self.log.warn(
                "{count} changes wait in memory for {where}, and more do all the time",
                count=waiting,
                where=self._writer.engine.where,
            )

    def flushed(self) -> Deferred[None]:
        if not self._queue:
            return succeed(None)
        told: Deferred[None] = Deferred()
        self._flushes.append(_Waiting(next(reversed(self._queue)), told))
        self._begin()
        return told

    def check(self) -> Deferred[None]:
        told: Deferred[None] = Deferred()
        self._checks.append(told)
        self._begin()
        return told

    def run(self, job: Callable[[Engine], T]) -> Deferred[T]:
        """Have something else done with the database, between two transactions: fires with what it returns,
        and fails with StorageFailed when it could not be done. It must not take long: all else waits."""
        answer: Deferred[T] = Deferred()
        if self._closing is not None:
            answer.errback(StorageFailed("it is closed"))
        else:
            self._jobs.append((job, answer))
            self._go_on()
        return answer

    def close(self, patience: float) -> Deferred[None]:
        """Store what waits, and close the database. Fires when that is done, has failed, or took `patience`
        seconds. Nothing may be written any more."""
        closing = self._closing = Deferred()
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        limit = self._reactor.callLater(patience, self._end, "the time for it is over")

        def over(_: None) -> None:
            if limit.active():
                limit.cancel()

        closing.addCallback(over)
        jobs, self._jobs = self._jobs, deque()
        for _, answer in jobs:
            answer.errback(StorageFailed("it is closed"))
        self._begin()
        return closing

    def _go_on(self) -> None:
        """Do what is next, at once or, if nobody waits for it, a little later."""
        if self._busy or self._closed:
            return
        urgent = bool(self._flushes or self._checks) or self._closing is not None
        if not self.failing:
            urgent = urgent or self._soon or len(self._queue) >= ENOUGH
        # Neither holds up the other for more than a turn.
        if self._jobs and not (urgent and self._job_last):
            self._begin_job()
        elif urgent:
            self._begin()
        elif self._queue and self._linger is None and not self.failing:
            self._linger = self._reactor.callLater(LINGER, self._begin)

    def _begin_job(self) -> None:
        job, answer = self._jobs.popleft()
        self._busy = self._job_last = True
        done = self._runner.run(lambda: self._writer.run(job))
        done.addBoth(self._job_done, answer)
        done.addErrback(self._broken)

    def _job_done(self, result: Any, answer: Deferred[Any]) -> None:
        self._busy = False
        self._go_on()
        # Fails when it is a Failure.
        answer.callback(result)

    def _begin(self) -> None:
        """Start an attempt, unless one is under way or there is nothing to do."""
        if self._linger is not None:
            if self._linger.active():
                self._linger.cancel()
            self._linger = None
        if self._busy or self._closed:
            return
        checks, self._checks = self._checks, []
        batch = tuple(islice(self._queue.values(), LARGEST_BATCH))
        if not batch and not checks:
            if self._closing is not None:
                self._end()
            return
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._busy = True
        self._job_last = False
        self._soon = len(batch) < len(self._queue)
        self._in_flight = batch[-1].index if batch else 0
        # Who has come by now is told of a failure; who comes later is part of the next attempt.
        last = next(reversed(self._queue)) if batch else 0
        attempt = self._runner.run(lambda: self._writer.write(batch, bool(checks)))
        attempt.addCallbacks(
            self._succeeded, self._failed, callbackArgs=(batch, checks), errbackArgs=(last, checks)
        )
        attempt.addErrback(self._broken)

    def _succeeded(
        self,
        refused: list[tuple[Written, Exception]],
        batch: Sequence[Written],
        checks: list[Deferred[None]],
    ) -> None:
        self._busy = False
        self._in_flight = 0
        for written in batch:
            del self._queue[written.index]
        if self.failing:
            self._delay = 0.0
            self._remarkable = MANY_WAITING
            self.log.info(
                "{where} works again; {count} changes that waited are stored",
                where=self._writer.engine.where,
                count=len(batch),
            )
        if self._given_up and len(self._queue) < MOST_WAITING // 2:
            self.log.error(
                "{count} messages and events are missing from the history in {where}: they were given up",
                count=self._given_up,
                where=self._writer.engine.where,
            )
            self._given_up = 0
            self._most = MOST_WAITING
        for written, error in refused:
            self.log.failure(
                "what came of entry {index} cannot be stored in {where}, and is lost at the next start",
                Failure(error),
                index=written.index,
                where=self._writer.engine.where,
            )
        lost = {written.index for written, _ in refused}
        stored = batch[-1].index if batch else 0
        told, self._flushes = _parted(self._flushes, stored)
        if stored:
            self._tell(stored)
        self._go_on()
        for each in told:
            if each.index in lost:
                each.told.errback(StorageFailed("a bug, which is in the log"))
            else:
                each.told.callback(None)
        for check in checks:
            check.callback(None)

    def _tell(self, index: int) -> None:
        for observe in self.observers:
            observe(index)

    def _give_up(self) -> None:
        """Let the oldest entries go of which only history would have something."""
        gone = {}
        for index, written in self._queue.items():
            # What is in flight may be stored all the same.
            if index > self._in_flight and all(type(change) is PutRecord for change in written.changes):
                gone[index] = len(written.changes)
                if len(gone) == GIVEN_UP_AT_ONCE:
                    break
        for index in gone:
            del self._queue[index]
        # Where there is nothing to give up it is not looked for at every entry.
        self._most = max(MOST_WAITING, len(self._queue) + GIVEN_UP_AT_ONCE)
        if not gone:
            return
        if not self._given_up:
            self.log.error(
                "so much waits for {where} that the oldest messages are given up: they will be missing from"
                " the history",
                where=self._writer.engine.where,
            )
        self._given_up += sum(gone.values())
        disappointed = [each for each in self._flushes if each.index in gone]
        self._flushes = [each for each in self._flushes if each.index not in gone]
        self._tell(max(gone))
        for each in disappointed:
            each.told.errback(StorageFailed("too much waits to be stored"))

    def _failed(self, failure: Failure, last: int, checks: list[Deferred[None]]) -> None:
        self._busy = False
        self._in_flight = 0
        if not failure.check(StorageFailed):
            self.log.failure("storage failed for a reason of our own", failure)
        why = str(failure.value)
        if not self.failing:
            self.log.error(
                "{where} cannot be written to: {why}. Chat goes on; nobody can register or change what is"
                " registered until this is mended, and what has changed waits in memory",
                where=self._writer.engine.where,
                why=why,
            )
        self._delay = min(self._delay * 2 or FIRST_DELAY, LONGEST_DELAY)
        told, self._flushes = _parted(self._flushes, last)
        if self._closing is not None:
            self._end(why)
        elif self._flushes or self._checks:
            self._begin()
        else:
            self._retry = self._reactor.callLater(self._delay, self._again)
        for each in told:
            each.told.errback(StorageFailed(why))
        for check in checks:
            check.errback(StorageFailed(why))

    def _broken(self, failure: Failure) -> None:
        self.log.failure("what came of an attempt to store could not be told", failure)

    def _again(self) -> None:
        self._retry = None
        self._begin()

    def _end(self, why: str = "") -> None:
        """Close, at last."""
        closing = self._closing
        if self._closed or closing is None:
            return
        self._closed = True
        if self._queue:
            self.log.critical(
                "{count} changes could not be stored in {where} and are lost: {why}",
                count=len(self._queue),
                where=self._writer.engine.where,
                why=why,
            )
        if not self._busy:
            self._writer.close()
        # A job that is under way ends when the disk lets it.
        self._runner.stop()
        closing.callback(None)


def _parted(waiting: list[_Waiting], index: int) -> tuple[list[_Waiting], list[_Waiting]]:
    """Those who wait for entries up to this one, and the others."""
    return [each for each in waiting if each.index <= index], [each for each in waiting if each.index > index]
