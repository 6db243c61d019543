"""From HTTP to a session: what is asked for, what is agreed on, what is refused, and what is taken along."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.logger import LogLevel, capturedLogs

from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.jsonlines import JSONConnection
from chatdaemon.protocols.line import LineConnection, LineLimits
from chatdaemon.protocols.websocket.connection import WebSocketConnection
from chatdaemon.protocols.websocket.handshake import DEFAULT, _Handshake
from tests.protocols.websocket.browser import KEY, Browser, factories_of, handshake
from tests.protocols.websocket.scene import TEXT, sent
from tests.world import World


def session_of(browser: Browser) -> LineConnection:
    connection = browser.transport.protocol
    assert isinstance(connection, WebSocketConnection)
    return connection._session


@pytest.mark.parametrize(
    ("subprotocol", "kind"),
    [
        ("text.ircv3.net", "IRCSession"),
        ("binary.ircv3.net", "IRCSession"),
        ("json.chatdaemon", "JSONConnection"),
        ("binary.chatdaemon", "BinaryConnection"),
    ],
)
def test_each_subprotocol_is_answered_with_its_name_and_session(subprotocol: str, kind: str) -> None:
    browser = Browser(World(), subprotocol)
    assert browser.status == 101
    # The example of RFC 6455, section 1.3.
    assert browser.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert browser.headers["sec-websocket-protocol"] == subprotocol
    assert browser.headers["upgrade"] == "websocket"
    assert "sec-websocket-extensions" not in browser.headers
    assert type(session_of(browser)).__name__ == kind


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("binary.ircv3.net", "text.ircv3.net"), "binary.ircv3.net"),
        (("text.ircv3.net", "binary.ircv3.net"), "text.ircv3.net"),
        (("chat", "json.chatdaemon", "text.ircv3.net"), "json.chatdaemon"),
    ],
)
def test_the_first_of_the_client_s_that_is_spoken_is_chosen(offered: tuple[str, ...], chosen: str) -> None:
    assert Browser(World(), *offered).headers["sec-websocket-protocol"] == chosen


def test_who_offers_none_speaks_irc_in_texts_and_is_named_none() -> None:
    browser = Browser(World())
    assert browser.status == 101
    assert "sec-websocket-protocol" not in browser.headers
    browser.send("NICK alice", "USER alice 0 * :Alice")
    assert any(" 001 alice " in line for line in browser.read())


def test_who_offers_only_what_is_not_spoken_is_told_what_is() -> None:
    browser = Browser(World(), "graphql-ws", "mqtt")
    assert browser.status == 400
    assert (
        b"text.ircv3.net, binary.ircv3.net, json.chatdaemon, binary.chatdaemon" in browser.transport.received
    )
    # HTTP goes on.
    browser.arrive(handshake("json.chatdaemon"))
    assert b" 101 Switching Protocols" in browser.transport.received


def test_only_what_there_are_sessions_for_is_spoken() -> None:
    world = World()
    json_only = {"json.chatdaemon": factories_of(world)["json.chatdaemon"]}
    assert Browser(world, "text.ircv3.net", factories=json_only).status == 400
    assert Browser(world, factories=json_only).status == 400
    chosen = Browser(world, DEFAULT, "json.chatdaemon", factories=json_only)
    assert isinstance(session_of(chosen), JSONConnection)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (handshake(leave_out=("upgrade",)), 426),
        (handshake(leave_out=("connection",)), 426),
        (handshake(connection="keep-alive"), 426),
        (handshake(upgrade="h2c"), 426),
        (handshake(leave_out=("sec-websocket-key",)), 400),
        (handshake(sec_websocket_key="c2hvcnQ="), 400),
        (handshake(sec_websocket_key="\xff" * 24), 400),
        (handshake().replace(b"\r\n\r\n", f"\r\nSec-WebSocket-Key: {KEY}\r\n\r\n".encode()), 400),
        (handshake(leave_out=("sec-websocket-version",)), 400),
        (handshake(sec_websocket_version="12"), 400),
        (handshake("text ircv3 net"), 400),
        (handshake(sec_websocket_extensions="a; b; =c;;"), 400),
        (handshake(content_length="5") + b"hello", 400),
        (handshake(transfer_encoding="chunked") + b"5\r\nhello\r\n0\r\n\r\n", 400),
        (handshake(version="1.0"), 505),
    ],
)
def test_what_is_no_handshake_is_refused_as_http_has_it(request_: bytes, status: int) -> None:
    with capturedLogs() as events:
        browser = Browser(World(), request=request_)
    assert browser.status == status
    assert browser.headers["sec-websocket-version"] == "13"
    assert browser.headers["content-type"] == "text/plain; charset=utf-8"
    assert int(browser.headers["content-length"]) == len(browser.transport.received) > 10
    assert browser.headers.get("upgrade") == ("websocket" if status == 426 else None)
    assert not isinstance(browser.transport.protocol, WebSocketConnection)
    assert [event for event in events if event["log_level"] is LogLevel.critical] == []


def test_a_bug_of_ours_is_logged_and_says_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, subprotocols: object) -> None:
        raise RuntimeError("of ours")

    monkeypatch.setattr(_Handshake, "select_subprotocol", fail)
    with capturedLogs() as events:
        browser = Browser(World())
    assert browser.status == 500
    assert b"of ours" not in browser.transport.received
    assert [event["log_level"] for event in events].count(LogLevel.critical) == 1


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("permessage-deflate", ""),
        ("permessage-deflate; client_max_window_bits", ""),
        ("permessage-deflate; server_no_context_takeover", ""),
        ("permessage-deflate; server_max_window_bits=10", "; server_max_window_bits=10"),
        ("permessage-deflate; client_max_window_bits=12", "; client_max_window_bits=12"),
        ("x-webkit-deflate-frame, permessage-deflate", ""),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", ""),
    ],
)
def test_compression_is_agreed_on_without_anything_kept_between_messages(offer: str, answer: str) -> None:
    browser = Browser(World(), DEFAULT, deflate=offer)
    agreed = browser.headers["sec-websocket-extensions"]
    assert agreed.startswith("permessage-deflate; server_no_context_takeover; client_no_context_takeover")
    assert ("max_window_bits" in answer) == ("max_window_bits" in agreed)
    assert agreed.endswith(answer)


@pytest.mark.parametrize("offer", ["x-webkit-deflate-frame", "permessage-deflate; quick", "permessage-bzip2"])
def test_what_is_not_known_is_not_agreed_on(offer: str) -> None:
    browser = Browser(World(), DEFAULT, deflate=offer)
    assert browser.status == 101
    assert "sec-websocket-extensions" not in browser.headers


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_came_behind_the_request_is_the_session_s(size: int) -> None:
    world = World()
    data = handshake(DEFAULT) + sent(TEXT, b"NICK alice") + sent(TEXT, b"USER alice 0 * :Alice")
    browser = Browser(world, request=data[:size])
    for start in range(size, len(data), size):
        browser.arrive(data[start : start + size])
    assert b" 001 alice " in browser.transport.received


def test_http_has_nothing_to_do_with_it_any_more() -> None:
    world = World(limits=LineLimits(ping_interval=None, registration_timeout=None))
    browser = Browser(world, DEFAULT)
    assert browser.transport.producer is None
    world.pass_time(600)
    assert not browser.closed
    assert isinstance(session_of(browser), IRCSession)


def test_a_connection_that_has_ended_is_gone_without_the_help_of_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        browser = Browser(World(), DEFAULT)
        channel = weakref.ref(browser.channel._channel)
        del browser.channel
        assert channel() is None
        session = weakref.ref(session_of(browser))
        browser.transport.lose(ConnectionDone())
        browser.world.settle()
        # A real transport lets go of its protocol by itself.
        del browser.transport.protocol
        assert session() is None
    finally:
        gc.enable()


def test_a_connection_is_given_back_once_by_the_client_s_address() -> None:
    world = World()
    lost: list[Any] = []
    world.around.lost = lost.append
    client = IPv4Address("TCP", "203.0.113.7", 4711)
    direct, behind = Browser(world, DEFAULT), Browser(world, DEFAULT, address=client)
    assert session_of(behind).host == "203.0.113.7"
    for browser in (direct, behind):
        browser.transport.lose(ConnectionError())
    world.settle()
    assert lost == [direct.transport.peer, client]
