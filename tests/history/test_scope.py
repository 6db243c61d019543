from __future__ import annotations

import pytest

from chatdaemon.history.scope import readings_of
from chatdaemon.realm.refusal import Refusal
from tests.history.kept import result
from tests.world import World


def targets(world: World, nick: str, target: str | None = None) -> list[str]:
    user = world.realm.user(nick)
    assert user is not None
    return [reading.target for reading in result(readings_of(world.history, world.realm, user, target))]


def test_a_search_looks_into_ones_channels_and_talks() -> None:
    world = World()
    alice, bob, carol = world.irc("alice"), world.irc("bob"), world.irc("carol")
    alice.send("JOIN #x,#y", "PRIVMSG bob :hi", "PRIVMSG alice :hi")
    carol.send("JOIN #z", "PRIVMSG alice :hi", "PRIVMSG bob :hi")
    assert sorted(targets(world, "alice")) == ["#x", "#y", "alice", "bob", "carol"]
    bob.send("NICK rob")
    assert sorted(targets(world, "alice")) == ["#x", "#y", "alice", "carol", "rob"]
    bob.send("QUIT")
    # There is no name any more by which a guest could be told.
    assert sorted(targets(world, "alice")) == ["#x", "#y", "alice", "carol"]


def test_or_into_one_of_them() -> None:
    world = World()
    alice = world.irc("alice")
    alice.send("JOIN #x,#y")
    assert targets(world, "alice", "#X") == ["#x"]
    with pytest.raises(Refusal):
        targets(world, "alice", "#z")
