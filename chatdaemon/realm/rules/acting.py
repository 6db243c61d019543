"""Who asks, and about which account."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Account
from chatdaemon.realm.entry import Entry, UserId
from chatdaemon.realm.events import Who
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import State, User


def told(user: User | None) -> tuple[tuple[UserId, ...], Who | None]:
    """The audience of one who asks, and who it is: what events about accounts begin with."""
    return ((user.id,), user.who) if user is not None else ((), None)


def known_account(state: State, name: str) -> Account:
    """The account of this name. Raises Refusal when there is none."""
    account = state.account(name)
    if account is None:
        raise Refusal(Reason.NO_SUCH_ACCOUNT, name)
    return account


def own_account(state: State, entry: Entry) -> tuple[User, Account]:
    """The actor, and the account that it is logged in to. Raises Refusal when it is not."""
    user = state.actor(entry)
    account = state.account_of(user)
    if account is None:
        raise Refusal(Reason.NOT_LOGGED_IN)
    return user, account


def privileged(state: State, entry: Entry, privilege: Privilege) -> User | None:
    """The actor, an operator with this privilege; None is the server itself. Raises Refusal for others."""
    if entry.actor is None:
        return None
    user = state.actor(entry)
    policy.check_privilege(user, privilege)
    return user


def account_asked(state: State, entry: Entry, name: str | None) -> tuple[User | None, Account]:
    """The actor, and its own account (None) or another. Raises Refusal when there is no such account, or it
    is another's and the actor neither an operator with the privilege `accounts` nor the server itself."""
    if name is None:
        return own_account(state, entry)
    if entry.actor is not None:
        user = state.actor(entry)
        if user.folded_account == state.fold(name):
            return own_account(state, entry)
    return privileged(state, entry, Privilege.ACCOUNTS), known_account(state, name)
