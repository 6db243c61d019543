"""The handshake (RFC 6455, section 4.2): a connection that spoke HTTP becomes a session's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.interfaces import IAddress, IConsumer
from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import Request
from twisted.web.server import NOT_DONE_YET
from websockets import http11
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake, NegotiationError
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from chatdaemon.protocols.line import LineConnection
from chatdaemon.protocols.websocket.carriage import CARRIAGES, IRC_LEGACY
from chatdaemon.protocols.websocket.connection import WebSocketConnection, Wire

Factories = Mapping[str, Callable[[], LineConnection]]
"""What makes a session for each subprotocol that is spoken; of those in CARRIAGES."""

# What is spoken with those who offer no subprotocol.
DEFAULT = "text.ircv3.net"

log = Logger(namespace="chatdaemon.websocket")
# What `websockets` would log is either the peer's doing or logged by ourselves.
_silence = logging.getLogger("chatdaemon.websocket")
_silence.addHandler(logging.NullHandler())
_silence.propagate = False
_silence.setLevel(logging.CRITICAL)

# Nothing is kept between two messages, in either direction: one compressed frame serves all, and a connection
# that is idle holds no window.
_DEFLATE = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)


def upgrade(request: Request, factories: Factories, address: IAddress | None = None) -> int | bytes:
    """Answer a handshake, and have the connection be a session's from then on.

    To be called while the request is rendered, whose return value it gives: NOT_DONE_YET, after which neither
    the request nor its channel is told of anything any more (the session's `around.lost` is called when the
    connection is gone), or the text of a refusal, its code and headers set. Who may come in from which Origin
    has been looked at before.

    :param address: where the client is, if a proxy says so that is believed; with it `certificate` is none.
    """
    handshake = _Handshake(factories)
    asked = _request(request)
    if asked is None:
        return _refuse(request, handshake.reject(400, "A handshake has no body.\n"))
    response = handshake.accept(asked)
    error = handshake.handshake_exc
    if error is not None:
        if not isinstance(error, InvalidHandshake):
            log.failure("a handshake could not be answered", Failure(error))
        return _refuse(request, response)
    wire = Wire(state=OPEN, logger=_silence)
    wire.extensions = handshake.extensions
    subprotocol = handshake.subprotocol
    carriage = IRC_LEGACY if subprotocol is None else CARRIAGES[subprotocol]
    session = factories[subprotocol or DEFAULT]()
    _take_over(request, WebSocketConnection(session, carriage, wire, address), response.serialize())
    return NOT_DONE_YET


class _Handshake(ServerProtocol):
    """Chooses among the subprotocols that are spoken."""

    def __init__(self, factories: Factories) -> None:
        super().__init__(extensions=[_DEFLATE], logger=_silence)
        self._factories = factories

    def select_subprotocol(self, subprotocols: Sequence[Subprotocol]) -> Subprotocol | None:
        """The first of the client's that is spoken. Raises NegotiationError."""
        for each in subprotocols:
            if each in self._factories:
                return each
        if subprotocols or DEFAULT not in self._factories:
            raise NegotiationError(f"the subprotocols here are {', '.join(self._factories)}")
        return None


def _request(request: Request) -> http11.Request | None:
    """The request as `websockets` has it; None where it cannot be a handshake."""
    headers = Headers()
    for name, values in request.requestHeaders.getAllRawHeaders():
        for value in values:
            headers[name.decode("latin-1")] = value.decode("latin-1")
    if "Transfer-Encoding" in headers or headers.get_all("Content-Length") not in ([], ["0"]):
        return None
    return http11.Request(
        request.uri.decode("latin-1"),
        headers,
        request.method.decode("latin-1"),
        request.clientproto.decode("latin-1"),
    )


def _refuse(request: Request, response: http11.Response) -> bytes:
    request.setResponseCode(response.status_code, response.reason_phrase.encode("latin-1"))
    for name, value in response.headers.raw_items():
        # How long the answer is, when it was made, and whether others may follow is HTTP's business.
        if name.lower() not in {"content-length", "date", "connection"}:
            request.setHeader(name, value)
    # Which version would do (section 4.4).
    request.setHeader("Sec-WebSocket-Version", "13")
    return bytes(response.body)


def _take_over(request: Request, connection: WebSocketConnection, answer: bytes) -> None:
    """Answer, and put the connection in place of HTTP."""
    channel: Any = request.channel
    transport: Any = channel.transport
    channel.setTimeout(None)
    if IConsumer.providedBy(transport):
        transport.unregisterProducer()
    # What came behind the request comes to the channel when this call is over; what comes later, from the
    # transport, or through whatever stands between them.
    channel.rawDataReceived = channel.dataReceived = connection.dataReceived
    channel.connectionLost = connection.connectionLost
    channel.requests.clear()
    transport.protocol = connection
    transport.write(answer)
    Protocol.makeConnection(connection, transport)
