"""Several clients of one account as one user: coming to it, and going; staying when the last has gone."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Account
from chatdaemon.realm.entry import Entry, SessionId
from chatdaemon.realm.events import Attached, AwayChanged, Detached, DeviceForgotten, DeviceSeen, Event
from chatdaemon.realm.presence import (
    ALONE,
    device_seen_at,
    expires_at,
    follow_clients,
    goes_away,
    settle,
)
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    Connect,
    Disconnect,
    ExpirePresence,
    ForgetDevice,
    ResumePresence,
    SeeDevice,
)
from chatdaemon.realm.rules.acting import known_account, own_account
from chatdaemon.realm.rules.departures import remove, was_seen
from chatdaemon.realm.rules.metadata import bring
from chatdaemon.realm.state import Attachment, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut


def client_of(entry: Entry, request: Connect) -> Attachment:
    """The client that connects, as its user will know it."""
    return Attachment(
        request.real_host, request.secure, request.certificate, request.exempt, request.device, entry.at
    )


def same_user(state: State, account: Account, nick: str) -> User | None:
    """The user that a client of this account, asking for this nick, belongs to if it is here."""
    if not state.settings.several_clients:
        return None
    folded = state.fold(account.name)
    for wanted in (nick, account.name) if state.settings.nick_is_account else (nick,):
        user = state.user(wanted)
        if user is not None and user.folded_account == folded:
            return user
    return None


def attach(state: State, entry: Entry, request: Connect, user: User) -> tuple[Event, ...]:
    """One more client speaks for a user that is here.

    Who was away for want of a client no longer is. A client that says that it is away itself counts only
    where there is no other; what else it says of the user is passed over, but for metadata.
    """
    assert entry.actor is not None
    if len(user.sessions) >= state.settings.sessions_per_user:
        raise Refusal(Reason.TOO_MANY_SESSIONS, user.nick)
    alone = not user.sessions
    seen_at = device_seen_at(state, user, request.device)
    user.sessions[entry.actor] = client_of(entry, request)
    user.active_at = entry.at
    user.left_at = 0
    state.sessions[entry.actor] = user
    events = follow_clients(state, user)
    if alone and request.away:
        events += go_away(user, cut(request.away, state.settings.away_length))
    elif user.auto_away:
        events += go_away(user, None)
    events += bring(state, user, request.metadata)
    return (*events, Attached((user.id,), user.who, entry.actor, request.device, seen_at))


def go_away(user: User, text: str | None, auto: bool = False) -> tuple[Event, ...]:
    """The user is away with this text, or back (None); `auto`: for want of a client. Says so where it is a
    change."""
    user.auto_away = auto
    if text == user.away:
        return ()
    user.away = text
    return (AwayChanged(policy.neighbours(user), user.who, text),)


@applies(Disconnect)
def disconnect(state: State, entry: Entry, request: Disconnect) -> tuple[Event, ...]:
    user = state.actor(entry)
    assert entry.actor is not None
    seen_at = entry.at if request.seen_at is None else min(request.seen_at, entry.at)
    seen = _see_device(state, user, entry.actor, seen_at)
    if len(user.sessions) == 1 and not user.always_on:
        return (*remove(state, user, request.reason, entry.at), *seen)
    del user.sessions[entry.actor]
    del state.sessions[entry.actor]
    detached = Detached((), user.who, entry.actor)
    if user.sessions:
        return (detached, *follow_clients(state, user), *seen)
    assert user.folded_account is not None
    gone = was_seen(state, user, user.folded_account, entry.at)
    return (detached, *_left_alone(state, user, entry.at), *gone, *seen)


def _left_alone(state: State, user: User, at: int) -> tuple[Event, ...]:
    user.left_at = at
    if user.away is not None or not goes_away(state, user):
        return ()
    return go_away(user, ALONE, auto=True)


# Devices: how far each of an account's clients has been told.


def _see_device(state: State, user: User, session: SessionId, at: int) -> tuple[Event, ...]:
    """The session's client has been told all up to `at`; it never goes back."""
    account = state.account_of(user)
    if account is None:
        return ()
    device = user.sessions[session].device
    devices = state.devices.setdefault(account.id, {})
    known = devices.get(device)
    if known is not None and known >= at:
        return ()
    devices[device] = at
    events: tuple[Event, ...] = (DeviceSeen((), account.name, account.id, device, at),)
    while len(devices) > state.settings.devices_per_account:
        # The one that has just been seen stays, however long ago that may have been.
        oldest = min((name for name in devices if name != device), key=lambda name: (devices[name], name))
        del devices[oldest]
        events += (DeviceForgotten((), account.name, account.id, oldest),)
    return events


@applies(SeeDevice)
def see_device(state: State, entry: Entry, request: SeeDevice) -> tuple[Event, ...]:
    """Of somebody who is logged in to no account nothing is kept."""
    user = state.actor(entry)
    assert entry.actor is not None
    return _see_device(state, user, entry.actor, min(request.at, entry.at))


@applies(ForgetDevice)
def forget_device(state: State, entry: Entry, request: ForgetDevice) -> tuple[Event, ...]:
    user, account = own_account(state, entry)
    devices = state.devices.get(account.id, {})
    if request.device not in devices:
        raise Refusal(Reason.NO_SUCH_DEVICE, request.device)
    del devices[request.device]
    if not devices:
        del state.devices[account.id]
    return (DeviceForgotten((user.id,), account.name, account.id, request.device),)


# Presence without clients, and its end.


def end_presence(state: State, user: User, at: int) -> tuple[Event, ...]:
    """Have the user stay without clients, or no longer, as it may now; without any it leaves."""
    events = settle(state, user)
    if user.sessions or user.always_on:
        return events
    return (*events, *remove(state, user, "No longer always on", at))


@applies(ExpirePresence)
def expire_presence(state: State, entry: Entry, request: ExpirePresence) -> tuple[Event, ...]:
    """Nothing happens where a client has come meanwhile, or the time is not over by the log's clock."""
    _check_server(entry)
    account = known_account(state, request.account)
    events: tuple[Event, ...] = ()
    for user in tuple(state.logged_in.get(state.fold(account.name), ())):
        if 0 < expires_at(state, user) <= entry.at:
            events += remove(state, user, "Gone for too long", entry.at)
    return events


@applies(ResumePresence)
def resume_presence(state: State, entry: Entry, request: ResumePresence) -> tuple[Event, ...]:
    _check_server(entry)
    events: tuple[Event, ...] = ()
    for user in tuple(state.users.values()):
        if user.sessions:
            continue
        if not user.left_at:
            events += (Detached((), user.who, ""), *_left_alone(state, user, entry.at))
        events += end_presence(state, user, entry.at)
    return events


def _check_server(entry: Entry) -> None:
    if entry.actor is not None:
        raise Refusal(Reason.NOT_AN_OPERATOR)
