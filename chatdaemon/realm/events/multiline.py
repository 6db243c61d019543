"""What was said in several lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chatdaemon.realm.events.common import Audience, Who
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.requests.messages import Kind
from chatdaemon.realm.requests.multiline import Line


@dataclass(frozen=True, slots=True)
class PostedLines:
    """A message of several lines: `text` is all of it, `lines` how the sender put it. Otherwise as Posted."""

    audience: Audience
    who: Who
    target: str
    text: str
    kind: Kind
    tags: Mapping[str, str] | None
    rank: Rank
    lines: tuple[Line, ...]
