"""Clients of ours and a whole server, in one process and on one clock, with wires that can be cut between them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.internet.interfaces import IAddress, IProtocolFactory, ITransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.server import Site

from chatdaemon.client import Client
from chatdaemon.client.server import uri_of
from chatdaemon.protocols.binary import BinaryConnection
from chatdaemon.protocols.jsonlines import JSONConnection
from tests.protocols.websocket.browser import Door, HTTPTransport, factories_of
from tests.world import World

T = TypeVar("T")
ADDRESS = "192.0.2.9"


class End(HTTPTransport):
    """One end of a wire: what is written comes out at the other, a moment later."""

    other: End

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire.world.clock, ADDRESS)
        self.wire = wire
        self.held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self.gone:
            self.clock.callLater(0, self._arrive, data)
            self.wire.written()

    def _arrive(self, data: bytes) -> None:
        if self.wire.whole and not self.gone:
            if self.held or self.other.paused:
                self.held.append(data)
            else:
                self.other.protocol.dataReceived(data)

    def resumeProducing(self) -> None:
        super().resumeProducing()
        # What the other end has written meanwhile.
        held, self.other.held = self.other.held, []
        for data in held:
            self.clock.callLater(0, self.other._arrive, data)

    def loseConnection(self) -> None:
        # What is on its way arrives before.
        self.clock.callLater(0, self.wire.cut)

    def abortConnection(self) -> None:
        self.wire.cut()


class Wire:
    """One connection between a client and the server. `near` is the client's end."""

    def __init__(self, world: World, link: Protocol, session: Protocol, most: int | None) -> None:
        """
        :param most: it is cut when so many pieces were written to it, by either end.
        """
        self.world = world
        self.whole = True
        self.left = most
        self.near, self.far = End(self), End(self)
        self.near.protocol, self.near.other = link, self.far
        self.far.protocol, self.far.other = session, self.near
        session.makeConnection(cast(ITransport, self.far))
        link.makeConnection(cast(ITransport, self.near))

    def written(self) -> None:
        """An end has written."""
        if self.left is not None:
            self.left -= 1
            if not self.left:
                # Not while it writes.
                self.world.clock.callLater(0, self.cut)

    def cut(self) -> None:
        """What is on its way is lost, and both ends learn of it."""
        if self.whole:
            self.whole = False
            for end in (self.near, self.far):
                end.gone = True
                end.clock.callLater(0, end.protocol.connectionLost, Failure(ConnectionLost()))


class Server:
    """What clients connect to: an endpoint. `down` is whether nobody listens; `cuts` are after how many pieces
    the next connections are cut, each by itself."""

    def __init__(self, world: World, protocol: str = "json", websocket: bool = False) -> None:
        self.world = world
        self.protocol = protocol
        self.websocket = websocket
        self.wires: list[Wire] = []
        self.down = False
        self.cuts: list[int] = []

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        if self.down:
            return fail(ConnectError())
        link = cast(Protocol, factory.buildProtocol(cast(IAddress, None)))
        most = self.cuts.pop(0) if self.cuts else None
        self.wires.append(Wire(self.world, link, self._session(), most))
        return succeed(link)

    def _session(self) -> Protocol:
        if self.websocket:
            site = Site(Door(factories_of(self.world), None), reactor=cast(Any, self.world.clock))
            return cast(Protocol, site.buildProtocol(IPv4Address("TCP", ADDRESS, 50000)))
        speaks: Callable[..., Protocol] = BinaryConnection if self.protocol == "binary" else JSONConnection
        return speaks(self.world.api, secure=False)

    def cut(self) -> None:
        """The connection that was made last."""
        self.wires[-1].cut()
        self.world.settle()

    def wait(self, *seconds: float) -> None:
        """Let time pass, so much at a time, and let happen what does by itself."""
        for each in seconds:
            self.world.clock.advance(each)
            self.world.settle()

    def client(self, nick: str | None = None, **options: Any) -> Client:
        """A client that is not started yet."""
        client = Client(
            "tcp:127.0.0.1:1", nick=nick, reactor=self.world.clock, **{"protocol": self.protocol, **options}
        )
        client._session.endpoint = cast(Any, self)
        client._session._uri = uri_of("ws://127.0.0.1:1") if self.websocket else None
        return client

    def do(self, asked: Coroutine[Deferred[Any], Any, T]) -> T:
        """What a coroutine comes to; it must need no more than what happens by itself."""
        answer = self.begin(asked)
        self.world.settle()
        return result_of(answer)

    def begin(self, asked: Coroutine[Deferred[Any], Any, T]) -> Deferred[T]:
        """Start it, and let happen what does by itself."""
        answer = Deferred.fromCoroutine(asked)
        self.world.settle()
        return answer


def result_of(answer: Deferred[T]) -> T:
    """What it came to. Raises what it failed with, and AssertionError while it has not."""
    found: list[Any] = []
    answer.addBoth(found.append)
    assert found, "it is not done"
    if isinstance(found[0], Failure):
        found[0].raiseException()
    return cast(T, found[0])
