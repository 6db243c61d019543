"""Who is in which channel, and what was set on it."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import ChannelId, UserId
from chatdaemon.realm.events.common import Audience, Who
from chatdaemon.realm.modes import ModeChange


@dataclass(frozen=True, slots=True)
class Joined:
    """`away` is the joiner's away text, for those who follow it; `created`: the channel is new."""

    audience: Audience
    who: Who
    channel_id: ChannelId
    channel: str
    away: str | None
    created: bool

    @property
    def subject(self) -> UserId:
        return self.who.id


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A join was led from one channel to another. Told only to the user itself."""

    audience: Audience
    who: Who
    channel: str
    to: str


@dataclass(frozen=True, slots=True)
class Parted:
    audience: Audience
    who: Who
    channel_id: ChannelId
    channel: str
    reason: str | None

    @property
    def subject(self) -> UserId:
        return self.who.id


@dataclass(frozen=True, slots=True)
class Kicked:
    """`who` is None when the server itself did it."""

    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    target: Who
    reason: str

    @property
    def subject(self) -> UserId:
        return self.target.id


@dataclass(frozen=True, slots=True)
class Invited:
    """The audience is the target, the one who invites, and the members who could have invited."""

    audience: Audience
    who: Who
    target: Who
    channel: str

    @property
    def subject(self) -> UserId:
        return self.target.id


@dataclass(frozen=True, slots=True)
class Uninvited:
    """The audience is the target and the one who took the invitation back."""

    audience: Audience
    who: Who
    target: Who
    channel: str

    @property
    def subject(self) -> UserId:
        return self.target.id


@dataclass(frozen=True, slots=True)
class Knocked:
    """The audience is the one who knocks and the members who could invite."""

    audience: Audience
    who: Who
    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class TopicChanged:
    """An empty text means that the topic was taken away."""

    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class ModesChanged:
    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    changes: tuple[ModeChange, ...]
