"""How often somebody may try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from chatdaemon.accounts import throttle
from chatdaemon.accounts.login import LoginFailed, Why
from chatdaemon.accounts.throttle import PATIENCE, Attempts, Buckets, too_many


def state(deferred: Deferred[None]) -> object:
    """What has come of it: None when it has fired, what it failed with, or "waits"."""
    if not deferred.called:
        return "waits"
    seen: list[object] = []
    deferred.addBoth(seen.append)
    return seen[0].value if isinstance(seen[0], Failure) else seen[0]


def seconds(deferred: Deferred[None]) -> float:
    """How long somebody is told to wait."""
    error = state(deferred)
    assert isinstance(error, LoginFailed)
    assert error.why is Why.WAIT
    return error.seconds


def test_a_burst_is_free_and_then_each_waits_for_its_token() -> None:
    clock = Clock()
    buckets = Buckets(clock, 2, 10.0)
    waits = []
    for _ in range(4):
        waits.append(buckets.wait("x"))
        buckets.take("x")
    assert waits == [0.0, 0.0, 10.0, 20.0]
    assert buckets.wait("y") == 0.0
    clock.advance(25)
    assert buckets.wait("x") == 5.0
    clock.advance(1000)
    assert buckets.wait("x") == 0.0


def test_a_token_that_is_given_back_was_never_taken() -> None:
    buckets = Buckets(Clock(), 1, 10.0)
    buckets.take("x")
    buckets.give_back("x")
    assert buckets.wait("x") == 0.0
    buckets.give_back("nobody")
    assert buckets.wait("nobody") == 0.0


def test_nothing_is_counted_without_a_limit_or_for_nobody() -> None:
    buckets = Buckets(Clock(), 1, None)
    for _ in range(9):
        buckets.take("x")
    assert buckets.wait("x") == 0.0
    buckets.configure(1, 10.0)
    buckets.take(None)
    buckets.take(None)
    assert buckets.wait(None) == 0.0
    assert len(buckets) == 0


def test_a_new_limit_holds_for_what_was_taken_before() -> None:
    buckets = Buckets(Clock(), 5, 10.0)
    for _ in range(3):
        buckets.take("x")
    buckets.configure(1, 10.0)
    assert buckets.wait("x") == 30.0


def test_the_table_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED", 10)
    clock = Clock()
    buckets = Buckets(clock, 1, 1000.0)
    for number in range(100):
        buckets.take(str(number))
    assert len(buckets) <= 11
    clock.advance(10_000)
    for _ in range(10):
        buckets.take("x")
    assert len(buckets) == 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30)), max_size=30))
def test_nobody_gets_more_than_the_burst_and_one_each_interval(steps: list[tuple[str, float]]) -> None:
    clock = Clock()
    buckets = Buckets(clock, 3, 10.0)
    taken: dict[str, int] = {}
    for key, passed in steps:
        clock.advance(passed)
        if not buckets.wait(key):
            buckets.take(key)
            taken[key] = taken.get(key, 0) + 1
    assert all(count <= 3 + clock.seconds() / 10.0 + 1e-6 for count in taken.values())


def test_an_attempt_beyond_the_burst_waits_its_turn_and_one_too_many_is_told_when() -> None:
    clock = Clock()
    attempts = Attempts(clock, 1, 10.0)
    first, second, third = (attempts.turn("192.0.2.1", f"account{number}") for number in range(3))
    assert (state(first), state(second)) == (None, "waits")
    assert seconds(third) == 20.0 > PATIENCE
    clock.advance(10)
    assert state(second) is None


def test_only_the_one_who_tries_is_slowed() -> None:
    attempts = Attempts(Clock(), 1, 10.0)
    assert state(attempts.turn("192.0.2.1", "alice")) is None
    assert state(attempts.turn("192.0.2.2", "bob")) is None
    assert state(attempts.turn("192.0.2.1", "carol")) == "waits"


def test_one_account_is_not_guessed_at_from_many_addresses() -> None:
    attempts = Attempts(Clock(), 2, 10.0)
    seen = [state(attempts.turn(f"192.0.2.{number}", "alice")) for number in range(4)]
    assert seen[:3] == [None, None, "waits"]
    assert isinstance(seen[3], LoginFailed)


def test_who_has_logged_in_before_does_not_wait_for_those_who_guess() -> None:
    attempts = Attempts(Clock(), 1, 10.0)
    attempts.turn("198.51.100.1", "alice")
    attempts.succeeded("198.51.100.1", "alice")
    for number in range(9):
        attempts.turn(f"192.0.2.{number}", "alice")
    assert state(attempts.turn("198.51.100.1", "alice")) is None
    assert seconds(attempts.turn("198.51.100.2", "alice")) > PATIENCE


def test_success_does_not_forgive_an_address_what_it_failed_at_others() -> None:
    attempts = Attempts(Clock(), 2, 10.0)
    assert state(attempts.turn("192.0.2.1", "alice")) is None
    assert state(attempts.turn("192.0.2.1", "mine")) is None
    attempts.succeeded("192.0.2.1", "mine")
    assert state(attempts.turn("192.0.2.1", "alice")) is None
    assert state(attempts.turn("192.0.2.1", "alice")) == "waits"


def test_an_ipv6_network_is_one_address_and_this_machine_none() -> None:
    attempts = Attempts(Clock(), 1, 10.0)
    assert state(attempts.turn("2001:db8::1", "a")) is None
    assert state(attempts.turn("2001:db8::2", "b")) == "waits"
    assert state(attempts.turn("2001:db8:0:1::2", "c")) is None
    assert [state(attempts.turn("127.0.0.1", str(number))) for number in range(5)] == [None] * 5


def test_many_tries_at_once_are_no_way_around() -> None:
    attempts = Attempts(Clock(), 3, 10.0)
    under_way = [attempts.turn("192.0.2.1", None) for _ in range(20)]
    assert [each.called and state(each) is None for each in under_way].count(True) == 3


def test_one_who_leaves_while_waiting_leaves_nothing_behind() -> None:
    clock = Clock()
    attempts = Attempts(clock, 1, 10.0)
    attempts.turn("192.0.2.1", "alice")
    waiting = attempts.turn("192.0.2.1", "alice")
    waiting.cancel()
    assert isinstance(state(waiting), CancelledError)
    assert clock.getDelayedCalls() == []


def test_those_who_are_familiar_are_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED", 2)
    attempts = Attempts(Clock(), 1, 10.0)
    for name in ("a", "b", "c"):
        attempts.succeeded("192.0.2.1", name)
    assert list(attempts._familiar) == [("192.0.2.1", "b"), ("192.0.2.1", "c")]


@pytest.mark.parametrize(
    ("wait", "spoken"), [(0.2, "1 second"), (1.2, "2 seconds"), (90, "90 seconds"), (1200, "20 minutes")]
)
def test_people_are_told_how_long_to_wait(wait: float, spoken: str) -> None:
    assert too_many(wait).text == f"Too many attempts, try again in {spoken}"
