"""The events that wait for a program to read them."""

from __future__ import annotations

from collections import deque

from twisted.internet.defer import Deferred, fail, succeed

from chatdaemon.client.errors import ChatError
from chatdaemon.client.formats import Object


class Inbox:
    """Owns the events that have come and were not read, in order, and who waits for the next: one at most."""

    def __init__(self) -> None:
        self._events: deque[Object] = deque()
        self._reader: Deferred[Object] | None = None
        self._why: ChatError | None = None  # no more come

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Object) -> None:
        """One more."""
        if self._reader is None:
            self._events.append(event)
        else:
            reader, self._reader = self._reader, None
            reader.callback(event)

    def next(self) -> Deferred[Object]:
        """The first of them, when there is one. Fails with what they ended for. Raises RuntimeError when
        somebody waits already."""
        if self._reader is not None:
            raise RuntimeError("somebody reads the events already")
        if self._events:
            return succeed(self._events.popleft())
        if self._why is not None:
            return fail(self._why)
        self._reader = Deferred(self._forget_reader)
        return self._reader

    def end(self, why: ChatError) -> None:
        """No more come; those that are there can be read."""
        self._why = why
        if self._reader is not None:
            reader, self._reader = self._reader, None
            reader.errback(why)

    def _forget_reader(self, _: Deferred[Object]) -> None:
        self._reader = None
