"""Connections that say first whose they are: on real sockets, the reactor turned by hand."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet import reactor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock

from chatdaemon import listeners as module
from chatdaemon.admission import Admission, AdmissionLimits
from chatdaemon.config import Listener
from chatdaemon.listeners import CannotListen, Listeners, Planned, Speech
from chatdaemon.transports.certificates import ensure_self_signed
from chatdaemon.transports.proxied import HEADER_TIMEOUT, HeaderReader
from chatdaemon.transports.tlscontext import CertificateFiles, LoadedTLS, TLSSettings, load
from chatdaemon.wire.proxyheader import Header

turn = cast(Any, reactor).iterate
LINE = b"PROXY TCP4 192.0.2.9 127.0.0.1 4711 6667\r\n"
BINARY = bytes.fromhex("0d0a0d0a000d0a515549540a")


def binary(client: str, extras: bytes = b"") -> bytes:
    family = socket.AF_INET6 if ":" in client else socket.AF_INET
    packed = socket.inet_pton(family, client)
    block = packed + bytes(len(packed)) + struct.pack("!HH", 4711, 6667) + extras
    return BINARY + bytes((0x21, 0x21 if ":" in client else 0x11)) + struct.pack("!H", len(block)) + block


class Session(Protocol):
    """Keeps what comes, and says that it is there."""

    transport: Any

    def __init__(self, scene: Scene, listener: Listener) -> None:
        self.scene = scene
        self.secure = listener.tls
        self.data = b""
        self.lost = False

    def connectionMade(self) -> None:
        self.scene.sessions.append(self)
        self.peer = self.transport.getPeer()
        self.transport.write(b"hello\n")

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: object = None) -> None:
        self.lost = True
        self.scene.admission.release(self.peer)


class Scene:
    """Listeners with sessions that tell, on a reactor that goes on for as long as something is waited for."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self.sessions: list[Session] = []
        self.admission = Admission(limits, lambda: 0.0)
        self.listeners = Listeners(reactor, self.admission)
        self.speech = Speech(lambda listener: Session(self, listener), lambda reason: reason.encode() + b"\n")
        self.clients: list[socket.socket] = []

    def listen(
        self, *proxies: str, tls: LoadedTLS | None = None, endpoint: str = "tcp:0:interface=127.0.0.1"
    ) -> Any:
        listener = Listener(name="one", endpoint=endpoint, tls=tls is not None, proxy_protocol=proxies)
        self.listeners.use([Planned(listener, self.speech, tls)])
        return self.listeners.addresses["one"]

    def connect(self, address: Any) -> socket.socket:
        if isinstance(address, IPv4Address):
            client = socket.create_connection((address.host, address.port))
        else:
            client = socket.socket(socket.AF_UNIX)
            client.connect(address.name)
        client.setblocking(False)
        self.clients.append(client)
        return client

    def until(self, condition: Any) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, "it does not happen"
            turn(0.01)

    def read(self, client: socket.socket, size: int) -> bytes:
        found = bytearray()

        def enough() -> bool:
            with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
                data = client.recv(size - len(found))
                found.extend(data)
                return not data or len(found) == size
            return False

        self.until(enough)
        return bytes(found)

    def closed(self, client: socket.socket) -> bool:
        try:
            return self.read(client, 1) == b""
        except ConnectionResetError:
            return True


@pytest.fixture
def limits() -> AdmissionLimits:
    return AdmissionLimits(gateways=("127.0.0.1", "localhost"))


@pytest.fixture
def scene(limits: AdmissionLimits) -> Iterator[Scene]:
    scene = Scene(limits)
    yield scene
    for client in scene.clients:
        client.close()
    scene.until(lambda: not scene.admission.open)
    for each in scene.listeners._open.values():
        module._close_now(each.port)
    turn()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> LoadedTLS:
    files = ensure_self_signed(tmp_path_factory.mktemp("tls"), ["irc.test"])
    return load(TLSSettings((CertificateFiles(*files),)))


@pytest.mark.parametrize("header", [LINE, binary("192.0.2.9")])
def test_the_client_is_where_the_load_balancer_says(scene: Scene, header: bytes) -> None:
    client = scene.connect(scene.listen("127.0.0.1"))
    client.sendall(header + b"NICK alice\r\n")
    assert scene.read(client, 6) == b"hello\n"
    (session,) = scene.sessions
    assert session.peer == IPv4Address("TCP", "192.0.2.9", 4711)
    scene.until(lambda: session.data)
    assert session.data == b"NICK alice\r\n"


