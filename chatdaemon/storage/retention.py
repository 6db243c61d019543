"""How long history is kept: what is too old, or too much, is deleted a little at a time.

Deleting is a handful of small transactions between those that store, each of some milliseconds, with a pause
after it. What is held (`holds.py`) stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.history.history import History
from chatdaemon.history.record import Point
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.conversations import Conversation, in_channel
from chatdaemon.realm.settings import FOR_EVER, UNLIMITED
from chatdaemon.realm.state import State
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.history_tables import HistoryTables, Stored

T = TypeVar("T")

# Rows that one transaction looks at, and deletes at most.
STEP: Final = 500
# Conversations that one transaction counts.
COUNTED: Final = 20
# Seconds until the first sweep, when those who come back at a start are here; between two sweeps, and between
# two transactions of one.
FIRST: Final = 60
INTERVAL: Final = 300
PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_age` in ms (FOR_EVER: none), `max_messages` of one conversation (UNLIMITED: all). `channels` has
    those of channels where one is less, by the first number of the channel's conversation."""

    max_age: int = FOR_EVER
    max_messages: int = UNLIMITED
    channels: dict[int, tuple[int, int]] = field(default_factory=dict)


def limits_of(state: State, history: History) -> Limits:
    """As the configuration and the founders of channels have set them."""
    settings = history.settings
    channels = {}
    for channel in state.channels.values():
        registration = channel.registration
        if registration is None:
            continue
        age = registration.settings.get(RegistrationSetting.MAX_AGE)
        most = registration.settings.get(RegistrationSetting.MAX_MESSAGES)
        own = (
            settings.max_age if age is None else min(settings.max_age, int(age) * 1000),
            settings.max_messages if most is None else min(settings.max_messages, int(most)),
        )
        if own != (settings.max_age, settings.max_messages):
            channels[in_channel(channel.id).first] = own
    return Limits(settings.max_age, settings.max_messages, channels)


def sweep(engine: Engine, limits: Limits, now: int) -> Iterator[int]:
    """Delete what is beyond the limits at `now` (ms since 1970): yields after each transaction how many rows
    have gone. Raises StorageFailed."""
    if limits.max_age < FOR_EVER:
        yield from _oldest(engine, now - limits.max_age)
    for first, (max_age, max_messages) in limits.channels.items():
        conversation = Conversation(first)
        if max_age < limits.max_age:
            yield from _until(engine, conversation, _before(now - max_age))
        if max_messages < limits.max_messages:
            with engine.changing() as tables:
                last = _last_too_much(tables, conversation, max_messages)
            if last is not None:
                yield from _until(engine, conversation, _up_to(last))
    if limits.max_messages < UNLIMITED:
        yield from _counted(engine, limits.max_messages)
    while engine.shrink():
        yield 0


def _before(at: int) -> Callable[[Stored], bool]:
    return lambda each: each.at < at


def _up_to(point: Point) -> Callable[[Stored], bool]:
    return lambda each: each.point <= point


def _oldest(engine: Engine, limit: int) -> Iterator[int]:
    after = 0
    while True:
        with engine.changing() as tables:
            rows = tables.rows("id > ? ORDER BY id", (after,), STEP)
            old = list(takewhile(_before(limit), rows))
            gone = _delete(tables, old)
        yield gone
        if len(old) < STEP:
            return
        after = old[-1].id


def _until(engine: Engine, conversation: Conversation, old: Callable[[Stored], bool]) -> Iterator[int]:
    """Delete the rows of a conversation from the first one on, for as long as they are old."""
    for message in (1, 0):
        after = Point(0, -1)
        while True:
            with engine.changing() as tables:
                rows = tables.rows(
                    "first = ? AND second = ? AND message = ? AND (entry, ordinal) > (?, ?)"
                    " ORDER BY entry, ordinal",
                    (*conversation, message, *after),
                    STEP,
                )
                due = list(takewhile(old, rows))
                gone = _delete(tables, due)
            yield gone
            if len(due) < STEP:
                break
            after = due[-1].point


def _counted(engine: Engine, most: int) -> Iterator[int]:
    """Look through all conversations, a few at a time."""
    place: Conversation | None = Conversation(0, 0)
    while place is not None:
        too_long = []
        with engine.changing() as tables:
            for _ in range(COUNTED):
                found = tables.ask(
                    "SELECT first, second FROM history WHERE (first, second) > (?, ?)"
                    " ORDER BY first, second LIMIT 1",
                    tuple(place),
                )
                if not found:
                    place = None
                    break
                place = Conversation(*found[0])
                last = _last_too_much(tables, place, most)
                if last is not None:
                    too_long.append((place, last))
        yield 0
        for conversation, last in too_long:
            yield from _until(engine, conversation, _up_to(last))


def _last_too_much(tables: HistoryTables, conversation: Conversation, most: int) -> Point | None:
    """The last message of a conversation that is one too many; None where there are no more than that."""
    found = tables.ask(
        "SELECT entry, ordinal FROM history WHERE first = ? AND second = ? AND message = 1"
        " ORDER BY entry DESC, ordinal DESC LIMIT 1 OFFSET ?",
        (*conversation, most),
    )
    return Point(*found[0]) if found else None


def _delete(tables: HistoryTables, several: list[Stored]) -> int:
    if not several:
        return 0
    holds = tables.holds()
    due = [each for each in several if not holds.cover(each)]
    tables.delete(due)
    return len(due)


class Between(Protocol):
    """Has something done between two transactions, as Store does."""

    def run(self, job: Callable[[Engine], T]) -> Deferred[T]: ...


class Retention:
    """Owns the sweeps of a daemon: one soon after the start, then one INTERVAL after the other.

    :param now: the time, in seconds since 1970.
    """

    log = Logger(namespace="chatdaemon.storage")

    def __init__(
        self, reactor: IReactorTime, now: Callable[[], float], store: Between, state: State, history: History
    ) -> None:
        self._reactor = reactor
        self._now = now
        self._store = store
        self._state = state
        self._history = history
        self._next: IDelayedCall | None = None
        self._steps: Iterator[int] | None = None
        self._gone = 0
        self._stopped = False

    def start(self) -> None:
        self._next = self._reactor.callLater(FIRST, self._begin)

    def stop(self) -> None:
        """Begin no more. A transaction that is under way ends by itself."""
        self._stopped = True
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _begin(self) -> None:
        limits, now = limits_of(self._state, self._history), int(self._now() * 1000)
        self._gone = 0
        self._step(lambda engine: sweep(engine, limits, now))

    def _step(self, begun: Callable[[Engine], Iterator[int]]) -> None:
        """Have the next transaction made, of a sweep that is begun by it if it is the first."""
        self._next = None

        def job(engine: Engine) -> int | None:
            if self._steps is None:
                self._steps = begun(engine)
            return next(self._steps, None)

        self._store.run(job).addCallbacks(self._done, self._failed, callbackArgs=(begun,))

    def _done(self, gone: int | None, begun: Callable[[Engine], Iterator[int]]) -> None:
        if gone is None:
            self._over()
        else:
            self._gone += gone
            if not self._stopped:
                self._next = self._reactor.callLater(PAUSE, self._step, begun)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(StorageFailed):
            self.log.failure("old messages could not be deleted", failure)
        # Who stores has said that storage fails, and says when it works again.
        self._over()

    def _over(self) -> None:
        if self._gone:
            self.log.info("{count} old messages and events were deleted from the history", count=self._gone)
        self._steps = None
        if not self._stopped:
            self._next = self._reactor.callLater(INTERVAL, self._begin)
