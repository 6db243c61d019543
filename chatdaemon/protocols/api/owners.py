"""Whose account or channel an op is about, and who may know of it. Raises Refusal like the realm."""

from __future__ import annotations

from chatdaemon.realm import access, policy
from chatdaemon.realm.accounts import Account, Registration
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import Channel, State, User


def own_account(realm: State, user: User) -> Account:
    """The account that somebody is logged in to."""
    account = realm.account_of(user)
    if account is None:
        raise Refusal(Reason.NOT_LOGGED_IN)
    return account


def known_account(realm: State, name: str) -> Account:
    """The account of this name, or that this nick belongs to."""
    account = realm.account(name) or realm.owner(name)
    if account is None:
        raise Refusal(Reason.NO_SUCH_ACCOUNT, name)
    return account


def account_in_hand(realm: State, user: User, name: str | None) -> Account:
    """One's own account, or that of this name, which takes an operator."""
    if name is None:
        return own_account(realm, user)
    account = realm.account(name) or realm.owner(name)
    if account is None or account is not realm.account_of(user):
        policy.check_privilege(user, Privilege.ACCOUNTS)
    return known_account(realm, name)


def registered_channel(realm: State, user: User, name: str) -> tuple[Channel, Registration]:
    """The registered channel of this name, where the user may know of it."""
    channel = realm.channel(name)
    if channel is None or not access.knows_channel(realm, channel, user):
        raise Refusal(Reason.NO_SUCH_CHANNEL, name)
    if channel.registration is None:
        raise Refusal(Reason.CHANNEL_NOT_REGISTERED, channel.name)
    return channel, channel.registration
