"""The store: what came of the entries waits here until it is on the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorFromThreads, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.storage.changes import Change
from chatdaemon.storage.engine import Written
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

    What cannot be stored waits in memory, without a limit, and is tried again for ever; operators are told
    when that begins and when it is over. Used on the reactor's thread only.
    """

    log = Logger(namespace="chatdaemon.storage")

    def __init__(self, reactor: IReactorTime, writer: Writer, runner: Runner) -> None:
        self._reactor = reactor
        self._writer = writer
        self._runner = runner
        self._queue: dict[int, Written] = {}  # by index, oldest first
        self._flushes: list[_Waiting] = []
        self._checks: list[Deferred[None]] = []
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
        if not self.failing:
            self._begin()
        elif len(self._queue) >= self._remarkable:
            self._remarkable *= 10
            self.log.warn(
                "{count} changes wait in memory for {where}, and more do all the time",
                count=len(self._queue),
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
        self._begin()
        return closing

    def _begin(self) -> None:
        """Start an attempt, unless one is under way or there is nothing to do."""
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
        self._begin()
        for each in told:
            if each.index in lost:
                each.told.errback(StorageFailed("a bug, which is in the log"))
            else:
                each.told.callback(None)
        for check in checks:
            check.callback(None)

    def _failed(self, failure: Failure, last: int, checks: list[Deferred[None]]) -> None:
        self._busy = False
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
