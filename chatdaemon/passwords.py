"""Password hashes: argon2id, computed on threads of their own.

A check takes some 20 ms of CPU and 19 MiB on purpose, so it is never done on the reactor's thread, nor on the
reactor's pool, where it would hold up name lookups. What waits is bounded: a flood of guesses is refused, not
queued without end.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorFromThreads

T = TypeVar("T")

ARGON2: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
"""RFC 9106 argon2id with OWASP's parameters: 2 passes, 19 MiB (in KiB here), one lane."""

# Checked in place of a hash that does not exist, so that the time taken does not tell the two apart.
_DECOY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$K1Hn46VDiqdXHZA0AN+NKw$sraUyyTklG2fdxToH6ex8kkOoy9pW5qquNcgGV3LNl8"
)


class Hasher(Protocol):
    """The part of argon2's PasswordHasher that is used, for tests to stand in for."""

    def hash(self, password: bytes, /) -> str: ...

    def verify(self, encoded: str, password: bytes, /) -> bool:
        """:raises VerifyMismatchError: when the password is another one."""


class QueueFull(Exception):
    """Too many passwords wait to be checked; try again later."""


class Stopped(Exception):
    """The pool has been stopped: no password is checked any more."""


def hash_password(password: str) -> str:
    """The encoded argon2id hash (PHC string) with a fresh salt. It blocks: for the command line."""
    return ARGON2.hash(_bytes(password))


def is_outdated(encoded: str) -> bool:
    """Whether an argon2 hash was made with other parameters than new ones are. False for what is none."""
    try:
        return ARGON2.check_needs_rehash(encoded)
    except InvalidHashError:
        return False


class Passwords:
    """Hashes and checks passwords on its own few threads. Its methods are called on the reactor's thread."""

    def __init__(
        self, reactor: IReactorFromThreads, *, threads: int = 2, limit: int = 64, hasher: Hasher = ARGON2
    ) -> None:
        """
        :param threads: how many passwords are worked on at the same time (19 MiB each).
        :param limit: how many may be under way or waiting before QueueFull.
        """
        self._reactor = reactor
        self._hasher = hasher
        self._limit = limit
        self._pending = 0
        self._stopped = False
        self._waiting_for_the_end: list[Deferred[None]] = []
        # Threads are started by the first tasks, not here.
        self._executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="password")

    @property
    def pending(self) -> int:
        """Passwords under way or waiting."""
        return self._pending

    def work(self, task: Callable[[], T]) -> Deferred[T]:
        """What a task of some other kind returns that computes for as long. Fails with QueueFull or Stopped,
        and with what the task raises. Cancelling takes a task that has not begun out of the queue."""
        return self._submit(task)

    def hash(self, password: str) -> Deferred[str]:
        """An encoded hash with a fresh salt. Fails with QueueFull or Stopped."""
        return self._submit(lambda: self._hasher.hash(_bytes(password)))

    def verify(self, encoded: str | None, password: str) -> Deferred[bool]:
        """Whether the password is the one that was hashed.

        ``None`` stands for a hash that does not exist: the answer is False after the usual time. Fails with
        QueueFull or Stopped, and with argon2's InvalidHashError where ``encoded`` is no argon2 hash.
        Cancelling takes a check that has not begun out of the queue.
        """

        def check() -> bool:
            try:
                return self._hasher.verify(encoded or _DECOY, _bytes(password)) and encoded is not None
            except VerifyMismatchError:
                return False

        return self._submit(check)

    def stop(self) -> Deferred[None]:
        """Refuses what has not begun and ends the threads. Fires when what was under way is done."""
        self._stopped = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        ended: Deferred[None] = Deferred()
        self._waiting_for_the_end.append(ended)
        self._tell_the_end()
        return ended

    def _submit(self, task: Callable[[], T]) -> Deferred[T]:
        if self._stopped:
            return fail(Stopped())
        if self._pending >= self._limit:
            return fail(QueueFull())
        self._pending += 1
        future = self._executor.submit(task)

        def give_up(_: Deferred[T]) -> None:
            future.cancel()

        answer: Deferred[T] = Deferred(give_up)
        future.add_done_callback(lambda done: self._reactor.callFromThread(self._deliver, done, answer))
        return answer

    def _deliver(self, future: Future[T], answer: Deferred[T]) -> None:
        self._pending -= 1
        # Who asked may have cancelled while the thread was at work.
        if not answer.called:
            if future.cancelled():
                answer.errback(Stopped())
            elif error := future.exception():
                answer.errback(error)
            else:
                answer.callback(future.result())
        self._tell_the_end()

    def _tell_the_end(self) -> None:
        if self._stopped and not self._pending:
            waiting, self._waiting_for_the_end = self._waiting_for_the_end, []
            for ended in waiting:
                ended.callback(None)


def _bytes(password: str) -> bytes:
    # What a client sent that was no UTF-8 reached us with surrogates in place of the bytes.
    return password.encode("utf-8", "surrogateescape")
