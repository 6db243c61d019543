from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from chatdaemon.passwords import ARGON2, Hasher, Passwords, QueueFull, Stopped, hash_password, is_outdated

PATIENCE = 60.0  # seconds until a test that waits for a thread gives up; no test takes that long


@implementer(IReactorFromThreads)
class Turns:
    """A reactor that runs what threads hand to it when the test says so."""

    def __init__(self) -> None:
        self._calls: queue.Queue[Callable[[], object]] = queue.Queue()

    def callFromThread(self, callable: Callable[..., object], *args: object, **kwargs: object) -> None:  # noqa: A002 - the interface's name
        self._calls.put(lambda: callable(*args, **kwargs))

    def until(self, *deferreds: Deferred[Any]) -> None:
        while not all(deferred.called for deferred in deferreds):
            self._calls.get(timeout=PATIENCE)()

    def next(self) -> None:
        self._calls.get(timeout=PATIENCE)()


class Gate:
    """A hasher that works only while its gate is open; the hash of a password is the password."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered: queue.Queue[int] = queue.Queue()

    def hash(self, password: bytes, /) -> str:
        self.entered.put(threading.get_ident())
        assert self.open.wait(PATIENCE)
        return password.decode()

    def verify(self, encoded: str, password: bytes, /) -> bool:
        if self.hash(password) != encoded:
            raise VerifyMismatchError
        return True


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()  # No thread outlives a test that failed.


def result(deferred: Deferred[Any]) -> object:
    """What the Deferred has fired with; a Failure where it has failed."""
    seen: list[object] = []
    deferred.addBoth(seen.append)
    assert seen, "it has not fired"
    return seen[0]


def failed_with(deferred: Deferred[Any], kind: type[BaseException]) -> bool:
    failure = result(deferred)
    return isinstance(failure, Failure) and failure.check(kind) is kind


def test_argon2_s_own_class_is_a_hasher() -> None:
    hasher: Hasher = ARGON2
    assert hasher.verify(hasher.hash(b"x"), b"x")


def test_a_password_verifies_against_its_hash_and_no_other_does(turns: Turns) -> None:
    passwords = Passwords(turns)
    hashed = passwords.hash("correct horse")
    turns.until(hashed)
    encoded = result(hashed)
    assert isinstance(encoded, str)
    assert PasswordHasher().verify(encoded, "correct horse")
    right, wrong = passwords.verify(encoded, "correct horse"), passwords.verify(encoded, "battery staple")
    turns.until(right, wrong)
    assert (result(right), result(wrong)) == (True, False)
    passwords.stop()


def test_the_command_line_s_hash_verifies_in_the_daemon(turns: Turns) -> None:
    passwords = Passwords(turns)
    answer = passwords.verify(hash_password("pass"), "pass")
    turns.until(answer)
    assert result(answer) is True
    passwords.stop()


def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert not is_outdated(hash_password("pass"))
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("pass"))
    assert not is_outdated("no hash")


def test_bytes_that_are_no_utf_8_are_a_password_as_well(turns: Turns) -> None:
    passwords = Passwords(turns)
    answer = passwords.verify(ARGON2.hash(b"caf\xe9"), b"caf\xe9".decode("utf-8", "surrogateescape"))
    turns.until(answer)
    assert result(answer) is True
    passwords.stop()


def test_other_slow_work_is_done_there_as_well(turns: Turns) -> None:
    passwords = Passwords(turns)
    done, failed = passwords.work(threading.get_ident), passwords.work(lambda: int("x"))
    turns.until(done, failed)
    assert result(done) != threading.get_ident()
    assert failed_with(failed, ValueError)
    passwords.stop()


def test_a_hash_that_does_not_exist_is_checked_all_the_same_and_never_fits(turns: Turns, gate: Gate) -> None:
    passwords = Passwords(turns, hasher=gate)
    answer = passwords.verify(None, "anything")
    assert gate.entered.get(timeout=PATIENCE) != threading.get_ident()
    gate.open.set()
    turns.until(answer)
    assert result(answer) is False
    passwords.stop()


def test_even_a_password_that_fits_the_decoy_is_wrong(turns: Turns) -> None:
    class Yes:
        def hash(self, password: bytes, /) -> str:
            return ""

        def verify(self, encoded: str, password: bytes, /) -> bool:
            assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
            return True

    passwords = Passwords(turns, hasher=Yes())
    answer = passwords.verify(None, "anything")
    turns.until(answer)
    assert result(answer) is False
    passwords.stop()


def test_the_decoy_is_a_hash_that_argon2_can_work_on(turns: Turns) -> None:
    passwords = Passwords(turns)
    answer = passwords.verify(None, "anything")
    turns.until(answer)
    assert result(answer) is False
    passwords.stop()


def test_what_is_no_hash_is_an_error_and_not_a_wrong_password(turns: Turns) -> None:
    passwords = Passwords(turns)
    answer = passwords.verify("plaintext", "plaintext")
    turns.until(answer)
    assert failed_with(answer, InvalidHashError)
    passwords.stop()


def test_work_is_done_on_as_many_threads_as_asked_and_never_on_the_caller_s(turns: Turns, gate: Gate) -> None:
    passwords = Passwords(turns, threads=2, hasher=gate)
    answers = [passwords.hash(str(n)) for n in range(6)]
    first = {gate.entered.get(timeout=PATIENCE), gate.entered.get(timeout=PATIENCE)}
    assert gate.entered.empty()
    gate.open.set()
    turns.until(*answers)
    assert [result(answer) for answer in answers] == list("012345")
    threads = first | {gate.entered.get_nowait() for _ in range(4)}
    assert len(first) == len(threads) == 2
    assert threading.get_ident() not in threads
    passwords.stop()


def test_more_than_the_limit_is_refused_at_once_until_there_is_room(turns: Turns, gate: Gate) -> None:
    passwords = Passwords(turns, threads=1, limit=2, hasher=gate)
    running, waiting = passwords.verify("a", "a"), passwords.verify("b", "x")
    assert failed_with(passwords.verify("c", "c"), QueueFull)
    assert failed_with(passwords.hash("c"), QueueFull)
    assert passwords.pending == 2
    gate.open.set()
    turns.until(running, waiting)
    assert (result(running), result(waiting)) == (True, False)
    later = passwords.verify("c", "c")
    turns.until(later)
    assert result(later) is True
    assert passwords.pending == 0
    passwords.stop()


def test_one_who_leaves_while_waiting_gives_the_place_back(turns: Turns, gate: Gate) -> None:
    passwords = Passwords(turns, threads=1, limit=2, hasher=gate)
    running, waiting = passwords.hash("a"), passwords.hash("b")
    gate.entered.get(timeout=PATIENCE)
    waiting.cancel()
    assert failed_with(waiting, CancelledError)
    turns.next()
    assert passwords.pending == 1
    gate.open.set()
    turns.until(running)
    assert gate.entered.empty()
    passwords.stop()


def test_one_who_leaves_while_the_thread_works_hears_nothing_more(turns: Turns, gate: Gate) -> None:
    passwords = Passwords(turns, threads=1, hasher=gate)
    running = passwords.hash("a")
    gate.entered.get(timeout=PATIENCE)
    running.cancel()
    assert failed_with(running, CancelledError)
    assert passwords.pending == 1
    gate.open.set()
    turns.next()
    assert passwords.pending == 0
    passwords.stop()


def test_stopping_finishes_what_runs_and_refuses_what_waits(turns: Turns, gate: Gate) -> None:
    passwords = Passwords(turns, threads=1, hasher=gate)
    running, waiting = passwords.hash("a"), passwords.hash("b")
    gate.entered.get(timeout=PATIENCE)
    ended, again = passwords.stop(), passwords.stop()
    turns.until(waiting)
    assert failed_with(waiting, Stopped)
    assert failed_with(passwords.hash("c"), Stopped)
    assert not ended.called
    gate.open.set()
    turns.until(running)
    assert result(running) == "a"
    assert (result(ended), result(again)) == (None, None)
    assert gate.entered.empty()


def test_a_pool_that_was_never_used_stops_at_once(turns: Turns) -> None:
    assert result(Passwords(turns).stop()) is None


class OnTheRealReactor(TestCase):
    async def test_answers_arrive_on_the_reactor_s_thread(self) -> None:
        passwords = Passwords(IReactorFromThreads(reactor))
        thread = await passwords.verify(None, "x").addCallback(lambda _: threading.get_ident())
        assert thread == threading.get_ident()
        await passwords.stop()
