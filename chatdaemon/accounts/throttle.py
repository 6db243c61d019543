"""How often somebody may try: token buckets in tables of a bounded size, on the clock of the reactor."""

from __future__ import annotations

from typing import Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from chatdaemon.accounts.login import LoginFailed, Why
from chatdaemon.source import source_of_host

# The longest that somebody waits for an answer, seconds; who would have to wait longer is told so at once.
PATIENCE: Final = 15.0
# Addresses and accounts whose tries are remembered; beyond it the oldest are forgotten.
REMEMBERED: Final = 65536


class Buckets:
    """A bucket of `burst` tokens for each key, into which one comes back every `interval` seconds (None: none
    is ever missing). What is taken beyond the last is a debt, to be waited off."""

    def __init__(self, clock: IReactorTime, burst: int, interval: float | None) -> None:
        self.burst = burst
        self.interval = interval
        self._clock = clock
        # When each bucket will be full again (the generic cell rate algorithm); the last touched stand last.
        self._full: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._full)

    def configure(self, burst: int, interval: float | None) -> None:
        """Use these limits from now on."""
        self.burst, self.interval = burst, interval

    def wait(self, key: str | None) -> float:
        """Seconds until there is a token; for None, for which nothing is counted, 0."""
        if key is None or self.interval is None:
            return 0.0
        now = self._clock.seconds()
        return max(0.0, self._full.get(key, now) - (self.burst - 1) * self.interval - now)

    def take(self, key: str | None) -> None:
        """Take a token, even one that is not there yet."""
        if key is None or self.interval is None:
            return
        now = self._clock.seconds()
        full = max(self._full.pop(key, now), now)
        # Each adds one at most, so this keeps up.
        for _ in range(2):
            oldest = next(iter(self._full), None)
            if oldest is None or (self._full[oldest] > now and len(self._full) < REMEMBERED):
                break
            del self._full[oldest]
        self._full[key] = full + self.interval

    def give_back(self, key: str | None) -> None:
        """A token that was taken was not used."""
        if key is not None and self.interval is not None and key in self._full:
            self._full[key] -= self.interval


class Attempts:
    """Failed logins, counted for each address and for each account.

    A try takes a token of both before it is known how it ends, so that many at once are no way around, and
    gets them back when it succeeds. When there is none it waits its turn, which slows only who tries:
    whoever has logged in to an account lately, from where it was, does not wait for the account's bucket.
    """

    def __init__(self, clock: IReactorTime, burst: int, interval: float | None) -> None:
        self._clock = clock
        self._addresses = Buckets(clock, burst, interval)
        self._accounts = Buckets(clock, burst, interval)
        self._familiar: dict[tuple[str | None, str], None] = {}

    def configure(self, burst: int, interval: float | None) -> None:
        """Use these limits from now on."""
        for buckets in (self._addresses, self._accounts):
            buckets.configure(burst, interval)

    def turn(self, address: str, account: str | None) -> Deferred[None]:
        """Fires when it is the turn of this address at this (folded) account, if that is known; fails with
        LoginFailed(WAIT) when that would be too long. A try that is cancelled counts all the same."""
        source = source_of_host(address)
        at = None if account is None or (source, account) in self._familiar else account
        wait = max(self._addresses.wait(source), self._accounts.wait(at))
        if wait > PATIENCE:
            return _failed(wait)
        self._addresses.take(source)
        self._accounts.take(at)
        if not wait:
            return succeed(None)
        return _later(self._clock, wait)

    def succeeded(self, address: str, account: str | None) -> None:
        """The try, whose turn it was, was no failure."""
        source = source_of_host(address)
        self._addresses.give_back(source)
        if account is not None and (source, account) not in self._familiar:
            self._accounts.give_back(account)
            if len(self._familiar) >= REMEMBERED:
                del self._familiar[next(iter(self._familiar))]
            self._familiar[source, account] = None


def _failed(seconds: float) -> Deferred[None]:
    failed: Deferred[None] = Deferred()
    failed.errback(too_many(seconds))
    return failed


def too_many(seconds: float) -> LoginFailed:
    """What somebody is told who has tried too often."""
    return LoginFailed(Why.WAIT, f"Too many attempts, try again in {_spoken(seconds)}", seconds)


def _spoken(seconds: float) -> str:
    if seconds > 90:
        return f"{-int(-seconds // 60)} minutes"
    count = max(1, -int(-seconds // 1))
    return f"{count} second{'s' if count > 1 else ''}"


def _later(clock: IReactorTime, seconds: float) -> Deferred[None]:
    call: IDelayedCall

    def stop(_: Deferred[None]) -> None:
        call.cancel()

    turn: Deferred[None] = Deferred(stop)
    call = clock.callLater(seconds, turn.callback, None)
    return turn
