"""A push service on this machine, over TLS, that says what it is told to and keeps what it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site


@dataclass
class Taken:
    """A request."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushService(Resource):
    """Answers with `answers` in their order, each a status and headers, and with 201 when there are none left."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, certificate: Path) -> None:
        Resource.__init__(self)
        self.certificate = certificate
        self.taken: list[Taken] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.body = b""
        self.silent = False
        self.port = 0
        self._listening: Any = None

    async def start(self, interface: str = "127.0.0.1") -> None:
        tls = DefaultOpenSSLContextFactory(str(self.certificate), str(self.certificate))
        factory: Any = TLSMemoryBIOFactory(tls, False, Site(self))
        self._listening = await TCP4ServerEndpoint(reactor, 0, interface=interface).listen(factory)
        self.port = self._listening.getHost().port

    def stop(self) -> Any:
        return self._listening.stopListening()

    def url(self, path: str, host: str = "localhost") -> str:
        return f"https://{host}:{self.port}{path}"

    def render(self, request: Request) -> Any:
        headers = {name.decode().lower(): values[0].decode()
                   for name, values in request.requestHeaders.getAllRawHeaders()}  # fmt: skip
        assert request.content is not None
        self.taken.append(Taken(request.uri.decode(), headers, request.content.read()))
        if self.silent:
            return NOT_DONE_YET
        status, more = self.answers.pop(0) if self.answers else (201, {})
        request.setResponseCode(status)
        for name, value in more.items():
            request.setHeader(name.encode(), value.encode())
        return self.body

    async def until(self, count: int) -> None:
        """So many requests have come."""
        while len(self.taken) < count:
            waiting: Deferred[None] = Deferred()
            reactor.callLater(0.005, waiting.callback, None)
            await waiting
