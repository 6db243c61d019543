from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from chatdaemon.deadlines import Deadlines


class Timed:
    """Remembers when its deadline was reached."""

    def __init__(self, deadlines: Deadlines, then: Callable[[], None] | None = None) -> None:
        self.due = 0
        self.reached: list[int] = []
        self._deadlines = deadlines
        self._then = then

    def deadline_reached(self) -> None:
        assert self.due == 0
        self.reached.append(self._deadlines.now)
        if self._then is not None:
            self._then()


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.advance(1000.5)
    return clock


@pytest.fixture
def deadlines(clock: Clock) -> Iterator[Deadlines]:
    deadlines = Deadlines(clock)
    deadlines.start()
    yield deadlines
    deadlines.stop()


def second_by_second(clock: Clock, seconds: int) -> None:
    for _ in range(seconds):
        clock.advance(1)


def test_a_deadline_is_reached_once_and_not_too_early(clock: Clock, deadlines: Deadlines) -> None:
    timed = Timed(deadlines)
    deadlines.set(timed, 5)
    second_by_second(clock, 4)
    assert timed.reached == []
    second_by_second(clock, 20)
    assert timed.reached == [1005]


@pytest.mark.parametrize(("seconds", "reached"), [(0, 1001), (0.1, 1001), (1, 1001), (1.1, 1002), (2, 1002)])
def test_fractions_are_rounded_up_and_never_to_now(
    clock: Clock, deadlines: Deadlines, seconds: float, reached: int
) -> None:
    timed = Timed(deadlines)
    deadlines.set(timed, seconds)
    second_by_second(clock, 5)
    assert timed.reached == [reached]


def test_setting_again_replaces(clock: Clock, deadlines: Deadlines) -> None:
    timed = Timed(deadlines)
    deadlines.set(timed, 2)
    deadlines.set(timed, 6)
    second_by_second(clock, 20)
    assert timed.reached == [1006]


def test_clearing_takes_it_away_and_may_be_done_twice(clock: Clock, deadlines: Deadlines) -> None:
    timed, other = Timed(deadlines), Timed(deadlines)
    deadlines.set(timed, 2)
    deadlines.set(other, 2)
    deadlines.clear(timed)
    deadlines.clear(timed)
    second_by_second(clock, 5)
    assert (timed.reached, other.reached) == ([], [1002])


def test_a_deadline_may_set_the_next(clock: Clock, deadlines: Deadlines) -> None:
    timed: Timed = Timed(deadlines, lambda: deadlines.set(timed, 3))
    deadlines.set(timed, 3)
    second_by_second(clock, 10)
    assert timed.reached == [1003, 1006, 1009]


def test_one_that_an_earlier_one_clears_or_moves_is_not_called_in_the_same_tick(
    clock: Clock, deadlines: Deadlines
) -> None:
    cleared, moved = Timed(deadlines), Timed(deadlines)

    def meddle() -> None:
        deadlines.clear(cleared)
        deadlines.set(moved, 4)

    first = Timed(deadlines, meddle)
    for timed in (first, cleared, moved):
        deadlines.set(timed, 2)
    second_by_second(clock, 10)
    assert (first.reached, cleared.reached, moved.reached) == ([1002], [], [1006])


@pytest.mark.parametrize("jump", [10, 5000])
def test_after_a_jump_all_are_called_in_order_and_what_follows_is_reckoned_from_then(
    clock: Clock, deadlines: Deadlines, jump: int
) -> None:
    order: list[str] = []
    later = Timed(deadlines, lambda: order.append("later"))

    def again() -> None:
        order.append("first")
        deadlines.set(first, 2)

    first = Timed(deadlines, again)
    deadlines.set(later, 5)
    deadlines.set(first, 2)
    clock.advance(jump)
    assert order == ["first", "later"]
    assert first.reached == later.reached == [1000 + jump]
    # Whoever is asked late has the whole time to answer.
    clock.advance(1)
    assert order == ["first", "later"]
    clock.advance(1)
    assert order == ["first", "later", "first"]


def test_now_follows_the_clock_in_whole_seconds_and_never_goes_back(
    clock: Clock, deadlines: Deadlines
) -> None:
    timed = Timed(deadlines)
    deadlines.set(timed, 3)
    clock.advance(1)
    assert deadlines.now == 1001
    clock.rightNow -= 500
    second_by_second(clock, 20)
    assert (deadlines.now, timed.reached) == (1001, [])
    second_by_second(clock, 500)
    assert timed.reached == [1003]


def test_stopping_ends_the_ticks_and_may_be_done_twice(clock: Clock, deadlines: Deadlines) -> None:
    timed = Timed(deadlines)
    deadlines.set(timed, 1)
    deadlines.stop()
    deadlines.stop()
    second_by_second(clock, 5)
    assert timed.reached == []
    assert not clock.getDelayedCalls()


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 20), st.integers(0, 7))))
def test_each_is_called_when_it_is_due_whatever_was_set_and_cleared(
    steps: list[tuple[int, int | None, int]],
) -> None:
    clock = Clock()
    deadlines = Deadlines(clock)
    deadlines.start()
    timed = [Timed(deadlines) for _ in range(10)]
    due: dict[int, int] = {}
    expected: list[list[int]] = [[] for _ in timed]
    for which, seconds, wait in steps:
        if seconds is None:
            deadlines.clear(timed[which])
            due.pop(which, None)
        else:
            deadlines.set(timed[which], seconds)
            due[which] = deadlines.now + max(1, seconds)
        for _ in range(wait):
            clock.advance(1)
            for each, when in list(due.items()):
                if when == deadlines.now:
                    expected[each].append(when)
                    del due[each]
    assert [each.reached for each in timed] == expected
    for left in timed:
        deadlines.clear(left)
    assert not deadlines._ticks
