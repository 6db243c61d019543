"""Clients of ours and a whole server, in one process and on one clock, with wires that can be cut between them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.internet.interfaces import IAddress, IProtocolFactory, ITransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from chatdaemon.client import Client
from chatdaemon.client.client import Client as AnyClient
from chatdaemon.protocols.binary import BinaryConnection
from chatdaemon.protocols.jsonlines import JSONConnection
from tests.world import FakeTransport, World

T = TypeVar("T")
AnyConnection = JSONConnection | BinaryConnection


class End(FakeTransport):
    """One end of a wire: what is written comes out at the other, a moment later."""

    other: Protocol

    def __init__(self, wire: Wire, address: str) -> None:
        super().__init__(wire.world.clock, address)
        self.wire = wire
        self.held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self.gone:
            self.clock.callLater(0, self._arrive, data)

    def _arrive(self, data: bytes) -> None:
        if self.wire.whole and not self.gone:
            if self.held or self.wire.paused(self):
                self.held.append(data)
            else:
                self.other.dataReceived(data)

    def release(self) -> None:
        """What was held while nobody read."""
        held, self.held = self.held, []
        for data in held:
            self.other.dataReceived(data)

    def loseConnection(self) -> None:
        # What is on its way arrives before.
        self.clock.callLater(0, self.wire.cut)

    def abortConnection(self) -> None:
        self.wire.cut()


class Wire:
    """One connection between a client and the server."""

    def __init__(self, world: World, link: Protocol, speaks: Callable[..., AnyConnection]) -> None:
        self.world = world
        self.whole = True
        session = speaks(world.api, secure=False)
        self.near, self.far = End(self, "192.0.2.9"), End(self, "192.0.2.9")
        self.near.protocol, self.near.other = link, session
        self.far.protocol, self.far.other = session, link
        Protocol.makeConnection(session, cast(ITransport, self.far))
        Protocol.makeConnection(link, cast(ITransport, self.near))

    def paused(self, end: End) -> bool:
        """Whether nobody reads what this end writes."""
        return (self.near if end is self.far else self.far).paused

    def cut(self) -> None:
        """What is on its way is lost, and both ends learn of it."""
        if self.whole:
            self.whole = False
            for end in (self.near, self.far):
                end.gone = True
                end.clock.callLater(0, end.protocol.connectionLost, Failure(ConnectionLost()))


class Server:
    """What clients connect to: an endpoint. `down` is whether nobody listens."""

    def __init__(self, world: World, protocol: str = "json") -> None:
        self.world = world
        self.protocol = protocol
        self.wires: list[Wire] = []
        self.down = False

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        if self.down:
            return fail(ConnectError())
        link = cast(Protocol, factory.buildProtocol(cast(IAddress, None)))
        speaks = BinaryConnection if self.protocol == "binary" else JSONConnection
        self.wires.append(Wire(self.world, link, speaks))
        return succeed(link)

    def cut(self) -> None:
        """The connection that was made last."""
        self.wires[-1].cut()
        self.world.settle()

    def client(self, nick: str | None = None, **options: Any) -> AnyClient:
        """A client that is not started yet."""
        client = Client(
            "tcp:127.0.0.1:1", nick=nick, reactor=self.world.clock, **{"protocol": self.protocol, **options}
        )
        client._session.endpoint = cast(Any, self)
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
