"""Metadata of people and channels: setting it, and what becomes of it when somebody logs in or out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import NOTHING
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import ChannelMetadataChanged, Event, UserMetadataChanged, Who
from chatdaemon.realm.metadata import key_fault, of_user, value_fault
from chatdaemon.realm.modes import Privilege, Rank
from chatdaemon.realm.records import keep
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ClearMetadata, SetMetadata
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies


@applies(SetMetadata)
def set_metadata(state: State, entry: Entry, request: SetMetadata) -> tuple[Event, ...]:
    user = state.actor(entry)
    key, value = request.key, request.value
    target = _target(state, user, request.target)
    _check_may(user, target, key)
    fault = key_fault(key)
    if fault:
        raise Refusal(Reason.BAD_METADATA_KEY, key, fault)
    before = _of(state, target)
    if value is None:
        return _change(state, user, target, {known: kept for known, kept in before.items() if known != key})
    fault = value_fault(value, state.settings)
    if fault:
        raise Refusal(Reason.BAD_METADATA_VALUE, key, fault)
    if key not in before and len(before) >= state.settings.metadata_keys:
        raise Refusal(Reason.METADATA_FULL, _name(target))
    return _change(state, user, target, {**before, key: value})


@applies(ClearMetadata)
def clear_metadata(state: State, entry: Entry, request: ClearMetadata) -> tuple[Event, ...]:
    user = state.actor(entry)
    target = _target(state, user, request.target)
    _check_may(user, target, "")
    return _change(state, user, target, NOTHING)


def _target(state: State, user: User, name: str | None) -> User | Channel:
    """The user or channel of this name. Raises Refusal when there is none that the user may know of."""
    if name is None:
        return user
    channel = state.channel(name)
    if channel is not None and policy.sees_channel(channel, user):
        return channel
    other = state.user(name)
    if other is None:
        raise Refusal(Reason.NO_SUCH_TARGET, name)
    return other


def _check_may(user: User, target: User | Channel, key: str) -> None:
    """Raise Refusal unless the user may change this: one's own, that of a channel of which one is an
    operator, and for operators with the privilege `override` all."""
    if target is user or Privilege.OVERRIDE in user.privileges:
        return
    membership = user.channels.get(target) if isinstance(target, Channel) else None
    if membership is None or membership.ranks < Rank.OP:
        raise Refusal(Reason.METADATA_NOT_YOURS, _name(target), key)


def _name(target: User | Channel) -> str:
    return target.name if isinstance(target, Channel) else target.nick


def _of(state: State, target: User | Channel) -> Mapping[str, str]:
    return target.metadata if isinstance(target, Channel) else of_user(state, target)


def _change(state: State, user: User, target: User | Channel, now: Mapping[str, str]) -> tuple[Event, ...]:
    """Give the target this in place of what it has."""
    if isinstance(target, User):
        return _change_user(state, user.who, target, now)
    changes = _differences(target.metadata, now)
    target.metadata = now
    return tuple(
        ChannelMetadataChanged(target.id, user.who, target.id, target.name, key, value)
        for key, value in changes.items()
    )


def _change_user(state: State, who: Who | None, user: User, now: Mapping[str, str]) -> tuple[Event, ...]:
    before = of_user(state, user)
    account = state.account_of(user)
    users: tuple[User, ...] = (user,)
    if account is None:
        user.metadata = now
    else:
        if now != before:
            keep(state, replace(account, metadata=now))
        users += tuple(each for each in state.logged_in[state.fold(account.name)] if each is not user)
    return tuple(event for each in users for event in _told(who, each, before, now))


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str | None]:
    """Each key that has another value, or none any more."""
    changes: dict[str, str | None] = {key: None for key in before if key not in now}
    changes.update((key, value) for key, value in now.items() if before.get(key) != value)
    return changes


def _told(
    who: Who | None, user: User, before: Mapping[str, str], now: Mapping[str, str]
) -> tuple[Event, ...]:
    changes = _differences(before, now)
    if not changes:
        return ()
    audience = policy.neighbours(user)
    return tuple(UserMetadataChanged(audience, who, user.who, key, value) for key, value in changes.items())


def bring(state: State, user: User, wanted: Mapping[str, str]) -> tuple[Event, ...]:
    """Somebody who connects has this with it, as far as it may: it comes to what the account has."""
    if not wanted:
        return ()
    now = dict(of_user(state, user))
    for key, value in wanted.items():
        if _may_have(state.settings, now, key, value):
            now[key] = value
    return _change_user(state, user.who, user, now)


def _may_have(settings: Settings, has: Mapping[str, str], key: str, value: str) -> bool:
    return (
        key_fault(key) is None
        and value_fault(value, settings) is None
        and (key in has or len(has) < settings.metadata_keys)
    )


def switched(state: State, user: User, before: Mapping[str, str]) -> tuple[Event, ...]:
    """The user has logged in or out, and what it has is not what it had before."""
    return _told(None, user, before, of_user(state, user))
