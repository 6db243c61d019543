"""What was said as somebody who is not there."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.events.common import Audience, Who
from chatdaemon.realm.modes import Rank


@dataclass(frozen=True, slots=True)
class Portrayed:
    """`who` has said this as `character` (None: as what happens); `rank` is the least rank that hears it."""

    audience: Audience
    who: Who
    channel: str
    character: str | None
    text: str
    action: bool
    rank: Rank
