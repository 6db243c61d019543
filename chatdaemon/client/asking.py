"""What was asked and is not answered yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall

from chatdaemon.client.errors import ChatError, TimedOut
from chatdaemon.client.formats import Format, Object


@dataclass(slots=True)
class Asked:
    """One of them. `again`: to be asked again when the connection is cut."""

    id: int
    op: Object
    payload: bytes
    again: bool
    answer: Deferred[Object]
    limit: IDelayedCall | None = None


class Unanswered:
    """Owns all that was asked and not answered, in the order in which it is to be done; and the ids of ops,
    of which none is used twice."""

    def __init__(self, reactor: Any, form: Format) -> None:
        self._reactor = reactor
        self._format = form
        self._asked: dict[int, Asked] = {}
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._asked)

    def all(self) -> tuple[Asked, ...]:
        """All of them, in order."""
        return tuple(self._asked.values())

    def next_id(self) -> int:
        """An id that no op has had."""
        self._last_id += 1
        return self._last_id

    def add(self, op: str, again: bool, seconds: float | None, fields: Object) -> Asked:
        """One more; who cancels its answer has it forgotten. Raises ValueError or TypeError for what cannot
        be said."""
        id = self.next_id()
        found = {"id": id, "op": op, **fields}
        payload = self._format.pack(found)
        asked = self._asked[id] = Asked(
            found["id"], found, payload, again, Deferred(lambda _: self._forget(id))
        )
        if seconds is not None:
            asked.limit = self._reactor.callLater(seconds, self._too_late, id, seconds)
        return asked

    def take(self, id: int) -> Asked | None:
        """The one with this id, which is none of them any more; None where there is none."""
        asked = self._asked.pop(id, None)
        if asked is not None and asked.limit is not None and asked.limit.active():
            asked.limit.cancel()
        return asked

    def fail(self, which: tuple[Asked, ...], why: ChatError) -> None:
        """These are not answered any more."""
        for asked in which:
            if self.take(asked.id) is asked:
                asked.answer.errback(why)

    def _forget(self, id: int) -> None:
        self.take(id)

    def _too_late(self, id: int, seconds: float) -> None:
        self.fail((self._asked[id],), TimedOut(f"no answer in {seconds:g} seconds"))
