"""The HTTP API: POST /api/v1/OP does what the op does over JSON. `docs/http-api.md` is its reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Final

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.server import Request

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.server import APIServer
from chatdaemon.protocols.web.answers import (
    JSON_TYPE,
    Answering,
    Client,
    No,
    bearer,
    because,
    body,
    client_of,
    header,
    say,
    say_no,
    too_many,
    trouble,
)
from chatdaemon.protocols.web.body import BodyCodec, ops_over_http
from chatdaemon.protocols.web.events import EventStreams
from chatdaemon.protocols.web.statuses import Trouble
from chatdaemon.protocols.web.tokensession import TokenSession
from chatdaemon.realm.bearers import good_token
from chatdaemon.realm.events import AccountDropped, AccountSuspended, Event, Stamp, TokenRevoked
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.tokens import Token

Serve = Callable[[Request], None]

# Made by tools.make_reference from the types of ops, answers and events.
DESCRIPTION: Final = "openapi.json"

LONGEST_KEY: Final = 64
# What of a token may have changed; a token that is over for its time is found when it is shown.
_VOIDING = (TokenRevoked, AccountDropped, AccountSuspended)
_ALLOWED_HEADERS: Final = b"Authorization, Content-Type, Idempotency-Key, Last-Event-ID"


class HTTPAPI(Answering):
    """What is under /api: ops, the event stream, and the description of both.

    It owns the sessions of tokens.
    """

    def __init__(
        self,
        server: APIServer,
        idle_time: Callable[[], float],
        origins: Callable[[], tuple[str, ...]] = tuple,
        client: Callable[[Request], Client] = client_of,
    ) -> None:
        """
        :param idle_time: for how many seconds a token's session stays when nothing is asked.
        :param origins: the pages of others whose scripts may ask, as browsers send them.
        """
        self.server = server
        self._idle_time = idle_time
        self._origins = origins
        self._client = client
        self._codecs = {name: BodyCodec(op) for name, op in ops_over_http().items()}
        self._others: Mapping[str, tuple[tuple[bytes, ...], Serve]] = {
            "events": ((b"GET",), self._stream),
            "openapi.json": ((b"GET", b"HEAD"), self._describe),
        }
        self._sessions: dict[tuple[str, bool], TokenSession] = {}
        self._document: bytes | None = None
        self.streams = EventStreams(server)
        server.node.observers.append(self._observe)

    def stop(self, reason: str) -> None:
        """End all sessions."""
        for session in tuple(self._sessions.values()):
            session.drop(reason)
        self.streams.stop(reason)

    def serve(self, request: Request, path: bytes) -> None:
        self._admit_page(request)
        version, _, name = path.decode("ascii", "replace").partition("/")
        methods: tuple[bytes, ...]
        serve: Serve
        if version == "v1" and name in self._codecs:
            methods, serve = (b"POST",), partial(self._do, name)
        elif version == "v1" and name in self._others:
            methods, serve = self._others[name]
        else:
            text = "There is nothing of this name; /api/v1/openapi.json says what is"
            raise trouble(Trouble.NOT_FOUND, text)
        if request.method == b"OPTIONS":
            self._allow(request, methods)
        elif request.method in methods:
            serve(request)
        else:
            allowed = b", ".join((*methods, b"OPTIONS")).decode()
            raise trouble(Trouble.METHOD_NOT_ALLOWED, f"This is asked for by {allowed}", allow=allowed)

    # Pages of others (https://fetch.spec.whatwg.org/#http-cors-protocol).

    def _admit_page(self, request: Request) -> None:
        origin = header(request, b"origin")
        if origin is not None and not {origin, "*"}.isdisjoint(self._origins()):
            request.setHeader("access-control-allow-origin", origin)
            request.setHeader(b"access-control-expose-headers", b"Retry-After, WWW-Authenticate")
            request.setHeader(b"vary", b"Origin")

    def _allow(self, request: Request, methods: tuple[bytes, ...]) -> None:
        allowed = b", ".join((*methods, b"OPTIONS"))
        request.setHeader(b"allow", allowed)
        if request.responseHeaders.hasHeader(b"access-control-allow-origin"):
            request.setHeader(b"access-control-allow-methods", allowed)
            request.setHeader(b"access-control-allow-headers", _ALLOWED_HEADERS)
            request.setHeader(b"access-control-max-age", b"600")
        request.setResponseCode(204)
        request.finish()

    # Ops.

    def _do(self, name: str, request: Request) -> None:
        token = bearer(self.server, request)
        session = self._session(token, self._client(request))
        wait = session.bucket.spend(self.server.around.limits)
        if wait:
            raise too_many(wait, "This token asks too often")
        op = _once(request, _op(self._codecs[name], request))
        answer = session.ask(op)
        gone = request.notifyFinish()
        gone.addErrback(lambda _: session.withdraw(answer))
        answer.addCallback(self._answer, request, gone)
        answer.addErrback(self._unanswered)

    def _session(self, token: Token, client: Client) -> TokenSession:
        key = (token.digest, client.secure)
        session = self._sessions.get(key)
        if session is None:
            session = TokenSession(self.server, token, client.host, client.secure, self._idle_time)
            session.ended = partial(self._forget, key)
            self._sessions[key] = session
        session.use(token)
        return session

    def _forget(self, key: tuple[str, bool]) -> None:
        self._sessions.pop(key, None)

    def _answer(self, answer: Object, request: Request, gone: Deferred[None]) -> None:
        if gone.called:
            return
        error = answer.get("error")
        if error is None:
            say(request, 200, answer["ok"])
        else:
            say_no(request, No(error))

    def _unanswered(self, failure: Failure) -> None:
        self.log.failure("a request could not be answered", failure)

    # The rest.

    def _stream(self, request: Request) -> None:
        self.streams.open(request, bearer(self.server, request), self._client(request))

    def _describe(self, request: Request) -> None:
        if self._document is None:
            self._document = (files(__package__) / DESCRIPTION).read_bytes()
        request.setHeader(b"content-type", JSON_TYPE)
        request.setHeader(b"content-length", b"%d" % len(self._document))
        request.write(self._document)
        request.finish()

    def _observe(self, stamp: Stamp, event: Event) -> None:
        if isinstance(event, _VOIDING):
            self._look_again()

    def _look_again(self) -> None:
        """End the sessions of tokens that are good no longer."""
        for session in tuple(self._sessions.values()):
            assert session.scope is not None
            try:
                good_token(self.server.realm, session.scope.digest, int(self.server.now() * 1000))
            except Refusal:
                session.drop("The token is good no longer")
        self.streams.look_again()


def _op(codec: BodyCodec, request: Request) -> ops.AnyOp:
    """The op that a request asks for. Raises No or Fault."""
    try:
        return codec.decode(_object(request))
    except Fault as fault:
        if fault.code is Code.UNKNOWN_OP:
            raise Fault(Code.BAD_REQUEST, "The op is the one in the path", fault.at) from None
        raise


def _object(request: Request) -> bytes:
    """The body of a request, an object in JSON: {} where there is none. Raises No."""
    content = body(request)
    kind, _, parameters = (request.getHeader(b"content-type") or b"").partition(b";")
    if not content.strip() and not kind:
        return b"{}"
    charset = parameters.strip().lower().replace(b'"', b"")
    if kind.strip().lower() != JSON_TYPE or charset not in (b"", b"charset=utf-8"):
        raise trouble(Trouble.UNSUPPORTED_MEDIA_TYPE, "A body is application/json")
    return content


def _once(request: Request, op: ops.AnyOp) -> ops.AnyOp:
    """The op, with a key if it has an Idempotency-Key: it is done once, as with `key`. Raises No."""
    if not request.requestHeaders.hasHeader(b"idempotency-key") or not isinstance(op, ops.Send):
        return op
    key = header(request, b"idempotency-key") or ""
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        text = f"An Idempotency-Key has up to {LONGEST_KEY} characters of ASCII"
        raise because(Fault(Code.BAD_REQUEST, text))
    return replace(op, key=key)
