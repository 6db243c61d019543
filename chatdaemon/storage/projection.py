"""From events to what storage keeps: what each has made of the records that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from chatdaemon.realm import events as happened
from chatdaemon.realm.accounts import Device, Marker
from chatdaemon.realm.events import Event, Who
from chatdaemon.realm.keys import KeyRecord
from chatdaemon.realm.modes import ChannelRank
from chatdaemon.realm.records import channel_record, membership_record, user_record
from chatdaemon.realm.state import State, User
from chatdaemon.storage.changes import (
    Change,
    DropAccount,
    DropChannel,
    DropDevice,
    DropInvitation,
    DropKey,
    DropMarker,
    DropMembership,
    DropSubscription,
    DropToken,
    DropUser,
    PutAccount,
    PutChannel,
    PutDevice,
    PutInvitation,
    PutKey,
    PutMarker,
    PutMembership,
    PutSubscription,
    PutToken,
    PutUser,
)

Projection = Callable[[State, Any], Change | Iterable[Change] | None]


def _account(state: State, event: Any) -> Change | None:
    account = state.account(event.account)
    # None where a later event of the same entry has dropped it.
    return PutAccount(account) if account is not None else None


def _account_dropped(state: State, event: happened.AccountDropped) -> Change:
    return DropAccount(event.account_id)


def _channel(state: State, event: Any) -> Change | None:
    # By its id: the event has the name before, or the one that was changed meanwhile.
    channel = state.channel(event.name if isinstance(event, happened.ChannelRenamed) else event.channel)
    if channel is None or channel.id != event.channel_id or not channel.kept:
        return None
    return PutChannel(channel_record(channel))


def _channel_dropped(state: State, event: happened.ChannelDropped) -> Change:
    return _channel(state, event) or DropChannel(event.channel_id)


def _modes(state: State, event: happened.ModesChanged) -> Iterator[Change]:
    """Ranks are the members', and kept with those who are always on."""
    if any(not isinstance(change.mode, ChannelRank) for change in event.changes):
        changed = _channel(state, event)
        if changed is not None:
            yield changed
    for change in event.changes:
        if isinstance(change.mode, ChannelRank):
            user = state.user(change.value or "")
            channel = state.channel(event.channel)
            if user is not None and user.always_on and channel in user.channels:
                yield PutMembership(membership_record(user, channel))


# Users: nothing of those who are not always on is written.


def _resident(state: State, who: Who | None) -> User | None:
    user = state.users.get(who.id) if who is not None else None
    return user if user is not None and user.always_on else None


def _user(state: State, event: Any) -> Change | None:
    user = _resident(state, event.who)
    return PutUser(user_record(state, user)) if user is not None else None


def _always_on(state: State, event: happened.AlwaysOnChanged) -> Iterator[Change]:
    if not event.always_on:
        yield DropUser(event.who.id)
        for id in event.channels:
            yield DropChannel(id)
        return
    user = _resident(state, event.who)
    if user is None:
        return  # a later event of the same entry has ended it
    yield PutUser(user_record(state, user))
    for channel in user.channels:
        if channel.registration is None:
            yield PutChannel(channel_record(channel))
        yield PutMembership(membership_record(user, channel))


def _joined(state: State, event: happened.Joined) -> Iterator[Change]:
    user = _resident(state, event.who)
    channel = state.channel(event.channel)
    if user is None or channel not in user.channels:
        return
    if channel.registration is None and channel.residents == 1:
        yield PutChannel(channel_record(channel))
    yield PutMembership(membership_record(user, channel))


def _left(state: State, who: Who, event: happened.Parted | happened.Kicked) -> Iterator[Change]:
    user = _resident(state, who)
    if user is None:
        return
    yield DropMembership(user.id, event.channel_id)
    channel = state.channel(event.channel)
    if channel is None or channel.id != event.channel_id or not channel.kept:
        yield DropChannel(event.channel_id)


def _parted(state: State, event: happened.Parted) -> Iterator[Change]:
    return _left(state, event.who, event)


def _kicked(state: State, event: happened.Kicked) -> Iterator[Change]:
    return _left(state, event.target, event)


def _device_seen(state: State, event: happened.DeviceSeen) -> Change:
    return PutDevice(Device(event.account_id, event.device, event.at))


def _device_forgotten(state: State, event: happened.DeviceForgotten) -> Change:
    return DropDevice(event.account_id, event.device)


