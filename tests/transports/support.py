"""Servers on loopback with our transports, and clients whose every socket call a test decides on."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IHalfCloseableProtocol, IHandshakeListener
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from chatdaemon.transports.certificates import ensure_self_signed
from chatdaemon.transports.install import install
from chatdaemon.transports.tlscontext import CertificateFiles, TLSContext, TLSSettings

reactor: Any = installed_reactor
T = TypeVar("T")

# Long enough never to be reached, short enough not to hang a run for good.
PATIENCE = 20.0


@implementer(IHandshakeListener)
class Recorder(Protocol):
    """The server's side: keeps what comes and says when something has happened."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.reason: Exception | None = None
        self.handshakes = 0
        self.on_data: Callable[[bytes], object] = lambda data: None
        self.on_made: Callable[[], object] = lambda: None
        self.waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []
        self.transport: Any

    def connectionMade(self) -> None:
        self.on_made()

    def handshakeCompleted(self) -> None:
        self.handshakes += 1
        self.check()

    def dataReceived(self, data: bytes) -> None:
        self.data += data
        self.on_data(data)
        self.check()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        assert self.reason is None, "connectionLost comes once"
        assert isinstance(reason.value, Exception)
        self.reason = reason.value
        self.check()

    def check(self) -> None:
        for entry in list(self.waiting):
            if entry[0]():
                self.waiting.remove(entry)
                entry[1].callback(None)

    def until(self, condition: Callable[[], bool]) -> Deferred[None]:
        """Fires once ``condition`` holds after an event of this connection."""
        done: Deferred[None] = Deferred()
        self.waiting.append((condition, done))
        self.check()
        return done

    def until_data(self, data: bytes) -> Deferred[None]:
        return self.until(lambda: len(self.data) >= len(data))

    def until_lost(self) -> Deferred[None]:
        return self.until(lambda: self.reason is not None)


@implementer(IHalfCloseableProtocol)
class HalfCloser(Recorder):
    """One that goes on after either half is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.halves: list[str] = []

    def readConnectionLost(self) -> None:
        self.halves.append("read")
        self.check()

    def writeConnectionLost(self) -> None:
        self.halves.append("write")
        self.check()


class Recorders(Factory):
    """Builds recorders and hands them out in the order of their coming."""

    def __init__(self, make: Callable[[], Recorder] = Recorder) -> None:
        self.make = make
        self.built: list[Recorder] = []
        self.waiting: list[Deferred[Recorder]] = []
        self.prepare: Callable[[Recorder], object] = lambda recorder: None

    def buildProtocol(self, addr: object) -> Recorder:
        recorder = self.make()
        self.prepare(recorder)
        self.built.append(recorder)
        if self.waiting:
            reactor.callLater(0, self.waiting.pop(0).callback, recorder)
        return recorder

    def next(self) -> Deferred[Recorder]:
        coming: Deferred[Recorder] = Deferred()
        self.waiting.append(coming)
        return coming


def in_thread(function: Callable[..., T], *arguments: object) -> Deferred[T]:
    """What a client does, while the reactor runs."""
    return deferToThread(function, *arguments)


def turn(count: int = 1) -> Deferred[None]:
    """Fires after so many turns of the reactor."""
    done: Deferred[None] = Deferred()

    def step(left: int) -> None:
        if left:
            reactor.callLater(0, step, left - 1)
        else:
            done.callback(None)

    reactor.callLater(0, step, count - 1)
    return done


def read_exactly(client: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = client.recv(min(65536, size - len(data)))
        if not piece:
            break
        data += piece
    return bytes(data)


def read_to_end(client: socket.socket) -> bytes:
    data = bytearray()
    while piece := client.recv(65536):
        data += piece
    return bytes(data)


def reset(client: socket.socket) -> None:
    """Close so that the server sees RST."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(client, ssl.SSLSocket):
        # Without close_notify.
        socket.close(client.detach())
    else:
        client.close()


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_made: list[Path] = []


def certificate_directory() -> Path:
    """A directory for certificates that all tests of a run share."""
    if not _made:
        _made.append(Path(mkdtemp(prefix="chatdaemon-test-")))
    return _made[0]


def self_signed(name: str) -> CertificateFiles:
    chain, key = ensure_self_signed(certificate_directory() / name, [name])
    return CertificateFiles(chain, key)


class ServerCase(TestCase):
    """Starts servers and clients, and clears them away."""

    timeout = 60

    def listen(self, factory: Factory, tls: TLSContext | None, transport: Any = None) -> Any:
        """Serve on loopback. ``transport`` is a subclass to use in place of the one that is installed."""
        port = reactor.listenTCP(0, factory, interface="127.0.0.1", backlog=200)
        self.addCleanup(port.stopListening)
        assert install(port, tls)
        if transport is not None:
            if tls is None:
                port.transport = transport
            else:
                port.transport = lambda *arguments: transport(*arguments, tls.context)
        return port

    def raw_client(self, port: Any, receive_buffer: int | None = None) -> socket.socket:
        client = socket.socket()
        self.addCleanup(client.close)
        client.settimeout(PATIENCE)
        # What a client does arrives when it does it.
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.connect(("127.0.0.1", port.getHost().port))
        return client

    def drop_all(self, factory: Recorders) -> Deferred[Any]:
        """Abort what is left, for a reactor without leftovers."""
        waiting = []
        for recorder in factory.built:
            if recorder.reason is None and recorder.transport is not None:
                recorder.transport.abortConnection()
                waiting.append(recorder.until_lost())
        return gatherResults(waiting)


def tls_context(*names: str, ask_client_certificate: bool = False) -> TLSContext:
    files = tuple(self_signed(name) for name in names or ("chat.example",))
    return TLSContext(TLSSettings(files, ask_client_certificate))
