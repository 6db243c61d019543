"""Users: coming and going, and what they say of themselves."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import (
    AwayChanged,
    Connected,
    Event,
    PartlyRefused,
    RealnameChanged,
    UserModesChanged,
)
from chatdaemon.realm.modes import UserMode, UserModeChange
from chatdaemon.realm.names import realname_fault
from chatdaemon.realm.presence import device_seen_at, settle
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ChangeUserModes,
    Connect,
    SetAway,
    SetRealname,
)
from chatdaemon.realm.rules.logins import enter_account, usable_account
from chatdaemon.realm.rules.metadata import bring
from chatdaemon.realm.rules.nicks import check_nick, nick_at_login
from chatdaemon.realm.rules.sessions import attach, client_of, same_user
from chatdaemon.realm.state import State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut

# What only the server gives or takes: asking for it is passed over, as IRC has always done.
SERVER_ONLY = (UserMode.SECURE,)


@applies(Connect)
def connect(state: State, entry: Entry, request: Connect) -> tuple[Event, ...]:
    if entry.actor is None or entry.actor in state.sessions:
        raise Refusal(Reason.ALREADY_CONNECTED)
    account = usable_account(state, request.account) if request.account is not None else None
    if account is not None and (here := same_user(state, account, request.nick)) is not None:
        return attach(state, entry, request, here)
    if account is None and state.settings.require_login and not request.exempt:
        raise Refusal(Reason.LOGIN_REQUIRED)
    nick = nick_at_login(state, account, request.nick) if account is not None else request.nick
    if nick == request.nick:
        check_nick(state, nick, None, account)
    check_realname(state, request.realname)
    user = User(entry.index, nick, request.username, request.realname, request.host, request.real_host)
    user.exempt = request.exempt
    user.certificate = request.certificate
    user.connected_at = user.active_at = entry.at
    user.sessions[entry.actor] = client_of(entry, request)
    user.modes = state.settings.user_modes
    if request.secure:
        user.modes = (*user.modes, UserMode.SECURE)
    if account is not None:
        user.host = account.vhost or user.host
        enter_account(state, user, account)
    else:
        user.refresh(state.fold)
    state.sessions[entry.actor] = user
    state.users[user.id] = user
    state.nicks[user.folded] = user
    state.invisible += UserMode.INVISIBLE in user.modes
    state.most_users = max(state.most_users, len(state.users))
    seen_at = device_seen_at(state, user, request.device)
    events: tuple[Event, ...] = (Connected((user.id,), user.who, request.device, seen_at),)
    if user.modes:
        given = tuple(UserModeChange(mode, True) for mode in user.modes)
        events += (UserModesChanged((user.id,), user.who, given),)
    events += settle(state, user)
    events += bring(state, user, request.metadata)
    if request.away:
        user.away = cut(request.away, state.settings.away_length)
        # Nobody shares a channel with the user yet, and the client has been answered when it said so.
        events += (AwayChanged((), user.who, user.away),)
    return events


def check_realname(state: State, realname: str) -> None:
    """Raise Refusal unless the realname is well formed."""
    fault = realname_fault(realname, state.settings.realname_length)
    if fault:
        raise Refusal(Reason.BAD_REALNAME, "", fault)


@applies(SetAway)
def set_away(state: State, entry: Entry, request: SetAway) -> tuple[Event, ...]:
    user = state.actor(entry)
    text = cut(request.text, state.settings.away_length) if request.text else None
    changed = text != user.away
    user.away = text
    user.auto_away = False
    # The one who asks is always answered; the others are told only of a change.
    audience = policy.neighbours(user) if changed else (user.id,)
    return (AwayChanged(audience, user.who, text),)


@applies(SetRealname)
def set_realname(state: State, entry: Entry, request: SetRealname) -> tuple[Event, ...]:
    user = state.actor(entry)
    check_realname(state, request.realname)
    user.realname = request.realname
    user.refresh(state.fold)
    return (RealnameChanged(policy.neighbours(user), user.who, request.realname),)


@applies(ChangeUserModes)
def change_user_modes(state: State, entry: Entry, request: ChangeUserModes) -> tuple[Event, ...]:
    """What is refused is said, the rest is done; what changes nothing is passed over."""
    user = state.actor(entry)
    done = []
    refusals: tuple[Refusal, ...] = ()
    modes = dict.fromkeys(user.modes)
    for change in request.changes:
        mode = change.mode
        if mode in SERVER_ONLY or (mode is UserMode.OPERATOR and change.add):
            continue
        if change.add == (mode in modes):
            continue
        if mode is UserMode.SERVER_NOTICES and change.add and user.operator is None:
            refusals = (Refusal(Reason.NOT_AN_OPERATOR),)
            continue
        if change.add:
            modes[mode] = None
        else:
            del modes[mode]
        done.append(change)
    if not done:
        if refusals:
            raise refusals[0]
        return ()
    if user.operator is not None and UserMode.OPERATOR not in modes:
        user.operator = None
        user.privileges = ()
        del state.operators[user.id]
        if UserMode.SERVER_NOTICES in modes:
            del modes[UserMode.SERVER_NOTICES]
            done.append(UserModeChange(UserMode.SERVER_NOTICES, False))
    state.invisible += (UserMode.INVISIBLE in modes) - (UserMode.INVISIBLE in user.modes)
    user.modes = tuple(modes)
    user.refresh(state.fold)
    changed = UserModesChanged((user.id,), user.who, tuple(done))
    return (changed, PartlyRefused((user.id,), refusals)) if refusals else (changed,)
