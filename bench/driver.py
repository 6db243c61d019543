"""The driver: thousands of IRC connections on one epoll loop, in one process and with little work for each.

Its costs matter only in that they must not hold the server back; the server's CPU is what is measured.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from bench.figure import BenchError, StalledError

_READ = select.EPOLLIN | select.EPOLLRDHUP
_PING = re.compile(rb"^(?::\S+ )?PING (.*?)\r?$", re.MULTILINE)
_FAILED = re.compile(rb"^(?:ERROR .*|(?::\S+ )?(?!422)4\d\d .*?)\r?$", re.MULTILINE)
_ETHERNET_SEGMENT = 1460
_SMALL_BUFFER = 16384
WELCOMED = (b" 376 ", b" 422 ")


class Sink(Protocol):
    """What a client's incoming bytes are for at the moment."""

    def feed(self, client: Client, data: memoryview) -> None:
        """Take `data`, which is valid only during the call."""

    def ended(self, client: Client) -> None:
        """The server closed the connection."""


class Ready:
    """Takes lines until one of `tokens` comes; answers PING; an ERROR or a refusal is a BenchError.

    A client that is done goes on being read, so that the server is never held up by it.
    """

    def __init__(self, tokens: Iterable[bytes]) -> None:
        self._tokens = tuple(tokens)
        self._waiting: set[Client] = set()
        self._tails: dict[Client, bytes] = {}

    def expect(self, client: Client) -> None:
        """Have `client` wait for a token."""
        client.sink = self
        self._waiting.add(client)

    @property
    def waiting(self) -> int:
        """How many clients have yet to get their token."""
        return len(self._waiting)

    def all_reached(self) -> bool:
        """Whether nobody waits any longer."""
        return not self._waiting

    def feed(self, client: Client, data: memoryview) -> None:
        whole = self._tails.get(client, b"") + data
        end = whole.rfind(b"\n") + 1
        self._tails[client] = whole[end:]
        lines = whole[:end]
        if b"PING " in lines:
            for argument in _PING.findall(lines):
                client.send(b"PONG " + argument + b"\r\n")
        if client in self._waiting:
            if any(token in lines for token in self._tokens):
                self._waiting.discard(client)
                self.reached(client)
            elif refusal := _FAILED.search(lines):
                raise BenchError(f"{client.nick}: the server said {refusal[0].decode(errors='replace')!r}")

    def reached(self, client: Client) -> None:
        """Called once for each client, when its token has come."""

    def ended(self, client: Client) -> None:
        raise BenchError(f"{client.nick}: the server closed the connection")


