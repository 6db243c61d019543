"""Where a client connects to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.internet.endpoints import HostnameEndpoint, clientFromString, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import optionsForClientTLS
from websockets.exceptions import InvalidURI
from websockets.uri import WebSocketURI, parse_uri

from chatdaemon.client.tls import Pinned

# Where a server has WebSocket, if an address does not say otherwise.
PATH = "/ws"


def uri_of(server: str) -> WebSocketURI | None:
    """The address, where WebSocket is to be spoken; None for an endpoint. Raises ValueError."""
    if not server.startswith(("ws://", "wss://")):
        return None
    try:
        uri = parse_uri(server)
    except (InvalidURI, ValueError) as error:
        raise ValueError(f"{server}: this is no address of a WebSocket: {error}") from None
    return uri if uri.path not in ("", "/") or uri.query else replace(uri, path=PATH)


def endpoint_of(reactor: Any, server: str, fingerprint: str | None) -> IStreamClientEndpoint:
    """The endpoint that a string names: one of Twisted's, or that of a ws:// or wss:// address; with the
    certificate pinned where there is a fingerprint.

    Raises ValueError.
    """
    uri = uri_of(server)
    if uri is not None:
        endpoint: IStreamClientEndpoint = HostnameEndpoint(reactor, uri.host, uri.port)
        if uri.secure:
            trusted = optionsForClientTLS(uri.host) if fingerprint is None else Pinned(fingerprint, uri.host)
            endpoint = wrapClientTLS(trusted, endpoint)
        elif fingerprint is not None:
            raise ValueError(f"{server}: a fingerprint goes with wss://")
        return endpoint
    if fingerprint is None:
        named: IStreamClientEndpoint = clientFromString(reactor, server)
        return named
    kind, *where = server.split(":")
    if kind != "tls" or len(where) < 2 or not where[-1].isdecimal():
        raise ValueError(f"{server}: a fingerprint goes with tls:HOST:PORT or wss://HOST:PORT")
    host, port = ":".join(where[:-1]).replace("\\", ""), int(where[-1])
    return wrapClientTLS(Pinned(fingerprint, host), HostnameEndpoint(reactor, host, port))
