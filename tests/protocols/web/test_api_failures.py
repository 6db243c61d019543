"""The HTTP API when something goes wrong, on our side or theirs; and its description."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from chatdaemon.history.settings import HistorySettings
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.table import PERFORM
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.requests import Connect, SuspendAccount
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.web.asking import IDLE, Connection, Stream, Web


@pytest.fixture
def broken_ping(monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(session: Any, op: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(PERFORM, ops.Ping, perform)


@pytest.mark.usefixtures("broken_ping")
def test_a_bug_is_logged_once_and_the_next_request_is_a_new_beginning(
    web: Web, failures: Callable[[], int]
) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    reply = web.do(secret, "ping")
    assert (reply.status, reply.json["code"]) == (500, "internal_error")
    assert failures() == 1
    assert web.world.realm.user("robot") is None
    web.ok(secret, "join", channel="#x")


def test_a_bug_in_the_realm_is_the_same(web: Web, failures: Callable[[], int]) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    with mock.patch.object(web.world.realm, "apply", side_effect=ZeroDivisionError):
        assert web.do(secret, "part", channel="#x").status == 500
    assert failures() >= 1


def test_a_bug_before_a_stream_has_begun_is_an_answer(web: Web, failures: Callable[[], int]) -> None:
    secret = web.token()
    apply = web.world.realm.apply

    def fail(entry: Any) -> Any:
        if isinstance(entry.request, Connect):
            raise ZeroDivisionError
        return apply(entry)

    with mock.patch.object(web.world.realm, "apply", fail):
        reply = web.ask("GET", "/api/v1/events", authorization=f"Bearer {secret}")
    assert (reply.status, reply.json["code"]) == (500, "internal_error")
    assert failures() == 1
    assert not web.api.streams.open_streams
    Stream(web, secret)


def test_a_bug_in_the_answering_is_one_too(web: Web, failures: Callable[[], int]) -> None:
    with mock.patch("chatdaemon.protocols.web.api.bearer", side_effect=ZeroDivisionError):
        assert web.do("chd_any", "ping").status == 500
    assert failures() == 1


def test_a_request_that_waits_when_the_server_ends_is_answered(make_world: MakeWorld, late: float) -> None:
    web = Web(make_world())
    connection = Connection(web)
    connection.send("POST", "/api/v1/away", authorization=f"Bearer {web.token()}")
    web.api.stop("Server is stopping")
    (reply,) = connection.replies()
    assert reply.status == (503 if late else 200)
    assert not late or reply.json["code"] == "session_ended"
    assert web.world.realm.user("robot") is None


def test_who_cannot_come_in_is_told_why(web: Web) -> None:
    secret = web.token()
    streams = [Stream(web, secret) for _ in range(web.world.realm.settings.sessions_per_user)]
    reply = web.do(secret, "ping")
    assert (reply.status, reply.json["code"]) == (429, "too_many_sessions")
    assert reply.headers["retry-after"] == "2"
    streams[0].vanish()
    web.ok(secret, "ping")


def test_a_request_that_takes_longer_than_the_idle_time_is_not_cut(web: Web) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    (session,) = web.api._sessions.values()
    session.in_flight = True
    web.world.pass_time(IDLE * 2)
    assert web.world.realm.user("robot") is not None
    session.in_flight = False
    web.world.pass_time(IDLE + 1)
    assert web.world.realm.user("robot") is None


def test_much_history_costs_as_many_requests(make_world: MakeWorld) -> None:
    web = Web(make_world(history=HistorySettings(limit=1000)))
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    alice = web.world.irc("alice")
    alice.send("JOIN #x", *(f"PRIVMSG #x :{number}" for number in range(150)))
    web.world.around.limits = LineLimits(flood_burst=5, flood_rate=0.1)
    web.world.pass_time(100)
    assert len(web.ok(secret, "history", target="#x", limit=150)["messages"]) == 150
    assert [web.do(secret, "ping").status for _ in range(3)] == [200, 200, 429]


def test_a_suspended_account_has_no_sessions(web: Web) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    stream = Stream(web, secret)
    stream.events()
    web.world.node.submit(None, SuspendAccount("robot", "spam"))
    web.world.settle()
    assert stream.events()[-1]["event"] == "bye"
    assert not web.api._sessions
    assert not web.api.streams.open_streams
    assert web.do(secret, "ping").status == 401


def test_a_scope_holds_for_requests(web: Web) -> None:
    secret = web.token(verbs=("join", "send"), channels=("#x",))
    web.ok(secret, "join", channel="#x")
    for op, fields in (
        ("part", {"channel": "#x"}),
        ("join", {"channel": "#y"}),
        ("send", {"target": "robot", "text": "hi"}),
        ("token_create", {"name": "more"}),
    ):
        reply = web.do(secret, op, **fields)
        assert (reply.status, reply.json["code"]) == (403, "out_of_scope"), op


def test_it_is_noted_that_a_token_was_used(web: Web) -> None:
    secret = web.token()
    (token,) = web.world.realm.tokens.values()
    assert not token.used_at
    web.ok(secret, "ping")
    web.world.settle()
    (token,) = web.world.realm.tokens.values()
    assert token.used_at >= web.world.clock.seconds() * 1000 - 1000
    other = web.token(name="stream")
    Stream(web, other)
    assert all(each.used_at for each in web.world.realm.tokens.values())


def test_the_description_is_there_for_everybody(web: Web) -> None:
    reply = web.ask("GET", "/api/v1/openapi.json")
    described = reply.json
    assert described["openapi"] == "3.1.0"
    for path, methods in described["paths"].items():
        ((method, operation),) = methods.items()
        if path.startswith("/api/v1/") and "200" in operation["responses"]:
            allowed = web.ask("OPTIONS", path).headers["allow"]
            assert method.upper() in allowed.split(", "), path
    assert web.ask("HEAD", "/api/v1/openapi.json").headers["content-length"] == str(len(reply.body))


def test_the_description_has_every_op_that_can_be_asked_for(web: Web) -> None:
    described = json.loads(web.ask("GET", "/api/v1/openapi.json").body)
    ops_there = {path.removeprefix("/api/v1/") for path in described["paths"] if path.startswith("/api/")}
    assert ops_there == {*web.api._codecs, *web.api._others}
