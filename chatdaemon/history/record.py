"""One thing that history keeps, and where in the log it stands."""

from __future__ import annotations

from typing import NamedTuple

from chatdaemon.realm.conversations import Conversation, Identity
from chatdaemon.realm.entry import message_id
from chatdaemon.realm.events import Event, Stamp

# More than any entry's index, and than the number of any event of one: what databases have integers for.
MOST_ENTRIES = 2**63
MOST_EVENTS = 2**31


class Point(NamedTuple):
    """A place in the log: the index of an entry, and the number of one of its events. Points sort as what
    happened did, and as their message ids do."""

    entry: int
    ordinal: int

    @property
    def msgid(self) -> str:
        return message_id(self.entry, self.ordinal)


def point_of(msgid: str) -> Point | None:
    """The place that a message id is of, whether anything is there or not; None for what is no id of ours."""
    index, dot, ordinal = msgid.partition(".")
    if len(index) != 16 or (dot and not ordinal):
        return None
    try:
        point = Point(int(index, 16), int(ordinal or "0"))
    except ValueError:
        # Also for more digits than int() wants to read.
        return None
    if not (0 <= point.entry < MOST_ENTRIES and 0 <= point.ordinal < MOST_EVENTS):
        return None
    # What int() takes beside plain digits ("+1", "1_0", other scripts) is nothing that we have ever written.
    return point if point.msgid == msgid else None


class Record(NamedTuple):
    """An event as part of a conversation, at `at` (ms since 1970). One that is part of several (somebody
    quits) has a record in each.

    `sender` is who did it, 0 for the server. It is shown to members of `rank` and above and to its sender;
    in a private conversation one with a rank is shown to its sender only. `told` is the event, whose audience
    means nothing any more. `message`: something was said, with text; all else only matters to those who ask
    for events.
    """

    conversation: Conversation
    point: Point
    at: int
    sender: Identity
    rank: int
    message: bool
    told: Event

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.at, self.point.msgid)
