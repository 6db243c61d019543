"""What can be asked of history, always within what `realm.reading` says that the reader may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from chatdaemon.history.record import Point
from chatdaemon.realm.conversations import Conversation, Identity
from chatdaemon.realm.reading import Reading

# A place in the log, or a time in ms since 1970.
Bound = Point | int


@dataclass(frozen=True, slots=True)
class Query:
    """Records of one conversation, in the order of the log: those strictly between the bounds (None: no
    bound), at most `limit`, and of more the last of them (`newest`) or the first.

    `events`: not only messages.
    """

    reading: Reading
    after: Bound | None = None
    before: Bound | None = None
    limit: int = 100
    newest: bool = True
    events: bool = False


@dataclass(frozen=True, slots=True)
class TargetsQuery:
    """The conversations whose last message is strictly between the two times (ms since 1970), by that time:
    the last `limit` of them (`newest`) or the first. Private ones are those of `reader`; channels are the
    `readings`."""

    reader: Identity
    readings: tuple[Reading, ...]
    after: int
    before: int
    limit: int
    newest: bool = True


class Target(NamedTuple):
    """A conversation with the time of its last message (ms since 1970) that the reader may read."""

    conversation: Conversation
    at: int


@dataclass(frozen=True, slots=True)
class Search:
    """Messages in any of the conversations that fit all that is given, in the order of the log: the last
    `limit` of them (`newest`) or the first.

    `words`: each has to be in the text, whatever its case; a "phrase" in quotes as it stands; a word of three
    letters or more that ends with * stands for all that begin so. `sender`: what was written by somebody of
    this nick (folded), or this account. `after`, `before`: strictly, in ms since 1970 or points.
    """

    readings: tuple[Reading, ...]
    words: str = ""
    sender: str | None = None
    after: Bound | None = None
    before: Bound | None = None
    limit: int = 50
    newest: bool = True
