"""Nicknames: who may be called so, and which belong to accounts."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Account
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, NickChanged, NicksChanged
from chatdaemon.realm.ownership import check_nick_owner, owns
from chatdaemon.realm.records import keep
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeNick, GroupNick, ReclaimNick, UngroupNick
from chatdaemon.realm.rules.acting import own_account
from chatdaemon.realm.rules.departures import remove
from chatdaemon.realm.state import Departed, State, User
from chatdaemon.realm.table import applies


def check_nick(state: State, nick: str, user: User | None, account: Account | None) -> None:
    """Raise Refusal unless the nick is well formed, free (or the user's own in another case), and not
    somebody else's than who is logged in to `account`."""
    check_form(state, nick)
    if state.nicks.get(state.fold(nick)) not in (None, user):
        raise Refusal(Reason.NICK_IN_USE, nick)
    check_nick_owner(state, nick, account)


def check_form(state: State, nick: str) -> None:
    """Raise Refusal unless the nick is well formed."""
    fault = state.naming.nick_fault(nick, state.settings.nick_length)
    if fault:
        raise Refusal(Reason.BAD_NICK, nick, fault)


def nick_at_login(state: State, account: Account, nick: str) -> str:
    """What somebody called `nick` is called when logged in to the account: as it, where that is the custom.

    Who has one of the account's nicks keeps it; so does everybody while somebody else has the account's name
    (ReclaimNick ends that).
    """
    name = account.name
    if not state.settings.nick_is_account or owns(state, account, nick) or state.user(name) is not None:
        return nick
    return name


def rename(state: State, user: User, nick: str, at: int) -> NickChanged:
    """Give a user a nick that nobody has, or its own in another case."""
    before = user.who
    audience = policy.neighbours(user)
    if state.fold(nick) != user.folded:
        # A nick whose letters only change their case is not given up.
        state.departed.appendleft(Departed(before, user.real_host, at))
    del state.nicks[user.folded]
    user.nick = nick
    user.refresh(state.fold)
    state.nicks[user.folded] = user
    return NickChanged(audience, before, nick)


@applies(ChangeNick)
def change_nick(state: State, entry: Entry, request: ChangeNick) -> tuple[Event, ...]:
    user = state.actor(entry)
    if request.nick == user.nick:
        return ()
    account = state.account_of(user)
    check_nick(state, request.nick, user, account)
    if account is not None and state.settings.nick_is_account and not owns(state, account, request.nick):
        raise Refusal(Reason.NICK_IS_ACCOUNT, request.nick, account.name)
    policy.check_nick_change(user, request.nick)
    return (rename(state, user, request.nick, entry.at),)


@applies(GroupNick)
def group_nick(state: State, entry: Entry, request: GroupNick) -> tuple[Event, ...]:
    user, account = own_account(state, entry)
    owner = state.owner(user.nick)
    if owner is account:
        return ()
    if owner is not None:
        # They let others use it, not have it.
        raise Refusal(Reason.NICK_RESERVED, user.nick)
    check_nick_owner(state, user.nick, account)
    if len(account.nicks) >= state.settings.nicks_per_account:
        raise Refusal(Reason.TOO_MANY_NICKS, account.name)
    keep(state, replace(account, nicks=(*account.nicks, user.nick)))
    return (NicksChanged((user.id,), user.who, account.name, user.nick, True),)


@applies(UngroupNick)
def ungroup_nick(state: State, entry: Entry, request: UngroupNick) -> tuple[Event, ...]:
    user, account = own_account(state, entry)
    folded = state.fold(request.nick)
    nick = next((each for each in account.nicks if state.fold(each) == folded), None)
    if nick is None:
        # The account's own name is not one that could be given up.
        raise Refusal(Reason.NICK_NOT_YOURS, request.nick)
    keep(state, replace(account, nicks=tuple(each for each in account.nicks if each != nick)))
    return (NicksChanged((user.id,), user.who, account.name, nick, False),)


@applies(ReclaimNick)
def reclaim_nick(state: State, entry: Entry, request: ReclaimNick) -> tuple[Event, ...]:
    user, account = own_account(state, entry)
    check_form(state, request.nick)
    if not owns(state, account, request.nick):
        raise Refusal(Reason.NICK_NOT_YOURS, request.nick)
    holder = state.user(request.nick)
    if not request.take and holder in (None, user):
        raise Refusal(Reason.NO_SUCH_NICK, request.nick)
    if request.take and user.nick != request.nick:
        policy.check_nick_change(user, request.nick)
    events: tuple[Event, ...] = ()
    if holder is not None and holder is not user:
        events = remove(state, holder, f"{user.nick} has taken the nickname back", entry.at)
    if request.take and user.nick != request.nick:
        events += (rename(state, user, request.nick, entry.at),)
    return events
