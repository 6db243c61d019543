"""What web listeners serve: the page, WebSocket, health, and what it is given (the HTTP API, hooks)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from twisted.logger import Logger
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request, Site

from chatdaemon.protocols.line import LineConnection, Surroundings
from chatdaemon.protocols.web.channel import WebChannel, response
from chatdaemon.protocols.web.page import Page, pages
from chatdaemon.protocols.web.request import WebRequest
from chatdaemon.protocols.web.upgrade import WebSocketResource

Sessions = Mapping[str, Callable[[bool], LineConnection]]
"""What makes a session for each WebSocket subprotocol; told whether the client's connection has TLS."""

ROBOTS = b"User-agent: *\nDisallow: /\n"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The part of the configuration that concerns the web. `names` are what browsers may call the server,
    `origins` where pages of others may come from, `proxies` who is believed (source.is_among), by which
    header."""

    page: bool = True
    names: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    forwarded_header: str = "x-forwarded-for"


class WebServer:
    """What connections look up. `channels` are those that speak HTTP now; `pages` is the page, once
    `configure` was called."""

    log = Logger(namespace="chatdaemon.web")

    def __init__(
        self,
        around: Surroundings,
        settings: WebSettings,
        sessions: Sessions,
        children: Mapping[bytes, IResource],
        failing: Callable[[], Sequence[str]],
    ) -> None:
        """
        :param children: resources beside those of this package, by the first part of their paths.
        :param failing: what does not work at the moment, for `/health`.
        """
        self.around = around
        self.settings = settings
        self.sessions = sessions
        self.channels: dict[WebChannel, None] = {}
        self.children = children
        self.paths: Mapping[bytes, IResource] = {
            b"/ws": WebSocketResource(self),
            b"/health": Health(failing),
            b"/robots.txt": Robots(),
        }
        self.pages: Mapping[bytes, Page] = {}
        self.site = Site(Root(self))

    def configure(self, settings: WebSettings) -> None:
        """Use other settings from now on. The page's files are read again."""
        self.settings = settings
        self.pages = pages() if settings.page else {}

    def session(self, secure: bool) -> WebChannel:
        """For a connection that was let in."""
        return WebChannel(self, secure)

    def refusal(self, reason: str) -> bytes:
        """What a connection is told that is not let in."""
        return response(HTTPStatus.SERVICE_UNAVAILABLE, reason, b"Retry-After: 60")

    def stop(self) -> None:
        """Close connections that nothing is being asked on; the others when they have their answer."""
        for channel in list(self.channels):
            channel.stop()


class Root(Resource):
    """Everything, by its path."""

    def __init__(self, web: WebServer) -> None:
        super().__init__()
        self._web = web
        self._missing = Missing()

    def getChildWithDefault(self, path: bytes, request: Request) -> IResource:
        web = self._web
        whole = request.path
        return web.paths.get(whole) or web.pages.get(whole) or web.children.get(path) or self._missing


class Missing(Resource):
    """There is nothing, whatever is to be done with it."""

    isLeaf = True

    def render(self, request: WebRequest) -> bytes:
        return request.refuse(HTTPStatus.NOT_FOUND, "There is nothing here")


class Health(Resource):
    """Whether everything works, for who watches over it."""

    isLeaf = True

    def __init__(self, failing: Callable[[], Sequence[str]]) -> None:
        super().__init__()
        self._failing = failing

    def render_GET(self, request: Any) -> bytes:
        failing = self._failing()
        if failing:
            body: bytes = request.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "\n".join(failing))
            return body
        request.setHeader(b"Cache-Control", b"no-store")
        return b"ok\n"


class Robots(Resource):
    """There is nothing here for those who collect pages."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        return ROBOTS