class Client:
    """One non-blocking connection, plain or TLS, with what it has yet to send."""

    __slots__ = ("_fleet", "_out", "fd", "handshaking", "nick", "sink", "sock", "tls")

    def __init__(self, fleet: Fleet, nick: str, sink: Sink, distant: bool = False) -> None:
        self.nick = nick
        self.sink = sink
        self._fleet = fleet
        self._out = bytearray()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if distant:
            # Loopback's segments of 64 KiB would give a client megabytes of room in the kernel.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _ETHERNET_SEGMENT)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        # On loopback the kernel finishes the connect at once, or waits while the server's backlog is full.
        sock.settimeout(10)
        sock.connect(fleet.address)
        sock.setblocking(False)
        self.tls: ssl.SSLSocket | None = None
        if fleet.tls is not None:
            self.tls = sock = fleet.tls.wrap_socket(sock, do_handshake_on_connect=False)
        self.handshaking = self.tls is not None
        self.sock = sock
        self.fd = sock.fileno()

    def is_connected(self) -> bool:
        """Whether the TLS handshake, if there is one, is over."""
        return not self.handshaking

    def send(self, data: bytes) -> None:
        """Send `data`, keeping what does not fit until the socket takes it."""
        self._out += data
        if not self.handshaking:
            self.flush()

    def flush(self) -> None:
        """Offer the socket what is kept."""
        while self._out:
            try:
                sent = self.sock.send(self._out)
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._fleet.watch(self, _READ | select.EPOLLOUT)
                return
            except (ssl.SSLError, OSError):
                # The reading side tells the sink that the connection is gone.
                self._out.clear()
                return
            del self._out[:sent]

    def handshake(self) -> None:
        """Take the TLS handshake as far as it goes."""
        assert self.tls is not None
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self._fleet.watch(self, _READ)
        except ssl.SSLWantWriteError:
            self._fleet.watch(self, _READ | select.EPOLLOUT)
        else:
            self.handshaking = False
            self._fleet.watch(self, _READ)
            self.flush()

    def drop(self) -> None:
        """Close at once with a reset, which leaves no TIME_WAIT to use up the ports."""
        self._fleet.forget(self)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Fleet:
    """All the connections to one server, and the loop that serves them."""

    def __init__(self, address: tuple[str, int], tls: bool = False) -> None:
        self.address = address
        self.tls = _client_context() if tls else None
        self._epoll = select.epoll()
        self._clients: dict[int, Client] = {}
        self._masks: dict[int, int] = {}
        self._buffer = bytearray(1 << 18)
        self._view = memoryview(self._buffer)
        self.reads = 0

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *exc: object) -> None:
        for client in list(self._clients.values()):
            client.drop()
        self._epoll.close()

    def open(self, nick: str, sink: Sink, distant: bool = False) -> Client:
        """Connect one client; its bytes go to `sink`.

        To a `distant` one the kernel holds about as much as it would for a client on another machine.
        """
        client = Client(self, nick, sink, distant)
        self._clients[client.fd] = client
        self._masks[client.fd] = _READ
        self._epoll.register(client.fd, _READ)
        if client.handshaking:
            client.handshake()
        return client

    def watch(self, client: Client, mask: int) -> None:
        """Have epoll look for `mask` on the client's socket; 0 stops reading it."""
        if self._masks[client.fd] != mask:
            self._masks[client.fd] = mask
            self._epoll.modify(client.fd, mask)

    def forget(self, client: Client) -> None:
        """Take a client that is about to close out of the loop."""
        del self._clients[client.fd], self._masks[client.fd]
        self._epoll.unregister(client.fd)

    def turn(self, timeout: float = 0.1) -> None:
        """Serve every connection that is ready, waiting at most `timeout` seconds for the first."""
        events = self._epoll.poll(timeout, 8192)
        self.reads += len(events)
        for fd, mask in events:
            client = self._clients.get(fd)
            if client is None:
                continue
            if client.handshaking:
                self._handshake(client)
                continue
            if mask & select.EPOLLOUT:
                self.watch(client, _READ)
                client.flush()
            if mask & ~select.EPOLLOUT:
                self._receive(client)

    def _handshake(self, client: Client) -> None:
        try:
            client.handshake()
        except (ssl.SSLError, OSError) as error:
            raise BenchError(f"{client.nick}: the TLS handshake failed: {error}") from error

    def _receive(self, client: Client) -> None:
        tls = client.tls
        if tls is None:
            try:
                got = client.sock.recv_into(self._buffer)
            except BlockingIOError:
                return
            except OSError:
                got = 0
            if got:
                client.sink.feed(client, self._view[:got])
            else:
                self._end(client)
            return
        while True:
            try:
                got = tls.recv_into(self._buffer)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except (ssl.SSLError, OSError):
                got = 0
            if not got:
                self._end(client)
                return
            client.sink.feed(client, self._view[:got])
            if client.fd not in self._clients or not tls.pending():
                return

    def _end(self, client: Client) -> None:
        sink = client.sink
        client.drop()
        sink.ended(client)

    def until(self, done: Callable[[], bool], timeout: float, what: str) -> None:
        """Serve the connections until `done()`; StalledError naming `what` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                raise StalledError(f"not done after {timeout:g} s: {what}")
            self.turn()

    def register(
        self, nicks: Iterable[str], at_once: int = 500, timeout: float = 120.0, distant: bool = False
    ) -> list[Client]:
        """Connect and register a client for each nick, `at_once` at a time; all have their welcome."""
        welcome = Ready(WELCOMED)
        clients: list[Client] = []
        for nick in nicks:
            self.until(lambda: welcome.waiting < at_once, timeout, "registering")
            client = self.open(nick, welcome, distant)
            welcome.expect(client)
            client.send(registration(nick))
            clients.append(client)
        self.until(welcome.all_reached, timeout, "registering")
        return clients

    def settle(self, clients: Iterable[Client], timeout: float = 120.0) -> None:
        """Wait until each client has everything that the server has for it: a PING's PONG comes behind it."""
        pong = Ready([b" PONG "])
        for client in clients:
            pong.expect(client)
            client.send(b"PING settled\r\n")
        self.until(pong.all_reached, timeout, "PONG to everybody")

    def join(self, clients: Iterable[Client], channel: str, timeout: float = 120.0) -> None:
        """Have all clients join `channel`; each has the end of the names."""
        clients = list(clients)
        names = Ready([b" 366 "])
        for client in clients:
            names.expect(client)
            client.send(b"JOIN " + channel.encode() + b"\r\n")
        self.until(names.all_reached, timeout, f"joining {channel}")
        self.settle(clients, timeout)


def registration(nick: str) -> bytes:
    """The lines that register `nick`."""
    return f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode()


def _client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
