"""A server transport that sends at once.

Twisted's ``write`` only queues: two ``epoll_ctl(2)`` calls and a turn of the reactor for each flush of each
connection. Here ``write`` hands the bytes to the kernel itself for as long as nothing is queued, and is
``tcp.Server`` in every other respect.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from errno import ENOBUFS
from os import write as os_write
from typing import Any, ClassVar

from twisted.internet.abstract import FileDescriptor
from twisted.internet.address import UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IDelayedCall, IProducer, IProtocol
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.tcp import Port, Server
from twisted.python.failure import Failure

from chatdaemon.transports.reasons import PeerLost

# Most methods of Twisted's transports carry no types; calls to them go by this name.
_server: Any = Server

__all__ = ["DirectServer", "DirectUNIXServer", "UNIXAddresses"]


class DirectServer(Server):
    """The server side of a stream connection, whose ``write`` tries ``send(2)`` at once.

    Order is kept: from the first byte that the kernel did not take, everything goes behind it until the
    reactor has drained the queue. ``write`` never raises for a dead peer and never ends the connection; the
    reactor finds the error and calls ``connectionLost``.

    ``backlog`` is the number of bytes accepted and not yet taken by the kernel: 0 for a connection that keeps
    up, that was aborted or that is lost.

    ``direct`` says whether a write may go to the kernel now: connected, nothing queued, not closing. ``send``
    is for who writes the same to many: the socket's own ``send`` while that is so, and otherwise a function
    that raises ``BlockingIOError``; what it did not take is to be written.

    A closing connection whose peer takes nothing for ``close_timeout`` seconds is aborted, unless a producer
    is registered: otherwise a reader that stopped would hold the descriptor and the queue for good.
    """

    close_timeout: ClassVar[float] = 10.0

    # What a write touches lies in the object itself, not in its dictionary: over a thousand connections it is
    # the cache misses that cost. For the same reason the descriptor is written to, not the socket object.
    __slots__ = ("_direct", "_fd", "backlog", "send")

    backlog: int
    send: Callable[[bytes], int]
    _direct: bool
    _fd: int

    # What ended the connection, as a write met it.
    _error: PeerLost | None = None
    # Whether the peer's own goodbye was read.
    _ended = False
    _closing: IDelayedCall | None = None

    reactor: Any

    def __init__(
        self,
        sock: socket.socket,
        protocol: IProtocol,
        client: tuple[object, ...],
        server: Port,
        sessionno: int,
        reactor: Any,
    ) -> None:
        self.backlog = 0
        super().__init__(sock, protocol, client, server, sessionno, reactor)
        # Made when asked for: it is kept for each connection otherwise.
        del self.repstr
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            pass  # reset before it was accepted: the first read says so; or not TCP at all
        self._fd = sock.fileno()
        self.direct = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} #{self.sessionno} of {self.hostname}>"

    @property
    def direct(self) -> bool:
        return self._direct

    @direct.setter
    def direct(self, direct: bool) -> None:
        self._direct = direct
        self.send = self.socket.send if direct else _refuse

    def write(self, data: bytes) -> None:
        """Send ``data`` now, or queue what the kernel does not take. Dropped once the connection is gone."""
        if self._direct:
            try:
                sent = os_write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                # The kernel says so once; the reactor is told when it asks, outside the caller's loop.
                self._error = _lasting(error)
                sent = 0
            if sent != len(data):
                self._queue(data[sent:])
        else:
            self._queue(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send the joined ``iovec`` as one write."""
        self.write(b"".join(iovec))

    def _queue(self, data: bytes) -> None:
        if not isinstance(data, bytes):
            data = bytes(memoryview(data))
        if not data or not self.connected or self._writeDisconnected or self._aborting:
            return
        self.direct = False
        self._tempDataBuffer.append(data)
        self._tempDataLen += len(data)
        self.backlog += len(data)
        if self.producer is not None:
            _server._maybePauseProducer(self)
        self.startWriting()

    def startWriting(self) -> None:
        """Have the reactor say when there is room."""
        self.reactor.addWriter(self)

    def writeSomeData(self, data: bytes) -> int | PeerLost:
        """Send the head of the queue, from the reactor."""
        if self._error is not None:
            return self._error
        try:
            return self.socket.send(memoryview(data)[: self.SEND_LIMIT])
        except BlockingIOError:
            return 0
        except OSError as error:
            return _lasting(error) or 0

    def doWrite(self) -> Any:
        """Drain the queue, from the reactor."""
        result = _server.doWrite(self)
        if self.connected:
            self.backlog = len(self.dataBuffer) - self.offset + self._tempDataLen
            self.direct = not (self.backlog or self.disconnecting or self._writeDisconnecting)
        return result

    def doRead(self) -> Any:
        """Deliver what one ``recv(2)`` returns, from the reactor."""
        try:
            data = self.socket.recv(self.bufferSize)
        except BlockingIOError:
            return None
        except OSError as error:
            return PeerLost.from_errno(error.errno)
        if not data:
            self._ended = True
            return self._error or CONNECTION_DONE
        self.protocol.dataReceived(data)
        return None

    def loseConnection(self) -> None:
        """Close once the queue is sent: later, or from within this call if the write side is closed."""
        self.direct = False
        FileDescriptor.loseConnection(self)
        if self.connected and self._closing is None:
            self._closing = self.reactor.callLater(self.close_timeout, self._check_closing, self.backlog)

    def _check_closing(self, before: int) -> None:
        if self.backlog == before and self.producer is None:
            self._closing = None
            self.abortConnection()
        else:
            self._closing = self.reactor.callLater(self.close_timeout, self._check_closing, self.backlog)

    def loseWriteConnection(self) -> None:
        """Close the write side once the queue is sent."""
        self.direct = False
        _server.loseWriteConnection(self)

    def abortConnection(self) -> None:
        """Drop the queue and reset the connection, in the reactor's next turn."""
        self._forget_queue()
        _server.abortConnection(self)

    def readConnectionLost(self, reason: Failure) -> None:
        """Called by the reactor when the peer sends nothing more."""
        error = self._pending_error()
        if error is not None:
            self.connectionLost(Failure(error))
        else:
            _server.readConnectionLost(self, reason)

    def _pending_error(self) -> PeerLost | None:
        # epoll_wait(2) may look while the kernel is still taking a reset connection apart, and see that it
        # has hung up before it sees that there is something to read. The reactor takes that for a clean end.
        if self._ended or self.disconnecting:
            return None
        number = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return PeerLost.from_errno(number) if number else None

    def connectionLost(self, reason: Failure) -> None:
        """Called by the reactor, once, when the connection is gone."""
        if reason.check(ConnectionDone) and (error := self._pending_error()) is not None:
            reason = Failure(error)
        self._forget_queue()
        self._fd = -1
        super().connectionLost(reason)

    def _closeSocket(self, orderly: bool) -> None:
        if orderly:
            # A close with unread input resets the connection, and the peer may lose what it was sent last.
            try:
                for _ in range(16):
                    if not self.socket.recv(self.bufferSize):
                        break
            except OSError:
                pass
        _server._closeSocket(self, orderly)

    def _forget_queue(self) -> None:
        self.direct = False
        self.backlog = 0
        self.dataBuffer = b""
        self.offset = 0
        self._tempDataBuffer = []
        self._tempDataLen = 0
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    # tcp.Server's own versions pass these to the TLS layer of startTLS, which is not to be had here.

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Pause ``producer`` while more than ``bufferSize`` bytes are queued."""
        FileDescriptor.registerProducer(self, producer, streaming)

    def unregisterProducer(self) -> None:
        """Stop pausing the producer; a closing connection goes on closing."""
        FileDescriptor.unregisterProducer(self)

    def startTLS(self, ctx: object, normal: bool = True) -> None:
        """Not offered: a listener is TLS from its first byte, or never. Raises NotImplementedError."""
        raise NotImplementedError("a connection speaks TLS from its first byte, or never")


def _refuse(data: bytes) -> int:
    """In place of a socket's ``send`` while something is queued, or the connection is not to be used."""
    raise BlockingIOError


def _lasting(error: OSError) -> PeerLost | None:
    """None if it is only that the kernel has no buffers at the moment."""
    return None if error.errno == ENOBUFS else PeerLost.from_errno(error.errno)


class UNIXAddresses:
    """Addresses of a stream connection over a UNIX socket, for mixing into a transport."""

    socket: socket.socket
    hostname: Any
    claimed: IAddress | None = None
    """Where a load balancer at the other end says that the client is."""

    def getHost(self) -> UNIXAddress:
        """The listener's path."""
        return UNIXAddress(self.socket.getsockname())

    def getPeer(self) -> IAddress:
        """The peer's path, mostly none; or where it says that the client is."""
        return self.claimed or UNIXAddress(self.hostname or None)

    def getTcpNoDelay(self) -> bool:
        """There is no such thing."""
        return False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Ignored, as in Twisted."""


class DirectUNIXServer(UNIXAddresses, DirectServer):
    """The same over a UNIX stream socket. It passes no descriptors."""

    def __init__(
        self,
        sock: socket.socket,
        protocol: IProtocol,
        client: Any,
        server: Port,
        sessionno: int,
        reactor: Any,
    ) -> None:
        super().__init__(sock, protocol, (client, None), server, sessionno, reactor)
