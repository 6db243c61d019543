"""One WebSocket connection: to the socket a protocol, to its session a transport.

`websockets` reads the frames (sans-IO, RFC 6455); the session is given what it would have read from a stream.
What it writes goes straight to the socket, in frames already (`framing`).
"""

from __future__ import annotations

import codecs
from typing import Any, Final, cast

from OpenSSL import crypto
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IDelayedCall, IHalfCloseableProtocol, ITransport
from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from zope.interface import implementer

from chatdaemon.protocols.line import LineConnection
from chatdaemon.protocols.websocket.carriage import Carriage
from chatdaemon.protocols.websocket.framing import framing

TOLERANCE: Final = 4
"""A message over the session's limit is answered as a long line is. One that is so many times as long is not
read: it ends the connection (1009)."""
# Bytes of the longest control frame's payload: it may come where a message has no room left.
_CONTROL = 125
# How long a client may take to answer that the connection is closed, seconds.
CLOSE_TIMEOUT = 2
# Bytes that are read at a time where they are compressed: a few are a long message, and the session stops
# reading when it has enough.
_SIP = 512
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
# What the peer can do wrong; anything else is our bug.
_FAULTS = (ProtocolError, PayloadTooBig, UnicodeDecodeError, EOFError)

_decoder = codecs.getincrementaldecoder("utf-8")


class Wire(ServerProtocol):
    """Reads the frames of one connection, whose handshake another has accepted."""

    def recv_frame(self, frame: Frame) -> None:
        """Take in one frame."""
        if frame.opcode is Opcode.CLOSE:
            # It may come amid a message (section 5.4), which is never finished then.
            self.current_size = None
        super().recv_frame(frame)


