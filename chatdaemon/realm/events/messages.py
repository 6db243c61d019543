"""What was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from chatdaemon.realm.events.common import Audience, Who
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.requests.messages import Kind


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
