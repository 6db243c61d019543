"""Programs that ask over HTTP: requests to a world's web server, and what comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IPushProducer, ITransport
from twisted.internet.protocol import Protocol
from zope.interface import implementer

from chatdaemon.protocols.web.api import HTTPAPI
from chatdaemon.protocols.web.hooks import Hooks
from chatdaemon.protocols.web.server import WebServer, WebSettings
from chatdaemon.realm.requests import AddHook, CreateToken
from tests.world import FakeTransport, World

IDLE = 300.0


@implementer(IPushProducer)
class HTTPTransport(FakeTransport):
    """A connection whose writer is told when the client does not read."""

    producer: IPushProducer | None = None

    def writeSequence(self, pieces: Any) -> None:
        self.write(b"".join(pieces))

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.waiting and self.producer is not None:
            self.producer.pauseProducing()

    def read_on(self) -> None:
        super().read_on()
        if self.producer is not None:
            self.producer.resumeProducing()

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.80", 80)

    def stopProducing(self) -> None:
        self.loseConnection()

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None


@dataclass
class Reply:
    """One response, whole."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json", self.headers
        return json.loads(self.body)


class Connection:
    """The client's end of one connection that speaks HTTP."""

    def __init__(self, web: Web, address: str = "192.0.2.9") -> None:
        self.web = web
        self.channel = web.server.session(False)
        self.transport = HTTPTransport(web.world.clock, address)
        self.transport.protocol = self.channel
        Protocol.makeConnection(self.channel, cast(ITransport, self.transport))

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> None:
        """Send a request; names of headers as in Python. Nothing happens but what happens at once."""
        named = {"host": "irc.test", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body or method == "POST":
            named["content-length"] = str(len(body))
        head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        self.channel.dataReceived("\r\n".join(head).encode() + body)

    def taken(self) -> bytes:
        """The bytes that have come since the last time."""
        data, self.transport.received = self.transport.received, b""
        return data

    def replies(self) -> list[Reply]:
        """The whole responses that have come."""
        self.web.world.settle()
        return _replies(self.taken())

    def vanish(self) -> None:
        self.transport.loseConnection()
        self.web.world.settle()


class Stream(Connection):
    """A client of the event stream."""

    def __init__(
        self, web: Web, secret: str, query: str = "", after: str | None = None, *, settled: bool = True
    ) -> None:
        super().__init__(web)
        headers = {"authorization": f"Bearer {secret}"}
        if after is not None:
            headers["last_event_id"] = after
        self.send("GET", f"/api/v1/events{query}", b"", **headers)
        if settled:
            web.world.settle()
        else:
            web.world.clock.advance(web.world.late)
        head, _, rest = self.taken().partition(b"\r\n\r\n")
        self.head = head.decode()
        self._left = rest
        assert self.head.startswith("HTTP/1.1 200 "), (self.head, rest)

    def texts(self) -> list[str]:
        """The events and comments that have come, as they were written."""
        self.web.world.settle()
        self._left += self.taken()
        data, self._left = _unchunked(self._left)
        return [text for text in data.decode().split("\n\n") if text]

    def events(self) -> list[dict[str, Any]]:
        """The data of the events that have come."""
        found = []
        for text in self.texts():
            fields = dict(line.partition(": ")[::2] for line in text.split("\n"))
            if "data" in fields:
                data = json.loads(fields["data"])
                assert data["event"] == fields["event"]
                assert data.get("msgid") == fields.get("id")
                found.append(data)
        return found


class Web:
    """A world with a web server, and those who ask there."""

    def __init__(self, world: World, origins: tuple[str, ...] = ()) -> None:
        self.world = world
        self.api = HTTPAPI(world.api, lambda: IDLE, lambda: origins)
        self.hooks = Hooks(world.api)
        children = {b"api": self.api, b"hook": self.hooks}
        settings = WebSettings(page=False, names=("irc.test",), origins=origins)
        self.server = WebServer(world.around, settings, {}, children, list)

    def token(
        self,
        account: str = "robot",
        name: str = "ci",
        *,
        verbs: tuple[str, ...] = ("*",),
        channels: tuple[str, ...] = (),
        expires_in: int | None = None,
    ) -> str:
        """The secret of a new token of an account, which is made where it is not there."""
        self.world.account(account)
        secret = f"chd_{account}-{name}"
        digest = sha256(secret.encode()).hexdigest()
        expires_at = None if expires_in is None else int((self.world.clock.seconds() + expires_in) * 1000)
        self.world.node.submit(None, CreateToken(name, digest, verbs, channels, expires_at, account))
        self.world.settle()
        assert digest in self.world.realm.tokens
        return secret

    def hook(self, channel: str, name: str = "ci") -> str:
        """The secret of a new hook of a channel, which is registered where it is not."""
        secret = f"secret-of-{name}"
        found = self.world.realm.channel(channel)
        assert found is not None
        self.world.node.submit(None, AddHook(channel, name, sha256(secret.encode()).hexdigest()))
        self.world.settle()
        assert sha256(secret.encode()).hexdigest() in self.world.realm.hooks
        return secret

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """Ask on a connection of its own, and let everything happen."""
        connection = Connection(self)
        connection.send(method, path, body, **headers)
        (reply,) = connection.replies()
        return reply

    def do(self, secret: str, op: str, **fields: Any) -> Reply:
        """Ask for an op."""
        return self.ask(
            "POST",
            f"/api/v1/{op}",
            json.dumps(fields).encode(),
            content_type="application/json",
            authorization=f"Bearer {secret}",
        )

    def ok(self, secret: str, op: str, **fields: Any) -> Any:
        """The same, and what its answer says."""
        reply = self.do(secret, op, **fields)
        assert reply.status == 200, reply.body
        return reply.json


def _replies(data: bytes) -> list[Reply]:
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", 0))
        found.append(Reply(int(first.split(" ")[1]), headers, data[:length]))
        data = data[length:]
    return found


def _unchunked(data: bytes) -> tuple[bytes, bytes]:
    """What is in the chunks that are whole, and the rest."""
    found = b""
    while True:
        size, end, rest = data.partition(b"\r\n")
        if not end or len(rest) < int(size, 16) + 2:
            return found, data
        length = int(size, 16)
        found += rest[:length]
        data = rest[length + 2 :]
