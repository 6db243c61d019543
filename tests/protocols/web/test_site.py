"""What web listeners serve: paths, methods, errors, bounds, times, and names."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from twisted.internet.interfaces import IConsumer, IProducer, IPushProducer
from twisted.logger import capturedLogs, formatEvent
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.jsonlines import JSONConnection
from chatdaemon.protocols.web.channel import IDLE_TIMEOUT, REQUEST_TIMEOUT
from chatdaemon.protocols.web.page import Page, pages
from chatdaemon.protocols.web.request import LONGEST_BODY
from chatdaemon.protocols.web.server import WebServer, WebSettings
from tests.protocols.web.asking import Connection, HTTPTransport, Reply, Web, _replies
from tests.world import World

HEAD = "Host: irc.test\r\n"
SCRIPT = b"let text = 'hi';\n" * 50


class Echo(Resource):
    """Says what it was sent."""

    isLeaf = True

    def render_POST(self, request: Any) -> bytes:
        body: bytes = request.content.read()
        return body


class Broken(Resource):
    """Has a bug."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        if b"late" in request.args:
            request.write(b"half")
        raise ValueError("a secret")


class Slow(Resource):
    """Answers when it is told to."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Any] = []

    def render_GET(self, request: Any) -> int:
        self.requests.append(request)
        return int(NOT_DONE_YET)

    def answer(self) -> None:
        request = self.requests.pop()
        request.write(b"done")
        request.finish()


class Seen(Resource):
    """Says who asks, as resources see it."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        return f"{request.getClientAddress().host} {request.isSecure()} {request.here}".encode()


class Site(Web):
    """A world with a web server with resources for tests."""

    def __init__(self, world: World, **settings: Any) -> None:
        self.world = world
        self.failing: list[str] = []
        self.slow = Slow()
        self.lost: list[str] = []
        self.moved: list[tuple[str, str]] = []
        self.refusal: str | None = None
        sessions = {
            "text.ircv3.net": lambda secure: IRCSession(world.irc_server, secure, ""),
            "json.chatdaemon": lambda secure: JSONConnection(world.api, secure),
        }
        children = {b"echo": Echo(), b"broken": Broken(), b"slow": self.slow, b"seen": Seen()}
        self.server = WebServer(
            world.around,
            WebSettings(names=("irc.test",), **settings),
            sessions,
            children,
            lambda: self.failing,
        )
        self.server.pages = {
            b"/": Page(b"<!doctype html>", "text/html"),
            b"/app.js": Page(SCRIPT, "text/javascript"),
        }
        world.around.lost = lambda address: self.lost.append(getattr(address, "host", ""))
        world.around.moved = self._moved

    def _moved(self, before: Any, after: Any) -> str | None:
        self.moved.append((before.host, after.host))
        return self.refusal

    def raw(self, text: str | bytes, *, address: str = "192.0.2.9") -> Raw:
        raw = Raw(self, address)
        raw.send(text)
        return raw


@implementer(IConsumer)
class Socket(HTTPTransport):
    """A transport that one can be a producer for, as all our own are."""

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        self.producer = IPushProducer(producer)


class Raw(Connection):
    """A client that says what it wants."""

    def __init__(self, web: Web, address: str) -> None:
        self.web = web
        self.channel = web.server.session(False)
        self.transport = Socket(web.world.clock, address)
        self.transport.protocol = self.channel
        self.channel.makeConnection(self.transport)

    def send(self, text: Any, *_: Any, **__: Any) -> None:  # type: ignore[override]  # bytes, not a request
        data = text.encode() if isinstance(text, str) else text
        self.transport.protocol.dataReceived(data)
        self.web.world.settle()

    @property
    def closed(self) -> bool:
        return self.transport.gone or self.transport.disconnecting

    def one(self) -> Reply:
        (reply,) = self.replies()
        return reply


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


def get(site: Site, path: str, headers: str = HEAD, method: str = "GET", **options: Any) -> Reply:
    raw = site.raw(f"{method} {path} HTTP/1.1\r\n{headers}\r\n", **options)
    if method == "HEAD":
        head, _, body = raw.taken().partition(b"\r\n\r\n")
        assert body == b""
        return _replies(head + b"\r\n\r\n")[0]
    return raw.one()


# Resources.


