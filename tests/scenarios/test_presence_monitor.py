"""extended-monitor: those who watch a nick learn what members of a common channel learn, and never twice."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access
from tests.scenarios.test_presence_notify import log_in
from tests.world import Client, World

CAPS = "extended-monitor away-notify account-notify chghost setname"
CHANGES = [
    ":bob!bob@192.0.2.1 AWAY :lunch",
    ":bob!bob@192.0.2.1 ACCOUNT bobby",
    ":bob!bob@192.0.2.1 SETNAME :Robert",
    ":bob!bob@192.0.2.1 CHGHOST bob staff.test",
    ":bob!bob@staff.test AWAY",
]


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(irc=IRCSettings(operators=access(vhost="staff.test")))


def change_everything(world: World, bob: Client) -> None:
    bob.send("AWAY :lunch")
    log_in(world, bob, "bobby")
    bob.send("SETNAME :Robert", "OPER boss secret", "AWAY")


@pytest.mark.parametrize("channels", ["", "#bobs"])
def test_a_watcher_without_a_common_channel_is_told(world: World, channels: str) -> None:
    bob, alice = world.irc("bob"), world.irc("alice", caps=CAPS)
    bob.send(f"JOIN {channels or '0'}")
    alice.send("JOIN #alices")
    alice.ask("MONITOR + BOB")
    change_everything(world, bob)
    assert alice.read() == CHANGES


@pytest.mark.parametrize("channels", ["#x", "#x,#y"])
def test_a_watcher_in_a_common_channel_is_told_once(world: World, channels: str) -> None:
    bob, alice = world.irc("bob"), world.irc("alice", caps=CAPS)
    bob.send(f"JOIN {channels}")
    alice.send(f"JOIN {channels}", "MONITOR + bob")
    alice.read()
    change_everything(world, bob)
    assert alice.read() == CHANGES


def test_a_watcher_in_an_auditorium_is_told_as_a_watcher(world: World) -> None:
    world.irc("boss").send("JOIN #hall", "MODE #hall +u")
    bob, alice = world.irc("bob"), world.irc("alice", caps=CAPS)
    bob.send("JOIN #hall")
    alice.send("JOIN #hall", "MONITOR + bob")
    alice.read()
    change_everything(world, bob)
    assert alice.read() == CHANGES


def test_one_who_watches_oneself_is_told_once(world: World) -> None:
    bob = world.irc("bob", caps=CAPS)
    bob.ask("MONITOR + bob")
    log_in(world, bob, "bobby")
    assert bob.read().count(":bob!bob@192.0.2.1 ACCOUNT bobby") == 1
    assert bob.ask("SETNAME :Robert") == [":bob!bob@192.0.2.1 SETNAME :Robert"]
    assert bob.ask("AWAY :x") == [":irc.test 306 bob :You have been marked as being away"]


@pytest.mark.parametrize("channel", ["#bobs", "#x"])
def test_saying_the_same_again_is_no_news(world: World, channel: str) -> None:
    bob, alice = world.irc("bob"), world.irc("alice", caps=CAPS)
    alice.send("JOIN #x")
    bob.send("AWAY :early", f"JOIN {channel}")
    alice.ask("MONITOR + bob")
    for line, told in (
        ("AWAY :early", []),
        ("AWAY :late", [":bob!bob@192.0.2.1 AWAY :late"]),
        ("AWAY :late", []),
        ("AWAY", [":bob!bob@192.0.2.1 AWAY"]),
        ("AWAY", []),
    ):
        bob.send(line)
        assert alice.read() == told


def test_nothing_is_kept_of_somebody_away_who_left(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")
    bob.send("AWAY :x", "QUIT")
    alice.ask("MONITOR + bob")
    bob = world.irc("bob")
    alice.read()
    bob.send("AWAY :x")
    assert alice.read() == [":bob!bob@192.0.2.1 AWAY :x"]


def test_only_what_was_asked_for_is_told(world: World) -> None:
    bob = world.irc("bob")
    alice = world.irc("alice", caps="extended-monitor setname")
    carol = world.irc("carol", caps=CAPS.removeprefix("extended-monitor "))
    for each in (alice, carol):
        each.ask("MONITOR + bob")
    change_everything(world, bob)
    assert alice.read() == [":bob!bob@192.0.2.1 SETNAME :Robert"]
    assert carol.read() == []


def test_who_stops_watching_is_told_no_more(world: World) -> None:
    bob, alice = world.irc("bob"), world.irc("alice", caps=CAPS)
    alice.ask("MONITOR + bob")
    alice.ask("MONITOR - bob")
    change_everything(world, bob)
    assert alice.read() == []


def test_a_watch_is_on_the_nick_and_not_on_the_user(world: World) -> None:
    bob, alice = world.irc("bob"), world.irc("alice", caps=CAPS)
    alice.ask("MONITOR + bob")
    bob.send("NICK robert", "AWAY :x", "NICK bob", "AWAY :y")
    assert alice.read() == [
        ":irc.test 731 alice :bob",
        ":irc.test 730 alice :bob!bob@192.0.2.1",
        ":bob!bob@192.0.2.1 AWAY :y",
    ]


def test_who_comes_logged_in_can_be_asked_about(world: World) -> None:
    """A notice of coming holds no account: a client asks with WHOX."""
    alice = world.irc("alice", caps=CAPS)
    alice.ask("MONITOR + bob")
    log_in(world, world.irc("bob"), "bobby")
    assert alice.read() == [":irc.test 730 alice :bob!bob@192.0.2.1", ":bob!bob@192.0.2.1 ACCOUNT bobby"]
    assert alice.ask("WHO bob %na") == [
        ":irc.test 354 alice bob bobby",
        ":irc.test 315 alice bob :End of WHO list",
    ]
