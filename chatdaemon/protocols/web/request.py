"""One request: where it comes from, what its answer says beside the answer, and errors in plain words."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web.error import UnsupportedMethod
from twisted.web.http import NO_BODY_CODES, datetimeToString, parse_qs
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request

from chatdaemon.protocols.web.origins import Forwarded, Place, forwarded, is_called, place_of, x_forwarded
from chatdaemon.source import address_text, is_among

if TYPE_CHECKING:
    from chatdaemon.protocols.web.channel import WebChannel
    from chatdaemon.protocols.web.server import WebServer

SECURITY: Final = (
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"Cross-Origin-Opener-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
    # What is no page must not become one: neither shown in a frame nor with anything of its own.
    (b"Content-Security-Policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""What every answer says; resources may say otherwise of themselves."""

LONGEST_BODY: Final = 65536
"""Bytes of the longest body of a request."""

# Health is asked for by who knows an address and no name, and tells nothing.
_FOR_ANYBODY = (b"/health",)


class WebRequest(Request):
    """A request, whole in memory. Its client, host and scheme are what a proxy says that is believed
    (`[web] proxies`), and otherwise what they seem to be."""

    defaultContentType = b"text/plain; charset=utf-8"
    channel: WebChannel
    content: Any
    # Methods that are asked for where they are not answered (405), and not unknown (501).
    methods = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"))

    def __init__(self, channel: WebChannel, *args: Any, **options: Any) -> None:
        super().__init__(channel, *args, **options)
        self.web: WebServer = channel.web
        self._size = 0
        self._said: Forwarded | None = None

    # What the channel calls.

    def gotLength(self, length: int | None) -> None:
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > LONGEST_BODY:
            self.channel.refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body of a request has {LONGEST_BODY} bytes at most"
            )
        else:
            self.content.write(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        # twisted.web's would parse forms, which nothing here asks for.
        if self.channel.refused:
            return
        self.content.seek(0)
        self.method, self.uri, self.clientproto = command, path, version
        self.path, _, query = path.partition(b"?")
        self.args = parse_qs(query, 1) if query else {}
        self.process()

    def process(self) -> None:
        self.site = self.channel.site
        self.setHeader(b"Date", datetimeToString())
        for name, value in SECURITY:
            self.setHeader(name, value)
        self.prepath = []
        self.postpath = [unquote_to_bytes(part) for part in self.path[1:].split(b"/")]
        try:
            wrong = self._wrong()
            if wrong is not None:
                self.channel.persistent = 0
                self.setHeader(b"Connection", b"close")
                self._finish_with(self.refuse(*wrong))
                return
            self.render(self.site.getResourceFor(self))
        except Exception:
            self.processingFailed(Failure())

    def render(self, resource: IResource) -> None:
        try:
            body = resource.render(self)
        except UnsupportedMethod as error:
            if self.method in self.methods:
                self.setHeader(b"Allow", b", ".join(sorted(error.allowedMethods)))
                body = self.refuse(HTTPStatus.METHOD_NOT_ALLOWED, "That cannot be done here")
            else:
                body = self.refuse(HTTPStatus.NOT_IMPLEMENTED, "There is no such method")
        if body is not NOT_DONE_YET:
            self._finish_with(body)

    def processingFailed(self, reason: Failure) -> Failure:
        """A bug: it is logged once, and the client told no more than that. The path may hold a secret."""
        place = self.path[1:].partition(b"/")[0].decode("ascii", "replace") if self.path else ""
        self.web.log.failure("a request for /{place} could not be answered", reason, place=place)
        if self.startedWriting:
            self.channel.transport.abortConnection()
        else:
            self._finish_with(self.refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error"))
        return reason

    def refuse(self, status: HTTPStatus, text: str) -> bytes:
        """The body of an error in plain words, its status set: what a resource's method gives back."""
        self.setResponseCode(status, status.phrase.encode())
        self.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        self.setHeader(b"Cache-Control", b"no-store")
        return text.encode() + b"\n"

    def _finish_with(self, body: bytes) -> None:
        if self.code not in NO_BODY_CODES:
            self.setHeader(b"Content-Length", b"%d" % len(body))
        self.write(body)
        self.finish()

    def _wrong(self) -> tuple[HTTPStatus, str] | None:
        """What is wrong with the request as such, whatever it is for."""
        if not self.path.startswith(b"/"):
            return HTTPStatus.BAD_REQUEST, "A request is for a path that begins with /"
        hosts = self.requestHeaders.getRawHeaders(b"Host", [])
        if len(hosts) > 1 or (not hosts and self.clientproto != b"HTTP/1.0"):
            return HTTPStatus.BAD_REQUEST, "A request has one Host header"
        if self.path in _FOR_ANYBODY or not hosts:
            return None
        here = self.here
        if here is None:
            return HTTPStatus.BAD_REQUEST, "The Host header makes no sense"
        if not is_called(here.host, self.web.settings.names):
            # A page of another server may have got here by a name of its own that points to this address.
            text = (
                f"This server does not go by the name of {here.host}.\n"
                f"If it should, that is to be said in its configuration: hosts = {here.host} in [web]."
            )
            return HTTPStatus.MISDIRECTED_REQUEST, text
        return None

    # Who asks.

    @property
    def here(self) -> Place | None:
        """What the client calls this server; None if that is nothing."""
        said = self._forwarded.host
        if said is None:
            values = self.requestHeaders.getRawHeaders(b"Host", [b""])
            said = values[0].decode("latin-1")
        return place_of(said)

    @property
    def forwarded_for(self) -> IAddress | None:
        """Where the client is, if a proxy says so that is believed."""
        host = self._forwarded.address
        if host is None:
            return None
        return IPv6Address("TCP", host, 0) if ":" in host else IPv4Address("TCP", host, 0)

    def getClientAddress(self) -> IAddress:
        return self.forwarded_for or self.channel.transport.getPeer()

    def isSecure(self) -> bool:
        # How safe the way from the proxy is, who believes it answers for.
        scheme = self._forwarded.scheme
        return self.channel.secure if scheme is None else scheme in ("https", "wss")

    @property
    def _forwarded(self) -> Forwarded:
        if self._said is None:
            self._said = self._what_proxies_say()
        return self._said

    def _what_proxies_say(self) -> Forwarded:
        settings = self.web.settings
        proxies = settings.proxies
        if not proxies or not is_among(address_text(self.channel.transport.getPeer()), proxies):
            return Forwarded(None, None, None)
        if settings.forwarded_header == "forwarded":
            return forwarded(self._texts(b"Forwarded"), proxies)
        return x_forwarded(
            self._texts(b"X-Forwarded-For"),
            self._texts(b"X-Forwarded-Proto"),
            self._texts(b"X-Forwarded-Host"),
            proxies,
        )

    def _texts(self, name: bytes) -> list[str]:
        return [value.decode("latin-1") for value in self.requestHeaders.getRawHeaders(name, [])]
