"""Saying things."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from chatdaemon.realm.modes import Rank


class Kind(StrEnum):
    """What a Post is: people read messages; programs must not answer notices; a tag has no text."""

    MESSAGE = "message"
    NOTICE = "notice"
    TAG = "tag"


# The client-only tags (message-tags) that are passed on, whatever protocol they come by.
CLIENT_TAGS = (
    "+typing",
    "+draft/typing",
    "+reply",
    "+draft/reply",
    "+draft/react",
    "+draft/unreact",
    "+channel-context",
    "+draft/channel-context",
)


class Post(NamedTuple):
    """Say `text` to a channel or a user. A NamedTuple, since it is made for every message.

    `rank` narrows a channel message to members of that rank and above (STATUSMSG).
    `tags` are the client-only tags, names with their `+`.
    """

    target: str
    text: str
    kind: Kind = Kind.MESSAGE
    tags: Mapping[str, str] | None = None
    rank: Rank = Rank.NONE
