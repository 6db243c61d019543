"""The last messages of conversations that are not stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from chatdaemon.history.record import Point, Record
from chatdaemon.realm.conversations import Conversation

# Conversations that are kept; when there are more, the one that began first is forgotten.
MOST_CONVERSATIONS = 10_000


class Rings:
    """Owns, for each conversation, its last `length` records."""

    def __init__(self, length: int, most: int = MOST_CONVERSATIONS) -> None:
        self._length = length
        self._most = most
        self._rings: dict[Conversation, deque[Record]] = {}

    def resize(self, length: int) -> None:
        """Keep so many from now on."""
        self._length = length
        self._rings = {
            conversation: deque(ring, maxlen=length) for conversation, ring in self._rings.items() if length
        }

    def add(self, record: Record) -> None:
        if not self._length:
            return
        ring = self._rings.get(record.conversation)
        if ring is None:
            if len(self._rings) >= self._most:
                del self._rings[next(iter(self._rings))]
            ring = self._rings[record.conversation] = deque(maxlen=self._length)
        ring.append(record)

    def of(self, conversation: Conversation) -> Iterable[Record]:
        """The records of a conversation, oldest first."""
        return self._rings.get(conversation, ())

    def all(self) -> Iterable[tuple[Conversation, Iterable[Record]]]:
        return self._rings.items()

    def at(self, point: Point) -> Iterator[Record]:
        """What is kept of what happened there."""
        for ring in self._rings.values():
            # Of most it is enough to look at both ends.
            if ring and ring[0].point <= point <= ring[-1].point:
                yield from (record for record in ring if record.point == point)

    def erase(self, point: Point) -> None:
        """Keep what happened there no longer."""
        for record in list(self.at(point)):
            self._rings[record.conversation].remove(record)

    def forget(self, conversation: Conversation) -> None:
        self._rings.pop(conversation, None)
