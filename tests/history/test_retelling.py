from __future__ import annotations

from chatdaemon.history.retelling import retold
from chatdaemon.realm.events import (
    Joined,
    Kicked,
    ModesChanged,
    NickChanged,
    Parted,
    Portrayed,
    Posted,
    PostedLines,
    Relayed,
    TopicChanged,
)
from chatdaemon.realm.reading import may_read
from chatdaemon.realm.settings import Settings
from tests.history.kept import of_channel, of_people
from tests.world import World

ALL = "message-tags batch draft/multiline draft/relaymsg"


def test_a_channel_that_was_renamed_is_told_by_its_name_of_now() -> None:
    world = World(settings=Settings(roleplay=True))
    alice, bob = world.irc("alice", caps=ALL), world.irc("bob")
    alice.send("JOIN #x", "TOPIC #x :tea", "MODE #x +E", "PRIVMSG #x :hi", "RELAYMSG #x zed/net :hi")
    alice.send("BATCH +r draft/multiline #x", "@batch=r PRIVMSG #x :a", "@batch=r PRIVMSG #x :b", "BATCH -r")
    alice.send("SCENE #x :It rains", "NICK alicia")
    bob.send("AWAY :lunch", "JOIN #x", "PART #x", "JOIN #x")
    alice.send("KICK #x bob", "RENAME #x #y")
    user = world.realm.user("alicia")
    assert user is not None
    reading = may_read(world.realm, user, "#y")
    told = [retold(record, reading, "alicia") for record in of_channel(world, "#y")]
    named = [event for event in told if not isinstance(event, NickChanged)]
    assert {getattr(event, "channel", getattr(event, "target", None)) for event in named} == {"#y"}
    assert {type(event) for event in told} == {
        Joined, TopicChanged, ModesChanged, Posted, PostedLines, Relayed, Portrayed, NickChanged, Parted, Kicked,
    }  # fmt: skip
    assert {event.away for event in told if isinstance(event, Joined)} == {None}


def test_what_goes_on_under_one_name_is_told_as_it_was() -> None:
    world = World()
    alice = world.irc("alice", caps=ALL)
    alice.send("JOIN #x", "TOPIC #x :tea", "PRIVMSG #x :hi", "RELAYMSG #x zed/net :hi")
    user = world.realm.user("alice")
    assert user is not None
    reading = may_read(world.realm, user, "#x")
    for record in of_channel(world, "#x"):
        assert retold(record, reading, "alice") == record.told


def test_people_are_written_to_under_their_nicks_of_now() -> None:
    world = World()
    alice, bob = world.irc("alice", caps=ALL), world.irc("bob", caps=ALL)
    alice.send("PRIVMSG bob :one")
    bob.send("PRIVMSG alice :two")
    alice.send(
        "BATCH +r draft/multiline bob", "@batch=r PRIVMSG bob :a", "@batch=r PRIVMSG bob :b", "BATCH -r"
    )
    alice.send("NICK alicia")
    bob.send("NICK rob")
    user = world.realm.user("alicia")
    assert user is not None
    reading = may_read(world.realm, user, "rob")
    told = [retold(record, reading, "alicia") for record in of_people(world, "alicia", "rob")]
    assert [getattr(event, "target", None) for event in told] == ["rob", "alicia", "rob"]
    # Who has said it is called as it was then.
    assert [event.who.nick for event in told if isinstance(event, (Posted, PostedLines))] == [
        "alice",
        "bob",
        "alice",
    ]
