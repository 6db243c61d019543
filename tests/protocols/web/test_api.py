"""POST /api/v1/OP: who may, what is answered, and what happens to others."""

from __future__ import annotations

import json

import pytest

from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import BecomeOperator, Kill, RevokeToken
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.web.asking import IDLE, Connection, Reply, Web


def test_a_program_joins_says_something_and_is_answered_as_over_json(web: Web) -> None:
    alice = web.world.irc("alice", caps="message-tags")
    alice.send("JOIN #x")
    secret = web.token()
    assert [each["nick"] for each in web.ok(secret, "join", channel="#x")["members"]] == ["alice", "robot"]
    alice.read()
    ok = web.ok(secret, "send", target="#x", text="built")
    (line,) = alice.read()
    assert f"msgid={ok['msgid']}" in line
    assert line.endswith(" PRIVMSG #x :built")


def test_its_session_attaches_to_the_user_of_the_account_that_is_here(web: Web) -> None:
    secret = web.token()
    robot = web.world.connect_json()
    robot.ok(op="login", account="robot", password="sesame")
    robot.ok(op="hello", nick="robot")
    robot.ok(op="join", channel="#x")
    robot.hear()
    assert [each["nick"] for each in web.ok(secret, "names", channel="#x")["members"]] == ["robot"]
    said = web.ok(secret, "send", target="#x", text="hi")
    assert [each["msgid"] for each in robot.hear()] == [said["msgid"]]


def test_it_goes_when_nobody_has_asked_for_a_while_and_comes_again(web: Web) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    web.world.pass_time(IDLE - 2)
    web.ok(secret, "ping")
    web.world.pass_time(IDLE - 2)
    assert web.world.realm.user("robot") is not None
    web.world.pass_time(5)
    assert web.world.realm.user("robot") is None
    assert web.do(secret, "part", channel="#x").status == 404
    assert web.world.realm.user("robot") is not None


@pytest.mark.parametrize("authorization", [None, "Bearer chd_unknown", "Basic cm9ib3Q6eA==", "Bearer", ""])
def test_who_shows_no_good_token_is_asked_for_one(web: Web, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    reply = web.ask("POST", "/api/v1/ping", b"", **headers)
    assert (reply.status, reply.json["code"]) == (401, "unauthorized")
    assert reply.headers["www-authenticate"].startswith('Bearer realm="chatdaemon"')


def test_a_token_in_the_query_is_none(web: Web) -> None:
    secret = web.token()
    assert web.ask("POST", f"/api/v1/ping?access_token={secret}").status == 401


def test_a_token_whose_time_is_over_is_none(web: Web) -> None:
    secret = web.token(expires_in=60)
    web.ok(secret, "ping")
    web.world.clock.advance(61)
    assert web.do(secret, "ping").status == 401


def test_a_token_that_is_revoked_ends_its_session(web: Web) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    web.world.node.submit(None, RevokeToken("ci", "robot"))
    web.world.settle()
    assert web.world.realm.user("robot") is None
    assert web.do(secret, "ping").status == 401


@pytest.mark.parametrize(
    ("op", "fields", "status", "code"),
    [
        ("join", {"channel": "x"}, 422, "bad_channel_name"),
        ("join", {}, 400, "bad_request"),
        ("join", {"channel": 7}, 400, "bad_request"),
        ("part", {"channel": "#nowhere"}, 404, "no_such_channel"),
        ("send", {"target": "nobody", "text": "hi"}, 404, "no_such_target"),
        ("send", {"target": "#x", "text": "x" * 5000}, 422, "too_long"),
        ("hello", {"nick": "x"}, 404, "not_found"),
        ("bye", {}, 404, "not_found"),
        ("nothing", {}, 404, "not_found"),
    ],
)
def test_an_error_has_the_code_of_json_and_a_status_that_fits(
    web: Web, op: str, fields: dict[str, object], status: int, code: str
) -> None:
    reply = web.do(web.token(), op, **fields)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert reply.json["message"]


def test_an_error_says_where_it_is(web: Web) -> None:
    assert web.do(web.token(), "join").json["at"] == "$.channel"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", None, 200),
        (b"{}", "application/json", 200),
        (b"{}", "application/json; charset=UTF-8", 200),
        (b'{"op":"ping"}', "application/json", 200),
        (b'{"op":"join"}', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "application/json; charset=latin-1", 415),
        (b"{}", None, 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"op":"\xff"}', "application/json", 400),
        (b"[" * 10000, "application/json", 400),
        (b" " * 17000, "application/json", 413),
    ],
)
def test_a_body_is_one_object_of_json(web: Web, body: bytes, kind: str | None, status: int) -> None:
    headers = {} if kind is None else {"content_type": kind}
    reply = web.ask("POST", "/api/v1/ping", body, authorization=f"Bearer {web.token()}", **headers)
    assert reply.status == status, reply.body


def test_other_methods_are_told_which_there_is(web: Web) -> None:
    reply = web.ask("GET", "/api/v1/send")
    assert (reply.status, reply.headers["allow"]) == (405, "POST, OPTIONS")
    assert web.ask("POST", "/api/v1/events").headers["allow"] == "GET, OPTIONS"
    assert web.ask("OPTIONS", "/api/v1/send").headers["allow"] == "POST, OPTIONS"


def test_there_is_nothing_beside_the_first_version(web: Web) -> None:
    assert {web.ask("GET", path).status for path in ("/api", "/api/", "/api/v2/send", "/api/v1")} == {404}


