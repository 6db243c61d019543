"""The messages of late: who wrote them and to whom, for those who want to take one back.

Without a history this is all that is known of messages once they are delivered. It is forgotten when the
process ends, and when enough others have been said.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred, succeed

from chatdaemon.realm.events import Audience, Event, PostedLines, Redacted, Relayed, Stamp, Who
from chatdaemon.realm.written import Written

# Messages that are remembered at least; up to twice as many are, at some 300 bytes each.
REMEMBERED = 8192


class Said(Protocol):
    """An event that somebody said something."""

    @property
    def who(self) -> Who: ...

    @property
    def audience(self) -> Audience: ...

    @property
    def target(self) -> str: ...


class Recent:
    """Owns what is remembered, by message id. There are two halves: when the newer is full, the older is let
    go, which costs a message nothing."""

    __slots__ = ("_most", "_newer", "_older")

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._newer: dict[str, tuple[Who, Audience, str, int]] = {}
        self._older: dict[str, tuple[Who, Audience, str, int]] = {}

    def add(self, stamp: Stamp, event: Said) -> None:
        """Remember a message. On the path of each one: it takes a quarter of a microsecond."""
        newer = self._newer
        if len(newer) >= self._most:
            self._older = newer
            newer = self._newer = {}
        newer[stamp.msgid] = (event.who, event.audience, event.target, stamp.at)

    def observe(self, stamp: Stamp, event: Event) -> None:
        """Remember what else was said, and forget what was taken back (a node's observer)."""
        if isinstance(event, (PostedLines, Relayed)):
            self.add(stamp, event)
        elif isinstance(event, Redacted):
            self._newer.pop(event.message_id, None)
            self._older.pop(event.message_id, None)

    def find(self, msgid: str) -> Deferred[Written | None]:
        """What is known of a message; later, where it has to be looked up."""
        found = self._newer.get(msgid) or self._older.get(msgid)
        if found is None:
            return succeed(None)
        who, audience, target, at = found
        return succeed(Written(who.id, who.account, audience, target, at))
