"""Several clients of one account as one user: coming to it, and going."""

from __future__ import annotations

from chatdaemon.realm.accounts import Account
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Attached, Event
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Connect
from chatdaemon.realm.state import State, User


def same_user(state: State, account: Account, nick: str) -> User | None:
    """The user that a client of this account, asking for this nick, belongs to if it is here."""
    if not state.settings.several_clients:
        return None
    wanted = account.name if state.settings.nick_is_account else nick
    user = state.user(wanted)
    return user if user is not None and user.folded_account == state.fold(account.name) else None


def attach(state: State, entry: Entry, request: Connect, user: User) -> tuple[Event, ...]:
    """One more client speaks for a user that is here. What it says of itself beyond that is passed over."""
    assert entry.actor is not None
    if len(user.sessions) >= state.settings.sessions_per_user:
        raise Refusal(Reason.TOO_MANY_SESSIONS, user.nick)
    user.sessions = (*user.sessions, entry.actor)
    user.active_at = entry.at
    state.sessions[entry.actor] = user
    return (Attached((user.id,), user.who, entry.actor),)