def test_the_page_is_served_with_what_it_may_do(site: Site) -> None:
    reply = get(site, "/")
    assert (reply.status, reply.body) == (200, b"<!doctype html>")
    assert reply.headers["content-type"] == "text/html"
    policy = reply.headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
                 "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"):  # fmt: skip
        assert part in policy.split("; ")
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cross-origin-opener-policy"] == "same-origin"
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    assert "permissions-policy" in reply.headers
    assert "server" not in reply.headers
    assert "strict-transport-security" not in reply.headers


def test_a_file_that_is_known_is_not_sent_again(site: Site) -> None:
    first = get(site, "/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = get(site, "/app.js", f"{HEAD}If-None-Match: {first.headers['etag']}\r\n")
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-length" not in again.headers
    other = get(site, "/app.js", f'{HEAD}If-None-Match: "x"\r\n')
    assert (other.status, other.body) == (200, SCRIPT)


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("", False),
    ],
)
def test_files_are_compressed_for_who_takes_that(site: Site, accepted: str, packed: bool) -> None:
    plain = get(site, "/app.js")
    reply = get(site, "/app.js", f"{HEAD}Accept-Encoding: {accepted}\r\n")
    assert (reply.headers.get("content-encoding") == "gzip") is packed
    assert (gzip.decompress(reply.body) if packed else reply.body) == SCRIPT
    assert (reply.headers["etag"] != plain.headers["etag"]) is packed
    assert reply.headers["vary"] == "Accept-Encoding"


def test_what_becomes_no_smaller_is_sent_as_it_is(site: Site) -> None:
    reply = get(site, "/", f"{HEAD}Accept-Encoding: gzip\r\n")
    assert reply.body == b"<!doctype html>"
    assert "content-encoding" not in reply.headers


def test_without_a_page_there_is_none(site: Site) -> None:
    site.server.configure(WebSettings(page=False, names=("irc.test",)))
    assert get(site, "/").status == 404
    assert get(site, "/health").status == 200


def test_a_query_changes_nothing_of_a_path(site: Site) -> None:
    assert get(site, "/app.js?v=2").body == SCRIPT


@pytest.mark.parametrize(
    "path",
    ["/nothing", "//", "/app.js/", "/../app.js", "/%2e%2e/etc/passwd", "/app.js%00", "/health/x", "/ws/"],
)
def test_there_is_nothing_else(site: Site, path: str) -> None:
    reply = get(site, path)
    assert (reply.status, reply.body) == (404, b"There is nothing here\n")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"


def test_nothing_is_to_be_collected(site: Site) -> None:
    assert get(site, "/robots.txt").body == b"User-agent: *\nDisallow: /\n"


def test_health_says_what_does_not_work(site: Site) -> None:
    reply = get(site, "/health", "Host: whatever.example\r\n")
    assert (reply.status, reply.body) == (200, b"ok\n")
    site.failing = ["storage"]
    reply = get(site, "/health", "Host: whatever.example\r\n")
    assert (reply.status, reply.body) == (503, b"storage\n")
    assert reply.headers["cache-control"] == "no-store"


# Methods.


@pytest.mark.parametrize("path", ["/", "/app.js", "/health", "/robots.txt", "/nothing"])
def test_head_says_what_get_would(site: Site, path: str) -> None:
    reply, head = get(site, path), get(site, path, method="HEAD")
    assert head.status == reply.status
    assert {**head.headers, "date": ""} == {**reply.headers, "date": ""}


def test_what_cannot_be_done_is_said_with_what_can(site: Site) -> None:
    reply = get(site, "/app.js", method="DELETE")
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, HEAD"
    assert get(site, "/app.js", method="BREW").status == 501


# Errors of ours.


def test_a_bug_is_logged_once_and_told_nobody(site: Site, failures: Callable[[], int]) -> None:
    with capturedLogs() as events:
        reply = get(site, "/broken/secret-of-a-hook")
    assert (reply.status, reply.body) == (500, b"Internal server error\n")
    assert failures() == 1
    (event,) = events
    assert formatEvent(event) == "a request for /broken could not be answered"


def test_a_bug_in_the_middle_of_an_answer_ends_the_connection(
    site: Site, failures: Callable[[], int]
) -> None:
    raw = site.raw(f"GET /broken?late=1 HTTP/1.1\r\n{HEAD}\r\n")
    assert raw.closed
    assert b"secret" not in raw.taken()
    assert failures() == 1


