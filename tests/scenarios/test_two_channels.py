"""What is said in several channels within one turn of the reactor."""

from __future__ import annotations

from tests.world import World


def test_each_of_two_channels_gets_its_lines_when_they_come_together() -> None:
    world = World()
    alice, bob, carol = (world.irc(nick) for nick in ("alice", "bob", "carol"))
    alice.send("JOIN #a", "JOIN #b")
    bob.send("JOIN #a")
    carol.send("JOIN #b")
    bob.read()
    carol.read()
    alice.send("PRIVMSG #a :1", "PRIVMSG #b :2", "PRIVMSG #a :3", "PRIVMSG #b :4")
    assert [line.rpartition(":")[2] for line in bob.read()] == ["1", "3"]
    assert [line.rpartition(":")[2] for line in carol.read()] == ["2", "4"]
