"""Who came and went, and what people said of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import ChannelId, UserId
from chatdaemon.realm.events.common import Audience, Who
from chatdaemon.realm.modes import UserModeChange


@dataclass(frozen=True, slots=True)
class Connected:
    """A user has come. Nobody shares a channel with it yet: it is told only to the user itself.

    `seen_at`: how far its client had been told before (ms since 1970), as `device` of the account; None where
    that is not known.
    """

    audience: Audience
    who: Who
    device: str = ""
    seen_at: int | None = None


@dataclass(frozen=True, slots=True)
class Quit:
    """A user is gone, and was in no channel any more when this was made. In `hidden` of its `channels`
    ordinary members had not seen it."""

    audience: Audience
    who: Who
    reason: str
    channels: tuple[ChannelId, ...]
    hidden: tuple[ChannelId, ...] = ()

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

    @property
    def subject(self) -> UserId:
        return self.who.id


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """`who` is the user as it was before, with the old account."""

    audience: Audience
    who: Who
    account: str | None

    @property
    def subject(self) -> UserId:
        return self.who.id


@dataclass(frozen=True, slots=True)
class UserModesChanged:
    """Told only to the user itself."""

    audience: Audience
    who: Who
    changes: tuple[UserModeChange, ...]

    @property
    def subject(self) -> UserId:
        return self.who.id
