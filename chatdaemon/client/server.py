"""Where a client connects to."""

from __future__ import annotations

from typing import Any

from twisted.internet.endpoints import HostnameEndpoint, clientFromString, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint

from chatdaemon.client.tls import Pinned


def endpoint_of(reactor: Any, server: str, fingerprint: str | None) -> IStreamClientEndpoint:
    """The endpoint that a string names: Twisted's own, with the certificate pinned where there is a
    fingerprint.

    Raises ValueError.
    """
    if fingerprint is None:
        endpoint: IStreamClientEndpoint = clientFromString(reactor, server)
        return endpoint
    kind, *where = server.split(":")
    if kind != "tls" or len(where) < 2 or not where[-1].isdecimal():
        raise ValueError(f"{server}: a fingerprint goes with tls:HOST:PORT")
    host, port = ":".join(where[:-1]).replace("\\", ""), int(where[-1])
    return wrapClientTLS(Pinned(fingerprint), HostnameEndpoint(reactor, host, port))
