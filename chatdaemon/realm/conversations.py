"""Conversations: what is said in one place, or between two people, as history keeps it together.

A conversation is known by the identities of whom it is of, which are never used twice, and not by a name: a
channel keeps it when it is renamed, and one that is dropped and made again begins another.
"""

from __future__ import annotations

from typing import NamedTuple

from chatdaemon.realm.entry import AccountId, ChannelId, UserId
from chatdaemon.realm.state import State, User

# Who somebody is to history: an account, or a user that is logged in to none. Both are indexes of
# entries, so that no two are the same.
Identity = AccountId | UserId


class Conversation(NamedTuple):
    """A channel's (`second` is 0), or that of two people, the smaller identity first; who writes to
    themselves is both."""

    first: int
    second: int = 0

    @property
    def private(self) -> bool:
        return self.second != 0


def in_channel(channel: ChannelId) -> Conversation:
    """What is said in a channel."""
    return Conversation(int(channel, 16))


def between(one: Identity, other: Identity) -> Conversation:
    """What two people say to one another."""
    return Conversation(one, other) if one < other else Conversation(other, one)


def identity_of(state: State, user: User) -> Identity:
    """Who a user is to history."""
    account = state.account_of(user)
    return user.id if account is None else account.id


def name_of(state: State, identity: Identity) -> str | None:
    """What somebody is called now: the nick of who is here, or else the account's name. None for one who was
    logged in to no account and has gone, and for an account that is no more."""
    if identity in state.users:
        return state.users[identity].nick
    account = state.numbered.get(identity)
    if account is None:
        return None
    here = next(iter(state.logged_in.get(account, ())), None)
    return here.nick if here is not None else state.accounts[account].name


def is_guest(identity: Identity, state: State) -> bool:
    """True when the identity is one of somebody here who is logged in to no account: nothing of them is kept
    beyond their stay."""
    return identity in state.users and state.users[identity].account is None