def _key_used(state: State, event: happened.KeyUsed) -> Change | None:
    return (
        PutKey(KeyRecord(event.account_id, event.key, event.used)) if event.account_id is not None else None
    )


def _key_forgotten(state: State, event: happened.KeyForgotten) -> Change:
    return DropKey(event.account_id, event.key)


def _invitation(state: State, event: happened.InvitationChanged) -> Change:
    invitation = state.invitations.get(event.code)
    return PutInvitation(invitation) if invitation is not None else DropInvitation(event.code)


def _marker(state: State, event: happened.ReadMarkerSet) -> Change | None:
    if event.account_id is None:
        return None
    return PutMarker(Marker(event.account_id, state.fold(event.target), event.at))


def _marker_forgotten(state: State, event: happened.ReadMarkerForgotten) -> Change:
    return DropMarker(event.account_id, event.target)


def _subscribed(state: State, event: happened.Subscribed) -> Change | None:
    subscription = state.subscriptions.get(event.account_id, {}).get(event.endpoint)
    return PutSubscription(subscription) if subscription is not None else None


def _unsubscribed(state: State, event: happened.Unsubscribed) -> Change:
    return DropSubscription(event.account_id, event.endpoint)


def _token(state: State, event: happened.TokenCreated | happened.TokenUsed) -> Change | None:
    token = state.tokens.get(event.digest)
    return PutToken(token) if token is not None else None


def _token_revoked(state: State, event: happened.TokenRevoked) -> Change:
    return DropToken(event.digest)


def _user_metadata(state: State, event: happened.UserMetadataChanged) -> Change | None:
    account = state.account(event.target.account) if event.target.account is not None else None
    return PutAccount(account) if account is not None else None


PROJECTIONS: dict[type, Projection] = {
    **dict.fromkeys(
        (
            happened.AccountRegistered,
            happened.AccountVerified,
            happened.CodeRenewed,
            happened.AccountApproved,
            happened.CredentialsChanged,
            happened.EmailChanged,
            happened.AccountSettingChanged,
            happened.CertificatesChanged,
            happened.NicksChanged,
            happened.AccountSeen,
            happened.AccountSuspended,
            happened.AccountRestored,
            happened.VirtualHostAsked,
            happened.VirtualHostSet,
        ),
        _account,
    ),
    happened.AccountDropped: _account_dropped,
    **dict.fromkeys(
        (
            happened.ChannelRegistered,
            happened.ChannelTransferred,
            happened.AccessChanged,
            happened.RegistrationChanged,
            happened.ChannelRenamed,
            happened.TopicChanged,
            happened.ChannelMetadataChanged,
            happened.HookAdded,
            happened.HookRemoved,
        ),
        _channel,
    ),
    happened.ChannelDropped: _channel_dropped,
    happened.ModesChanged: _modes,
    happened.InvitationChanged: _invitation,
    happened.ReadMarkerSet: _marker,
    happened.ReadMarkerForgotten: _marker_forgotten,
    happened.Subscribed: _subscribed,
    happened.Unsubscribed: _unsubscribed,
    happened.TokenCreated: _token,
    happened.TokenUsed: _token,
    happened.TokenRevoked: _token_revoked,
    happened.UserMetadataChanged: _user_metadata,
    **dict.fromkeys(
        (
            happened.Attached,
            happened.Detached,
            happened.AccountChanged,
            happened.NickChanged,
            happened.AwayChanged,
            happened.RealnameChanged,
            happened.HostChanged,
            happened.UserModesChanged,
            happened.AcceptedChanged,
            happened.SilencesChanged,
        ),
        _user,
    ),
    happened.AlwaysOnChanged: _always_on,
    happened.Joined: _joined,
    happened.Parted: _parted,
    happened.Kicked: _kicked,
    happened.DeviceSeen: _device_seen,
    happened.DeviceForgotten: _device_forgotten,
    happened.KeyUsed: _key_used,
    happened.KeyForgotten: _key_forgotten,
}
"""By the type of the event; what is not here leaves nothing behind."""


def changes_of(state: State, events: Iterable[Event]) -> list[Change]:
    """What is to be stored of the events of one entry, which is the last that was applied to the state."""
    found: list[Change] = []
    for event in events:
        projection = PROJECTIONS.get(type(event))
        if projection is not None:
            change = projection(state, event)
            if change is None:
                continue
            # Two events of one entry often leave the same record behind.
            for each in change if isinstance(change, Iterable) else (change,):
                if each not in found:
                    found.append(each)
    return found
