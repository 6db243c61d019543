"""What is good for a time: when that is over, the realm is asked to let it go (time passing is a request)."""

from __future__ import annotations

from collections.abc import Iterator

from chatdaemon.accounts.orders import Orders
from chatdaemon.deadlines import Deadlines
from chatdaemon.realm.accounts import Standing
from chatdaemon.realm.events import (
    AccountRegistered,
    CodeRenewed,
    Configured,
    Detached,
    Event,
    ModesChanged,
    Stamp,
    TokenCreated,
)
from chatdaemon.realm.modes import ChannelList
from chatdaemon.realm.presence import expires_at
from chatdaemon.realm.requests import (
    ExpireAccount,
    ExpireBans,
    ExpirePresence,
    ExpireToken,
    Request,
    ResumePresence,
)
from chatdaemon.realm.state import Channel, State

# How often what is due by this clock, and not yet by the log's, is asked for again; seconds.
AGAIN = 1


class Expiry:
    """Owns the moment at which the next thing of one kind ends. Times are ms since 1970.

    It keeps no list of its own: what is due is looked up when something is, so that what was renamed, or
    loaded at start, needs nothing more.
    """

    def __init__(self, node: Orders, deadlines: Deadlines) -> None:
        self.due = 0  # the deadline's tick, which Deadlines sets
        self._node = node
        self._deadlines = deadlines
        self._next = 0
        node.observers.append(self._observe)

    def ends(self, state: State) -> Iterator[tuple[int, Request]]:
        """When each thing of the kind ends, and what is to be asked then."""
        raise NotImplementedError

    def begun(self, state: State, event: Event) -> int:
        """When what the event has brought ends; 0 where it has brought nothing of the kind."""
        raise NotImplementedError

    def start(self) -> None:
        """Look for what has ended while nobody was there, and from now on."""
        self._wait()

    def deadline_reached(self) -> None:
        now = self._deadlines.now * 1000
        for end, request in tuple(self.ends(self._node.realm)):
            if end <= now:
                self._node.submit(None, request)
        self._wait()

    def _wait(self) -> None:
        """Look again when the next of all ends."""
        self._next = min((end for end, _ in self.ends(self._node.realm)), default=0)
        self._deadlines.clear(self)
        if self._next:
            self._set()

    def _observe(self, stamp: Stamp, event: Event) -> None:
        end = self.begun(self._node.realm, event)
        if end and (not self._next or end < self._next):
            self._next = end
            self._set()

    def _set(self) -> None:
        self._deadlines.set(self, max(AGAIN, self._next / 1000 - self._deadlines.now))


class BanExpiry(Expiry):
    """Masks in the lists of channels."""

    def ends(self, state: State) -> Iterator[tuple[int, Request]]:
        for channel in state.channels.values():
            if end := _next_end(channel):
                yield end, ExpireBans(channel.name)

    def begun(self, state: State, event: Event) -> int:
        if not isinstance(event, ModesChanged):
            return 0
        if not any(change.add and isinstance(change.mode, ChannelList) for change in event.changes):
            return 0
        channel = state.channel(event.channel)
        return _next_end(channel) if channel is not None else 0


class AccountExpiry(Expiry):
    """New accounts whose e-mail address is not confirmed in time."""

    def ends(self, state: State) -> Iterator[tuple[int, Request]]:
        for account in state.accounts.values():
            if account.standing is Standing.UNVERIFIED and account.code is not None:
                yield account.code.until, ExpireAccount(account.name)

    def begun(self, state: State, event: Event) -> int:
        if not isinstance(event, (AccountRegistered, CodeRenewed)) or event.code is None:
            return 0
        return event.code.until


class TokenExpiry(Expiry):
    """Access tokens that were made for a time."""

    def ends(self, state: State) -> Iterator[tuple[int, Request]]:
        for token in state.tokens.values():
            if token.expires_at is not None:
                yield token.expires_at, ExpireToken(token.digest)

    def begun(self, state: State, event: Event) -> int:
        token = state.tokens.get(event.digest) if isinstance(event, TokenCreated) else None
        return (token.expires_at or 0) if token is not None else 0


class PresenceExpiry(Expiry):
    """Users who are always on, and have had no client for long."""

    def start(self) -> None:
        if self._node.realm.users:
            self._node.submit(None, ResumePresence())
        super().start()

    def ends(self, state: State) -> Iterator[tuple[int, Request]]:
        for user in state.users.values():
            end = expires_at(state, user)
            if end and user.account is not None:
                yield end, ExpirePresence(user.account)

    def begun(self, state: State, event: Event) -> int:
        if isinstance(event, Configured):
            return min((end for end, _ in self.ends(state)), default=0)
        if not isinstance(event, Detached):
            return 0
        user = state.users.get(event.who.id)
        return expires_at(state, user) if user is not None else 0


def _next_end(channel: Channel) -> int:
    """When the first mask of a channel ends; 0 where none does."""
    return min(
        (entry.until for which in channel.lists for entry in channel.entries(which) if entry.until), default=0
    )
