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
    events = was_seen(state, user, folded, at) if user.sessions else ()
    users = state.logged_in[folded]
    del users[user]
    if not users:
        del state.logged_in[folded]
    return events


def was_seen(state: State, user: User, folded: str, at: int) -> tuple[Event, ...]:
    """A client has gone from this user of the account, or with it: it was seen for the last time, unless
    others of the account have clients."""
    if any(other.sessions for other in state.logged_in[folded] if other is not user):
        return ()
    account = replace(state.accounts[folded], last_seen_at=at)
    keep(state, account)
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
    state.keys.pop(user.id, None)
    state.invisible -= UserMode.INVISIBLE in user.modes
    state.departed.appendleft(Departed(user.who, user.real_host, at))
    quit_ = Quit(audience, user.who, cut(reason, state.settings.quit_length), channels, hidden)
    return (quit_, *gone, *seen)
