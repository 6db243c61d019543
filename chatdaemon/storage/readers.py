"""A few threads that read the database, each by a connection of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.reader import Reader
from chatdaemon.storage.store import Runner

T = TypeVar("T")

# Questions that wait for a thread: who asks when there are more is told that it cannot be done now.
MOST_WAITING: Final = 256


class Readers:
    """Owns the connections, one for each runner, and the questions that wait for one. A connection is opened
    when it is first needed, and again after a failure. Used on the reactor's thread only."""

    def __init__(
        self, runners: Iterable[Runner], connect: Callable[[], Reader], most_waiting: int = MOST_WAITING
    ) -> None:
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[Callable[[Reader], Any], Deferred[Any]]] = deque()
        self._idle = [_Connection(runner, connect) for runner in runners]
        self._stopped = False

    def ask(self, question: Callable[[Reader], T]) -> Deferred[T]:
        """What the question returns. Fails with StorageFailed where the database cannot be read, where it
        takes too long, and where too many wait."""
        if self._stopped:
            return fail(StorageFailed("it is closed"))
        if len(self._waiting) >= self._most_waiting:
            return fail(StorageFailed("too many are asking it at once"))
        answer: Deferred[T] = Deferred()
        self._waiting.append((question, answer))
        self._go_on()
        return answer

    def stop(self) -> None:
        """Answer nobody any more, and close. Does not wait for what is under way."""
        self._stopped = True
        waiting, self._waiting = self._waiting, deque()
        for _, answer in waiting:
            answer.errback(StorageFailed("it is closed"))
        for connection in self._idle:
            connection.stop()
        self._idle.clear()

    def _go_on(self) -> None:
        while self._idle and self._waiting:
            # The one that was used last: its pages are in the cache.
            connection = self._idle.pop()
            question, answer = self._waiting.popleft()
            asked = connection.ask(question)
            asked.addBoth(self._answered, connection, answer)

    def _answered(self, result: Any, connection: _Connection, answer: Deferred[Any]) -> None:
        if self._stopped:
            connection.stop()
        else:
            self._idle.append(connection)
            self._go_on()
        if isinstance(result, Failure):
            answer.errback(result)
        else:
            answer.callback(result)


class _Connection:
    """One connection, and the runner that it is used on."""

    def __init__(self, runner: Runner, connect: Callable[[], Reader]) -> None:
        self._runner = runner
        self._connect = connect
        self._reader: Reader | None = None

    def ask(self, question: Callable[[Reader], T]) -> Deferred[T]:
        return self._runner.run(lambda: self._ask(question))

    def stop(self) -> None:
        if self._reader is not None:
            self._runner.run(self._close)
        self._runner.stop()

    def _ask(self, question: Callable[[Reader], T]) -> T:
        if self._reader is None:
            self._reader = self._connect()
        try:
            with self._reader.snapshot():
                return question(self._reader)
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
