"""A connection that a load balancer passes on: whose it is, said before anything else (wire.proxyheader).

The header is read from the socket to its last byte and no further, so that what comes behind, TLS or not, is
read by whoever it is for.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IDelayedCall, IProtocol, IReadDescriptor
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from chatdaemon.transports.reasons import PeerLost
from chatdaemon.wire.proxyheader import LONGEST, Header, ProxyHeaderError, parse

__all__ = ["HEADER_TIMEOUT", "HeaderReader", "Unidentified", "address_of"]

Connect = Callable[[IProtocol, IPv4Address | IPv6Address | None], None]
"""Connects a protocol to a socket whose header was read, with the client's address if that is another."""

# How long a header may take, seconds: load balancers send it with the connection.
HEADER_TIMEOUT = 5.0


class Unidentified(Protocol):
    """Stands for the protocol of a connection until it is known whose it is. It is never connected.

    `drop` gives the connection up.
    """

    def __init__(
        self, build: Callable[[Header], IProtocol | None], lost: Callable[[str | None], None]
    ) -> None:
        """
        :param build: makes the protocol of a connection that has said whose it is; None closes it.
        :param lost: called when it ends before, with what was wrong with it, if anything was.
        """
        self._build = build
        self._lost = lost
        self._reader: HeaderReader | None = None

    def begin(self, sock: socket.socket, reactor: Any, connect: Connect) -> None:
        """Read the header from the socket, and have `connect` use it."""

        def identified(header: Header) -> None:
            self._reader = None
            protocol = self._build(header)
            if protocol is None:
                sock.close()
            else:
                connect(protocol, address_of(header))

        self._reader = HeaderReader(sock, reactor, identified, self._lost)

    def makeConnection(self, transport: object) -> None:
        """The port says that there is a connection, which has no transport yet."""

    def drop(self) -> None:
        """Close the connection."""
        if self._reader is not None:
            self._reader.drop()


def address_of(header: Header) -> IPv4Address | IPv6Address | None:
    """Where the client is, if the header says so."""
    if header.client is None:
        return None
    host, port = header.client
    return IPv6Address("TCP", host, port) if ":" in host else IPv4Address("TCP", host, port)


@implementer(IReadDescriptor)
class HeaderReader:
    """Owns a connection's socket until its header is read."""

    connected = True
    disconnected = False

    def __init__(
        self,
        sock: socket.socket,
        reactor: Any,
        identified: Callable[[Header], None],
        lost: Callable[[str | None], None],
    ) -> None:
        """One of the two is called, once: `identified`, and then the socket is the caller's; or `lost`."""
        self._socket = sock
        self._reactor = reactor
        self._identified = identified
        self._lost = lost
        self._over = False
        self._data = b""
        self._limit: IDelayedCall = reactor.callLater(HEADER_TIMEOUT, self._timed_out)
        reactor.addReader(self)

    def logPrefix(self) -> str:
        return "PROXY"

    def fileno(self) -> int:
        return self._socket.fileno()

    def doRead(self) -> Any:
        """Read what is surely of the header, from the reactor."""
        sock = self._socket
        try:
            ahead = sock.recv(LONGEST, socket.MSG_PEEK)
            if not ahead:
                return CONNECTION_DONE
            header = parse(self._data + ahead)
            own = len(ahead) if header is None else header.size - len(self._data)
            self._data += sock.recv(own)
        except BlockingIOError:
            return None
        except OSError as error:
            return PeerLost.from_errno(error.errno)
        except ProxyHeaderError as error:
            self._give_up(str(error))
            return None
        if header is not None:
            self._leave()
            self._identified(header)
        return None

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - as Twisted has it
        """Called by the reactor when the peer has gone."""
        self._give_up(None)

    def drop(self) -> None:
        """Close it; nobody waits for it any more."""
        self._give_up(None)

    def _timed_out(self) -> None:
        self._give_up("its PROXY header takes too long")

    def _give_up(self, reason: str | None) -> None:
        if not self._over:
            self._leave()
            self._socket.close()
            self._lost(reason)

    def _leave(self) -> None:
        self._over = True
        self._reactor.removeReader(self)
        if self._limit.active():
            self._limit.cancel()
