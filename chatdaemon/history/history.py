"""History as everybody asks it: what is stored, what is about to be, and what is only in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice, takewhile
from typing import Protocol

from twisted.internet.defer import Deferred, succeed

from chatdaemon.history.projection import (
    PLACES,
    TAG,
    identity_of_who,
    is_worth_keeping,
    place_of_message,
)
from chatdaemon.history.query import Query, Search, Target, TargetsQuery
from chatdaemon.history.recent import Recent
from chatdaemon.history.record import Point, Record, point_of
from chatdaemon.history.rings import Rings
from chatdaemon.history.search import found_in
from chatdaemon.history.selection import clipped, merged, selected
from chatdaemon.history.settings import Channels, HistorySettings, Kept
from chatdaemon.history.targets import targets_in, without_doubles
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.conversations import Conversation, is_guest
from chatdaemon.realm.events import Event, Portrayed, Posted, PostedLines, Redacted, Relayed, Stamp
from chatdaemon.realm.state import State
from chatdaemon.realm.written import Written

# Messages that were erased lately: what was read before that may arrive after it.
ERASED = 1024


class Archive(Protocol):
    """Reads what is stored, off the reactor. All answers fail with StorageFailed when it cannot be read."""

    def read(self, query: Query) -> Deferred[list[Record]]: ...

    def targets(self, query: TargetsQuery) -> Deferred[list[Target]]: ...

    def search(self, search: Search) -> Deferred[list[Record]]: ...

    def find(self, point: Point) -> Deferred[Record | None]:
        """What happened there, of those records that are messages."""


class History:
    """Owns the records that are not stored yet, or never will be, and answers queries over those and what
    is stored. `archive` is None where nothing is stored: then memory is all there is.

    It never waits for the disk: what the writer has not written yet is added to what the database tells.
    """

    def __init__(
        self, state: State, settings: HistorySettings | None = None, archive: Archive | None = None
    ) -> None:
        self.archive = archive
        self.recent = Recent()
        self.settings = settings or HistorySettings()
        self._state = state
        self._rings = Rings(self.settings.ring)
        # What is about to be stored: in the order of the log, and by conversation.
        self._waiting: deque[Record] = deque()
        self._waiting_in: dict[Conversation, deque[Record]] = {}
        # What was taken back: by the index of the entry that is still to be stored; and what is erased.
        self._erasing: dict[Point, int] = {}
        self._erased: dict[Point, None] = {}

    def configure(self, settings: HistorySettings) -> None:
        """Keep what these settings say from now on."""
        if settings.ring != self.settings.ring:
            self._rings.resize(settings.ring)
        self.settings = settings

    # What happens.

    def keep_post(self, index: int, stamp: Stamp, event: Posted) -> Record | None:
        """Keep a message, the only event of the entry with this index. On the path of every one. Returns what
        is to be stored, if anything is."""
        place = place_of_message(self._state, event)
        if place is None:
            return None
        conversation, rank = place
        who = event.who
        sender = identity_of_who(self._state, who)
        self.recent.add(stamp.msgid, conversation, sender, rank, stamp.at, who.id)
        if not is_worth_keeping(event):
            return None
        message = event.kind is not TAG
        if not message and Kept.TAG not in self.settings.events:
            return None
        record = Record(conversation, Point(index, 0), stamp.at, sender, rank, message, event)
        return self._keep(record, event.target)

    def keep(self, index: int, at: int, events: Iterable[Event]) -> tuple[list[Record], list[Point]]:
        """Keep what of the events of an entry is worth it. Returns what is to be stored, and what stored
        records are to be erased."""
        records: list[Record] = []
        erased: list[Point] = []
        for ordinal, event in enumerate(events):
            point = Point(index, ordinal)
            if isinstance(event, Redacted):
                self._take_back(event, index, erased)
                continue
            for record, name in self._records(point, at, event):
                if isinstance(event, (Posted, PostedLines, Relayed, Portrayed)):
                    self._remember(record)
                kept = self._keep(record, name)
                if kept is not None:
                    records.append(kept)
        return records, erased

    def stored(self, index: int) -> None:
        """All up to the entry with this index is stored: the database tells it from now on."""
        waiting = self._waiting
        while waiting and waiting[0].point.entry <= index:
            record = waiting.popleft()
            there = self._waiting_in.get(record.conversation)
            while there and there[0].point.entry <= index:
                there.popleft()
            if not there:
                self._waiting_in.pop(record.conversation, None)
        erasing = self._erasing
        while erasing and erasing[first := next(iter(erasing))] <= index:
            del erasing[first]
            self._has_erased(first)

    def _records(self, point: Point, at: int, event: Event) -> Iterable[tuple[Record, str | None]]:
        """What is kept of an event, and the name of the channel that it is of if that is one."""
        state = self._state
        if isinstance(event, Posted):
            record = None
            if is_worth_keeping(event) and (place := place_of_message(state, event)):
                message = event.kind is not TAG
                sender = identity_of_who(state, event.who)
                record = Record(place[0], point, at, sender, place[1], message, event)
            return [(record, event.target)] if record is not None else []
        if isinstance(event, PostedLines):
            place = place_of_message(state, event)
            if place is None:
                return []
            sender = identity_of_who(state, event.who)
            return [(Record(place[0], point, at, sender, place[1], True, event), event.target)]
        what, places = PLACES.get(type(event), (None, None))
        if places is None or (what is not None and what not in self.settings.events):
            return []
        sender = identity_of_who(state, getattr(event, "who", None))
        name = getattr(event, "channel", None) or getattr(event, "target", None)
        return [
            (Record(conversation, point, at, sender, rank, what is None, event), name)
            for conversation, rank in places(state, event)
        ]

    def _keep(self, record: Record, name: str | None) -> Record | None:
        """Put a record where it belongs; returns it when it is to be stored."""
        where = self._where(record, name)
        if where is None:
            return None
        if not where:
            self._rings.add(record)
            return None
        self._waiting.append(record)
        there = self._waiting_in.get(record.conversation)
        if there is None:
            there = self._waiting_in[record.conversation] = deque()
        there.append(record)
        return record

    def _where(self, record: Record, name: str | None) -> bool | None:
        """Whether a record is stored (True), only kept in memory (False), or not at all (None)."""
        settings, state = self.settings, self._state
        conversation = record.conversation
        first, second = conversation
        if second:
            if self.archive is None or not settings.private:
                return False
            return not (is_guest(first, state) or is_guest(second, state))
        channel = state.channel(name) if name is not None else None
        registration = channel.registration if channel is not None else None
        if registration is not None and registration.settings.get(RegistrationSetting.HISTORY) == "off":
            return None
        if self.archive is None or settings.channels is Channels.NONE:
            return False
        return settings.channels is Channels.ALL or registration is not None

    def _remember(self, record: Record) -> None:
        written = written_of(record)
        self.recent.add(
            record.point.msgid, record.conversation, record.sender, record.rank, record.at, written.user
        )

    def _take_back(self, event: Redacted, index: int, erased: list[Point]) -> None:
        self.recent.forget(event.message_id)
        point = point_of(event.message_id)
        if point is None:
            return
        self._rings.erase(point)
        erased.append(point)
        if self.archive is not None:
            self._erasing[point] = index
        else:
            self._has_erased(point)

    def _has_erased(self, point: Point) -> None:
        erased = self._erased
        erased[point] = None
        if len(erased) > ERASED:
            del erased[next(iter(erased))]

    def _left(self, records: Iterable[Record]) -> list[Record]:
        """Those that nobody has taken back."""
        erasing, erased = self._erasing, self._erased
        if not erasing and not erased:
            return list(records)
        return [record for record in records if record.point not in erasing and record.point not in erased]

    # What is asked.

    def is_left(self, record: Record) -> bool:
        """False when somebody has taken it back since it was read."""
        return record.point not in self._erasing and record.point not in self._erased

    def read(self, query: Query) -> Deferred[list[Record]]:
        """The records that the query asks for, in the order of the log."""
        conversation = query.reading.conversation
        ring = self._left(self._rings.of(conversation))
        waiting = self._left(self._waiting_in.get(conversation, ()))
        memory = selected(merged(ring, waiting), query)
        if self.archive is None:
            return succeed(memory)

        def complete(stored: list[Record]) -> list[Record]:
            found = merged(self._left(stored), self._left(memory))
            return clipped(found, query.limit, newest=query.newest)

        return self.archive.read(replace(query, limit=self._enough(query.limit))).addCallback(complete)

    def around(self, query: Query, point: Point | int) -> Deferred[list[Record]]:
        """As `read`, around a place or a time: half of the limit before it, the rest from it on. The query's
        bounds are not looked at."""
        earlier = self.read(replace(query, after=None, before=point, limit=query.limit // 2, newest=True))

        def go_on(before: list[Record]) -> Deferred[list[Record]]:
            just_before = Point(point.entry, point.ordinal - 1) if isinstance(point, Point) else point - 1
            left = query.limit - len(before)
            later = self.read(replace(query, after=just_before, before=None, limit=left, newest=False))
            return later.addCallback(lambda after: [*before, *after])

        return earlier.addCallback(go_on)

    def targets(self, query: TargetsQuery) -> Deferred[list[Target]]:
        """The conversations that the query asks for."""
        memory = targets_in((*self._rings.all(), *self._waiting_in.items()), query)
        if self.archive is None:
            return succeed(without_doubles(memory, query))
        found = self.archive.targets(query)
        return found.addCallback(lambda stored: without_doubles([*stored, *memory], query))

    def search(self, search: Search) -> Deferred[list[Record]]:
        """The messages that fit, in the order of the log."""
        memory: list[Record] = []
        for reading in search.readings:
            conversation = reading.conversation
            records = merged(list(self._rings.of(conversation)), list(self._waiting_in.get(conversation, ())))
            memory += found_in(self._left(records), search, reading)
        if self.archive is None:
            return succeed(clipped(merged((), memory), search.limit, newest=search.newest))

        def complete(stored: list[Record]) -> list[Record]:
            found = merged(self._left(stored), self._left(memory))
            return clipped(found, search.limit, newest=search.newest)

        return self.archive.search(replace(search, limit=self._enough(search.limit))).addCallback(complete)

    def _enough(self, limit: int) -> int:
        """So many, whatever of them is taken back and not erased yet."""
        return limit + len(self._erasing)

    def find(self, msgid: str) -> Deferred[Written | None]:
        """What is known of a message, whoever asks: to be checked before anything of it is told."""
        written = self.recent.find(msgid)
        point = point_of(msgid)
        if written is not None or point is None:
            return succeed(written)
        record = self._in_memory(point)
        if record is not None or self.archive is None:
            return succeed(_found(self._left(() if record is None else (record,))))
        found = self.archive.find(point)
        return found.addCallback(lambda stored: _found(self._left(() if stored is None else (stored,))))

    def _in_memory(self, point: Point) -> Record | None:
        """The message that is there, of those that the database does not have."""
        waiting = self._waiting
        start = bisect_left(waiting, point, key=_point)
        here = takewhile(lambda each: each.point == point, islice(waiting, start, None))
        return next((each for each in (*here, *self._rings.at(point)) if can_be_taken_back(each)), None)


def can_be_taken_back(record: Record) -> bool:
    """Whether somebody said it: not that they joined, say. A reaction was said, too."""
    return record.message or isinstance(record.told, Posted)


def written_of(record: Record) -> Written:
    """What there is to know for who wants to take a message back."""
    who = getattr(record.told, "who", None)
    return Written(
        record.conversation, record.sender, record.rank, record.at, record.sender if who is None else who.id
    )


def _found(records: list[Record]) -> Written | None:
    return written_of(records[0]) if records else None


def _point(record: Record) -> Point:
    return record.point