@implementer(IHalfCloseableProtocol)
class WebSocketConnection(Protocol):
    """Stands between a socket's transport and a session. Memory is bounded: nothing is kept of a message that
    is over, none may be longer than the session takes, compressed or not."""

    log = Logger(namespace="chatdaemon.websocket")

    carrier: Any
    """The transport below, to which the session's outbox writes itself."""

    def __init__(
        self, session: LineConnection, carriage: Carriage, wire: Wire, address: IAddress | None
    ) -> None:
        """
        :param wire: with the extensions that the handshake came to.
        :param address: where the client is, if a proxy stands between that is believed.
        """
        self._session = session
        self._carriage = carriage
        self._wire = wire
        self._address = address
        self._deflates = False
        window = 0
        for extension in wire.extensions:
            if isinstance(extension, PerMessageDeflate):
                self._deflates = True
                window = extension.local_max_window_bits
        self.framing = framing(carriage, 0 if carriage.compressed else window)
        self._fragments: list[bytes] = []
        self._kind = Opcode.CONT  # of the message that has begun
        self._size = 0  # of what there is of it
        self._utf8: codecs.IncrementalDecoder | None = None
        self._held = b""
        self._paused = False
        self._readable = True
        self._over = False  # nothing is read any more
        self._limit: IDelayedCall | None = None

    # What the socket's transport calls.

    def connectionMade(self) -> None:
        self.carrier = self.transport
        Protocol.makeConnection(self._session, cast(ITransport, self))
        if self._carriage.opening:
            self._session.dataReceived(self._carriage.opening)

    def dataReceived(self, data: bytes) -> None:
        if self._over:
            return
        if self._deflates:
            self._held += data
            self._sip()
        else:
            self._receive(data)

    def readConnectionLost(self) -> None:
        self._readable = False
        self._session.readConnectionLost()
        self._close()

    def writeConnectionLost(self) -> None:
        self._session.writeConnectionLost()

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - as Twisted has it
        self._stop_reading()
        self._session.connectionLost(reason)
        # Cut the rings: what they hold goes now, and not when the collector comes by.
        self._wire.parser.close()
        del self._session

    # What the session calls.

    def loseConnection(self) -> None:
        """Close in order (RFC 6455, section 7.1.2), and cut the connection if the client takes too long."""
        wire = self._wire
        if self._over or not self._readable or wire.state is not OPEN:
            self._close()
            return
        around = self._session.around
        wire.send_close(CloseCode.GOING_AWAY if around.ending else CloseCode.NORMAL_CLOSURE)
        self._write_control()
        self._limit = around.clock.callLater(CLOSE_TIMEOUT, self._close)
        if self._paused:
            self.resumeProducing()

    def abortConnection(self) -> None:
        """Close at once."""
        self._stop_reading()
        self.carrier.abortConnection()

    def pauseProducing(self) -> None:
        """Read no more."""
        self._paused = True
        self.carrier.pauseProducing()

    def resumeProducing(self) -> None:
        """Read again."""
        self._paused = False
        self.carrier.resumeProducing()
        if self._held:
            self._sip()

    def getPeer(self) -> IAddress:
        """The client's address."""
        if self._address is not None:
            return self._address
        peer: IAddress = self.carrier.getPeer()
        return peer

    def getPeerCertificate(self) -> crypto.X509 | None:
        """The certificate that the client has shown over TLS, if any. A proxy's is nothing that it has."""
        ask = getattr(self.carrier, "getPeerCertificate", None)
        if ask is None or self._address is not None:
            return None
        certificate: crypto.X509 | None = ask()
        return certificate

    @property
    def socket(self) -> object:
        """The socket, where the transport below has one: it counts what it carries."""
        return getattr(self.carrier, "socket", None)

    # Reading.

    def _sip(self) -> None:
        """Read what is compressed, as much as the session takes."""
        while self._held and not self._paused and not self._over:
            data, self._held = self._held[:_SIP], self._held[_SIP:]
            self._receive(data)

    def _receive(self, data: bytes) -> None:
        wire, session = self._wire, self._session
        most = TOLERANCE * session.longest_line
        wire.max_message_size = most + _CONTROL
        wire.receive_data(data)
        # Whatever comes is a sign of life.
        session.dataReceived(b"")
        for each in wire.events_received():
            if isinstance(each, Frame) and each.opcode in _DATA and not self._take(each, most):
                break
        if wire.writes:
            self._answer()

    def _take(self, part: Frame, most: int) -> bool:
        """Take a frame of a message; False when that ends the connection."""
        data = bytes(part.data)
        if part.opcode is not Opcode.CONT:
            if part.opcode not in self._carriage.accepts:
                kinds = "text" if self._carriage.sends is Opcode.TEXT else "binary"
                return self._fail(CloseCode.UNSUPPORTED_DATA, f"this subprotocol has {kinds} messages")
            self._kind = part.opcode
        self._size += len(data)
        if self._size > most:
            return self._fail(CloseCode.MESSAGE_TOO_BIG, f"a message has {most // TOLERANCE} bytes at most")
        if self._kind is Opcode.TEXT and not self._is_text(data, part.fin):
            return self._fail(CloseCode.INVALID_DATA, "a text is UTF-8")
        if not part.fin:
            self._fragments.append(data)
            return True
        if self._fragments:
            data = b"".join([*self._fragments, data])
            self._fragments = []
        self._size = 0
        self._session.dataReceived(self._carriage.into(data))
        return True

    def _is_text(self, data: bytes, final: bool) -> bool:
        """Whether a frame goes on with valid UTF-8, in which a letter may be cut by its end."""
        if self._utf8 is None:
            if data.isascii():
                return True
            self._utf8 = _decoder()
        try:
            self._utf8.decode(data, final)
        except UnicodeDecodeError:
            return False
        if final:
            self._utf8 = None
        return True

    def _fail(self, code: CloseCode, reason: str) -> bool:
        self._wire.fail(code, reason)
        return False

    def _answer(self) -> None:
        """Send what `websockets` answers of itself: pongs, and the end."""
        wire, session = self._wire, self._session
        if not wire.eof_sent:
            self._write_control()
            if self.carrier.backlog > session.outbox.limit:
                # Who asks for pongs and does not read them.
                session.outbox.overflowed()
            return
        error = wire.parser_exc
        if error is not None and not isinstance(error, _FAULTS):
            self.log.failure("a frame from {peer} could not be read", Failure(error), peer=session.peer)
        # What it was said before goes before the goodbye.
        session.outbox.flush()
        self._write_control()
        self._close()
        session.left("Connection closed" if wire.close_rcvd is not None else "WebSocket protocol error")

    def _write_control(self) -> None:
        data = b"".join(self._wire.data_to_send())
        if data:
            self.carrier.write(data)

    def _close(self) -> None:
        """Close the connection below, once what was written is sent."""
        self._stop_reading()
        self._write_control()
        self.carrier.loseConnection()

    def _stop_reading(self) -> None:
        self._over = True
        self._held = b""
        self._fragments = []
        limit, self._limit = self._limit, None
        if limit is not None and limit.active():
            limit.cancel()
