"""Channels."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Limit, Op


class Join(Op):
    """Enter a channel. `members` is whether the answer is to list who is there."""

    channel: str
    key: str | None = None
    members: bool = True


class Part(Op):
    """Leave a channel."""

    channel: str
    reason: str | None = None


class Names(Op):
    """Ask who is in a channel."""

    channel: str


class List(Op):
    """Ask which channels there are, in the order of their names: those behind `after`."""

    after: str = ""
    limit: Limit | None = None


class Topic(Op):
    """Set a channel's topic (an empty text takes it away), or ask for it (no text)."""

    channel: str
    text: str | None = None
