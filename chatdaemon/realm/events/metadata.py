"""What is told of people and channels for programs to show."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class UserMetadataChanged:
    """A key of a user has another value, or none any more. Users who are logged in to one account have all in
    common, and each an event. `who` is None where nobody asked for it: it came with the account."""

    audience: Audience
    who: Who | None
    target: Who
    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class ChannelMetadataChanged:
    """A key of a channel has another value, or none any more."""

    audience: Audience
    who: Who
    channel_id: ChannelId
    channel: str
    key: str
    value: str | None