def test_a_client_can_be_at_an_address_of_ipv6(scene: Scene) -> None:
    client = scene.connect(scene.listen("127.0.0.0/8"))
    client.sendall(binary("2001:db8::9"))
    assert scene.read(client, 6) == b"hello\n"
    assert scene.sessions[0].peer == IPv6Address("TCP", "2001:db8::9", 4711)


def test_a_header_that_comes_byte_by_byte_is_read_no_further_than_it_goes(scene: Scene) -> None:
    client = scene.connect(scene.listen("127.0.0.1"))
    for at in range(len(LINE)):
        assert scene.sessions == []
        client.sendall(LINE[at : at + 1])
        turn(0.01)
        turn()
    assert scene.read(client, 6) == b"hello\n"
    assert scene.sessions[0].data == b""


def test_the_header_comes_before_tls(scene: Scene, tls: LoadedTLS) -> None:
    client = scene.connect(scene.listen("127.0.0.1", tls=tls))
    client.sendall(binary("192.0.2.9"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    secured = context.wrap_socket(client, do_handshake_on_connect=False)
    scene.clients.append(secured)

    def shaken() -> bool:
        try:
            secured.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    scene.until(shaken)
    assert scene.read(secured, 6) == b"hello\n"
    assert scene.sessions[0].peer == IPv4Address("TCP", "192.0.2.9", 4711)
    assert scene.sessions[0].secure


@pytest.mark.parametrize(("flags", "secure"), [(1, True), (0, False)])
def test_tls_that_the_load_balancer_has_is_the_clients(scene: Scene, flags: int, secure: bool) -> None:
    client = scene.connect(scene.listen("127.0.0.1"))
    value = bytes((flags,)) + bytes(4)
    client.sendall(binary("192.0.2.9", struct.pack("!BH", 0x20, len(value)) + value))
    assert scene.read(client, 6) == b"hello\n"
    assert scene.sessions[0].secure is secure


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", BINARY + b"\x20\0\0\0"])
def test_a_load_balancer_can_come_for_itself(scene: Scene, header: bytes) -> None:
    client = scene.connect(scene.listen("127.0.0.1"))
    client.sendall(header)
    assert scene.read(client, 6) == b"hello\n"
    assert scene.sessions[0].peer.host == "127.0.0.1"


def test_who_is_no_load_balancer_claims_nothing(scene: Scene) -> None:
    client = scene.connect(scene.listen("192.0.2.7"))
    assert scene.read(client, 6) == b"hello\n"
    client.sendall(LINE)
    (session,) = scene.sessions
    scene.until(lambda: session.data)
    assert session.data == LINE
    assert session.peer.host == "127.0.0.1"


def test_a_load_balancer_that_says_nothing_is_let_go(scene: Scene) -> None:
    client = scene.connect(scene.listen("127.0.0.1"))
    client.sendall(b"NICK alice\r\n")
    assert scene.closed(client)
    assert scene.sessions == []
    assert scene.admission.open == 0


def test_a_load_balancer_that_leaves_is_forgotten(scene: Scene) -> None:
    client = scene.connect(scene.listen("127.0.0.1"))
    client.sendall(LINE[:9])
    scene.until(lambda: scene.admission.open == 1)
    client.close()
    scene.until(lambda: scene.admission.open == 0)
    assert scene.sessions == []


def test_one_that_resets_is_forgotten(scene: Scene) -> None:
    client = scene.connect(scene.listen("127.0.0.1"))
    scene.until(lambda: scene.admission.open == 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    scene.until(lambda: scene.admission.open == 0)


def test_when_the_listener_stops_they_are_let_go(scene: Scene) -> None:
    client = scene.connect(scene.listen("127.0.0.1"))
    scene.until(lambda: scene.admission.open == 1)
    scene.listeners.stop()
    assert scene.admission.open == 0
    assert scene.closed(client)


def test_a_reload_can_begin_to_believe_and_cease_to(scene: Scene) -> None:
    endpoint = "tcp:0:interface=127.0.0.1"
    direct = scene.connect(scene.listen(endpoint=endpoint))
    assert scene.read(direct, 6) == b"hello\n"
    proxied = scene.connect(scene.listen("127.0.0.1", endpoint=endpoint))
    proxied.sendall(LINE)
    assert scene.read(proxied, 6) == b"hello\n"
    again = scene.connect(scene.listen(endpoint=endpoint))
    assert scene.read(again, 6) == b"hello\n"
    assert [session.peer.host for session in scene.sessions] == ["127.0.0.1", "192.0.2.9", "127.0.0.1"]


def test_by_a_unix_socket_too(scene: Scene, tmp_path: Path) -> None:
    address = scene.listen("localhost", endpoint=f"unix:{tmp_path / 'socket'}")
    for header, there in ((LINE, "192.0.2.9"), (b"PROXY UNKNOWN\r\n", None)):
        client = scene.connect(address)
        client.sendall(header)
        assert scene.read(client, 6) == b"hello\n"
        assert getattr(scene.sessions[-1].peer, "host", None) == there


class TestLimits:
    @pytest.fixture
    def limits(self) -> AdmissionLimits:
        return AdmissionLimits(connections=3, per_address=1, gateways=("127.0.0.1",))

    def test_they_are_those_of_the_client(self, scene: Scene) -> None:
        address = scene.listen("127.0.0.1")
        first, second, other = (scene.connect(address) for _ in range(3))
        first.sendall(binary("192.0.2.9"))
        assert scene.read(first, 6) == b"hello\n"
        second.sendall(binary("192.0.2.9") + b"unread")
        assert scene.read(second, 39) == b"Too many connections from your address\n"
        assert scene.closed(second)
        other.sendall(binary("192.0.2.10"))
        assert scene.read(other, 6) == b"hello\n"
        assert scene.admission.open == 2

    def test_those_that_have_not_said_whose_they_are_count_in_all(self, scene: Scene) -> None:
        address = scene.listen("127.0.0.1")
        for _ in range(3):
            scene.connect(address)
        scene.until(lambda: scene.admission.open == 3)
        assert scene.read(scene.connect(address), 19) == b"The server is full\n"

    def test_too_many_refused_are_only_closed(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "REFUSALS", 0)
        address = scene.listen("127.0.0.1")
        first, second = scene.connect(address), scene.connect(address)
        first.sendall(LINE)
        assert scene.read(first, 6) == b"hello\n"
        second.sendall(LINE)
        assert scene.closed(second)
        assert scene.admission.open == 1


def test_an_endpoint_with_transports_of_its_own_cannot_have_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "install", lambda port, tls, proxied=False: False)
    with pytest.raises(CannotListen, match="proxy-protocol cannot be had with this endpoint"):
        scene.listen("127.0.0.1")
    assert not scene.listeners.addresses
    scene.listen()
    with pytest.raises(CannotListen, match="proxy-protocol cannot be had with this endpoint"):
        scene.listen("127.0.0.1")


class Clocked(Clock):
    """A reactor of which nothing is asked but the time."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[object] = []

    def addReader(self, reader: object) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: object) -> None:
        self.readers.remove(reader)


class Ends:
    """Both ends of a connection, and a reader on one of them."""

    def __init__(self) -> None:
        self.clock = Clocked()
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.headers: list[Header] = []
        self.reasons: list[str | None] = []
        self.reader = HeaderReader(self.ours, self.clock, self.headers.append, self.reasons.append)


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.ours.close()
    ends.theirs.close()


def test_a_header_has_its_time(ends: Ends) -> None:
    ends.theirs.sendall(LINE[:5])
    assert ends.reader.doRead() is None
    ends.clock.advance(HEADER_TIMEOUT - 0.1)
    assert ends.reasons == []
    ends.clock.advance(0.2)
    assert ends.reasons == ["its PROXY header takes too long"]
    assert ends.ours.fileno() == ends.reader.fileno() == -1
    ends.reader.connectionLost()
    ends.reader.drop()
    assert ends.reasons == ["its PROXY header takes too long"]
    assert not ends.clock.readers


def test_what_was_read_has_no_time_limit_any_more(ends: Ends) -> None:
    ends.theirs.sendall(LINE + b"more")
    assert ends.reader.doRead() is None
    assert ends.headers == [Header(len(LINE), ("192.0.2.9", 4711))]
    assert ends.ours.recv(100) == b"more"
    assert not ends.clock.getDelayedCalls()
    assert not ends.clock.readers


def test_nothing_to_read_is_nothing(ends: Ends) -> None:
    assert ends.reader.doRead() is None
    assert ends.clock.readers == [ends.reader]


def test_an_error_of_the_socket_is_said(ends: Ends) -> None:
    class Broken:
        def recv(self, *arguments: int) -> bytes:
            raise OSError(errno.ECONNRESET, "")

    ends.reader._socket = cast(socket.socket, Broken())
    assert str(ends.reader.doRead()) == os.strerror(errno.ECONNRESET)
    assert ends.reader.logPrefix() == "PROXY"
    ends.reader._socket = ends.ours
