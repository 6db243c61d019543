"""TLS bound to the socket: OpenSSL reads and writes the descriptor itself, without memory BIOs between."""

from __future__ import annotations

import socket
from socket import IPPROTO_TCP
from typing import Any, ClassVar

from OpenSSL import SSL, crypto
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IHandshakeListener, INegotiated, IProtocol, ISSLTransport
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.tcp import Port
from twisted.python.failure import Failure
from zope.interface import implementer

from chatdaemon.transports.directsend import DirectServer, UNIXAddresses
from chatdaemon.transports.reasons import HandshakeFailed, PeerLost
from chatdaemon.transports.tlscalls import BEST, CLOSED, RECORD, WANT_READ, WANT_WRITE, Halt, TLSCalls

__all__ = ["TLSServer", "TLSUNIXServer"]

# Linux; elsewhere packets leave as they come.
TCP_CORK: int | None = getattr(socket, "TCP_CORK", None)


@implementer(ISSLTransport, INegotiated)
class TLSServer(DirectServer):
    """The server side of a TLS connection, whose ``write`` encrypts and sends at once.

    It is a transport as ``DirectServer`` is, with the same ``backlog`` and ``direct`` (counted in plaintext).
    The protocol is connected when the connection is accepted; what it writes is kept until the handshake is
    over. A protocol that provides ``IHandshakeListener`` is told of it.

    **Sizes of records.** Some programs read 1,024 bytes for each time that select(2) says so, and do not look
    at what OpenSSL still holds of a longer record. They stop when nothing comes behind it. So:

    - what fits 1,024 bytes is one record;
    - of what is longer, the last 1,024 bytes are a record of their own: it makes select(2) say so again until
      the longer one before it is used up. That costs one record a flush at most, however long it is;
    - for the first ``young_bytes`` of such longer writes (the welcome) every record is that small.

    **Endings.** close_notify is sent once. A peer's close_notify is EOF (``ConnectionDone``, or a half-close
    for an ``IHalfCloseableProtocol``); EOF without it is a ``PeerLost``, a failed handshake
    ``HandshakeFailed``, both of them ``ConnectionLost``. ``loseConnection`` during the handshake closes at
    once, unless something was written: then the handshake may end first, within ``close_timeout``.

    Whatever OpenSSL waits for, in either direction of a read, a write or the handshake, is waited for in the
    reactor; a write that has to be made again is made with the same bytes.
    """

    __slots__ = ("_ssl",)

    TLS = True
    calls: ClassVar[TLSCalls] = BEST
    small_record: ClassVar[int] = 1024
    young_bytes: ClassVar[int] = 16384
    read_size: ClassVar[int] = RECORD

    _connection: SSL.Connection | None = None
    _ssl: Any
    _established = False
    # OpenSSL failed for good: nothing but freeing is allowed.
    _broken = False
    _close_notify_sent = False
    # The size of the record that OpenSSL has begun and wants to be offered again.
    _retry = 0
    # How many bytes of small records remain of young_bytes; None before the first longer write.
    _young: int | None = None
    # The protocol does not want to read.
    _paused = False
    # A read (or the handshake) waits until there is room; a write waits until something was read.
    _read_wants_write = False
    _write_wants_read = False

    def __init__(
        self,
        sock: socket.socket,
        protocol: IProtocol,
        client: tuple[object, ...],
        server: Port,
        sessionno: int,
        reactor: Any,
        context: SSL.Context,
    ) -> None:
        self._ssl = None
        super().__init__(sock, protocol, client, server, sessionno, reactor)
        self.direct = False
        self._connection = SSL.Connection(context, sock)
        self._connection.set_accept_state()
        self._ssl = self.calls.handle(self._connection)

    # What is written

    @property
    def direct(self) -> bool:
        return self._direct

    @direct.setter
    def direct(self, direct: bool) -> None:
        self._direct = direct

    def send(self, data: bytes) -> int:
        """Write ``data``: all of it is taken, and -1 says that some of it is queued."""
        self.write(data)
        return -1 if self.backlog else len(data)

    def write(self, data: bytes) -> None:
        """Encrypt and send ``data`` now, or queue what the kernel does not take."""
        if self._direct and data:
            size = len(data)
            if size > self.small_record:
                # Several records in one packet: each by itself would cost the kernel a whole send.
                self._cork(1)
                self._write_records(data, 0)
                self._cork(0)
                return
            taken = self.calls.write(self._ssl, data, size)
            if taken == size:
                return
            if taken > 0:
                self._write_records(data, taken)
            else:
                # Full, or dead: the reactor tries the same bytes again, and judges.
                self._retry = size
                self._queue(data)
        else:
            self._queue(data)

    def _cork(self, on: int) -> None:
        """Hold back packets that are not full, or let them go. It outranks TCP_NODELAY (tcp(7))."""
        if TCP_CORK is None:
            return
        try:
            self.socket.setsockopt(IPPROTO_TCP, TCP_CORK, on)
        except OSError:
            pass  # the connection is gone, as the next read says

    def _write_records(self, data: bytes, sent: int) -> None:
        while sent < len(data):
            size = self._record_size(len(data) - sent)
            taken = self.calls.write(self._ssl, data[sent : sent + size], size)
            if taken <= 0:
                self._retry = size
                self._queue(data[sent:])
                return
            sent += taken

    def _record_size(self, left: int) -> int:
        """How many of the ``left`` bytes go into the next record."""
        small = self.small_record
        if left <= small:
            return left
        young = self.young_bytes if self._young is None else self._young
        if young > 0:
            self._young = young - small
            return small
        return min(left - small, RECORD)

    def writeSomeData(self, data: bytes) -> int | PeerLost:
        """Offer the head of the queue, record by record, from the reactor."""
        calls = self.calls
        calls.clear()
        done = 0
        most = min(len(data), self.SEND_LIMIT)
        while done < most:
            size = self._retry or self._record_size(len(data) - done)
            taken = calls.write(self._ssl, bytes(data[done : done + size]), size)
            if taken > 0:
                self._retry = 0
                done += taken
                continue
            halt = calls.why(self._ssl, taken)
            self._retry = size
            if halt is WANT_READ:
                self._write_wants_read = True
            elif halt is not WANT_WRITE:
                return self._lost(halt)
            break
        return done

    def startWriting(self) -> None:
        """Have the reactor say when there is room; before the handshake is over there is nothing to say."""
        if self._established:
            self.reactor.addWriter(self)

    def doWrite(self) -> Any:
        """Go on with whatever waited for room."""
        if not self._established:
            if self.disconnecting and not self.backlog:
                return CONNECTION_DONE
            return self._shake_hands()
        if self._read_wants_write and not self._paused:
            why = self._read_again()
            if why is not None or not self.connected or self._aborting:
                return why
        if self._close_notify_sent and not self.disconnecting:
            # Half-closed, and here for a read's sake only.
            result = None
            self.reactor.removeWriter(self)
        else:
            result = super().doWrite()
        if result is None and self.connected and not self._aborting:
            if self._write_wants_read:
                self.reactor.removeWriter(self)
                self.reactor.addReader(self)
            elif self._read_wants_write and not self._paused:
                self.reactor.addWriter(self)
        return result

    def _read_again(self) -> Any:
        """A read at a write event, where the reactor would not take its end for a half-close."""
        self._read_wants_write = False
        self.reactor.addReader(self)
        why = self.doRead()
        if why is not CONNECTION_DONE:
            return why
        self.reactor.removeReader(self)
        self.readConnectionLost(Failure(why))
        return None

    # What is read

    def stopReading(self) -> None:
        """Deliver nothing until ``startReading``. The handshake goes on."""
        self._paused = True
        if self._established or not self.connected or self._aborting:
            self.reactor.removeReader(self)

    def startReading(self) -> None:
        """Deliver what comes."""
        self._paused = False
        if self._read_wants_write:
            self.reactor.addWriter(self)
        else:
            self.reactor.addReader(self)

    def doRead(self) -> Any:
        """Deliver up to ``bufferSize`` bytes and the rest of their last record, or go on shaking hands."""
        if not self._established:
            why = self._shake_hands()
            if why is not None or not self._established or not self.connected or self._aborting:
                return why
        if self._write_wants_read:
            self._write_wants_read = False
            self.reactor.addWriter(self)
        if self._paused:
            self.reactor.removeReader(self)
            return None
        calls = self.calls
        ssl = self._ssl
        calls.clear()
        chunks: list[bytes] = []
        size = 0
        halt = None
        while size < self.bufferSize or calls.pending(ssl):
            data = calls.read(ssl, self.read_size)
            if isinstance(data, Halt):
                halt = data
                break
            chunks.append(data)
            size += len(data)
        if chunks:
            self.protocol.dataReceived(chunks[0] if len(chunks) == 1 else b"".join(chunks))
            if not self.connected or self._aborting or self.disconnecting:
                return None
        if halt is None or halt is WANT_READ:
            return None
        if halt is WANT_WRITE or self._paused:
            # The end of a stream that was just paused is for the protocol to find when it reads on. The
            # kernel has nothing left to say about it, so that waits for a write event too.
            self._read_wants_write = True
            self.reactor.removeReader(self)
            if not self._paused:
                self.reactor.addWriter(self)
            return None
        if halt is CLOSED:
            self._ended = True
            return CONNECTION_DONE
        return self._lost(halt)

    # Beginning and ending

    def _shake_hands(self) -> HandshakeFailed | None:
        calls = self.calls
        calls.clear()
        halt = calls.handshake(self._ssl)
        if halt is None:
            self._begin()
        elif halt is WANT_READ:
            self.reactor.removeWriter(self)
            self.reactor.addReader(self)
        elif halt is WANT_WRITE:
            # Not reading meanwhile: what has come already would have the reactor call without end.
            self.reactor.removeReader(self)
            self.reactor.addWriter(self)
        else:
            self._broken = True
            return HandshakeFailed(halt.text)
        return None

    def _begin(self) -> None:
        self._established = True
        if self._paused:
            self.reactor.removeReader(self)
        else:
            self.reactor.addReader(self)
        if self.backlog or self.disconnecting or self._writeDisconnecting:
            self.reactor.addWriter(self)
        else:
            self.reactor.removeWriter(self)
            self.direct = True
        if IHandshakeListener.providedBy(self.protocol):
            self.protocol.handshakeCompleted()

    def loseConnection(self) -> None:
        """Close once the queue and close_notify are sent; see the class for the handshake."""
        super().loseConnection()
        if self.connected and not self._established:
            if self.backlog:
                self.reactor.addReader(self)
            else:
                self.reactor.removeReader(self)
                self.reactor.addWriter(self)

    def _postLoseConnection(self) -> Any:
        return CONNECTION_DONE if self._notify_close() else None

    def _closeWriteConnection(self) -> None:
        if self._notify_close():
            super()._closeWriteConnection()

    def _notify_close(self) -> bool:
        """Send close_notify once. False when there is no room for it: the reactor will call again."""
        if not self._close_notify_sent and not self._broken:
            self.calls.clear()
            if self.calls.shutdown(self._ssl) is WANT_WRITE:
                self.reactor.addWriter(self)
                return False
        self._close_notify_sent = True
        return True

    def _lost(self, halt: Halt) -> PeerLost:
        self._broken = True
        return PeerLost(halt.text)

    def connectionLost(self, reason: Failure) -> None:
        """Called by the reactor, once. Nothing touches the SSL object from here on."""
        if self._connection is not None:
            if self._established and not self._aborting and not reason.check(ConnectionAborted):
                self._notify_close()
            self._connection = None
            self._ssl = None
        super().connectionLost(reason)

    # What protocols ask

    def getHandle(self) -> Any:
        """The pyOpenSSL ``Connection``, None once the connection is gone."""
        return self._connection

    def getPeerCertificate(self) -> crypto.X509 | None:
        """The client's certificate, whoever issued it; None when it sent none, or is gone."""
        return None if self._connection is None else self._connection.get_peer_certificate()

    @property
    def negotiatedProtocol(self) -> bytes | None:
        """What ALPN settled on, if anything."""
        return None if self._connection is None else self._connection.get_alpn_proto_negotiated() or None


class TLSUNIXServer(UNIXAddresses, TLSServer):
    """The same over a UNIX stream socket, which knows no packets."""

    def __init__(
        self,
        sock: socket.socket,
        protocol: IProtocol,
        client: Any,
        server: Port,
        sessionno: int,
        reactor: Any,
        context: SSL.Context,
    ) -> None:
        super().__init__(sock, protocol, (client, None), server, sessionno, reactor, context)

    def _cork(self, on: int) -> None:
        """There is nothing to hold back."""
