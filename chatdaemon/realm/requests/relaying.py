"""Speaking for somebody who is on another network (draft/relaymsg)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Relay:
    """Say `text` in a channel in the name of `nick`, which is nobody's here: it has a "/" in it, as no nick
    has. `tags` are the client-only tags, as in Post."""

    channel: str
    nick: str
    text: str
    tags: Mapping[str, str] | None = None
