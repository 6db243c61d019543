"""What our protocols need of a transport, for those that cannot be replaced by our own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from OpenSSL import crypto
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IConsumer, IProducer, IPushProducer
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

__all__ = ["OrdinaryTransport"]


@implementer(IPushProducer, IConsumer)
class OrdinaryTransport(Protocol):
    """Stands between any stream transport of Twisted's and a protocol that asks for `backlog`.

    The transport says when it has enough (it has some 64 KiB then); what is written meanwhile is kept, and
    counted, here. Of the interfaces of a transport it has what ``protocols`` and HTTP use. A half-closed
    connection is a closed one. `protocol` may be replaced while it is connected.
    """

    backlog = 0
    """Bytes that are kept here; the transport's own buffer, which is bounded, is not counted."""

    transport: Any

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self._kept: list[bytes] = []
        self._enough = False
        self._closing = False
        self._producer: IPushProducer | None = None

    # What the transport calls.

    def connectionMade(self) -> None:
        self.transport.registerProducer(_Tap(self), True)
        self.protocol.makeConnection(self)

    def dataReceived(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - as Twisted has it
        self._forget()
        self.protocol.connectionLost(reason)

    def full(self) -> None:
        """The transport has enough."""
        self._enough = True
        if self._producer is not None:
            self._producer.pauseProducing()

    def drained(self) -> None:
        """The transport takes more."""
        self._enough = False
        # A write that fills it up again says so before it returns.
        while self._kept and not self._enough:
            data = b"".join(self._kept)
            self._forget()
            self.transport.write(data)
        if self._closing and not self._kept:
            self._close()
        elif self._producer is not None and not self._enough:
            self._producer.resumeProducing()

    # What the protocol calls.

    def write(self, data: bytes) -> None:
        """Hand it to the transport, or keep it behind what is kept."""
        if self._enough:
            self._kept.append(data)
            self.backlog += len(data)
        else:
            self.transport.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Write the joined ``data``."""
        self.write(b"".join(data))

    def send(self, data: bytes) -> int:
        """Write it; -1 says that some of it is kept."""
        self.write(data)
        return -1 if self.backlog else len(data)

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Pause `producer`, which writes of itself, while the transport has enough."""
        self._producer = IPushProducer(producer)

    def unregisterProducer(self) -> None:
        """Pause nobody any more."""
        self._producer = None

    @property
    def disconnecting(self) -> bool:
        """Whether it was to be closed."""
        return self._closing

    def loseConnection(self) -> None:
        """Close once everything is sent."""
        self._closing = True
        if not self._kept:
            self._close()

    def abortConnection(self) -> None:
        """Close now."""
        self._forget()
        self.transport.abortConnection()

    def pauseProducing(self) -> None:
        """Read no more."""
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Read again."""
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Read no more, ever."""
        self.loseConnection()

    def getHost(self) -> IAddress:
        """The address at this end."""
        host: IAddress = self.transport.getHost()
        return host

    def getPeer(self) -> IAddress:
        """The address at the other end."""
        peer: IAddress = self.transport.getPeer()
        return peer

    def getPeerCertificate(self) -> crypto.X509 | None:
        """The certificate that the client has shown over TLS, if any."""
        ask = getattr(self.transport, "getPeerCertificate", None)
        certificate: crypto.X509 | None = ask() if ask is not None else None
        return certificate

    def _close(self) -> None:
        # Twisted does not close a connection while something is registered to write to it.
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def _forget(self) -> None:
        self._kept = []
        self.backlog = 0


@implementer(IPushProducer)
class _Tap:
    """What the transport turns off when it has enough; reading has methods of the same names."""

    def __init__(self, writer: OrdinaryTransport) -> None:
        self._writer = writer

    def pauseProducing(self) -> None:
        self._writer.full()

    def resumeProducing(self) -> None:
        self._writer.drained()

    def stopProducing(self) -> None:
        """The connection is lost, which the writer is told anyway."""
