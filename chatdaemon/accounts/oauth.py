"""Whose an access token is: by a key where it is signed (JWT, RFC 7519), else by its issuer (RFC 7662)."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import Agent, FileBodyProducer, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IResponse

from chatdaemon.accounts.login import LoginFailed, Why
from chatdaemon.accounts.throttle import Buckets
from chatdaemon.accounts.waiting import in_time

_log = Logger(namespace="chatdaemon.accounts")

_LONGEST_ANSWER: Final = 65536
# How far this machine's clock and the issuer's may be apart, seconds.
_LEEWAY: Final = 30
_LOG_BURST: Final = 3
_LOG_INTERVAL: Final = 60.0


@dataclass(frozen=True, slots=True)
class OAuthSettings:
    """Whose tokens are taken. Either `key` (PEM of a public key, or a shared secret), or `introspection_url`.

    What `issuer` and `audience` say is demanded of every token; "" demands nothing. `claim` is the one that
    is the account's name, and `autocreate` gives an account to who has none. `discovery_url` is told to
    clients whose token is refused. `timeout` is in seconds.
    """

    key: str = ""
    introspection_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    issuer: str = ""
    audience: str = ""
    claim: str = "preferred_username"
    autocreate: bool = True
    discovery_url: str = ""
    timeout: float = 10.0

    @property
    def used(self) -> bool:
        """Whether any tokens are taken."""
        return bool(self.key or self.introspection_url)


def algorithms(key: str) -> tuple[str, ...]:
    """The algorithms (RFC 7518) that tokens may be signed by with this key: by what the key is, and never by
    what a token says. Raises ValueError for a key that is none."""
    if "-----BEGIN" not in key:
        if len(key) < 32:
            raise ValueError("a shared secret needs 32 characters")
        return ("HS256", "HS384", "HS512")
    try:
        public = load_pem_public_key(key.encode())
    except ValueError:
        raise ValueError("the key is no public key in PEM") from None
    if isinstance(public, rsa.RSAPublicKey):
        return ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in _CURVES:
        return (_CURVES[public.curve.name],)
    if isinstance(public, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        return ("EdDSA",)
    raise ValueError("tokens cannot be signed with a key of this kind")


_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class Tokens:
    """Takes tokens to names of accounts."""

    def __init__(self, reactor: Any, settings: OAuthSettings, now: Callable[[], float]) -> None:
        """Raises ValueError when the key is none. `now` is seconds since 1970."""
        self.settings = settings
        self._reactor = reactor
        self._now = now
        self._algorithms = algorithms(settings.key) if settings.key else ()
        self._agent = Agent(reactor, connectTimeout=settings.timeout)
        self._logged = Buckets(reactor, _LOG_BURST, _LOG_INTERVAL)

    async def owner(self, token: str) -> str | None:
        """The name of the account that a token stands for; None when it is not good, or not for us.

        Raises LoginFailed(UNAVAILABLE) when its issuer cannot be asked.
        """
        claims = self._signed(token) if self._algorithms else await self._introspected(token)
        if claims is None:
            return None
        name = claims.get(self.settings.claim)
        return name if isinstance(name, str) and name else None

    def _signed(self, token: str) -> Mapping[str, Any] | None:
        settings = self.settings
        try:
            return jwt.decode(
                token,
                settings.key,
                algorithms=list(self._algorithms),
                audience=settings.audience or None,
                issuer=settings.issuer or None,
                leeway=_LEEWAY,
                options={"require": ["exp"], "verify_aud": bool(settings.audience)},
            )
        except (jwt.PyJWTError, ValueError):
            return None

    async def _introspected(self, token: str) -> Mapping[str, Any] | None:
        try:
            asked = Deferred.fromCoroutine(self._ask(token))
            claims = await in_time(asked, self.settings.timeout, self._reactor)
        except CancelledError:
            raise  # who asked has gone
        except Exception as error:
            if not self._logged.wait(""):
                self._logged.take("")
                _log.warn("[oauth] the issuer of tokens cannot be asked: {kind}: {error}",
                              kind=type(error).__name__, error=str(error)[:300])  # fmt: skip
            raise LoginFailed(
                Why.UNAVAILABLE, "Your token cannot be checked at present, try again later"
            ) from None
        return claims if self._good(claims) else None

    def _good(self, claims: Mapping[str, Any]) -> bool:
        settings, now = self.settings, self._now()
        if claims.get("active") is not True:
            return False
        ends, begins = claims.get("exp", now), claims.get("nbf", now)
        if not isinstance(ends, (int, float)) or not isinstance(begins, (int, float)):
            return False
        audience = claims.get("aud", ())
        return (
            ends + _LEEWAY >= now
            and begins - _LEEWAY <= now
            and (not settings.issuer or claims.get("iss") == settings.issuer)
            and (
                not settings.audience
                or settings.audience in (audience if isinstance(audience, list) else [audience])
            )
        )

    async def _ask(self, token: str) -> Mapping[str, Any]:
        settings = self.settings
        headers = Headers(
            {"Content-Type": ["application/x-www-form-urlencoded"], "Accept": ["application/json"]}
        )
        if settings.client_id:
            # RFC 6749 section 2.3.1.
            known = f"{quote(settings.client_id, '')}:{quote(settings.client_secret, '')}"
            headers.addRawHeader("Authorization", f"Basic {b64encode(known.encode()).decode()}")
        body = urlencode({"token": token, "token_type_hint": "access_token"}).encode()
        response: IResponse = await self._agent.request(
            b"POST", settings.introspection_url.encode(), headers, _producer(body)
        )
        if response.code != 200:
            _abort(response)
            raise RuntimeError(f"it answers {response.code}")
        answer = json.loads(await _body(response))
        if not isinstance(answer, dict):
            raise TypeError("its answer is no JSON object")
        return cast("dict[str, Any]", answer)


class _Body(Protocol):
    """Reads an answer up to its end, and no further than is sensible."""

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred(lambda _: self._stop())
        self._read = bytearray()

    def dataReceived(self, data: bytes) -> None:
        self._read += data
        if len(self._read) > _LONGEST_ANSWER:
            self._stop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.whole.called:
            return
        if len(self._read) <= _LONGEST_ANSWER and reason.check(ResponseDone, PotentialDataLoss):
            self.whole.callback(bytes(self._read))
        else:
            self.whole.errback(RuntimeError("its answer breaks off, or is too long"))

    def _stop(self) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()


def _body(response: IResponse) -> Deferred[bytes]:
    body = _Body()
    response.deliverBody(body)
    return body.whole


def _abort(response: IResponse) -> None:
    """What comes besides a status that says no is not read."""
    body = _Body()
    body.whole.addErrback(lambda _: None)
    response.deliverBody(body)
    body._stop()


def _producer(data: bytes) -> FileBodyProducer:
    return FileBodyProducer(BytesIO(data))
