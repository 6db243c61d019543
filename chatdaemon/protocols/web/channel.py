"""One connection that speaks HTTP/1.1: twisted.web's, with bounds on what a client sends, and when."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IDelayedCall
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from chatdaemon.protocols.web.request import LONGEST_BODY, WebRequest

if TYPE_CHECKING:
    from chatdaemon.protocols.web.server import WebServer

# How long a client may take for one request, its first byte to its last, and for the first of a connection
# with the handshake of TLS; and how long a connection may rest between two requests. Seconds.
REQUEST_TIMEOUT: Final = 30
IDLE_TIMEOUT: Final = 75
# How long what was answered last may take to leave, seconds.
CLOSE_TIMEOUT: Final = 15


def response(status: HTTPStatus, text: str, *headers: bytes) -> bytes:
    """A whole response of text, after which the connection is closed."""
    body = text.encode() + b"\n"
    lines = [
        b"HTTP/1.1 %d %s" % (status, status.phrase.encode()),
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % len(body),
        b"X-Content-Type-Options: nosniff",
        b"Connection: close",
        *headers,
        b"",
    ]
    return b"\r\n".join([*lines, body])


class WebChannel(HTTPChannel):
    """A connection. `counted` is the address that it counts for (admission), `secure` whether it has TLS."""

    maxHeaders = 100
    totalHeadersSize = 16384
    abortTimeout = CLOSE_TIMEOUT

    transport: Any
    counted: IAddress

    def __init__(self, web: WebServer, secure: bool) -> None:
        super().__init__()
        self.web = web
        self.secure = secure
        self.site = web.site
        self.requestFactory: Any = WebRequest
        self.timeOut = REQUEST_TIMEOUT
        self.refused = False
        self._begun = True
        self._answered: WebRequest | None = None

    # What the transport calls.

    def connectionMade(self) -> None:
        self.counted = self.transport.getPeer()
        self.web.channels[self] = None
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        # It is the whole of a request that has its time: twisted.web starts again with every byte.
        if not self._begun and not self._handlingRequest:
            self._begun = True
            self.setTimeout(REQUEST_TIMEOUT)
        try:
            LineReceiver.dataReceived(self, data)
        except Exception:
            # A bug, of ours or of twisted.web's, ends this connection only.
            self.web.log.failure("a request from {peer} could not be read", peer=self.counted)
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - as Twisted has it
        self.left()
        super().connectionLost(reason)
        if self.web.around.lost is not None:
            self.web.around.lost(self.counted)

    def left(self) -> None:
        """HTTP is spoken here no longer: the connection is gone, or somebody else's."""
        self.web.channels.pop(self, None)

    # What HTTPChannel calls.

    def callLater(self, period: float, func: Callable[[], object]) -> IDelayedCall:
        return self.web.around.clock.callLater(period, func)

    def allHeadersReceived(self) -> None:
        headers = self.requests[-1].requestHeaders
        coded = headers.getRawHeaders(b"Transfer-Encoding")
        if coded is not None and (headers.hasHeader(b"Content-Length") or self.length is not None):
            # Whoever stands between might have seen another end of this request (RFC 9112, section 11.2).
            self.refuse(HTTPStatus.BAD_REQUEST, "It is not clear how long the request is")
        elif self.length is not None and self.length > LONGEST_BODY:
            self.refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body of a request has {LONGEST_BODY} bytes at most"
            )
        else:
            super().allHeadersReceived()

    def lineLengthExceeded(self, line: bytes) -> None:
        self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too long")

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(HTTPStatus.BAD_REQUEST, "This is no request of HTTP/1.1")

    def refuse(self, status: HTTPStatus, text: str) -> None:
        """Answer what is not read any further, and close."""
        if not self.refused:
            self.refused = True
            self.persistent = 0
            self.transport.write(response(status, text))
            self.loseConnection()

    def requestDone(self, request: WebRequest) -> None:
        self._begun = False
        self._savedTimeOut = IDLE_TIMEOUT
        if self._waitingForTransport and self.persistent:
            # Who does not take this answer gets no other: a short request can have a long one.
            self._answered = request
            self._networkProducer.pauseProducing()
            self.setTimeout(IDLE_TIMEOUT)
        else:
            super().requestDone(request)

    def resumeProducing(self) -> None:
        super().resumeProducing()
        request, self._answered = self._answered, None
        if request is not None:
            super().requestDone(request)

    # Ending.

    def timeoutConnection(self) -> None:
        self._abortingCall = self.callLater(CLOSE_TIMEOUT, self.forceAbortClient)
        self.loseConnection()

    def forceAbortClient(self) -> None:
        self._abortingCall = None
        self.transport.abortConnection()

    def stop(self) -> None:
        """Take no further requests; close when the one that is being answered is."""
        if self._handlingRequest:
            self.persistent = 0
        else:
            self.loseConnection()
