"""Read markers: how far somebody has read, for all of their clients to know (draft/read-marker)."""

from __future__ import annotations

from chatdaemon.realm.accounts import Account
from chatdaemon.realm.entry import AccountId, Entry
from chatdaemon.realm.events import Event, ReadMarkerForgotten, ReadMarkerSet
from chatdaemon.realm.markers import check_marker_target, markers_of
from chatdaemon.realm.requests import SetReadMarker
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies


@applies(SetReadMarker)
def set_read_marker(state: State, entry: Entry, request: SetReadMarker) -> tuple[Event, ...]:
    """The actor is told where the marker is, whether it has moved or not."""
    user = state.actor(entry)
    check_marker_target(state, request.target)
    target = state.fold(request.target)
    account = state.account_of(user)
    markers = markers_of(state, user)
    at = min(request.at, entry.at)
    known = markers.get(target)
    if known is not None and known >= at:
        return (_set(user, account.id if account is not None else None, request.target, known),)
    forgotten: tuple[Event, ...] = ()
    if known is None and len(markers) >= state.settings.read_markers:
        oldest = min(markers, key=lambda name: (markers[name], name))
        del markers[oldest]
        if account is not None:
            forgotten = (ReadMarkerForgotten((), account.id, oldest),)
    markers[target] = at
    if account is None:
        user.markers = markers
        return (_set(user, None, request.target, at),)
    state.markers[account.id] = markers
    others = [other for other in _users(state, account) if other is not user]
    told = tuple(_set(each, account.id, request.target, at) for each in (user, *others))
    return (*told, *forgotten)


def _users(state: State, account: Account) -> tuple[User, ...]:
    return tuple(state.logged_in.get(state.fold(account.name), ()))


def _set(user: User, account: AccountId | None, target: str, at: int) -> ReadMarkerSet:
    return ReadMarkerSet((user.id,), user.who, account, target, at)


def follow(state: State, old: str, channel: Channel) -> tuple[Event, ...]:
    """A channel that was called `old` (folded) has another name now, and who has read it has read it still.

    What they have read of a channel that had this name before goes: it was another one.
    """
    if old == channel.folded:
        return ()
    events: tuple[Event, ...] = ()
    accounts = {account.id: account for account in state.accounts.values() if account.id in state.markers}
    for id, account in accounts.items():
        at = state.markers[id].pop(old, None)
        if at is not None:
            state.markers[id][channel.folded] = at
            told = tuple(_set(user, id, channel.name, at) for user in _users(state, account))
            kept = told or (ReadMarkerSet((), None, id, channel.name, at),)
            events += (*kept, ReadMarkerForgotten((), id, old))
    for user in state.users.values():
        if user.account is None and user.markers and old in user.markers:
            at = user.markers[channel.folded] = user.markers.pop(old)
            events += (_set(user, None, channel.name, at),)
    return events
