"""One connection of a client's: bytes to objects and back. It knows nothing of what they say."""

from __future__ import annotations

from typing import Any, Protocol, cast

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

from chatdaemon.client.errors import Disconnected
from chatdaemon.client.formats import Format, Object
from chatdaemon.wire.lines import TOO_LONG


class Owner(Protocol):
    """Who is told what comes."""

    def received(self, link: Link, found: Object) -> None: ...

    def lost(self, link: Link, why: str) -> None: ...


class Link(TwistedProtocol):
    """Tells its owner of every object, and once of the end. Subclasses read and write messages.

    `opened` fires with the link when it can be written to, or fails with Disconnected.
    """

    def __init__(self, owner: Owner, form: Format) -> None:
        self._owner = owner
        self._format = form
        self._ended = False
        self.opened: Deferred[Link] = Deferred(lambda _: self.cut("nobody waits for it"))

    def send(self, payload: bytes) -> None:
        """Write one object, as the format has packed it. Nothing happens when the link has ended."""
        raise AssertionError("a subclass writes messages")

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - as Twisted has it
        self._end(reason.getErrorMessage())

    def pause(self) -> None:
        """Read no more for now: the server keeps what comes, up to its limit."""
        self._transport.pauseProducing()

    def resume(self) -> None:
        """Read again."""
        self._transport.resumeProducing()

    def close(self) -> None:
        """Close once everything is sent."""
        self._transport.loseConnection()

    def cut(self, why: str) -> None:
        """Close at once: it is of no use any more."""
        self._end(why)
        self._transport.abortConnection()

    def _take(self, message: bytes) -> None:
        """Tell of the object that a message is."""
        try:
            if message is TOO_LONG:
                raise ValueError("a message is too long")
            found = self._format.decode(message)
        except ValueError as error:
            self.cut(f"the server says what nobody understands: {error}")
        else:
            self._owner.received(self, found)

    def _end(self, why: str) -> None:
        if not self._ended:
            self._ended = True
            if not self.opened.called:
                self.opened.errback(Disconnected(why))
            self._owner.lost(self, why)

    @property
    def _transport(self) -> Any:
        return cast(ITCPTransport, self.transport)


class StreamLink(Link):
    """Messages one behind the other, over TCP or TLS."""

    def __init__(self, owner: Owner, form: Format) -> None:
        super().__init__(owner, form)
        self._splitter = form.splitter()

    def connectionMade(self) -> None:
        if self._format.preface:
            self._transport.write(self._format.preface)
        self.opened.callback(self)

    def dataReceived(self, data: bytes) -> None:
        for message in self._splitter.feed(data):
            if self._ended:
                return
            self._take(message)

    def send(self, payload: bytes) -> None:
        if not self._ended:
            self._transport.write(self._format.delimited(payload))