def test_a_bug_in_reading_ends_the_connection(
    site: Site, failures: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: object, line: bytes) -> None:
        raise ValueError

    monkeypatch.setattr("twisted.web.http.HTTPChannel.lineReceived", fails)
    assert site.raw("GET / HTTP/1.1\r\n").closed
    assert failures() == 1


# What is no request.


BAD = {
    "no HTTP": "NICK alice\r\n",
    "no target": "GET  HTTP/1.1\r\n",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\n",
    "two lengths": f"POST /echo HTTP/1.1\r\n{HEAD}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "the same length twice": f"POST /echo HTTP/1.1\r\n{HEAD}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a length and chunks": f"POST /echo HTTP/1.1\r\n{HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": f"POST /echo HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "an identity and a length": f"POST /echo HTTP/1.1\r\n{HEAD}Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
    "chunks twice": f"POST /echo HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "another coding": f"POST /echo HTTP/1.1\r\n{HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n",
    "a length with a sign": f"POST /echo HTTP/1.1\r\n{HEAD}Content-Length: +3\r\n\r\nabc",
    "a length with a comma": f"POST /echo HTTP/1.1\r\n{HEAD}Content-Length: 3, 3\r\n\r\nabc",
    "a space before the colon": f"POST /echo HTTP/1.1\r\n{HEAD}Content-Length : 3\r\n\r\nabc",
    "a header without a colon": f"GET / HTTP/1.1\r\n{HEAD}What\r\n\r\n",
    "a NUL in a header": f"GET / HTTP/1.1\r\n{HEAD}X: a\0b\r\n\r\n",
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "two hosts": f"GET / HTTP/1.1\r\n{HEAD}{HEAD}\r\n",
    "a host of nothing": "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "an asterisk": f"OPTIONS * HTTP/1.1\r\n{HEAD}\r\n",
    "a proxy's request": f"GET http://irc.test/ HTTP/1.1\r\n{HEAD}\r\n",
    "a bad chunk": f"POST /echo HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\nx\r\n",
    "too many headers": f"GET / HTTP/1.1\r\n{HEAD}" + "".join(f"X{n}: x\r\n" for n in range(200)) + "\r\n",
    "too long a head": f"GET / HTTP/1.1\r\n{HEAD}X: {9000 * 'x'}\r\nY: {9000 * 'y'}\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_what_is_no_request_is_answered_once_and_ends_the_connection(
    site: Site, case: str, size: int
) -> None:
    data = BAD[case].encode() + f"GET / HTTP/1.1\r\n{HEAD}\r\n".encode()
    raw = Raw(site, "192.0.2.9")
    for at in range(0, len(data), size):
        if raw.closed:
            break
        raw.send(data[at : at + size])
    if case == "no HTTP" and size == 1:
        assert raw.closed
    reply = raw.one()
    assert reply.status == 400
    assert reply.headers["connection"] == "close"
    assert raw.closed
    assert site.lost == ["192.0.2.9"]


def test_a_line_without_end_is_not_waited_for(site: Site) -> None:
    raw = site.raw("GET /" + "x" * 20000)
    assert raw.one().status == 431
    assert raw.closed


def test_old_clients_need_no_host(site: Site) -> None:
    raw = site.raw("GET /robots.txt HTTP/1.0\r\n\r\n")
    assert raw.one().status == 200
    assert raw.closed


# Bodies.


def test_a_body_can_be_so_long(site: Site) -> None:
    body = "x" * LONGEST_BODY
    reply = site.raw(f"POST /echo HTTP/1.1\r\n{HEAD}Content-Length: {LONGEST_BODY}\r\n\r\n{body}").one()
    assert (reply.status, len(reply.body)) == (200, LONGEST_BODY)


def test_and_no_longer(site: Site) -> None:
    raw = site.raw(
        f"POST /echo HTTP/1.1\r\n{HEAD}Expect: 100-continue\r\nContent-Length: {LONGEST_BODY + 1}\r\n\r\n"
    )
    assert raw.one().status == 413
    assert raw.closed


def test_chunks_are_one_body_that_is_no_longer_either(site: Site) -> None:
    head = f"POST /echo HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n"
    assert site.raw(f"{head}3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").one().body == b"abcde"
    chunk = f"{0x8000:x}\r\n{'x' * 0x8000}\r\n"
    raw = site.raw(f"{head}{chunk * 2}1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n{HEAD}\r\n")
    assert raw.one().status == 413
    assert raw.closed


def test_who_waits_to_be_told_so_may_send_a_body(site: Site) -> None:
    raw = site.raw(f"POST /echo HTTP/1.1\r\n{HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert raw.taken() == b"HTTP/1.1 100 Continue\r\n\r\n"
    raw.send("hi")
    assert raw.one().body == b"hi"


def test_forms_are_not_taken_apart(site: Site) -> None:
    body = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n"
    for kind in (
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ):
        raw = site.raw(
            f"POST /echo HTTP/1.1\r\n{HEAD}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        assert raw.one().body == body.encode()


# Several requests on one connection.


def test_requests_are_answered_in_their_order(site: Site) -> None:
    request = f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n"
    raw = site.raw(
        f"GET /slow HTTP/1.1\r\n{HEAD}\r\n{request}POST /echo HTTP/1.1\r\n{HEAD}Content-Length: 2\r\n\r\nhi"
    )
    assert raw.taken() == b""
    site.slow.answer()
    data = raw.taken()
    assert data.index(b"done") < data.index(b"Disallow") < data.index(b"hi")
    assert not raw.closed


def test_who_sends_more_than_is_answered_is_not_read(site: Site) -> None:
    request = f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n"
    raw = site.raw(f"GET /slow HTTP/1.1\r\n{HEAD}\r\n")
    raw.send(request * 500)
    assert raw.transport.paused
    site.slow.answer()
    assert not raw.transport.paused
    assert raw.taken().count(b"Disallow") == 500


def test_who_does_not_read_is_not_read(site: Site) -> None:
    raw = site.raw(f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n")
    raw.transport.reading = False
    raw.send(f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n" * 20)
    assert raw.transport.paused
    assert raw.transport.waiting.count(b"Disallow") == 1
    raw.transport.read_on()
    assert not raw.transport.paused
    assert raw.taken().count(b"Disallow") == 21


def test_the_client_can_have_it_closed(site: Site) -> None:
    raw = site.raw(f"GET /robots.txt HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n")
    assert raw.one().headers["connection"] == "close"
    assert raw.closed
    assert site.lost == ["192.0.2.9"]


# Times.


def test_a_connection_on_which_nothing_is_asked_is_closed(site: Site) -> None:
    raw = site.raw("")
    site.world.clock.advance(REQUEST_TIMEOUT - 1)
    assert not raw.closed
    site.world.clock.advance(2)
    assert raw.closed


def test_a_request_has_its_time_however_it_comes(site: Site) -> None:
    raw = site.raw(f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n")
    site.world.clock.advance(IDLE_TIMEOUT - 1)
    for _ in range(REQUEST_TIMEOUT - 1):
        raw.send("G")
        assert not raw.closed
        site.world.clock.advance(1)
    assert not raw.closed
    site.world.clock.advance(1.5)
    assert raw.closed


def test_a_connection_may_rest_between_two_requests(site: Site) -> None:
    raw = site.raw("")
    for _ in range(3):
        raw.send(f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n")
        site.world.clock.advance(IDLE_TIMEOUT - 1)
        assert not raw.closed
    site.world.clock.advance(2)
    assert raw.closed
    assert site.lost == ["192.0.2.9"]


def test_an_answer_may_take_its_time(site: Site) -> None:
    raw = site.raw(f"GET /slow HTTP/1.1\r\n{HEAD}\r\n")
    site.world.clock.advance(10 * IDLE_TIMEOUT)
    assert not raw.closed
    site.slow.answer()
    assert b"done" in raw.taken()


def test_who_reads_nothing_is_cut_in_the_end(site: Site) -> None:
    raw = site.raw("")
    raw.transport.reading = False
    raw.send(f"GET /robots.txt HTTP/1.1\r\n{HEAD}\r\n")
    site.world.clock.advance(IDLE_TIMEOUT + 1)
    assert not raw.transport.gone
    site.world.clock.advance(20)
    assert raw.transport.gone


def test_who_leaves_is_forgotten(site: Site) -> None:
    raw = site.raw(f"GET /slow HTTP/1.1\r\n{HEAD}\r\n")
    assert list(site.server.channels) == [raw.channel]
    raw.vanish()
    assert not site.server.channels
    assert site.lost == ["192.0.2.9"]
    assert not [
        call
        for call in site.world.clock.getDelayedCalls()
        if call.getTime() > site.world.clock.seconds() + 61
    ]


def test_at_the_end_connections_are_closed_when_they_have_their_answer(site: Site) -> None:
    idle, busy = site.raw(""), site.raw(f"GET /slow HTTP/1.1\r\n{HEAD}\r\n")
    site.server.stop()
    assert idle.closed
    assert not busy.closed
    site.slow.answer()
    assert b"done" in busy.taken()
    assert busy.closed


def test_who_is_not_let_in_is_told_why(site: Site) -> None:
    (reply,) = _replies(site.server.refusal("The server is full"))
    assert (reply.status, reply.body) == (503, b"The server is full\n")
    assert reply.headers["retry-after"] == "60"


# Names.


@pytest.mark.parametrize("host", ["irc.test", "IRC.test:8067", "localhost:8067", "127.0.0.1:8067", "[::1]"])
def test_the_server_answers_to_its_names(site: Site, host: str) -> None:
    assert get(site, "/", f"Host: {host}\r\n").status == 200


def test_a_page_of_another_server_reaches_nothing_by_a_name_that_points_here(site: Site) -> None:
    raw = site.raw("GET / HTTP/1.1\r\nHost: evil.example:8067\r\nOrigin: http://evil.example:8067\r\n\r\n")
    reply = raw.one()
    assert reply.status == 421
    assert reply.body.decode() == (
        "This server does not go by the name of evil.example.\n"
        "If it should, that is to be said in its configuration: hosts = evil.example in [web].\n"
    )
    assert raw.closed
    site.server.configure(WebSettings(names=("evil.example",)))
    assert get(site, "/robots.txt", "Host: evil.example\r\n").status == 200


# Proxies.


FORWARDED = (
    "X-Forwarded-For: 198.51.100.1, 203.0.113.5\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: irc.test\r\n"
)


def test_a_proxy_says_who_asks(world: World) -> None:
    site = Site(world, proxies=("192.0.2.7",))
    said = get(site, "/seen", f"Host: upstream\r\n{FORWARDED}", address="192.0.2.7").body
    assert said.decode() == "203.0.113.5 True Place(host='irc.test', port='')"


def test_nobody_else_does(world: World) -> None:
    site = Site(world, proxies=("192.0.2.7",))
    said = get(site, "/seen", f"{HEAD}{FORWARDED}".replace("Host: irc.test", "Host: irc.test:81", 1)).body
    assert said.decode() == "192.0.2.9 False Place(host='irc.test', port='81')"


def test_the_other_header_is_not_looked_at(world: World) -> None:
    site = Site(world, proxies=("192.0.2.7",), forwarded_header="forwarded")
    claimed = f"{HEAD}{FORWARDED}Forwarded: for=203.0.113.6;proto=http\r\n"
    assert get(site, "/seen", claimed, address="192.0.2.7").body.startswith(b"203.0.113.6 False ")
    site.server.configure(WebSettings(names=("irc.test",), proxies=("192.0.2.7",)))
    claimed = f"{HEAD}Forwarded: for=203.0.113.6\r\nX-Forwarded-For: 2001:db8::5\r\n"
    assert get(site, "/seen", claimed, address="192.0.2.7").body.startswith(b"2001:db8::5 False ")


def test_a_proxy_that_says_nothing_asks_itself(world: World) -> None:
    site = Site(world, proxies=("192.0.2.7",))
    assert get(site, "/seen", address="192.0.2.7").body.startswith(b"192.0.2.7 False ")


# WebSocket.


UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def upgraded(site: Site, headers: str = "", **options: Any) -> Raw:
    return site.raw(f"GET /ws HTTP/1.1\r\n{HEAD}{UPGRADE}{headers}\r\n", **options)


def status(raw: Raw) -> int:
    return int(raw.taken().split(b" ")[1])


def test_programs_and_the_own_page_get_a_session(site: Site) -> None:
    for headers in ("", "Origin: http://irc.test\r\n", "Origin: https://irc.test\r\n"):
        raw = upgraded(site, f"{headers}Sec-WebSocket-Protocol: json.chatdaemon\r\n")
        assert status(raw) == HTTPStatus.SWITCHING_PROTOCOLS
        assert raw.channel not in site.server.channels
        raw.vanish()
    assert site.lost == ["192.0.2.9"] * 3
    assert not site.world.api.sessions


def test_pages_of_others_get_none_unless_they_are_listed(site: Site) -> None:
    assert status(upgraded(site, "Origin: https://evil.example\r\n")) == 403
    assert status(upgraded(site, "Origin: http://irc.test\r\nOrigin: https://evil.example\r\n")) == 403
    assert status(upgraded(site, "Origin: null\r\n")) == 403
    site.server.configure(WebSettings(names=("irc.test",), origins=("https://evil.example",)))
    assert status(upgraded(site, "Origin: https://evil.example\r\n")) == 101
    assert not site.world.api.sessions
    assert len(site.world.irc_server.sessions) == 1


def test_what_is_no_handshake_is_told_so(site: Site) -> None:
    raw = site.raw(f"GET /ws HTTP/1.1\r\n{HEAD}\r\n")
    assert raw.one().status == 426
    assert get(site, "/ws", method="POST").status == 405


def test_a_session_by_a_proxy_is_its_clients(world: World) -> None:
    site = Site(world, proxies=("192.0.2.7",))
    raw = upgraded(site, FORWARDED, address="192.0.2.7")
    assert status(raw) == 101
    assert site.moved == [("192.0.2.7", "203.0.113.5")]
    (session,) = world.irc_server.sessions
    assert session.host == "203.0.113.5"
    assert session.secure
    raw.vanish()
    assert site.lost == ["203.0.113.5"]


def test_the_clients_limits_are_its_own(world: World) -> None:
    site = Site(world, proxies=("192.0.2.7",))
    site.refusal = "Too many connections from your address"
    raw = upgraded(site, FORWARDED, address="192.0.2.7")
    reply = raw.one()
    assert (reply.status, reply.body) == (429, b"Too many connections from your address\n")
    raw.vanish()
    assert site.lost == ["192.0.2.7"]
    assert not world.irc_server.sessions


def test_what_a_proxy_upgrades_in_vain_counts_for_its_client_to_the_end(world: World) -> None:
    site = Site(world, proxies=("192.0.2.7",))
    raw = site.raw(f"GET /ws HTTP/1.1\r\n{HEAD}{FORWARDED}\r\n", address="192.0.2.7")
    assert raw.one().status == 426
    assert raw.closed
    assert site.lost == ["203.0.113.5"]


def test_what_comes_right_behind_the_handshake_is_the_sessions(site: Site) -> None:
    frame = b"\x81\x89" + bytes(4) + b"NICK zoe\n"
    raw = site.raw(f"GET /ws HTTP/1.1\r\n{HEAD}{UPGRADE}\r\n".encode() + frame)
    assert status(raw) == 101
    (session,) = site.world.irc_server.sessions
    assert session.registration is not None
    assert not session.registration.untouched


def test_nothing_of_http_is_left_of_a_session(site: Site) -> None:
    raw = upgraded(site)
    assert raw.transport.producer is None
    assert not raw.channel.requests
    site.server.stop()
    assert not raw.closed
    assert not raw.channel.timeOut


# Streams of answers.


@implementer(IPushProducer)
class Producer:
    paused = False

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def stopProducing(self) -> None:
        """The connection is gone."""


def test_who_writes_much_is_told_when_it_is_not_read(site: Site) -> None:
    raw = site.raw(f"GET /slow HTTP/1.1\r\n{HEAD}\r\n")
    producer = Producer()
    request = site.slow.requests.pop()
    request.registerProducer(producer, True)
    raw.transport.reading = False
    request.write(b"x")
    assert producer.paused
    raw.transport.read_on()
    assert not producer.paused
    request.unregisterProducer()
    request.finish()
    assert b"\r\nx\r\n0\r\n\r\n" in raw.taken()


@pytest.fixture
def files(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("chatdaemon.protocols.web.page.resources.files", lambda package: tmp_path)
    (tmp_path / "web").mkdir()
    return tmp_path / "web"


def test_files_are_served_by_their_paths_and_kinds(files: Any) -> None:
    (files / "index.html").write_text("<!doctype html>")
    (files / "app").mkdir()
    (files / "app" / "main.js").write_text("1")
    (files / "app" / "main.py").write_text("not served")
    (files / ".hidden.js").write_text("not served")
    (files / "_private.js").write_text("not served")
    (files / "LICENSE").write_text("not served")
    found = pages()
    assert set(found) == {b"/", b"/index.html", b"/app/main.js"}
    assert found[b"/"] is found[b"/index.html"]


def test_there_may_be_no_files(files: Any) -> None:
    assert pages() == {}
    files.rmdir()
    assert pages() == {}
