from __future__ import annotations

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.irc.watch import WatchLists
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access, operator
from tests.world import World


def test_a_watcher_is_told_when_somebody_comes_and_goes_however_that_happens(world: World) -> None:
    alice = world.irc("alice")
    alice.ask("MONITOR + BOB")
    bob = world.irc("bob")
    assert alice.read() == [":irc.test 730 alice :bob!bob@192.0.2.1"]
    bob.send("QUIT")
    assert alice.read() == [":irc.test 731 alice :bob"]
    world.irc("bob").vanish()
    assert alice.read() == [":irc.test 730 alice :bob!bob@192.0.2.1", ":irc.test 731 alice :bob"]


def test_a_change_of_nick_is_a_leaving_and_a_coming(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.ask("MONITOR + bob,robert")
    bob.send("NICK Robert")
    assert alice.read() == [":irc.test 731 alice :bob", ":irc.test 730 alice :Robert!bob@192.0.2.1"]
    bob.send("NICK ROBERT")
    assert alice.read() == []
    bob.send("NICK somebody")
    assert alice.read() == [":irc.test 731 alice :ROBERT"]


def test_a_refused_nick_tells_nobody_anything(world: World) -> None:
    alice, bob, _ = world.irc("alice"), world.irc("bob"), world.irc("carol")
    alice.ask("MONITOR + bob,carol")
    bob.send("NICK carol")
    assert alice.read() == []


def test_every_watcher_is_told_by_its_own_nick(world: World) -> None:
    alice, carol = world.irc("alice"), world.irc("carol", caps="server-time")
    for each in (alice, carol):
        each.ask("MONITOR + bob")
    world.irc("bob")
    assert alice.read() == [":irc.test 730 alice :bob!bob@192.0.2.1"]
    (line,) = carol.read()
    assert line.startswith("@time=2026-01-01T00:00:")
    assert line.endswith("Z :irc.test 730 carol :bob!bob@192.0.2.1")


def test_one_who_watches_oneself_is_told_apart_from_the_answer(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    alice.ask("MONITOR + alice,alison")
    assert sorted(alice.ask("@label=n NICK alison")) == [
        ":irc.test 730 alison :alison!alice@192.0.2.1",
        ":irc.test 731 alison :alice",
        "@label=n :alice!alice@192.0.2.1 NICK :alison",
    ]


def test_names_are_the_same_as_the_casemapping_says(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(casemapping="rfc1459"))
    alice = world.irc("alice")
    alice.ask("MONITOR + b[]")
    world.irc("B{}")
    assert alice.read() == [":irc.test 730 alice :B{}!B@192.0.2.1"]


def test_nothing_is_kept_of_a_watcher_who_is_gone(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("MONITOR + bob,zed")
    bob.send("MONITOR + zed", "MONITOR - zed")
    alice.send("QUIT")
    bob.send("QUIT")
    assert world.irc_server.watch.watchers == {}
    assert world.irc_server.watch.watched == {}


def test_a_watcher_that_is_being_closed_is_not_written_to(world: World) -> None:
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("MONITOR + bob")
    alice.transport.reading = False
    alice.send("QUIT")
    bob.send("QUIT")
    alice.transport.read_on()
    assert not any(" 731 " in line for line in alice.read())


def test_a_kill_is_a_leaving(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(operators=access(Privilege.KILL)))
    alice, boss, bob = world.irc("alice"), operator(world, "boss"), world.irc("bob")
    alice.ask("MONITOR + bob")
    boss.send("KILL bob :enough")
    assert bob.closed
    assert alice.read() == [":irc.test 731 alice :bob"]


def test_who_was_away_before_the_server_started_comes_back_to_be_seen(world: World) -> None:
    alice, bob = world.irc("alice", caps="extended-monitor away-notify"), world.irc("bob")
    bob.send("AWAY :tea")
    alice.ask("MONITOR + bob")
    # As a server does that begins with users who were here when the last one ended.
    watch = WatchLists(world.node)
    (session,) = [each for each in world.irc_server.sessions if each is alice.connection]
    watch.add(session, "bob")
    alice.read()
    bob.send("AWAY")
    assert alice.read() == [":bob!bob@192.0.2.1 AWAY"] * 2
