"""POST /hook/SECRET: a program that is not here says something."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from chatdaemon.accounts.tokens import digest_of
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.hooks import Direction
from chatdaemon.realm.requests import PostByHook, RemoveHook
from tests.disk import Disk
from tests.protocols.web.asking import Connection, Web
from tests.world import Client, World

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def listener(world: World) -> Client:
    """Somebody in a registered channel, who sees ids."""
    alice = world.irc("alice", caps="message-tags batch")
    world.account("alice")
    alice.send("NICKSERV IDENTIFY alice sesame", "JOIN #x", "CHANSERV REGISTER #x")
    alice.read()
    return alice


@pytest.fixture
def alice(web: Web) -> Client:
    return listener(web.world)


def test_what_a_program_posts_is_said_in_the_channel_with_the_id_that_it_is_told(
    web: Web, alice: Client
) -> None:
    reply = web.ask("POST", f"/hook/{web.hook('#x')}", b'{"text":"built"}', content_type=JSON)
    assert reply.status == 200
    (line,) = alice.read()
    assert f"msgid={reply.json['msgid']}" in line
    assert line.endswith(" PRIVMSG #x :built")
    assert ":ci/hook!hook@irc.test " in line
    assert reply.json["time"].startswith("2026-01-01T")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("deploy", "deploy/hook"),
        ("Deploy Bot (x)", "Deploy-Bot-x/hook"),
        ("", "ci/hook"),
        ("!!!", "ci/hook"),
        ("n" * 99, "n" * 32 + "/hook"),
        ("Zoë", "Zoë/hook"),
    ],
)
def test_it_may_say_in_whose_name_and_gets_what_is_nearest_to_it(
    web: Web, alice: Client, asked: str, shown: str
) -> None:
    body = f'{{"text":"hi","username":"{asked}","icon_emoji":":x:"}}'.encode()
    assert web.ask("POST", f"/hook/{web.hook('#x')}", body, content_type=JSON).status == 200
    (line,) = alice.read()
    assert f":{shown}!hook@" in line


def test_several_lines_are_said_one_by_one_and_empty_ones_not_at_all(web: Web, alice: Client) -> None:
    body = b'{"text":"one\\r\\n\\n  \\ntwo\\u0000\\nthree"}'
    assert web.ask("POST", f"/hook/{web.hook('#x')}", body, content_type=JSON).status == 200
    assert [line.rpartition(" :")[2] for line in alice.read()] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("hi & höre".encode(), "text/plain; charset=utf-8"),
        ("hi & höre".encode(), None),
        (urlencode({"text": "hi & höre"}).encode(), FORM),
        (urlencode({"payload": '{"text":"hi & höre","channel":"#y"}'}).encode(), FORM),
    ],
)
def test_it_may_post_plain_text_and_forms_as_slack_takes_them(
    web: Web, alice: Client, body: bytes, kind: str | None
) -> None:
    headers = {} if kind is None else {"content_type": kind}
    assert web.ask("POST", f"/hook/{web.hook('#x')}", body, **headers).status == 200
    (line,) = alice.read()
    assert line.endswith(" PRIVMSG #x :hi & höre")


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", JSON, 400, "bad_json"),
        (b'{"x":' + b"[" * 9999, JSON, 400, "bad_json"),
        (b"[]", JSON, 400, "bad_request"),
        (b'{"text":7}', JSON, 400, "bad_request"),
        (b"{}", JSON, 400, "bad_request"),
        (b"text=%ff", FORM, 400, "bad_request"),
        (b"payload=x", FORM, 400, "bad_json"),
        (b"&".join(b"%d=" % n for n in range(30)), FORM, 400, "bad_request"),
        (b"x=y", FORM, 400, "bad_request"),
        (b"\xff", "text/plain", 400, "bad_request"),
        (b"<x/>", "text/xml", 415, "unsupported_media_type"),
        (b"", None, 422, "no_text"),
        (b'{"text":" \\n "}', JSON, 422, "no_text"),
        (b"x" * 5000, "text/plain", 422, "too_long"),
        (b"x" * 20000, "text/plain", 413, "line_too_long"),
        (b"x\n" * 60, "text/plain", 422, "bad_hook"),
        (b"\x01VERSION\x01", "text/plain", 403, "no_ctcp"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nobody_hears_of_it(
    web: Web, alice: Client, body: bytes, kind: str | None, status: int, code: str
) -> None:
    headers = {} if kind is None else {"content_type": kind}
    reply = web.ask("POST", f"/hook/{web.hook('#x')}", body, **headers)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert alice.read() == []
    assert len(web.world.node.sessions) == 1


def test_who_does_not_know_the_secret_learns_nothing(web: Web, alice: Client) -> None:
    web.hook("#x")
    for method in ("POST", "GET", "PUT"):
        for path in ("/hook/wrong", "/hook/", "/hook", "/hook/secret-of-ci/x"):
            assert web.ask(method, path, b"hi").status == 404


def test_other_methods_are_told_that_it_is_posted_to(web: Web, alice: Client) -> None:
    reply = web.ask("GET", f"/hook/{web.hook('#x')}")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


def test_a_hook_that_was_removed_is_none(web: Web, alice: Client) -> None:
    secret = web.hook("#x")
    assert web.ask("POST", f"/hook/{secret}", b"hi").status == 200
    web.world.node.submit(None, RemoveHook("#x", "ci", Direction.IN))
    web.world.settle()
    assert web.ask("POST", f"/hook/{secret}", b"hi").status == 404


def test_flood_control_is_for_each_hook(web: Web, alice: Client) -> None:
    web.world.around.limits = LineLimits(flood_burst=3, flood_rate=0.5)
    first, second = web.hook("#x"), web.hook("#x", "other")
    assert [web.ask("POST", f"/hook/{first}", b"hi").status for _ in range(4)] == [200, 200, 200, 429]
    reply = web.ask("POST", f"/hook/{first}", b"hi")
    assert web.ask("POST", f"/hook/{second}", b"hi").status == 200
    web.world.clock.advance(int(reply.headers["retry-after"]))
    assert web.ask("POST", f"/hook/{first}", b"hi").status == 200


def test_what_was_posted_is_in_the_history(web: Web, alice: Client) -> None:
    posted = web.ask("POST", f"/hook/{web.hook('#x')}", b"built").json
    bob = web.world.json("bob")
    bob.ok(op="join", channel="#x")
    alice.send("CHANSERV SET #x HISTORY all")
    (message,) = [
        each for each in bob.ok(op="history", target="#x")["messages"] if each["msgid"] == posted["msgid"]
    ]
    assert message["text"] == "built"


def test_a_program_that_does_not_wait_has_said_it_all_the_same(
    web: Web, alice: Client, failures: Callable[[], int]
) -> None:
    connection = Connection(web)
    connection.send("POST", f"/hook/{web.hook('#x')}", b"built")
    connection.vanish()
    web.world.settle()
    assert [line.rpartition(" :")[2] for line in alice.read()] == ["built"]
    assert not failures()


def test_it_is_answered_when_it_is_stored(web: Web, alice: Client) -> None:
    disk = Disk.of(web.world)
    secret = web.hook("#x")
    disk.hold()
    connection = Connection(web)
    connection.send("POST", f"/hook/{secret}", b"built")
    assert connection.replies() == []
    assert [line.rpartition(" :")[2] for line in alice.read()] == ["built"]
    disk.go_on()
    (reply,) = connection.replies()
    assert (reply.status, "stored" in reply.json) == (200, False)


def test_what_could_not_be_stored_is_said_so_with_its_id(web: Web, alice: Client) -> None:
    disk = Disk.of(web.world)
    secret = web.hook("#x")
    disk.full = True
    reply = web.ask("POST", f"/hook/{secret}", b"built")
    assert (reply.status, reply.json["code"]) == (503, "not_stored")
    assert f"msgid={reply.json['msgid']}" in alice.read()[0]


def test_nobody_else_posts_by_a_hook(web: Web, alice: Client) -> None:
    digest = digest_of(web.hook("#x"))
    web.world.node.submit(next(iter(web.world.irc_server.sessions)), PostByHook(digest, ("forged",)))
    web.world.settle()
    assert not any("forged" in line for line in alice.read())
