"""Operators: becoming one, removing people, speaking to all, and the server's own settings."""

from __future__ import annotations

from collections import deque
from itertools import islice

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry, UserId
from chatdaemon.realm.events import (
    BecameOperator,
    Configured,
    Event,
    HostChanged,
    Killed,
    UserModesChanged,
    WallopsSent,
)
from chatdaemon.realm.modes import Privilege, UserMode, UserModeChange
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import BecomeOperator, Configure, ForceNick, Kill, SendWallops
from chatdaemon.realm.rules.departures import remove
from chatdaemon.realm.rules.nicks import check_form, rename
from chatdaemon.realm.rules.notices import notice
from chatdaemon.realm.rules.sessions import end_presence
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut


@applies(BecomeOperator)
def become_operator(state: State, entry: Entry, request: BecomeOperator) -> tuple[Event, ...]:
    user = state.actor(entry)
    user.operator = request.name
    user.privileges = request.privileges
    state.operators[user.id] = None
    before = user.who
    given = tuple(
        UserModeChange(mode, True)
        for mode in (UserMode.OPERATOR, UserMode.SERVER_NOTICES)
        if mode not in user.modes
    )
    user.modes = (*user.modes, *(change.mode for change in given))
    user.refresh(state.fold)
    events: list[Event] = [BecameOperator((user.id,), user.who, request.name)]
    if given:
        events.append(UserModesChanged((user.id,), user.who, given))
    if request.host is not None and request.host != user.host:
        user.host = user.plain_host = request.host
        user.refresh(state.fold)
        events.append(HostChanged(policy.neighbours(user), before, user.username, user.host))
    events.append(notice(state, f"{user.nick} is now operator {request.name}"))
    return tuple(events)


@applies(Kill)
def kill(state: State, entry: Entry, request: Kill) -> tuple[Event, ...]:
    by = None
    if entry.actor is not None:
        by = state.actor(entry)
        policy.check_privilege(by, Privilege.KILL)
    target = state.user(request.nick)
    if target is None:
        raise Refusal(Reason.NO_SUCH_NICK, request.nick)
    reason = cut(request.reason, state.settings.quit_length)
    name = by.nick if by is not None else "server"
    killed = Killed((target.id,), by.who if by is not None else None, target.who, reason)
    gone = remove(state, target, f"Killed ({name} ({reason}))", entry.at)
    return (killed, *gone, notice(state, f"{target.nick} was killed by {name}: {reason}"))


@applies(ForceNick)
def force_nick(state: State, entry: Entry, request: ForceNick) -> tuple[Event, ...]:
    """A nick that belongs to somebody may be given, one that somebody has may not."""
    user = state.actor(entry)
    policy.check_privilege(user, Privilege.OVERRIDE)
    target = state.user(request.nick)
    if target is None:
        raise Refusal(Reason.NO_SUCH_NICK, request.nick)
    check_form(state, request.new)
    if state.user(request.new) not in (None, target):
        raise Refusal(Reason.NICK_IN_USE, request.new)
    if request.new == target.nick:
        return ()
    changed = rename(state, target, request.new, entry.at)
    return (changed, notice(state, f"{user.nick} had {changed.who.nick} be called {changed.nick}"))


@applies(SendWallops)
def send_wallops(state: State, entry: Entry, request: SendWallops) -> tuple[Event, ...]:
    user = state.actor(entry)
    policy.check_privilege(user, Privilege.WALLOPS)
    audience: tuple[UserId, ...] = tuple(
        other.id for other in state.users.values() if UserMode.WALLOPS in other.modes
    )
    return (WallopsSent(audience, user.who, request.text),)


@applies(Configure)
def configure(state: State, entry: Entry, request: Configure) -> tuple[Event, ...]:
    if entry.actor is not None:
        raise Refusal(Reason.NOT_AN_OPERATOR)
    if request.settings.casemapping != state.settings.casemapping:
        raise ValueError("the casemapping of a running realm cannot change")
    state.settings = request.settings
    # The newest come first, and are the ones to keep.
    most = request.settings.whowas_entries
    state.departed = deque(islice(state.departed, most), maxlen=most)
    events: tuple[Event, ...] = (Configured((), request.settings),)
    for user in tuple(state.users.values()):
        events += end_presence(state, user, entry.at)
    return events
