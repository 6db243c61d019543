"""What is written to storage: each change is one record as it is from now on, or its end."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.history.record import Point, Record
from chatdaemon.realm.accounts import (
    Account,
    ChannelRecord,
    Device,
    Invitation,
    Marker,
    MembershipRecord,
    UserRecord,
)
from chatdaemon.realm.entry import AccountId, ChannelId, UserId
from chatdaemon.realm.keys import KeyRecord
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.tokens import Token


@dataclass(frozen=True, slots=True)
class PutAccount:
    account: Account


@dataclass(frozen=True, slots=True)
class DropAccount:
    """With all that hangs on it: certificates, nicks, settings, metadata, read markers."""

    id: AccountId


@dataclass(frozen=True, slots=True)
class PutChannel:
    channel: ChannelRecord


@dataclass(frozen=True, slots=True)
class DropChannel:
    id: ChannelId


@dataclass(frozen=True, slots=True)
class PutInvitation:
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class DropInvitation:
    code: str


@dataclass(frozen=True, slots=True)
class PutMarker:
    marker: Marker


@dataclass(frozen=True, slots=True)
class DropMarker:
    account: AccountId
    target: str


@dataclass(frozen=True, slots=True)
class PutUser:
    """A user that is always on, without its memberships."""

    user: UserRecord


@dataclass(frozen=True, slots=True)
class DropUser:
    """With all that hangs on it: memberships, modes, whom it accepts and silences."""

    id: UserId


@dataclass(frozen=True, slots=True)
class PutMembership:
    membership: MembershipRecord


@dataclass(frozen=True, slots=True)
class DropMembership:
    user: UserId
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class PutDevice:
    device: Device


@dataclass(frozen=True, slots=True)
class DropDevice:
    account: AccountId
    name: str


@dataclass(frozen=True, slots=True)
class PutKey:
    """A message of an account has this key."""

    record: KeyRecord


@dataclass(frozen=True, slots=True)
class DropKey:
    account: AccountId
    key: str


@dataclass(frozen=True, slots=True)
class PutSubscription:
    subscription: Subscription


@dataclass(frozen=True, slots=True)
class DropSubscription:
    account: AccountId
    endpoint: str


@dataclass(frozen=True, slots=True)
class PutToken:
    token: Token


@dataclass(frozen=True, slots=True)
class DropToken:
    digest: str


@dataclass(frozen=True, slots=True)
class PutRecord:
    """One more record of the history."""

    record: Record


@dataclass(frozen=True, slots=True)
class EraseRecord:
    """What happened there was taken back: nobody is to read it again."""

    point: Point


Change = (
    PutRecord
    | EraseRecord
    | PutAccount
    | DropAccount
    | PutChannel
    | DropChannel
    | PutInvitation
    | DropInvitation
    | PutMarker
    | DropMarker
    | PutSubscription
    | DropSubscription
    | PutToken
    | DropToken
    | PutUser
    | DropUser
    | PutMembership
    | DropMembership
    | PutDevice
    | DropDevice
    | PutKey
    | DropKey
)
