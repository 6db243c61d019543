"""A whole server in one process, without a socket: real realm, node, outboxes and sessions on a Clock.

    world = World()
    alice, bob = world.irc("alice"), world.irc("bob", caps="server-time")
    alice.send("JOIN #x")
    assert alice.read()[0] == ":alice!alice@192.0.2.1 JOIN #x"

`World(late=0.5)` has a log that answers half a second late; `settle` lets everything happen.
`World(binary=True)` has clients that speak binary frames wherever a test asks for JSON.
`World(database=engine)` keeps what outlives it in a database that is open, and begins with what is there.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

import pytest
from msgspec import msgpack
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall, ITransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock, deferLater
from twisted.python.failure import Failure

from chatdaemon.accounts.authentication import Authentication
from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.deadlines import Deadlines
from chatdaemon.expiry import BanExpiry, PresenceExpiry
from chatdaemon.history.history import Archive, History
from chatdaemon.history.settings import HistorySettings
from chatdaemon.log import EPOCH_SHIFT, Commit, LocalLog
from chatdaemon.node import Node
from chatdaemon.outbox import Outlet
from chatdaemon.passwords import Passwords
from chatdaemon.protocols.api.server import APIServer, APISettings
from chatdaemon.protocols.binary import BinaryConnection
from chatdaemon.protocols.irc.server import IRCServer, IRCSettings
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.irc.visitor import visitor
from chatdaemon.protocols.jsonlines import JSONConnection
from chatdaemon.protocols.line import LineConnection, LineLimits, Surroundings
from chatdaemon.realm import records
from chatdaemon.realm.accounts import Account, Credentials
from chatdaemon.realm.entry import SessionId
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.requests import RegisterAccount, Request
from chatdaemon.realm.settings import Settings
from chatdaemon.storage.archive import StoredArchive
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.readers import Readers
from chatdaemon.storage.store import Store
from chatdaemon.storage.writer import Writer
from chatdaemon.wire.frames import PREFACE, FrameSplitter, framed, unpacked
from tests.protocols.api.schema import check_event, check_reply

T = TypeVar("T")

# 2026-01-01T00:00:00Z: where every world's clock begins.
NEW_YEAR = 1767225600


class FakeTransport:
    """A connection to a client that reads as fast as it is told to."""

    def __init__(self, clock: Clock, address: str) -> None:
        self.clock = clock
        self.peer = IPv4Address("TCP", address, 50000)
        self.received = b""
        self.reading = True  # the client takes what is written
        self.paused = False  # the server does not read
        self.disconnecting = False
        self.gone = False
        self.waiting = b""
        self.protocol: Protocol

    @property
    def backlog(self) -> int:
        return len(self.waiting)

    def send(self, data: bytes) -> int:
        self.write(data)
        return -1 if self.backlog else len(data)

    def write(self, data: bytes) -> None:
        if self.gone:
            return
        if self.reading and not self.waiting:
            self.received += data
        else:
            self.waiting += data

    def read_on(self) -> None:
        """The client reads again."""
        self.reading = True
        self.received += self.waiting
        self.waiting = b""
        if self.disconnecting:
            self.lose(ConnectionDone())

    def lose(self, why: Exception) -> None:
        """The connection ends, whoever ended it."""
        if not self.gone:
            self.gone = True
            self.clock.callLater(0, self.protocol.connectionLost, Failure(why))

    def loseConnection(self) -> None:
        self.disconnecting = True
        if not self.waiting:
            self.lose(ConnectionDone())

    def abortConnection(self) -> None:
        self.lose(ConnectionLost())

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def getPeer(self) -> IPv4Address:
        return self.peer

    def getPeerCertificate(self) -> None:
        return None


class Client:
    """The client's end of one connection."""

    def __init__(self, world: World, connection: LineConnection, address: str) -> None:
        self.world = world
        self.connection = connection
        self.transport = FakeTransport(world.clock, address)
        self.transport.protocol = connection
        Protocol.makeConnection(connection, cast(ITransport, self.transport))

    @property
    def closed(self) -> bool:
        """Whether the server has ended the connection."""
        return self.transport.gone or self.transport.disconnecting

    def send(self, *lines: str) -> None:
        """Send lines, in one piece, and let everything happen."""
        self.send_bytes("".join(f"{line}\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        self.arrive(data)
        self.world.settle()

    def arrive(self, data: bytes) -> None:
        """What the client has sent arrives, and that is all that happens."""
        self.connection.dataReceived(data)

    def read(self) -> list[str]:
        """The lines that have come since the last time."""
        data, self.transport.received = self.transport.received, b""
        return data.decode().split("\r\n")[:-1]

    def ask(self, *lines: str) -> list[str]:
        """Send lines and return only what comes of them."""
        self.read()
        self.send(*lines)
        return self.read()

    def vanish(self, why: Exception | None = None) -> None:
        """The connection is lost."""
        self.transport.lose(why or ConnectionDone())
        self.world.settle()


def _checked(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, when events are what the schema says of them."""
    for each in found:
        if "event" in each:
            check_event(each)
    return found


class JSONClient(Client):
    """The client's end of a connection that speaks JSON: one object a line."""

    def say(self, **op: Any) -> None:
        """Send one op, and let everything happen."""
        self.send_bytes(json.dumps(op).encode() + b"\n")

    def hear(self) -> list[dict[str, Any]]:
        """The objects that have come since the last time."""
        data, self.transport.received = self.transport.received, b""
        return _checked([json.loads(line) for line in data.splitlines()])

    def do(self, **op: Any) -> dict[str, Any]:
        """Send one op and return the reply to it; events that came before are dropped."""
        self.hear()
        self.say(id=7, **op)
        (reply,) = [found for found in self.hear() if "event" not in found]
        assert reply.pop("id") == 7
        check_reply(op.get("op"), reply)
        return reply

    def ok(self, **op: Any) -> Any:
        """Send one op and return what its `ok` says."""
        reply = self.do(**op)
        assert list(reply) == ["ok"], reply
        return reply["ok"]


class BinaryClient(JSONClient):
    """The client's end of a connection that speaks binary frames; it says and hears the same objects."""

    def __init__(
        self, world: World, connection: LineConnection, address: str, preface: bytes = PREFACE
    ) -> None:
        super().__init__(world, connection, address)
        connection.dataReceived(preface)

    def say(self, **op: Any) -> None:
        self.send_bytes(framed(msgpack.encode(op)))

    def hear(self) -> list[dict[str, Any]]:
        data, self.transport.received = self.transport.received, b""
        frames = FrameSplitter(1 << 24, b"").feed(data)
        return _checked([msgpack.decode(unpacked(frame, 1 << 24)) for frame in frames])


class TranslatingClient(BinaryClient):
    """Sends lines of JSON as binary frames, so that tests which write lines hold for both. What is no JSON is
    JSON's own."""

    def arrive(self, data: bytes) -> None:
        if data.startswith(b"{") and data.endswith(b"\n"):
            try:
                data = b"".join(framed(msgpack.encode(json.loads(line))) for line in data.splitlines())
            except ValueError:
                pytest.skip("a test of JSON")
        elif data[:1] != b"\0":
            pytest.skip("a test of JSON")
        super().arrive(data)


class LateLog:
    """A log that answers later than it is asked, in order, as one shared with other nodes would."""

    def __init__(self, clock: Clock, delay: float, inner: LocalLog) -> None:
        self._clock = clock
        self._delay = delay
        self._inner = inner
        self._waiting: deque[tuple[SessionId | None, Request]] = deque()

    def follow(self, commit: Commit) -> None:
        self._inner.follow(commit)

    def append(self, actor: SessionId | None, request: Request) -> None:
        self._waiting.append((actor, request))
        self._clock.callLater(self._delay, self._arrive)

    def _arrive(self) -> None:
        self._inner.append(*self._waiting.popleft())


class KnownPasswords:
    """Takes a hash for right when it is "hash of " and the password; answers at once, or as late as a log."""

    def __init__(self, clock: Clock | None = None, late: float = 0.0) -> None:
        self._clock = clock
        self._late = late

    def verify(self, hashed: str | None, password: str) -> Deferred[bool]:
        return self._answer(hashed == f"hash of {password}")

    def hash(self, password: str) -> Deferred[str]:
        return self._answer(f"hash of {password}")

    def work(self, task: Callable[[], T]) -> Deferred[T]:
        return self._answer(task())

    def _answer(self, answer: T) -> Deferred[T]:
        if self._clock is None or not self._late:
            return succeed(answer)
        return deferLater(self._clock, self._late, lambda: answer)


# As it comes, but for passwords over connections that are not encrypted, which most tests make; without SCRAM,
# whose keys take their time.
AUTHENTICATION = AuthenticationSettings(mechanisms=("EXTERNAL", "PLAIN"), plain_without_tls=True)


class RecordedControl:
    """Remembers what operators had the daemon do."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.mistakes: list[str] = []

    def rehash(self) -> list[str]:
        self.done.append("rehash")
        return self.mistakes

    def die(self, reason: str) -> None:
        self.done.append(f"die {reason}")


class SlowDisk:
    """Runs what is to be done on a disk, at once or as late as the log answers, and never two at a time."""

    def __init__(self, clock: Clock, late: float) -> None:
        self._clock = clock
        self._late = late

    def run(self, job: Callable[[], T]) -> Deferred[T]:
        return deferLater(self._clock, self._late, job) if self._late else maybeDeferred(job)

    def stop(self) -> None:
        """Nothing runs but what a test has asked for."""


class World:
    """One server and everything it needs, on a clock that stands still."""

    def __init__(
        self,
        *,
        late: float = 0.0,
        binary: bool = False,
        settings: Settings | None = None,
        irc: IRCSettings | None = None,
        api: APISettings | None = None,
        limits: LineLimits | None = None,
        database: Engine | None = None,
        authentication: AuthenticationSettings = AUTHENTICATION,
        history: HistorySettings | None = None,
    ) -> None:
        self.late = late
        self.binary = binary
        self.clock = Clock()
        self.clock.advance(NEW_YEAR)
        self.realm = Realm(settings)
        self.outlet = Outlet(self.clock.callLater)
        self.store: Store | None = None
        epoch = 1
        if database is not None:
            kept = database.load()
            records.load(self.realm, kept)
            epoch += kept.index >> EPOCH_SHIFT
            self.store = Store(self.clock, Writer(database), SlowDisk(self.clock, late))
        log = LocalLog("test", epoch, self.clock.seconds)
        archive: Archive | None = None
        if database is not None:
            archive = StoredArchive(Readers([SlowDisk(self.clock, late)], database.reader))
        self.history = History(self.realm, history, archive)
        if self.store is not None:
            self.store.observers.append(self.history.stored)
        self.node = Node(
            self.realm,
            LateLog(self.clock, late, log) if late else log,
            self.outlet,
            store=self.store,
            history=self.history,
        )
        self.deadlines = Deadlines(self.clock)
        self.deadlines.start()
        self.expiry = BanExpiry(self.node, self.deadlines)
        self.expiry.start()
        self.presence_expiry = PresenceExpiry(self.node, self.deadlines)
        self.presence_expiry.start()
        self.around = Surroundings(
            self.clock, self.outlet, self.deadlines, limits or LineLimits(flood_rate=None)
        )
        self.control = RecordedControl()
        passwords = KnownPasswords(self.clock, late)
        self.authentication = Authentication(
            self.node,
            cast(Passwords, passwords),
            authentication,
            self.clock,
            self.clock.seconds,
            b"a secret of this server",
        )
        self.irc_server = IRCServer(
            "irc.test",
            "chatdaemon-test",
            self.node,
            self.around,
            irc or IRCSettings(),
            passwords,
            self.authentication,
            self.control,
            self.clock.seconds,
        )
        self.api = APIServer(
            "irc.test",
            self.node,
            self.around,
            api or APISettings(),
            passwords,
            self.authentication,
            self.control,
            self.clock.seconds,
        )

        self.api.services = partial(visitor, self.irc_server)

    def connect_json(self, *, secure: bool = False, address: str = "192.0.2.1") -> JSONClient:
        """A connection that has said nothing yet."""
        if self.binary:
            return TranslatingClient(self, BinaryConnection(self.api, secure), address)
        return JSONClient(self, JSONConnection(self.api, secure), address)

    def json(self, nick: str, *, secure: bool = False, address: str = "192.0.2.1") -> JSONClient:
        """A JSON client that has said hello."""
        client = self.connect_json(secure=secure, address=address)
        client.ok(op="hello", nick=nick, realname=f"{nick.title()} Example")
        return client

    def connect_binary(self, *, secure: bool = False, address: str = "192.0.2.1") -> BinaryClient:
        """The same with binary frames; the preface is sent."""
        return BinaryClient(self, BinaryConnection(self.api, secure), address)

    def connect_irc(self, *, secure: bool = False, address: str = "192.0.2.1", sts: str = "") -> Client:
        """A connection that has said nothing yet. `sts` is what its listener says of transport security."""
        session = IRCSession(self.irc_server, secure, sts)
        return Client(self, session, address)

    def irc(self, nick: str, *, caps: str = "", secure: bool = False, address: str = "192.0.2.1") -> Client:
        """A registered IRC client with these capabilities, its welcome read."""
        client = self.connect_irc(secure=secure, address=address)
        if caps:
            client.send("CAP LS 302", f"CAP REQ :{caps}")
        client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()} Example")
        if caps:
            client.send("CAP END")
        welcome = client.read()
        assert any(" 001 " in line for line in welcome), welcome
        return client

    def account(
        self,
        name: str,
        password: str = "sesame",
        *,
        nicks: tuple[str, ...] = (),
        certificate: str | None = None,
    ) -> Account:
        """An account of this name, registered by the server unless it is there. `nicks` belong to it, too, from
        now on, so that who is called so keeps the nick when logging in."""
        if self.realm.account(name) is None:
            credentials = Credentials(password=f"hash of {password}")
            request = RegisterAccount(name, credentials, certificate=certificate, granted=True)
            self.node.submit(None, request)
            self.settle()
        account = self.realm.account(name)
        assert account is not None
        # Nobody can ask for this where a nick and its account are always the same.
        new = tuple(nick for nick in nicks if self.realm.owner(nick) is None)
        records.keep(self.realm, replace(account, nicks=(*account.nicks, *new)))
        return self.realm.accounts[self.realm.fold(name)]

    def settle(self) -> None:
        """Let everything happen that was set off, answers of a late log among it; no time passes otherwise."""
        for _ in range(200):
            if not any(call.getTime() <= self.clock.seconds() + self.late for call in self._soon()):
                return
            self.clock.advance(self.late)
        raise AssertionError("something goes on for ever")

    def _soon(self) -> list[IDelayedCall]:
        # The deadlines' own tick comes every second, and is not set off by anybody.
        return [call for call in self.clock.getDelayedCalls() if call is not self.deadlines._loop.call]

    def pass_time(self, seconds: float) -> None:
        """Let time pass, a second at a time, as the deadlines see it."""
        for _ in range(int(seconds)):
            self.clock.advance(1)
        self.clock.advance(seconds - int(seconds))
        self.settle()
