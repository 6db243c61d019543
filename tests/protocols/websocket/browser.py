"""The client's end of a WebSocket connection to a world, from its handshake on, through twisted.web."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from msgspec import msgpack
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IAddress, IConsumer, IPushProducer, ITransport
from twisted.internet.protocol import Protocol
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from zope.interface import implementer

from chatdaemon.protocols.binary import BinaryConnection
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.jsonlines import JSONConnection
from chatdaemon.protocols.websocket.handshake import Factories, upgrade
from chatdaemon.wire.frames import framed, unpacked
from tests.protocols.websocket.scene import BINARY, CLOSE, TEXT, Got, frames, inflate, sent
from tests.world import FakeTransport, World

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@implementer(IPushProducer, IConsumer)
class HTTPTransport(FakeTransport):
    """What HTTP asks of a transport beside."""

    producer: object = None

    def writeSequence(self, data: list[bytes]) -> None:
        self.write(b"".join(data))

    def getHost(self) -> IAddress:
        return IPv4Address("TCP", "192.0.2.9", 8067)

    def registerProducer(self, producer: object, streaming: bool) -> None:
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def stopProducing(self) -> None:
        self.loseConnection()


class Door(Resource):
    """/ws, as the web listener has it."""

    def __init__(self, factories: Factories, address: IAddress | None) -> None:
        Resource.__init__(self)
        self.isLeaf = True
        self._factories = factories
        self._address = address

    def render_GET(self, request: Request) -> int | bytes:
        return upgrade(request, self._factories, self._address)


def factories_of(world: World, secure: bool = False) -> Factories:
    return {
        "text.ircv3.net": lambda: IRCSession(world.irc_server, secure, ""),
        "binary.ircv3.net": lambda: IRCSession(world.irc_server, secure, ""),
        "json.chatdaemon": lambda: JSONConnection(world.api, secure),
        "binary.chatdaemon": lambda: BinaryConnection(world.api, secure),
    }


def handshake(
    *subprotocols: str, leave_out: tuple[str, ...] = (), version: str = "1.1", **headers: str
) -> bytes:
    """The request of a handshake. `headers` replace or add others: sec_websocket_version="12"."""
    fields = {
        "host": "chat.example.net",
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-key": KEY,
        "sec-websocket-version": "13",
    }
    if subprotocols:
        fields["sec-websocket-protocol"] = ", ".join(subprotocols)
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if name not in leave_out]
    return "\r\n".join([f"GET /ws HTTP/{version}", *lines, "", ""]).encode("latin-1")


class Browser:
    """One connection."""

    def __init__(
        self,
        world: World,
        *subprotocols: str,
        factories: Factories | None = None,
        address: IAddress | None = None,
        request: bytes = b"",
        deflate: str = "",
    ) -> None:
        self.world = world
        door = Door(factories_of(world) if factories is None else factories, address)
        site = Site(door, reactor=cast(Any, world.clock))
        peer = IPv4Address("TCP", "192.0.2.1", 50000)
        channel = site.buildProtocol(peer)
        assert channel is not None
        self.channel = channel
        self.transport = HTTPTransport(world.clock, peer.host)
        self.transport.protocol = cast(Protocol, channel)
        channel.makeConnection(cast(ITransport, self.transport))
        if deflate:
            request = handshake(*subprotocols, sec_websocket_extensions=deflate)
        self.arrive(request or handshake(*subprotocols))
        head, _, self.transport.received = self.transport.received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(status.split(" ")[1]) if status else 0
        self.headers: Mapping[str, str] = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }

    def arrive(self, data: bytes) -> None:
        self.transport.protocol.dataReceived(data)
        self.world.settle()

    @property
    def closed(self) -> bool:
        return self.transport.gone or self.transport.disconnecting

    def frames(self) -> list[Got]:
        """The frames that have come since the last time, inflated."""
        data, self.transport.received = self.transport.received, b""
        return [
            Got(each.opcode, inflate(each.payload) if each.compressed else each.payload, each.compressed)
            for each in frames(data)
        ]

    def read(self) -> list[str]:
        """The texts that have come since the last time; the connection stays open."""
        found = self.frames()
        assert {each.opcode for each in found} <= {TEXT}
        return [each.payload.decode() for each in found]

    def send(self, *texts: str) -> None:
        for text in texts:
            self.arrive(sent(TEXT, text.encode()))

    def ask(self, *texts: str) -> list[str]:
        self.read()
        self.send(*texts)
        return self.read()

    def say(self, **op: Any) -> None:
        """Send an op in JSON."""
        self.send(json.dumps(op))

    def hear(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.read()]

    def say_binary(self, **op: Any) -> None:
        self.arrive(sent(BINARY, framed(msgpack.encode(op))[4:]))

    def hear_binary(self) -> list[dict[str, Any]]:
        found = self.frames()
        assert {each.opcode for each in found} <= {BINARY}
        return [msgpack.decode(unpacked(each.payload, 1 << 20)) for each in found]

    def close_frame(self) -> Got:
        """The Close frame that has come, behind whatever else."""
        *_, last = self.frames()
        assert last.opcode == CLOSE
        return last
