"""Events: what has happened in the realm. Past tense, self-contained, never changed.

Every event has an `audience`: the id of a channel, when all of its members learn of it, or a tuple of
user ids. The session that asked is answered with all events of its entry, save those with a tuple of
ids that its user is not in. Events that happen *to* one user have it as `subject`, since
protocols tell that user more (the topic and names of the channel it is now in, say).

A `Who` is a user as it was when the event happened, so that an event can be rendered or stored
at any later time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chatdaemon.realm.entry import ChannelId, UserId
from chatdaemon.realm.modes import ModeChange, Rank, UserModeChange
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import Kind
from chatdaemon.realm.settings import Settings

Audience = ChannelId | tuple[UserId, ...]


class Who(NamedTuple):
    """A user at one moment. `source` is nick!username@host."""

    id: UserId
    nick: str
    username: str
    host: str
    account: str | None
    realname: str
    bot: bool
    source: str


class Stamp(NamedTuple):
    """When an event happened (ms since 1970) and its message id."""

    at: int
    msgid: str


class Posted(NamedTuple):
    """A message. A NamedTuple, since one is made for every message.

    `target` is the name of the channel or the nick of the receiver; `rank` is the least rank that a
    channel message was meant for.
    """

    audience: Audience
    who: Who
    target: str
    text: str
    kind: Kind
    tags: Mapping[str, str] | None
    rank: Rank


@dataclass(frozen=True, slots=True)
class Connected:
    """A user has come. Nobody shares a channel with it yet: it is told only to the user itself."""

    audience: Audience
    who: Who


@dataclass(frozen=True, slots=True)
class Quit:
    """A user is gone, and was in no channel any more when this was made."""

    audience: Audience
    who: Who
    reason: str
    channels: tuple[ChannelId, ...]

    @property
    def subject(self) -> UserId:
        return self.who.id


@dataclass(frozen=True, slots=True)
class NickChanged:
    """`who` is the user as it was before."""

    audience: Audience
    who: Who
    nick: str


@dataclass(frozen=True, slots=True)
class AwayChanged:
    audience: Audience
    who: Who
    text: str | None


@dataclass(frozen=True, slots=True)
class RealnameChanged:
    audience: Audience
    who: Who
    realname: str


@dataclass(frozen=True, slots=True)
class HostChanged:
    """`who` is the user as it was before."""

    audience: Audience
    who: Who
    username: str
    host: str


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """`who` is the user as it was before, with the old account."""

    audience: Audience
    who: Who
    account: str | None


@dataclass(frozen=True, slots=True)
class UserModesChanged:
    """Told only to the user itself."""

    audience: Audience
    who: Who
    changes: tuple[UserModeChange, ...]

    @property
    def subject(self) -> UserId:
        return self.who.id


@dataclass(frozen=True, slots=True)
class BecameOperator:
    """Told only to the user itself."""

    audience: Audience
    who: Who
    name: str


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


@dataclass(frozen=True, slots=True)
class PartlyRefused:
    """Part of a request that had several was refused. Told only to the one who asked."""

    audience: Audience
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Killed:
    """An operator has removed a user; a Quit of the target follows in the same entry."""

    audience: Audience
    who: Who | None
    target: Who
    reason: str

    @property
    def subject(self) -> UserId:
        return self.target.id


@dataclass(frozen=True, slots=True)
class WallopsSent:
    audience: Audience
    who: Who | None
    text: str


@dataclass(frozen=True, slots=True)
class ServerNoticed:
    """Something that operators who asked for server notices should know."""

    audience: Audience
    text: str


@dataclass(frozen=True, slots=True)
class Configured:
    audience: Audience
    settings: Settings


Event = (
    Posted
    | Connected
    | Quit
    | NickChanged
    | AwayChanged
    | RealnameChanged
    | HostChanged
    | AccountChanged
    | UserModesChanged
    | BecameOperator
    | Joined
    | Forwarded
    | Parted
    | Kicked
    | Invited
    | Knocked
    | TopicChanged
    | ModesChanged
    | PartlyRefused
    | Killed
    | WallopsSent
    | ServerNoticed
    | Configured
)
