"""Accounts whose e-mail address was not confirmed in time: the realm is asked to let them go."""

from __future__ import annotations

from typing import Final

from chatdaemon.accounts.orders import Orders
from chatdaemon.deadlines import Deadlines
from chatdaemon.realm.accounts import Account, Standing
from chatdaemon.realm.events import AccountRegistered, CodeRenewed, Event, Stamp
from chatdaemon.realm.requests import ExpireAccount

# How often one that is due by this clock, and not yet by the log's, is asked for again; seconds.
_AGAIN: Final = 1


class Lapses:
    """Owns the moment at which the next code of a new account ends. Times are ms since 1970.

    It keeps no list of its own: what is due is looked up when something is.
    """

    def __init__(self, node: Orders, deadlines: Deadlines) -> None:
        self.due = 0  # the deadline's tick, which Deadlines sets
        self._node = node
        self._deadlines = deadlines
        self._next = 0
        node.observers.append(self._observe)

    def start(self) -> None:
        """Look for what has ended while nobody was there, and from now on."""
        self._wait()

    def deadline_reached(self) -> None:
        now = self._deadlines.now * 1000
        for account in tuple(self._node.realm.accounts.values()):
            if 0 < _end(account) <= now:
                self._node.submit(None, ExpireAccount(account.name))
        self._wait()

    def _wait(self) -> None:
        """Look again when the next of all codes ends."""
        ends = [end for account in self._node.realm.accounts.values() if (end := _end(account))]
        self._next = min(ends, default=0)
        self._deadlines.clear(self)
        if self._next:
            self._deadlines.set(self, max(_AGAIN, self._next / 1000 - self._deadlines.now))

    def _observe(self, stamp: Stamp, event: Event) -> None:
        if not isinstance(event, (AccountRegistered, CodeRenewed)) or event.code is None:
            return
        end = event.code.until
        if not self._next or end < self._next:
            self._next = end
            self._deadlines.set(self, max(_AGAIN, end / 1000 - self._deadlines.now))


def _end(account: Account) -> int:
    """When a new account ends unless it is confirmed before; 0 for all others."""
    if account.standing is not Standing.UNVERIFIED or account.code is None:
        return 0
    return account.code.until
