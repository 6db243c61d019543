"""A nickname is nobody's until registration is complete, and anybody's at once when somebody leaves before."""

from __future__ import annotations

import pytest
from twisted.internet.error import ConnectionLost

from tests.world import World


@pytest.mark.parametrize("last", ["NICK alice", "CAP LS 302", "USER alice 0 * :Alice", "CAP REQ :nonsense"])
def test_who_leaves_before_being_registered_leaves_the_nick_free(world: World, last: str) -> None:
    client = world.connect_irc()
    client.send("CAP LS", "NICK alice", last)
    assert world.realm.nicks == {}
    # Nor does it keep others from it while it is still there.
    world.irc("alice").vanish()
    client.vanish(ConnectionLost())
    assert not world.node.sessions
    world.irc("alice")


def test_who_leaves_while_registration_is_decided_leaves_the_nick_free(world: World) -> None:
    client = world.connect_irc()
    # With a late log nothing is decided by now.
    client.connection.dataReceived(b"NICK alice\r\nUSER alice 0 * :Alice\r\n")
    client.vanish(ConnectionLost())
    assert (world.realm.nicks, world.realm.users, world.realm.sessions) == ({}, {}, {})
    assert not world.node.sessions
    world.irc("alice")


def test_of_two_who_want_a_nick_the_first_to_be_registered_has_it(world: World) -> None:
    first, second = world.connect_irc(), world.connect_irc()
    first.send("NICK alice")
    second.send("NICK alice", "USER b 0 * :B")
    assert any(" 001 alice " in line for line in second.read())
    first.send("USER a 0 * :A")
    assert first.read() == [":irc.test 433 * alice :Nickname is already in use"]
    second.vanish()
    first.send("NICK alice")
    assert any(" 001 alice " in line for line in first.read())
