"""Who is here without being connected, and what follows from the clients that somebody has."""

from __future__ import annotations

from chatdaemon.realm.accounts import Account, AccountSetting
from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.events import AlwaysOnChanged, Event, UserModesChanged
from chatdaemon.realm.modes import UserMode, UserModeChange
from chatdaemon.realm.settings import Custom
from chatdaemon.realm.state import State, User

ALONE = "Disconnected"
"""The text of those who are away because no client of theirs is there."""


def is_done(custom: Custom, account: Account, setting: AccountSetting) -> bool:
    """Whether something is done for an account, as the server has it and the account's owner wants it."""
    match custom:
        case Custom.OFF:
            return False
        case Custom.ALWAYS:
            return True
        case Custom.OPT_IN:
            return account.settings.get(setting) == "on"
        case _:
            return account.settings.get(setting) != "off"


def custom_of(state: State, setting: AccountSetting) -> Custom | None:
    """What the server has for a setting of accounts; None where it leaves it to them altogether."""
    match setting:
        case AccountSetting.ALWAYS_ON:
            return state.settings.always_on
        case AccountSetting.AUTO_AWAY:
            return state.settings.auto_away
        case _:
            return None


def may_stay(state: State, user: User) -> bool:
    """Whether the user stays when its last client leaves."""
    account = state.account_of(user)
    return account is not None and is_done(state.settings.always_on, account, AccountSetting.ALWAYS_ON)


def goes_away(state: State, user: User) -> bool:
    """Whether a user that stays is away while it has no client."""
    account = state.account_of(user)
    return account is not None and is_done(state.settings.auto_away, account, AccountSetting.AUTO_AWAY)


def settle(state: State, user: User) -> tuple[Event, ...]:
    """Have the user be always on, or no longer, as its account is now; says so where that is a change."""
    always_on = may_stay(state, user)
    if always_on == user.always_on:
        return ()
    return (set_always_on(user, always_on),)


def set_always_on(user: User, always_on: bool) -> AlwaysOnChanged:
    """The user, which is in its channels, is always on or no longer."""
    user.always_on = always_on
    for channel in user.channels:
        channel.residents += 1 if always_on else -1
    given_up: tuple[ChannelId, ...] = ()
    if not always_on:
        given_up = tuple(channel.id for channel in user.channels if not channel.kept)
    return AlwaysOnChanged((), user.who, always_on, given_up)


def follow_clients(state: State, user: User) -> tuple[Event, ...]:
    """The clients of the user, of which there is at least one, have changed: what is said of it follows them.

    Its address and certificate are those of the oldest. It is secure while all are, and needs an account
    where one of them would.
    """
    clients = user.sessions.values()
    oldest = next(iter(clients))
    user.real_host, user.certificate = oldest.real_host, oldest.certificate
    user.exempt = all(client.exempt for client in clients)
    secure = all(client.secure for client in clients)
    events: tuple[Event, ...] = ()
    if secure != (UserMode.SECURE in user.modes):
        others = tuple(mode for mode in user.modes if mode is not UserMode.SECURE)
        user.modes = (*others, UserMode.SECURE) if secure else others
        change = UserModeChange(UserMode.SECURE, secure)
        events = (UserModesChanged((user.id,), user.who, (change,)),)
    user.refresh(state.fold)
    return events


def expires_at(state: State, user: User) -> int:
    """When the user leaves for having had no client for too long (ms since 1970); 0: never."""
    expiry = state.settings.always_on_expiry
    return user.left_at + expiry if user.left_at and expiry else 0


def device_seen_at(state: State, user: User, device: str) -> int | None:
    """How far a client of the user's account with this name has been told (ms since 1970); None where that is
    not known."""
    account = state.account_of(user)
    return None if account is None else state.devices.get(account.id, {}).get(device)
