"""GET /ws: a WebSocket (RFC 6455), for pages that may and for programs."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from chatdaemon.protocols.web.origins import may_come_from
from chatdaemon.protocols.web.request import WebRequest
from chatdaemon.protocols.websocket.handshake import upgrade

if TYPE_CHECKING:
    from chatdaemon.protocols.web.server import WebServer


class WebSocketResource(Resource):
    """Where the other protocols are spoken, in WebSocket messages."""

    isLeaf = True

    def __init__(self, web: WebServer) -> None:
        super().__init__()
        self._web = web

    def render_GET(self, request: WebRequest) -> bytes | int:
        origins = request.requestHeaders.getRawHeaders(b"Origin", [])
        if not all(self._is_welcome(request, origin.decode("latin-1")) for origin in origins):
            return request.refuse(
                HTTPStatus.FORBIDDEN,
                "Pages from there may not use this server.\nIf they should, that is to be said in its"
                " configuration: origins in [web].",
            )
        channel = request.channel
        around = self._web.around
        address = request.forwarded_for
        if address is not None:
            # The proxy's connection is this client's from now on, whose limits it counts for.
            if around.moved is not None:
                reason = around.moved(channel.counted, address)
                if reason is not None:
                    return request.refuse(HTTPStatus.TOO_MANY_REQUESTS, reason)
            channel.counted = address
            channel.persistent = 0
        secure = request.isSecure()
        sessions = {name: partial(make, secure) for name, make in self._web.sessions.items()}
        answer = upgrade(request, sessions, address)
        if answer is NOT_DONE_YET:
            channel.left()
        return answer

    def _is_welcome(self, request: WebRequest, origin: str) -> bool:
        return may_come_from(origin, request.here, self._web.settings.origins)
