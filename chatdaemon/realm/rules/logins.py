"""Logging in to an account, and out of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Account
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import AccountChanged, Event
from chatdaemon.realm.metadata import of_user
from chatdaemon.realm.ownership import check_usable
from chatdaemon.realm.presence import settle
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import SetAccount
from chatdaemon.realm.rules.acting import known_account
from chatdaemon.realm.rules.departures import leave_account, remove
from chatdaemon.realm.rules.metadata import switched
from chatdaemon.realm.rules.nicks import nick_at_login, rename
from chatdaemon.realm.rules.registrations import ranks_on_login
from chatdaemon.realm.rules.vhosts import show_host
from chatdaemon.realm.state import State, User
from chatdaemon.realm.table import applies


def usable_account(state: State, name: str) -> Account:
    """The account of this name. Raises Refusal unless one can log in to it."""
    account = known_account(state, name)
    check_usable(account)
    return account


def enter_account(state: State, user: User, account: Account) -> None:
    """The user is from now on one of this account's; it is of no other."""
    user.account = account.name
    user.refresh(state.fold)
    state.logged_in.setdefault(state.fold(account.name), {})[user] = None


def log_in(state: State, entry: Entry, user: User, account: Account) -> tuple[Event, ...]:
    """Log the user in to an account that can be used and is not its own yet."""
    before, had = user.who, of_user(state, user)
    seen = leave_account(state, user, entry.at)
    enter_account(state, user, account)
    events: tuple[Event, ...] = (AccountChanged(policy.neighbours(user), before, account.name),)
    events += settle(state, user)
    events += show_host(state, user, account.vhost)
    nick = nick_at_login(state, account, user.nick)
    if nick != user.nick:
        # No channel has a say in this: it is the server that renames, and not to slip out of a ban.
        events += (rename(state, user, nick, entry.at),)
    return (*events, *switched(state, user, had), *ranks_on_login(state, entry, user), *seen)


def log_out(state: State, entry: Entry, user: User) -> tuple[Event, ...]:
    """Log the user out of its account."""
    before, had = user.who, of_user(state, user)
    seen = leave_account(state, user, entry.at)
    user.account = None
    user.refresh(state.fold)
    changed = AccountChanged(policy.neighbours(user), before, None)
    gone = settle(state, user)
    return (changed, *gone, *show_host(state, user, None), *switched(state, user, had), *seen)


def may_be_guest(state: State, user: User) -> bool:
    """True when the user may be here without an account."""
    return user.exempt or not state.settings.require_login


def put_out(state: State, entry: Entry, users: Iterable[User], reason: str) -> tuple[Event, ...]:
    """Log users out of an account that they may no longer use. Where nobody may be without one, they are
    removed, for this reason; and so is who has no client."""
    events: tuple[Event, ...] = ()
    for user in tuple(users):
        if user.sessions and may_be_guest(state, user):
            events += log_out(state, entry, user)
        else:
            events += remove(state, user, reason, entry.at)
    return events


@applies(SetAccount)
def set_account(state: State, entry: Entry, request: SetAccount) -> tuple[Event, ...]:
    user = state.actor(entry)
    if request.account is None:
        if user.account is None:
            return ()
        if not may_be_guest(state, user):
            raise Refusal(Reason.LOGIN_REQUIRED)
        return log_out(state, entry, user)
    account = usable_account(state, request.account)
    if request.device:
        assert entry.actor is not None
        user.sessions[entry.actor] = replace(user.sessions[entry.actor], device=request.device)
    if account is state.account_of(user):
        return ()
    return log_in(state, entry, user, account)
