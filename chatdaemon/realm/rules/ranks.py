"""Ranks that the server gives and takes, as the access of accounts has it."""

from __future__ import annotations

from collections.abc import Iterable

from chatdaemon.realm import access
from chatdaemon.realm.events import Event, ModesChanged, Who
from chatdaemon.realm.modes import ChannelRank, ModeChange, Rank
from chatdaemon.realm.state import Channel, State, User

HIGHEST_FIRST = tuple(ChannelRank)


def regrade(
    channel: Channel, wanted: Iterable[tuple[User, Rank]], by: Who | None = None
) -> tuple[Event, ...]:
    """Make each of these members have exactly these ranks; says so to the channel in one event, if anything
    changes. `by` is who did it, None the server itself."""
    done: list[ModeChange] = []
    for user, ranks in wanted:
        membership = channel.members[user]
        changed = membership.ranks ^ ranks
        if not changed:
            continue
        membership.ranks = ranks
        user.identity += 1
        done.extend(
            ModeChange(mode, bool(ranks & mode.rank), user.nick)
            for mode in HIGHEST_FIRST
            if changed & mode.rank
        )
    if not done:
        return ()
    return (ModesChanged(channel.id, by, channel.id, channel.name, tuple(done)),)


def shift(state: State, channel: Channel, account: str, before: Rank, after: Rank) -> tuple[Event, ...]:
    """The access of an account has changed: its users who are there lose and get what it makes out."""
    return regrade(
        channel,
        [
            (user, membership.ranks & ~(before & ~after) | (after & ~before))
            for user in state.logged_in.get(account, ())
            if (membership := channel.members.get(user)) is not None
        ],
    )


def granted(state: State, channel: Channel, user: User) -> tuple[Event, ...]:
    """Give a member what its account has access to, beside the ranks that it holds."""
    ranks = access.ranks_of(state, channel, user.folded_account)
    return regrade(channel, [(user, channel.members[user].ranks | ranks)])
