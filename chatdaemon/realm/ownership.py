"""Who owns a name: which nicks belong to accounts and services, and who may be called by them."""

from __future__ import annotations

from typing import Final

from chatdaemon.realm.accounts import Account, AccountSetting, Standing
from chatdaemon.realm.confusables import skeleton
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import State

SERVICES: Final = (
    "NickServ",
    "ChanServ",
    "HostServ",
    "HistServ",
    "BotServ",
    "OperServ",
    "MemoServ",
    "Global",
)
"""Names that nobody may have: people trust them with passwords."""

_SERVICES: Final = frozenset(name.lower() for name in SERVICES)
_LIKE_SERVICES: Final = frozenset(map(skeleton, SERVICES))


def is_service(state: State, nick: str) -> bool:
    """True when the nick is a service's, in any case."""
    return state.fold(nick) in _SERVICES


def is_lapsed(account: Account, at: int) -> bool:
    """True when the e-mail address of a new account was not confirmed in time: its name is free again."""
    return account.standing is Standing.UNVERIFIED and account.code is not None and account.code.until <= at


def is_enforced(state: State, account: Account) -> bool:
    """True when nobody else may use the account's nicks: not before it can be used itself, or who waits for
    that could not even be called so meanwhile."""
    if account.standing in (Standing.UNVERIFIED, Standing.AWAITING):
        return False
    default = "on" if state.settings.reserve_nicks else "off"
    return account.settings.get(AccountSetting.ENFORCE, default) == "on"


def owns(state: State, account: Account | None, nick: str) -> bool:
    """True when the nick is the account's name or one that belongs to it."""
    return account is not None and state.owner(nick) is account


def look_alikes(state: State, nick: str) -> tuple[Account, ...]:
    """The accounts of which a nick looks like this one, the nick's own owner among them."""
    alike = dict.fromkeys(state.skeletons.get(skeleton(nick), {}).values())
    return tuple(state.accounts[folded] for folded in alike)


def looks_like_service(nick: str) -> bool:
    """True when the nick can be taken for a service's."""
    return skeleton(nick) in _LIKE_SERVICES


def check_nick_owner(state: State, nick: str, account: Account | None) -> None:
    """Raise Refusal unless who is logged in to `account` (None: a guest) may be called so."""
    if is_service(state, nick):
        raise Refusal(Reason.NICK_RESERVED, nick)
    owner = state.owner(nick)
    if owner is not None and owner is account:
        # It was not alike anything when it became theirs.
        return
    if owner is not None and is_enforced(state, owner):
        raise Refusal(Reason.NICK_RESERVED, nick)
    if state.settings.confusables and (
        looks_like_service(nick)
        or any(other is not account and is_enforced(state, other) for other in look_alikes(state, nick))
    ):
        raise Refusal(Reason.NICK_CONFUSABLE, nick)


def check_usable(account: Account) -> None:
    """Raise Refusal unless one can log in to the account."""
    if account.standing is Standing.UNVERIFIED:
        raise Refusal(Reason.NOT_VERIFIED, account.name)
    if account.standing is Standing.AWAITING:
        raise Refusal(Reason.NOT_APPROVED, account.name)
    if account.standing is Standing.SUSPENDED:
        raise Refusal(Reason.SUSPENDED, account.name, account.note)
