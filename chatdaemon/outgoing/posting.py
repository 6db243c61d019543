"""One POST to where a stranger says: over TLS, to public addresses, in time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol
from twisted.web.client import URI, Agent, FileBodyProducer
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory, IResponse
from zope.interface import implementer

from chatdaemon.accounts.trust import client_tls
from chatdaemon.accounts.waiting import in_time
from chatdaemon.outgoing.addresses import CheckedEndpoint

# Bytes that whoever is asked may say, certificates included; an answer has no use beyond the status.
_MOST_ANSWER: Final = 65536
# Hosts for which it is kept whom to trust.
_HOSTS: Final = 100


class Answer(NamedTuple):
    """What was answered. `retry_after` is in seconds, 0 where it says nothing of that."""

    status: int
    retry_after: float


@implementer(IAgentEndpointFactory)
class _Endpoints:
    """How to reach a host."""

    def __init__(
        self, reactor: Any, timeout: float, allow_internal: bool, plain: bool, ca_file: Path | None
    ) -> None:
        self._reactor = reactor
        self._plain = plain
        self._timeout = timeout
        self._allow_internal = allow_internal
        # It reads all authorities there are.
        self._trust = lru_cache(maxsize=_HOSTS)(lambda host: client_tls(host, ca_file))

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        host = uri.host.decode("ascii")
        reached = CheckedEndpoint(
            self._reactor, host, uri.port,
            allow_internal=self._allow_internal, timeout=self._timeout, most=_MOST_ANSWER,
        )  # fmt: skip
        if uri.scheme == b"http":
            if not self._plain:
                raise SchemeNotSupported("only https:// is sent to")
            return reached
        # The certificate has to be for the name, whatever address it has.
        endpoint: IStreamClientEndpoint = wrapClientTLS(self._trust(host), reached)
        return endpoint


class Poster:
    """Sends what there is to where it is to go. It follows no redirection."""

    def __init__(
        self,
        reactor: Any,
        timeout: float,
        *,
        allow_internal: bool = False,
        plain: bool = False,
        ca_file: Path | None = None,
    ) -> None:
        """`timeout` is for all of a request, in seconds; `plain`: also without TLS. Raises ValueError when
        the file of authorities is of no use."""
        client_tls("localhost", ca_file)
        self._reactor = reactor
        self._timeout = timeout
        factory = _Endpoints(reactor, timeout, allow_internal, plain, ca_file)
        # Each request has a connection of its own, so that no address is older than the request.
        self._agent = Agent.usingEndpointFactory(reactor, factory)

    def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Deferred[Answer]:
        """Fails with InternalAddress, and with whatever else can go wrong with a connection; with
        CancelledError only when it is cancelled."""
        asked = Deferred.fromCoroutine(self._post(endpoint, headers, body))
        return in_time(asked, self._timeout, self._reactor)

    async def _post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Answer:
        given = Headers({name: [value] for name, value in headers.items()})
        response: IResponse = await self._agent.request(
            b"POST", endpoint.encode("ascii"), given, FileBodyProducer(BytesIO(body))
        )
        # What comes beside the status is not read.
        response.deliverBody(_Unread())
        return Answer(response.code, _retry_after(response))


class _Unread(Protocol):
    """What a body is delivered to that nobody reads: its connection comes to an end by itself, or by time."""

    def connectionMade(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


def _retry_after(response: IResponse) -> float:
    """In seconds; a date in its place (RFC 9110 section 10.2.3) is taken for nothing."""
    value = (response.headers.getRawHeaders(b"retry-after") or [b""])[0]
    return float(value) if value.isdigit() and len(value) < 10 else 0.0
