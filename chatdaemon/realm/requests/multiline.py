"""Saying several lines at once (draft/multiline)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chatdaemon.realm.modes import Rank
from chatdaemon.realm.requests.messages import Kind


class Line(NamedTuple):
    """One line of several. `joined`: its text goes on that of the line before it, with nothing between."""

    text: str
    joined: bool = False


@dataclass(frozen=True, slots=True)
class PostLines:
    """Say several lines to a channel or a user as one message. Otherwise as Post; some may be empty."""

    target: str
    lines: tuple[Line, ...]
    kind: Kind = Kind.MESSAGE
    tags: Mapping[str, str] | None = None
    rank: Rank = Rank.NONE
