"""Several JSON clients of one account, their devices, and what an ok says of the disk."""

from __future__ import annotations

from typing import Any

import pytest

from chatdaemon.protocols.api.verbs import connection
from tests.disk import Disk
from tests.world import JSONClient, World


def login(world: World, **more: Any) -> JSONClient:
    """A client that has logged in to the account "alice"."""
    world.account("alice")
    client = world.connect_json()
    client.ok(op="login", **{"account": "alice", "password": "sesame", **more})
    return client


def devices(world: World) -> list[str]:
    return [each.device for each in world.realm.nicks["alice"].sessions.values()]


@pytest.fixture
def alice(world: World) -> JSONClient:
    alice = login(world)
    alice.ok(op="hello")
    alice.ok(op="join", channel="#tea")
    alice.ok(op="topic", channel="#tea", text="Green")
    return alice


# Coming


def test_hello_tells_of_the_channels_that_the_user_is_in(world: World, alice: JSONClient) -> None:
    world.irc("bob").send("JOIN #tea")
    alice.ok(op="away", text="lunch")
    alice.hear()
    (channel,) = (ok := login(world).ok(op="hello"))["channels"]
    assert channel["channel"] == "#tea"
    assert channel["topic"]["text"] == "Green"
    assert channel["members"] == [
        {"nick": "alice", "account": "alice", "ranks": ["op"], "away": True},
        {"nick": "bob"},
    ]
    assert ok["away"] == "lunch"
    assert "seen" not in ok
    # And the first client is told nothing.
    assert alice.hear() == []


def test_who_is_first_has_no_channels_to_be_told_of(world: World) -> None:
    assert "channels" not in login(world).ok(op="hello")


def test_members_can_be_left_out(world: World, alice: JSONClient) -> None:
    (channel,) = login(world).ok(op="hello", members=False)["channels"]
    assert "members" not in channel


def test_of_too_many_members_the_rest_is_left_out(
    world: World, alice: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_MEMBERS", 2)
    alice.ok(op="join", channel="#milk")
    for nick in ("bob", "carol"):
        world.irc(nick).send("JOIN #tea")
    tea, milk = login(world).ok(op="hello")["channels"]
    assert ("members" in tea, "members" in milk) == (False, True)


# Being one of several


def test_what_one_does_the_other_is_told_of(world: World, alice: JSONClient) -> None:
    phone = login(world)
    phone.ok(op="hello")
    alice.ok(op="send", target="#tea", text="hi")
    world.irc("bob")
    alice.ok(op="send", target="bob", text="psst")
    alice.ok(op="join", channel="#milk")
    alice.ok(op="part", channel="#tea")
    events = phone.hear()
    assert [(each["event"], each.get("text")) for each in events] == [
        ("message", "hi"),
        ("message", "psst"),
        ("join", None),
        ("part", None),
    ]
    assert events[2]["members"] == [{"nick": "alice", "account": "alice", "ranks": ["op"]}]


def test_who_leaves_leaves_the_others_there_and_nothing_of_it_is_told(
    world: World, alice: JSONClient
) -> None:
    phone, irc = login(world), world.irc("bob")
    irc.send("JOIN #tea")
    phone.ok(op="hello")
    alice.hear(), irc.read()
    phone.ok(op="bye")
    assert (alice.hear(), irc.read()) == ([], [])
    assert world.realm.user("alice") is not None


def test_a_client_that_speaks_irc_and_one_that_speaks_json_are_one_user(
    world: World, alice: JSONClient
) -> None:
    irc = world.connect_irc()
    irc.send("PASS alice:sesame", "NICK alice", "USER a 0 * :A")
    assert any(" JOIN #tea" in line for line in irc.read())
    irc.send("PRIVMSG #tea :from here")
    assert [each["text"] for each in alice.hear()] == ["from here"]
    alice.ok(op="send", target="#tea", text="from there")
    assert irc.read() == [":alice!alice@192.0.2.1 PRIVMSG #tea :from there"]


# Devices


def test_a_device_is_named_at_login_or_hello(world: World) -> None:
    login(world, account="alice@Laptop").ok(op="hello")
    login(world, device="Phone").ok(op="hello")
    login(world, account="alice@x").ok(op="hello", device="Tablet")
    named_later = login(world)
    named_later.ok(op="hello")
    named_later.ok(op="login", account="alice@desk", password="sesame")
    assert devices(world) == ["laptop", "phone", "tablet", "desk"]


@pytest.mark.parametrize("device", ["", "a b", "é", "x" * 33, "phone\n", 7])
def test_what_cannot_be_a_device_is_refused(world: World, device: Any) -> None:
    error = world.connect_json().do(op="hello", nick="bob", device=device)["error"]
    assert (error["code"], error["at"]) == ("bad_request", "$.device")


def test_hello_says_up_to_when_the_device_had_been_told_everything(world: World) -> None:
    login(world, device="phone").ok(op="hello")
    last = login(world, device="laptop")
    last.ok(op="hello")
    last.ok(op="bye")
    seen = world.realm.devices[world.realm.accounts["alice"].id]["laptop"]
    ok = login(world, device="laptop").ok(op="hello")
    assert ok["seen"].startswith("2026-01-01T00:00:0")
    assert seen > 0
    assert "seen" not in login(world, device="other").ok(op="hello")


def test_a_client_that_is_there_is_noted_once_in_a_while_and_goes_on(world: World) -> None:
    alice = login(world, device="phone")
    alice.ok(op="hello")
    for _ in range(7):
        world.pass_time(60)
        alice.ok(op="ping")
    assert list(world.realm.devices[world.realm.accounts["alice"].id]) == ["phone"]


# What is stored


def test_an_ok_for_what_is_stored_waits_for_that(world: World, alice: JSONClient) -> None:
    disk = Disk.of(world)
    bob = world.irc("bob")
    bob.send("JOIN #tea")
    bob.read()
    alice.hear()
    disk.hold()
    alice.say(id=1, op="send", target="#tea", text="hi")
    alice.say(id=2, op="ping")
    assert alice.hear() == []
    assert bob.read() == [":alice!alice@192.0.2.1 PRIVMSG #tea :hi"]
    disk.go_on()
    world.settle()
    first, second = alice.hear()
    assert (first["id"], set(first["ok"])) == (1, {"msgid", "time"})
    assert second["id"] == 2


def test_what_is_not_to_be_stored_says_so_at_once(world: World, alice: JSONClient) -> None:
    disk = Disk.of(world)
    world.irc("bob")
    disk.hold()
    assert alice.ok(op="send", target="bob", text="hi")["stored"] is False
    assert alice.ok(op="send", target="#tea", kind="tag", tags={"+typing": "active"})["stored"] is False


def test_what_cannot_be_stored_is_an_error_with_the_id_of_what_was_delivered(
    world: World, alice: JSONClient
) -> None:
    disk = Disk.of(world)
    phone = login(world)
    phone.ok(op="hello")
    phone.hear()
    disk.full = True
    error = alice.do(op="send", target="#tea", text="hi")["error"]
    (event,) = phone.hear()
    assert (error["code"], error["msgid"]) == ("not_stored", event["msgid"])
    disk.full = False
    assert "stored" not in alice.ok(op="send", target="#tea", text="hi")
