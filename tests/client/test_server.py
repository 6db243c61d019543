"""Where a client connects to."""

from __future__ import annotations

import pytest
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint
from twisted.internet.testing import MemoryReactor

from chatdaemon.client import Client
from chatdaemon.client.server import endpoint_of, uri_of

FINGERPRINT = ":".join(["ab"] * 32)


@pytest.mark.parametrize(
    ("address", "host", "port", "path", "secure"),
    [
        ("ws://127.0.0.1:8067", "127.0.0.1", 8067, "/ws", False),
        ("ws://127.0.0.1:8067/", "127.0.0.1", 8067, "/ws", False),
        ("wss://chat.example.net", "chat.example.net", 443, "/ws", True),
        ("wss://chat.example.net/chat/ws", "chat.example.net", 443, "/chat/ws", True),
        ("ws://[::1]:8067/ws", "::1", 8067, "/ws", False),
    ],
)
def test_a_websocket_is_at_an_address(address: str, host: str, port: int, path: str, secure: bool) -> None:
    uri = uri_of(address)
    assert uri is not None
    assert (uri.host, uri.port, uri.path, uri.secure) == (host, port, path, secure)


def test_anything_else_is_an_endpoint_of_twisteds() -> None:
    reactor = MemoryReactor()
    assert uri_of("tcp:127.0.0.1:6690") is None
    assert isinstance(endpoint_of(reactor, "tcp:127.0.0.1:6690", None), TCP4ClientEndpoint | HostnameEndpoint)


@pytest.mark.parametrize(
    ("address", "fingerprint"),
    [
        ("ws://", None),
        ("ws://host:port", None),
        ("wss://host/ws#here", None),
        ("tcp:127.0.0.1:6690", FINGERPRINT),
        ("ws://127.0.0.1:8067", FINGERPRINT),
        ("wss://127.0.0.1:8067", "abc"),
        ("tls:127.0.0.1:6697", "ab" * 31),
        ("morse:127.0.0.1", None),
    ],
)
def test_what_cannot_be_connected_to_is_said_at_once(address: str, fingerprint: str | None) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Client(address, fingerprint=fingerprint)


@pytest.mark.parametrize("address", ["wss://chat.example.net", "tls:chat.example.net:6697"])
def test_a_certificate_can_be_pinned(address: str) -> None:
    assert endpoint_of(MemoryReactor(), address, FINGERPRINT) is not None
