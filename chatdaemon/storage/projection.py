"""From events to what storage keeps: what each has made of the records that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from chatdaemon.realm import events as happened
from chatdaemon.realm.accounts import Marker
from chatdaemon.realm.events import Event
from chatdaemon.realm.records import channel_record
from chatdaemon.realm.state import State
from chatdaemon.storage.changes import (
    Change,
    DropAccount,
    DropChannel,
    DropInvitation,
    DropMarker,
    PutAccount,
    PutChannel,
    PutInvitation,
    PutMarker,
)

Projection = Callable[[State, Any], Change | None]


def _account(state: State, event: Any) -> Change | None:
    account = state.account(event.account)
    # None where a later event of the same entry has dropped it.
    return PutAccount(account) if account is not None else None


def _account_dropped(state: State, event: happened.AccountDropped) -> Change:
    return DropAccount(event.account_id)


def _channel(state: State, event: Any) -> Change | None:
    # By its id: the event has the name before, or the one that was changed meanwhile.
    channel = state.channel(event.name if isinstance(event, happened.ChannelRenamed) else event.channel)
    if channel is None or channel.id != event.channel_id or channel.registration is None:
        return None
    return PutChannel(channel_record(channel))


def _channel_dropped(state: State, event: happened.ChannelDropped) -> Change:
    return DropChannel(event.channel_id)


def _invitation(state: State, event: happened.InvitationChanged) -> Change:
    invitation = state.invitations.get(event.code)
    return PutInvitation(invitation) if invitation is not None else DropInvitation(event.code)


def _marker(state: State, event: happened.ReadMarkerSet) -> Change | None:
    if event.account_id is None:
        return None
    return PutMarker(Marker(event.account_id, state.fold(event.target), event.at))


def _marker_forgotten(state: State, event: happened.ReadMarkerForgotten) -> Change:
    return DropMarker(event.account_id, event.target)


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
            happened.ModesChanged,
            happened.ChannelMetadataChanged,
        ),
        _channel,
    ),
    happened.ChannelDropped: _channel_dropped,
    happened.InvitationChanged: _invitation,
    happened.ReadMarkerSet: _marker,
    happened.ReadMarkerForgotten: _marker_forgotten,
    happened.UserMetadataChanged: _user_metadata,
}
"""By the type of the event; what is not here leaves nothing behind."""


def changes_of(state: State, events: Iterable[Event]) -> list[Change]:
    """What is to be stored of the events of one entry, which is the last that was applied to the state."""
    found: list[Change] = []
    for event in events:
        projection = PROJECTIONS.get(type(event))
        if projection is not None:
            change = projection(state, event)
            # Two events of one entry often leave the same record behind.
            if change is not None and change not in found:
                found.append(change)
    return found
