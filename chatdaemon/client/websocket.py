"""A link over WebSocket (RFC 6455): an object a message, in the subprotocol of its format."""

from __future__ import annotations

import logging

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from chatdaemon.client.formats import LONGEST, Format
from chatdaemon.client.link import Link, Owner

# What goes wrong is raised, not logged.
_silence = logging.Logger("chatdaemon.client.websocket", logging.CRITICAL + 1)
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class WebSocketLink(Link):
    """Messages over WebSocket, compressed where the server agrees (RFC 7692). It is open when the handshake
    is over."""

    def __init__(self, owner: Owner, form: Format, uri: WebSocketURI) -> None:
        super().__init__(owner, form)
        self._wire = ClientProtocol(
            uri,
            subprotocols=[Subprotocol(form.subprotocol)],
            extensions=[ClientPerMessageDeflateFactory()],
            max_size=LONGEST,
            logger=_silence,
        )
        self._fragments: list[bytes] = []

    def connectionMade(self) -> None:
        self._wire.send_request(self._wire.connect())
        self._flush()

    def dataReceived(self, data: bytes) -> None:
        wire = self._wire
        wire.receive_data(data)
        for event in wire.events_received():
            if self._ended:
                return
            if isinstance(event, Frame):
                self._frame(event)
            elif wire.handshake_exc is None:
                self._shaken()
        if self._ended:
            return
        # Pongs, and the answer to a Close.
        self._flush()
        error = wire.handshake_exc or wire.parser_exc
        if error is not None and wire.close_rcvd is None:
            self.cut(f"this is no WebSocket of chatdaemon's: {error}")

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - as Twisted has it
        super().connectionLost(reason)
        # Cut the ring: its parser holds on to it.
        self._wire.parser.close()

    def send(self, payload: bytes) -> None:
        wire = self._wire
        if self._ended or wire.state is not OPEN:
            return
        message = self._format.message(payload)
        if self._format.text:
            wire.send_text(message)
        else:
            wire.send_binary(message)
        self._flush()

    def close(self) -> None:
        if self._wire.state is OPEN:
            self._wire.send_close(CloseCode.NORMAL_CLOSURE)
            self._flush()
        super().close()

    def _shaken(self) -> None:
        """The server has agreed."""
        if self._wire.subprotocol is None:
            # Then it speaks something else (section 4.1).
            self.cut(f"the server does not speak {self._format.subprotocol} there")
        else:
            self.opened.callback(self)

    def _frame(self, frame: Frame) -> None:
        if frame.opcode in _DATA:
            self._fragments.append(bytes(frame.data))
            if frame.fin:
                message = b"".join(self._fragments)
                self._fragments.clear()
                self._take(message)

    def _flush(self) -> None:
        for data in self._wire.data_to_send():
            # An empty one says that nothing more will come.
            if data:
                self._transport.write(data)
            else:
                self._transport.loseConnection()
