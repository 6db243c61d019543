"""What was said for somebody who is on another network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class Relayed:
    """A message of `nick`, whom `who` speaks for. `target` is the channel's name."""

    audience: Audience
    who: Who
    nick: str
    channel_id: ChannelId
    target: str
    text: str
    tags: Mapping[str, str] | None

    @property
    def source(self) -> str:
        """nick!username@host: the host is of who relays it, so that all can see where it comes from."""
        return f"{self.nick}!{self.who.username}@{self.who.host}"
