"""What became of the hooks of registered channels."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.events.common import Audience, Who
from chatdaemon.realm.hooks import Direction


@dataclass(frozen=True, slots=True)
class HookAdded:
    """`who` is None where the server itself has made it."""

    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    name: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class HookRemoved:
    """`who` is None where the server itself has removed it: nobody is at its address any more."""

    audience: Audience
    who: Who | None
    channel_id: ChannelId
    channel: str
    name: str
    direction: Direction
