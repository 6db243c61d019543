"""The web listener of a real daemon: HTTP on raw sockets, a load balancer with TLS behind, a reverse proxy."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.end_to_end.daemon import PATIENCE, Client, Daemon, trusting

CONFIG = """[listener irc]
endpoint = tcp:0:interface=127.0.0.1:backlog=50
[listener web]
protocol = web
endpoint = tcp:0:interface=127.0.0.1:backlog=51
[listener webs]
protocol = web
endpoint = tcp:0:interface=127.0.0.1:backlog=52
tls = yes
[listener balanced]
protocol = web
endpoint = tcp:0:interface=127.0.0.1:backlog=53
tls = yes
proxy-protocol = 127.0.0.1
[listener balanced-irc]
endpoint = tcp:0:interface=127.0.0.1:backlog=54
proxy-protocol = 127.0.0.1
[web]
proxies = 127.0.0.1
"""
HEAD = "Host: irc.test\r\n"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("web"), CONFIG) as daemon:
        yield daemon
        assert daemon.complaints() == []


def dial(daemon: Daemon, listener: str, *, tls: bool = False, before: bytes = b"") -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", daemon.port(listener)), timeout=PATIENCE)
    if before:
        sock.sendall(before)
    return trusting().wrap_socket(sock) if tls else sock


def to_end(sock: socket.socket) -> bytes:
    data = bytearray()
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    sock.close()
    return bytes(data)


def ask(daemon: Daemon, request: str, listener: str = "web", *, tls: bool = False) -> bytes:
    sock = dial(daemon, listener, tls=tls)
    sock.sendall(request.encode())
    return to_end(sock)


def get(daemon: Daemon, path: str, listener: str = "web", *, tls: bool = False) -> bytes:
    return ask(daemon, f"GET {path} HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n", listener, tls=tls)


def proxied(client: str) -> bytes:
    """What HAProxy says with send-proxy-v2."""
    block = socket.inet_aton(client) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 4711, 443)
    return bytes.fromhex("0d0a0d0a000d0a515549540a2111") + struct.pack("!H", len(block)) + block


@pytest.mark.parametrize(("listener", "tls"), [("web", False), ("webs", True)])
def test_it_is_healthy(daemon: Daemon, listener: str, tls: bool) -> None:
    answer = get(daemon, "/health", listener, tls=tls)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nok\n")
    assert b"server:" not in answer.lower()
    assert b"twisted" not in answer.lower()


@pytest.mark.parametrize(("listener", "tls"), [("web", False), ("webs", True)])
def test_a_thousand_requests_on_one_connection(daemon: Daemon, listener: str, tls: bool) -> None:
    sock = dial(daemon, listener, tls=tls)
    request = f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n".encode()
    data = bytearray()
    for _ in range(20):
        sock.sendall(request * 50)
        while data.count(b"Disallow: /\n") < 50:
            data += sock.recv(65536)
        assert data.count(b"HTTP/1.1 200 OK") == 50
        data.clear()
    sock.close()


def test_who_asks_much_and_reads_nothing_takes_no_memory(daemon: Daemon) -> None:
    before = daemon.memory()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(0.3)
    sock.connect(("127.0.0.1", daemon.port("web")))
    request = f"GET /nothing HTTP/1.1\r\n{HEAD}\r\n".encode() * 500
    sent = 0
    try:
        while sent < 64 << 20:
            sent += sock.send(request)
    except TimeoutError:
        pass
    assert sent < 32 << 20, "somebody reads all the same"
    assert get(daemon, "/health").endswith(b"ok\n")
    assert daemon.memory() - before < 16 << 20
    sock.close()


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length : 3\r\n",
    ],
)
def test_a_request_that_could_hide_another_ends_the_connection(daemon: Daemon, headers: str) -> None:
    hidden = f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n"
    answer = ask(daemon, f"POST /health HTTP/1.1\r\n{HEAD}{headers}\r\n0\r\n\r\n{hidden}")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_anything_at_all_leaves_no_trace(daemon: Daemon) -> None:
    for data in (
        b"\0" * 70000,
        b"\x16\x03\x01" * 100,
        b"\r\n" * 5000,
        b"GET " + b"\xff" * 30000,
        b"NICK a\r\nUSER a\r\n",
    ):
        sock = dial(daemon, "web")
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        to_end(sock)
    assert get(daemon, "/health").endswith(b"ok\n")


def opened(
    sock: socket.socket, headers: dict[str, str] | None = None, scheme: str = "ws"
) -> ClientConnection:
    return connect(
        f"{scheme}://irc.test/ws",
        sock=sock,
        ssl=trusting() if scheme == "wss" else None,
        subprotocols=[Subprotocol("json.chatdaemon")],
        additional_headers=headers,
        proxy=None,
        open_timeout=PATIENCE,
    )


def tell(page: ClientConnection, **op: object) -> dict[str, object]:
    page.send(json.dumps({"id": 1, **op}))
    while True:
        found: dict[str, object] = json.loads(page.recv(PATIENCE))
        if found.get("id") == 1:
            return found


def host_of(daemon: Daemon, nick: str) -> str:
    """What others see of where somebody is, and whether their connection is secure."""
    client = Client.registered(daemon.port("irc"), f"{nick}-s-friend")
    client.send(f"WHOIS {nick}")
    host = client.expect(" 311 ").split(" ")[5]
    lines = []
    while " 318 " not in (line := client.line()):
        lines.append(line)
    client.socket.close()
    return f"{host} secure" if any(" 671 " in line for line in lines) else host


def test_a_client_behind_a_load_balancer_that_passes_tls_on_is_where_it_is(daemon: Daemon) -> None:
    sock = socket.create_connection(("127.0.0.1", daemon.port("balanced")), timeout=PATIENCE)
    sock.sendall(proxied("203.0.113.5"))
    with opened(sock, scheme="wss") as page:
        assert "ok" in tell(page, op="hello", nick="balanced")
        assert host_of(daemon, "balanced") == "203.0.113.5 secure"


def test_an_irc_client_behind_one_too(daemon: Daemon) -> None:
    sock = socket.create_connection(("127.0.0.1", daemon.port("balanced-irc")), timeout=PATIENCE)
    sock.sendall(b"PROXY TCP6 2001:db8::5 ::1 4711 6667\r\nNICK six\r\nUSER six 0 * :six\r\n")
    assert b" 001 " in sock.recv(4096)
    assert host_of(daemon, "six") == "2001:db8::5"
    sock.close()


def test_who_says_nothing_behind_one_is_let_go(daemon: Daemon) -> None:
    sock = socket.create_connection(("127.0.0.1", daemon.port("balanced-irc")), timeout=PATIENCE)
    sock.sendall(b"NICK direct\r\nUSER direct 0 * :direct\r\n")
    assert to_end(sock) == b""


def test_a_client_behind_a_reverse_proxy_is_where_it_is(daemon: Daemon) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.6", "X-Forwarded-Proto": "https"}
    with opened(dial(daemon, "web"), headers) as page:
        assert "ok" in tell(page, op="hello", nick="forwarded")
        assert host_of(daemon, "forwarded") == "203.0.113.6 secure"


def test_its_limits_are_its_own(tmp_path: Path) -> None:
    with Daemon(
        tmp_path, f"{CONFIG}[limits]\nconnections-per-address = 2\nconnection-rate = off\n"
    ) as daemon:
        for client in ("203.0.113.7", "203.0.113.8"):
            headers = {"X-Forwarded-For": client}
            with opened(dial(daemon, "web"), headers), opened(dial(daemon, "web"), headers):
                with pytest.raises(InvalidStatus) as refusal, opened(dial(daemon, "web"), headers):
                    pass
                assert refusal.value.response.status_code == 429
        # Who has gone counts no more, once the daemon knows.
        end = time.monotonic() + PATIENCE
        back = False
        while not back:
            assert time.monotonic() < end
            with suppress(InvalidStatus), opened(dial(daemon, "web"), {"X-Forwarded-For": "203.0.113.7"}):
                back = True
        assert daemon.complaints() == []


def test_the_end_does_not_wait_for_connections_that_rest(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as other:
        resting = dial(other, "webs", tls=True)
        resting.sendall(f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n".encode())
        data = b""
        while b"Disallow" not in data:
            data += resting.recv(4096)
        waiting = dial(other, "balanced-irc")
        assert other.stop(signal.SIGTERM) == 0
        assert "did not end in time" not in other.log.read_text()
        assert to_end(resting) == to_end(waiting) == b""
        assert other.complaints() == []


def test_a_reload_opens_and_closes_the_page(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as daemon:
        assert get(daemon, "/nothing").startswith(b"HTTP/1.1 404 ")
        daemon.reload(CONFIG.replace("[web]\n", "[web]\nhosts = other.example\npage = no\n"))
        request = "GET /health HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n"
        assert ask(daemon, request).startswith(b"HTTP/1.1 200 ")
        assert get(daemon, "/").startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_it_speaks_http_1_and_no_other(daemon: Daemon, version: ssl.TLSVersion) -> None:
    context = trusting()
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    sock = socket.create_connection(("127.0.0.1", daemon.port("webs")), timeout=PATIENCE)
    with context.wrap_socket(sock) as secured:
        assert secured.selected_alpn_protocol() in (None, "http/1.1")
        secured.sendall(f"GET /health HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n".encode())
        assert secured.recv(4096).startswith(b"HTTP/1.1 200 ")
