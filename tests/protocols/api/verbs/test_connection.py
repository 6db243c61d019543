"""Coming, going and being there."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.api.server import APISettings
from chatdaemon.realm.settings import UNLIMITED, Settings
from tests.protocols.api.acting import error
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World


def test_hello_makes_a_user(world: World) -> None:
    client = world.connect_json(secure=True, address="2001:db8::1")
    ok = client.ok(op="hello", v=1, nick="Alice", realname="Alice Example")
    assert ok["user"] == {
        "nick": "Alice",
        "username": "Alice",
        "host": "2001:db8::1",
        "realname": "Alice Example",
    }
    assert (ok["v"], ok["server"], ok["network"]) == (1, "irc.test", "ChatNet")
    assert ok["modes"] == ["invisible", "secure"]
    assert ok["casemapping"] == "ascii"
    assert ok["limits"]["line"] == 16384
    user = world.realm.user("alice")
    assert user is not None
    assert list(user.sessions) == [ok["session"]]


def test_the_fingerprint_of_a_clients_certificate_is_the_users(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Certificate:
        def digest(self, name: str) -> bytes:
            assert name == "sha256"
            return b"AB:CD:01"

    client = world.connect_json(secure=True)
    monkeypatch.setattr(client.transport, "getPeerCertificate", Certificate)
    client.ok(op="hello", nick="alice")
    user = world.realm.user("alice")
    assert user is not None
    assert user.certificate == "abcd01"


def test_an_address_that_begins_with_a_colon_can_stand_in_an_irc_line(world: World) -> None:
    assert world.connect_json(address="::1").ok(op="hello", nick="a")["user"]["host"] == "0::1"
    assert (
        world.connect_json(address="::ffff:192.0.2.9").ok(op="hello", nick="b")["user"]["host"] == "192.0.2.9"
    )


def test_who_names_no_nick_is_a_guest(world: World) -> None:
    first = world.connect_json().ok(op="hello")["user"]["nick"]
    taken = f"guest-a{len(world.node.sessions) + 2}"
    world.json(taken)
    second = world.connect_json().ok(op="hello")["user"]
    assert first == "guest-a1"
    assert second["nick"] == "guest-a3_" == f"{taken}_"
    assert second["realname"] == "guest-a3_"


def test_a_refused_hello_may_be_tried_again(world: World) -> None:
    world.json("alice")
    client = world.connect_json()
    assert error(client, op="hello", nick="ALICE") == {"code": "nick_in_use", "subject": "ALICE"}
    assert error(client, op="hello", nick="9lives")["code"] == "bad_nick"
    assert error(client, op="hello", nick="bob", realname="\t")["code"] == "bad_realname"
    assert error(client, op="hello", nick="bob", v=2) == {"code": "unsupported_version", "at": "$.v"}
    assert client.ok(op="hello", nick="bob")["user"]["nick"] == "bob"


def test_a_second_hello_is_refused(world: World) -> None:
    assert error(world.json("alice"), op="hello", nick="bob") == {"code": "already_connected"}


def test_the_servers_password_is_asked_for(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(password_hash="hash of sesame"))
    client = world.connect_json()
    assert client.ok(op="hello", nick="alice", password="sesame")["user"]["nick"] == "alice"
    for wrong in ({"password": "open"}, {}):
        client = world.connect_json()
        client.say(id=1, op="hello", nick="bob", **wrong)
        refused, bye = client.hear()
        assert refused["error"]["code"] == "bad_password"
        assert refused["id"] == 1
        assert bye["event"] == "bye"
        assert client.closed
    assert world.realm.user("bob") is None


def test_what_is_not_limited_has_no_limit(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(text_length=None), settings=Settings(topic_length=UNLIMITED))
    limits = world.connect_json().ok(op="hello")["limits"]
    assert not {"text", "topic"} & set(limits)
    assert limits["nick"] == 30


def test_settings_that_change_hold_at_once(world: World) -> None:
    alice = world.json("alice")
    world.api.configure(APISettings(network="Other", text_length=4))
    assert error(alice, op="send", target="alice", text="12345")["code"] == "too_long"
    assert world.connect_json().ok(op="hello")["network"] == "Other"


def test_ping_tells_the_time(world: World) -> None:
    alice = world.json("alice")
    now = alice.ok(op="ping")["time"]
    world.pass_time(2)
    later = alice.ok(op="ping")["time"]
    assert now < later
    assert later.endswith("Z")


@pytest.mark.parametrize(("reason", "said"), [("tea", "Quit: tea"), (None, "Quit")])
def test_bye_is_answered_and_seen(world: World, reason: str | None, said: str) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    alice.hear()
    bob.hear()
    alice.say(id=9, op="bye", reason=reason)
    reply, bye = alice.hear()
    assert reply == {"id": 9, "ok": {}}
    assert (bye["event"], bye["reason"]) == ("bye", said)
    assert alice.closed
    (event,) = bob.hear()
    assert (event["event"], event["from"]["nick"], event["reason"]) == ("quit", "alice", said)
