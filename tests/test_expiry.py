"""Masks for a time end, whoever is there, on a log that answers at once and on one that answers late."""

from __future__ import annotations

import pytest

from chatdaemon.deadlines import Deadlines
from chatdaemon.expiry import BanExpiry
from chatdaemon.log import LocalLog
from chatdaemon.node import Node
from chatdaemon.outbox import Outlet
from chatdaemon.realm.accounts import Registration
from chatdaemon.realm.modes import ChannelList
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import Kept, channel_record, load
from tests.world import NEW_YEAR, Client, World


@pytest.fixture(params=[0.0, 0.3], ids=["at once", "late"])
def world(request: pytest.FixtureRequest) -> World:
    return World(late=request.param)


def bans(world: World, channel: str = "#x") -> list[str]:
    found = world.realm.channel(channel)
    assert found is not None
    return [entry.mask for entry in found.entries(ChannelList.BAN)]


def alice_in(world: World, *channels: str) -> Client:
    alice = world.irc("alice")
    alice.send(*(f"JOIN {channel}" for channel in channels))
    alice.read()
    return alice


def test_each_mask_ends_in_its_time(world: World) -> None:
    alice = alice_in(world, "#x", "#y")
    alice.send("TBAN #x 80 bob", "TBAN #x 20 carol", "MODE #y +b ~t:1:dave", "MODE #x +b eve")
    alice.read()
    world.pass_time(15)
    assert alice.read() == []
    world.pass_time(10)
    assert alice.read() == [":irc.test MODE #x -b ~t:20s:carol!*@*"]
    world.pass_time(40)
    assert alice.read() == [":irc.test MODE #y -b ~t:1:dave!*@*"]
    world.pass_time(17)
    assert alice.read() == [":irc.test MODE #x -b ~t:80s:bob!*@*"]
    assert bans(world) == ["eve!*@*"]


def test_a_mask_that_was_taken_out_before_does_not_come_up_again(world: World) -> None:
    alice = alice_in(world, "#x", "#y")
    alice.send("TBAN #x 5 bob", "TBAN #y 8 bob", "MODE #x -b bob", "MODE #x +k key")
    alice.read()
    world.pass_time(12)
    assert alice.read() == [":irc.test MODE #y -b ~t:8s:bob!*@*"]


def test_a_channel_that_is_gone_is_no_matter(world: World) -> None:
    alice = alice_in(world, "#x")
    alice.send("TBAN #x 5 bob", "PART #x")
    alice.read()
    world.pass_time(10)
    assert alice.read() == []
    # Nor does it keep the next from being looked after.
    alice.send("JOIN #z", "TBAN #z 5 bob")
    world.pass_time(10)
    assert bans(world, "#z") == []


def test_a_clock_of_the_log_that_is_behind_is_waited_for() -> None:
    world = World()
    alice_in(world, "#x").send("TBAN #x 5 bob")
    inner = world.node._log
    assert isinstance(inner, LocalLog)
    inner._now = lambda: world.clock.seconds() - 10
    world.pass_time(8)
    assert bans(world) == ["~t:5s:bob!*@*"]
    world.pass_time(8)
    assert bans(world) == []


def test_what_has_ended_while_nothing_ran_ends_at_start() -> None:
    old = World()
    alice = alice_in(old, "#x")
    alice.send("TBAN #x 5 bob", "TBAN #x 100000 carol")
    channel = old.realm.channel("#x")
    assert channel is not None
    channel.registration = Registration("alice", NEW_YEAR * 1000)
    record = channel_record(channel)

    clock = World().clock
    clock.advance(60)
    realm = Realm()
    load(realm, Kept(channels=(record,)))
    node = Node(realm, LocalLog("test", 2, clock.seconds), Outlet(clock.callLater))
    deadlines = Deadlines(clock)
    expiry = BanExpiry(node, deadlines)
    deadlines.start()
    expiry.start()
    clock.pump([1, 1])
    found = realm.channels["#x"]
    assert [entry.mask for entry in found.entries(ChannelList.BAN)] == ["~t:100000s:carol!*@*"]
    clock.advance(100_000)
    assert found.lists == {}
    deadlines.stop()