def test_one_thing_is_done_after_the_other_in_order(web: Web) -> None:
    secret = web.token()
    alice = web.world.irc("alice")
    alice.send("JOIN #x")
    web.ok(secret, "join", channel="#x")
    alice.read()
    connections = [Connection(web) for _ in range(10)]
    for number, connection in enumerate(connections):
        body = json.dumps({"target": "#x", "text": str(number)}).encode()
        connection.send(
            "POST", "/api/v1/send", body, content_type="application/json", authorization=f"Bearer {secret}"
        )
    assert [reply.status for each in connections for reply in each.replies()] == [200] * 10
    assert [line.rpartition(":")[2] for line in alice.read()] == [str(number) for number in range(10)]


def test_requests_may_follow_one_another_on_one_connection(web: Web) -> None:
    secret = web.token()
    connection = Connection(web)
    for _ in range(3):
        connection.send("POST", "/api/v1/ping", authorization=f"Bearer {secret}")
    assert [reply.status for reply in connection.replies()] == [200] * 3


def test_too_many_that_wait_are_told_to_come_again(make_world: MakeWorld, late: float) -> None:
    web = Web(make_world())
    secret = web.token()
    connections = [Connection(web) for _ in range(40)]
    for connection in connections:
        connection.send("POST", "/api/v1/away", authorization=f"Bearer {secret}")
    statuses = [reply.status for each in connections for reply in each.replies()]
    # What is done within the call does not wait.
    assert statuses.count(503) == (8 if late else 0)
    assert statuses.count(200) == (32 if late else 40)


def test_flood_control_says_when_to_ask_again(make_world: MakeWorld) -> None:
    web = Web(make_world(limits=LineLimits(flood_burst=3, flood_rate=0.5)))
    secret = web.token()
    assert [web.do(secret, "ping").status for _ in range(4)] == [200, 200, 200, 429]
    reply = web.do(secret, "ping")
    assert reply.json["code"] == "too_many_requests"
    web.world.clock.advance(int(reply.headers["retry-after"]))
    assert web.do(secret, "ping").status == 200


def test_what_a_client_that_has_gone_asked_for_is_done_if_it_was_begun(web: Web) -> None:
    secret = web.token()
    alice = web.world.irc("alice")
    alice.send("JOIN #x")
    web.ok(secret, "join", channel="#x")
    alice.read()
    first, second = Connection(web), Connection(web)
    for connection, text in ((first, "one"), (second, "two")):
        body = json.dumps({"target": "#x", "text": text}).encode()
        connection.send(
            "POST", "/api/v1/send", body, content_type="application/json", authorization=f"Bearer {secret}"
        )
        connection.transport.loseConnection()
    web.world.settle()
    said = [line.rpartition(":")[2] for line in alice.read() if "PRIVMSG" in line]
    assert said[0] == "one"
    assert web.ok(secret, "ping")


def test_a_user_that_is_removed_ends_the_session_and_the_next_request_brings_it_again(web: Web) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    web.world.irc("oper")
    session = next(iter(web.world.irc_server.sessions))
    web.world.node.submit(session, BecomeOperator("root", tuple(Privilege)))
    web.world.settle()
    web.world.node.submit(session, Kill("robot", "enough"))
    web.world.settle()
    assert web.world.realm.user("robot") is None
    web.ok(secret, "join", channel="#x")


def test_pages_of_others_may_not_ask_unless_they_are_listed(make_world: MakeWorld) -> None:
    web = Web(make_world(), origins=("https://app.example",))
    for path in ("/api/v1/send", "/api/v1/events"):
        foreign = web.ask("OPTIONS", path, origin="https://evil.example")
        assert foreign.status == 204
        assert "access-control-allow-origin" not in foreign.headers
        listed = web.ask("OPTIONS", path, origin="https://app.example")
        assert listed.headers["access-control-allow-origin"] == "https://app.example"
        assert "Authorization" in listed.headers["access-control-allow-headers"]
        assert listed.headers["vary"] == "Origin"
    answer = web.ask("POST", "/api/v1/ping", origin="https://app.example")
    assert answer.headers["access-control-allow-origin"] == "https://app.example"


def keyed(web: Web, secret: str, key: str, text: str = "hi") -> Reply:
    return web.ask(
        "POST",
        "/api/v1/send",
        json.dumps({"target": "#x", "text": text}).encode(),
        content_type="application/json",
        authorization=f"Bearer {secret}",
        idempotency_key=key,
    )


def test_what_is_said_with_the_same_idempotency_key_is_said_once(web: Web) -> None:
    secret = web.token()
    alice = web.world.irc("alice")
    alice.send("JOIN #x")
    web.ok(secret, "join", channel="#x")
    alice.read()
    first, again, other = keyed(web, secret, "k1"), keyed(web, secret, "k1"), keyed(web, secret, "k2")
    assert first.json == again.json
    assert first.json["msgid"] != other.json["msgid"]
    assert len(alice.read()) == 2
    assert keyed(web, secret, "k1", text="ho").json["code"] == "key_reused"
    assert web.ok(secret, "send", target="#x", text="hi", key="k1") == first.json


@pytest.mark.parametrize("key", ["", "k" * 65, "k\tk", "\xd7"])
def test_an_idempotency_key_is_some_characters_of_ascii(web: Web, key: str) -> None:
    assert keyed(web, web.token(), key).status == 400


def test_a_stopped_server_ends_its_sessions(web: Web) -> None:
    web.ok(web.token(), "join", channel="#x")
    web.api.stop("Server is stopping")
    web.world.settle()
    assert web.world.realm.user("robot") is None
