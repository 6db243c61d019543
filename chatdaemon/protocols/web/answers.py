"""Answers of the HTTP API: JSON objects, errors among them, and who asks for them."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from twisted.logger import Logger
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer

from chatdaemon.accounts.tokens import digest_of
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault, fault_object
from chatdaemon.protocols.api.objects import refusal_object
from chatdaemon.protocols.api.server import MAX_MESSAGE, APIServer
from chatdaemon.protocols.web.body import BODY
from chatdaemon.protocols.web.statuses import MAY_RETRY, RETRY_AFTER, STATUSES, Trouble
from chatdaemon.realm.bearers import good_token
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.tokens import Token
from chatdaemon.source import address_text

JSON_TYPE: Final = b"application/json"
_CHALLENGE: Final = 'Bearer realm="chatdaemon"'


class Client(NamedTuple):
    """Where a request comes from: a host that can stand in an IRC line, and whether by TLS all the way."""

    host: str
    secure: bool


def client_of(request: Request) -> Client:
    """The one at the other end of the connection."""
    host = address_text(request.getClientAddress()).removeprefix("::ffff:")
    return Client(f"0{host}" if host.startswith(":") else host, request.isSecure())


class No(Exception):
    """A request is answered by an error: its object, and headers that belong to it."""

    def __init__(self, error: Object, **headers: str) -> None:
        super().__init__(error["code"])
        self.error = error
        self.headers = headers


def trouble(which: Trouble, message: str, **headers: str) -> No:
    """A request is refused as such."""
    return No({"code": which.value, "message": message}, **headers)


def because(no: Fault | Refusal) -> No:
    """A request is refused as an op is."""
    return No(fault_object(no) if isinstance(no, Fault) else refusal_object(no))


def too_many(wait: float, message: str) -> No:
    """A request is refused until so many seconds are over."""
    return trouble(Trouble.TOO_MANY_REQUESTS, message, retry_after=str(max(1, math.ceil(wait))))


def bearer(server: APIServer, request: Request) -> Token:
    """The token by which a request is allowed (RFC 6750, section 2.1). Raises No."""
    given = request.requestHeaders.getRawHeaders(b"authorization") or []
    if len(given) != 1:
        text = "A token is needed: Authorization: Bearer chd_..."
        raise trouble(Trouble.UNAUTHORIZED, text, www_authenticate=_CHALLENGE)
    scheme, _, secret = given[0].strip().partition(b" ")
    if scheme.lower() == b"bearer":
        digest = digest_of(secret.strip().decode("latin-1"))
        try:
            return good_token(server.realm, digest, int(server.now() * 1000))
        except Refusal as refusal:
            error = {**refusal_object(refusal), "code": Trouble.UNAUTHORIZED.value}
    else:
        error = {"code": Trouble.UNAUTHORIZED.value, "message": "Tokens are shown as Bearer chd_..."}
    raise No(error, www_authenticate=f'{_CHALLENGE}, error="invalid_token"')


def say(request: Request, status: int, found: Object) -> None:
    """Answer by an object."""
    body = BODY.encode(found)
    request.setResponseCode(status)
    request.setHeader(b"content-type", JSON_TYPE)
    request.setHeader(b"cache-control", b"no-store")
    request.setHeader(b"content-length", b"%d" % len(body))
    request.write(body)
    request.finish()


def say_no(request: Request, no: No) -> None:
    """Answer by an error, with the status of its code."""
    status = STATUSES[no.error["code"]]
    for name, value in no.headers.items():
        request.setHeader(name.replace("_", "-"), value)
    if status in MAY_RETRY and "retry_after" not in no.headers:
        request.setHeader(b"retry-after", b"%d" % RETRY_AFTER)
    say(request, status, no.error)


def header(request: Request, name: bytes) -> str | None:
    """A header, where it was sent once."""
    values = request.requestHeaders.getRawHeaders(name) or ()
    return values[0].decode("latin-1") if len(values) == 1 else None


def body(request: Request) -> bytes:
    """The body of a request. Raises No for one that is larger than a message may be."""
    content: bytes = request.content.read(MAX_MESSAGE + 1) if request.content is not None else b""
    if len(content) > MAX_MESSAGE:
        raise because(Fault(Code.LINE_TOO_LONG, f"A body has {MAX_MESSAGE} bytes at most"))
    return content


@implementer(IResource)
class Answering:
    """A resource, with all that is below it, that answers in JSON."""

    isLeaf = True
    log = Logger(namespace="chatdaemon.http")

    def serve(self, request: Request, path: bytes) -> None:
        """Answer a request for what is at `path` below this, now or later. May raise No, Fault or Refusal."""
        raise AssertionError("a subclass answers")

    def render(self, request: Request) -> int:
        try:
            self.serve(request, b"/".join(request.postpath or ()))
        except No as no:
            say_no(request, no)
        except (Fault, Refusal) as no:
            say_no(request, because(no))
        except Exception:
            self.log.failure("a request could not be answered")
            say_no(request, trouble(Trouble.INTERNAL_ERROR, "Internal server error"))
        return NOT_DONE_YET

    def getChildWithDefault(self, name: bytes, request: Request) -> Answering:
        """Twisted does not ask a leaf."""
        return self

    def putChild(self, path: bytes, child: object) -> None:
        raise AssertionError("there is nothing below")
