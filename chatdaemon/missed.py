"""What a session has not been told: the node's last events, and which of them it would have heard.

Who hears of an event is decided here for both ways to be told: as it happens (`node`), and later.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator

from chatdaemon.history.record import Point, point_of
from chatdaemon.realm.entry import ChannelId, SessionId, UserId
from chatdaemon.realm.events import Attached, Event, Joined, Kicked, Parted, Posted, PostedLines, Stamp
from chatdaemon.realm.state import User


def subjects_of(event: Event) -> tuple[UserId, ...]:
    """Those whom the event is about, and who are told of it one by one."""
    subject: UserId | None = getattr(event, "subject", None)
    if subject is not None:
        # Who silences somebody is invited, and not told.
        told = isinstance(event.audience, str) or subject in event.audience
        return (subject,) if told else ()
    several: tuple[UserId, ...] = getattr(event, "subjects", ())
    return several


def writer_of(event: Event) -> UserId:
    """Who writes to another person, and not to a channel, or to themselves: the writer's other clients would
    take it for something that was said to them. 0 where nobody does."""
    if not isinstance(event, (Posted, PostedLines)) or event.rank or event.target == event.who.nick:
        return 0
    return event.who.id


Happened = tuple[Stamp, Event, SessionId | None]
"""An event, and the session that asked for it."""


class RecentEvents:
    """The last `most` events of a node, the oldest first, whoever heard of them; 0: none are kept.

    `events` is added to on the path of every message.
    """

    def __init__(self, most: int) -> None:
        self.events: deque[Happened] = deque(maxlen=most)
        # Whether any that there were may be missing.
        self._cut = False

    @property
    def most(self) -> int:
        return self.events.maxlen or 0

    def resize(self, most: int) -> None:
        """Keep so many from now on."""
        self._cut = self._cut or len(self.events) == self.most
        self.events = deque(self.events, maxlen=most)
        self._cut = self._cut or len(self.events) == most

    def forget(self, msgid: str) -> None:
        """Have nobody told any more of what has this id: it was taken back."""
        point = point_of(msgid)
        if point is None:
            return
        at = bisect_left(self.events, point, key=_point)
        if at < len(self.events) and _point(self.events[at]) == point:
            self._cut = self._cut or len(self.events) == self.most
            del self.events[at]

    def reach_back_to(self, point: Point) -> bool:
        """Whether all that happened behind this place is there."""
        if self._cut or len(self.events) == self.most:
            return bool(self.events) and _just_before(self.events[0]) <= point
        return True

    def next(self, point: Point, most: int) -> list[Happened]:
        """What happened behind this place first, in order: so many events at most."""
        events = self.events
        at = bisect_right(events, point, key=_point)
        return [events[each] for each in range(at, min(at + most, len(events)))]

    def behind(self, point: Point) -> Iterator[Happened]:
        """What happened behind this place, the last first."""
        msgid = point.msgid
        plain = len(msgid) == 16
        for each in reversed(self.events):
            other = each[0].msgid
            # Ids sort as texts but for the numbers of events of one entry.
            if other <= msgid if plain and len(other) == 16 else _point(each) <= point:
                return
            yield each


def _point(happened: Happened) -> Point:
    point = point_of(happened[0].msgid)
    assert point is not None, "the node has made it"
    return point


def _just_before(happened: Happened) -> Point:
    entry, ordinal = _point(happened)
    return Point(entry, ordinal - 1)


class Missed:
    """What one session of a user has not been told since a place in the log, to be taken in portions.

    It was not told of what it has asked for itself. `mirrors` is as the node's sessions have it.
    """

    def __init__(
        self, recent: RecentEvents, user: User, session: SessionId, after: Point, mirrors: bool = True
    ) -> None:
        self.after = after
        """All up to there was taken."""
        self._recent = recent
        self._user = user
        self._session = session
        self._mirrors = mirrors
        self._channels = self._channels_then()

    def _channels_then(self) -> dict[ChannelId, None]:
        """Where the user was, reckoned back from where it is."""
        channels = {channel.id: None for channel in self._user.channels}
        for _, event, _ in self._recent.behind(self.after):
            if self._user.id in subjects_of(event):
                if isinstance(event, Joined):
                    channels.pop(event.channel_id, None)
                elif isinstance(event, (Parted, Kicked)):
                    channels[event.channel_id] = None
        return channels

    def gap(self) -> Point | None:
        """Up to where events are missing that nobody has any more; None where none are. What is left begins
        there."""
        if self._recent.reach_back_to(self.after):
            return None
        events = self._recent.events
        # With nothing kept, all that was is missing.
        upto = _point(events[0]) if events else self.after
        if events:
            self.after = _just_before(events[0])
        self._channels = self._channels_then()
        return upto

    def take(self, most: int) -> list[tuple[Stamp, Event, bool]]:
        """The next of those that the session would have heard of, each with whether it is about its user; an
        empty list when there are no more. `most`: so many events, heard or not, are looked at."""
        found: list[tuple[Stamp, Event, bool]] = []
        while not found:
            portion = self._recent.next(self.after, most)
            if not portion:
                break
            for happened in portion:
                self._look_at(happened, found)
            self.after = _point(portion[-1])
        return found

    def _look_at(self, happened: Happened, found: list[tuple[Stamp, Event, bool]]) -> None:
        stamp, event, asked = happened
        user = self._user.id
        about = user in subjects_of(event)
        if about and isinstance(event, (Parted, Kicked)):
            self._channels.pop(event.channel_id, None)
        # Attached concerns one client, and not the others.
        if asked != self._session and not isinstance(event, Attached) and (about or self._hears(event)):
            found.append((stamp, event, about))
        if about and isinstance(event, Joined):
            self._channels[event.channel_id] = None

    def _hears(self, event: Event) -> bool:
        where = event.audience
        if isinstance(where, str):
            return where in self._channels
        return self._user.id in where and (self._mirrors or self._user.id != writer_of(event))
