"""Going: out of an account, and out of the realm."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm import policy
from chatdaemon.realm.events import AccountSeen, Event, Quit
from chatdaemon.realm.modes import UserMode
from chatdaemon.realm.presence import set_always_on
from chatdaemon.realm.records import keep
from chatdaemon.realm.rules.membership import leave_all
from chatdaemon.realm.state import Departed, State, User
from chatdaemon.realm.text import cut


def leave_account(state: State, user: User, at: int) -> tuple[Event, ...]:
    """The user no longer counts as one of its account's, if it has any. With the last client it was last
    seen."""
    folded = user.folded_account
    if folded is None:
        return ()
    events = was_seen(state, user, at) if user.sessions else ()
    users = state.logged_in[folded]
    del users[user]
    if not users:
        del state.logged_in[folded]
    return events


def was_seen(state: State, user: User, at: int) -> tuple[Event, ...]:
    """The account's last client has gone with the user, or from it: unless others of the account are there."""
    account = state.account_of(user)
    if account is None:
        return ()
    others = (other for other in state.logged_in[state.fold(account.name)] if other is not user)
    if any(other.sessions for other in others):
        return ()
    keep(state, replace(account, last_seen_at=at))
    return (AccountSeen((), account.name),)


def remove(state: State, user: User, reason: str, at: int) -> tuple[Event, ...]:
    """Take a user out of the realm, sessions and all."""
    hidden = tuple(channel.id for channel, own in user.channels.items() if policy.is_hidden(channel, own))
    gone = (set_always_on(user, False),) if user.always_on else ()
    audience, channels = leave_all(state, user)
    seen = leave_account(state, user, at)
    for session in user.sessions:
        del state.sessions[session]
    user.sessions = {}
    del state.users[user.id]
    del state.nicks[user.folded]
    state.operators.pop(user.id, None)
    state.invisible -= UserMode.INVISIBLE in user.modes
    state.departed.appendleft(Departed(user.who, user.real_host, at))
    quit_ = Quit(audience, user.who, cut(reason, state.settings.quit_length), channels, hidden)
    return (quit_, *gone, *seen)
