"""What became of registered channels. Storage looks up what the channel of `channel_id` has become."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.entry import ChannelId, UserId
from chatdaemon.realm.events.common import Audience, Who
from chatdaemon.realm.modes import Rank


@dataclass(frozen=True, slots=True)
class ChannelRegistered:
    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    founder: str


@dataclass(frozen=True, slots=True)
class ChannelDropped:
    """It is no longer registered; `gone` says that nobody was in it, so that it is no more at all."""

    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    gone: bool


@dataclass(frozen=True, slots=True)
class ChannelTransferred:
    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    founder: str


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """`ranks` is what the account has now."""

    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    account: str
    ranks: Rank


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    setting: RegistrationSetting
    value: str | None


@dataclass(frozen=True, slots=True)
class ChannelRenamed:
    """`channel` is the name before. `members` are told one by one: a protocol may have to pretend that each
    of them has left one channel and entered another."""

    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    name: str
    reason: str
    members: tuple[UserId, ...]

    @property
    def subjects(self) -> tuple[UserId, ...]:
        return self.members
