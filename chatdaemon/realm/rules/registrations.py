"""Registered channels: what they become when accounts come and go."""

from __future__ import annotations

from chatdaemon.realm.accounts import Account
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event
from chatdaemon.realm.rules.ranks import granted
from chatdaemon.realm.state import State, User


def ranks_on_login(state: State, entry: Entry, user: User) -> tuple[Event, ...]:
    """The user has just logged in (`user.account` is set, `state.logged_in` too): give it the ranks that the
    account has in the channels that it is in."""
    events: list[Event] = []
    for channel in user.channels:
        if channel.registration is not None:
            events += granted(state, channel, user)
    return tuple(events)


def founder_gone(state: State, entry: Entry, account: Account) -> tuple[Event, ...]:
    """The account is about to be no more, or is gone already: its channels are inherited or dropped, and it
    is taken off all access lists, so that whoever takes the name after it has nothing of it."""
    return ()
