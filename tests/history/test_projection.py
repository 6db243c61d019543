from __future__ import annotations

import pytest

from chatdaemon.history.record import Record
from chatdaemon.history.settings import HistorySettings, Kept
from chatdaemon.realm.events import (
    Joined,
    Kicked,
    ModesChanged,
    NickChanged,
    Parted,
    Portrayed,
    Posted,
    PostedLines,
    Quit,
    Relayed,
    TopicChanged,
)
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.settings import Settings
from tests.history.kept import of_channel, of_people
from tests.protocols.irc.given import log_in
from tests.world import World

ALL = "message-tags batch draft/multiline draft/relaymsg"


def types(records: list[Record]) -> list[type]:
    return [type(record.told) for record in records]


def test_what_is_said_and_done_in_a_channel_is_kept_in_its_order() -> None:
    world = World(settings=Settings(roleplay=True))
    alice, bob = world.irc("alice", caps=ALL), world.irc("bob", caps=ALL)
    alice.send("JOIN #x", "TOPIC #x :tea", "MODE #x +E")
    bob.send("JOIN #x", "PRIVMSG #x :hi", "NOTICE #x :hi", "@+draft/react=x TAGMSG #x")
    alice.send("BATCH +r draft/multiline #x", "@batch=r PRIVMSG #x :a", "@batch=r PRIVMSG #x :b", "BATCH -r")
    alice.send("RELAYMSG #x zed/net :hi", "NPC #x Gandalf :hi", "SCENE #x :It rains")
    bob.send("NICK rob", "PART #x", "JOIN #x")
    alice.send("KICK #x rob")
    bob.send("JOIN #x", "QUIT")
    records = of_channel(world, "#x")
    assert types(records) == [
        Joined, TopicChanged, ModesChanged, Joined, Posted, Posted, Posted, PostedLines, Relayed, Portrayed,
        Portrayed, NickChanged, Parted, Joined, Kicked, Joined, Quit,
    ]  # fmt: skip
    assert records == sorted(records, key=lambda record: record.point)
    messages = [type(record.told) for record in records if record.message]
    assert messages == [Posted, Posted, PostedLines, Relayed, Portrayed, Portrayed]
    assert {record.rank for record in records} == {0}
    bobs = {record.sender for record in records if getattr(record.told, "nick", "") == "rob"}
    assert bobs == {records[3].sender}


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("PRIVMSG #x :\x01VERSION\x01", 0),
        ("PRIVMSG #x :\x01ACTION waves\x01", 1),
        ("@+typing=active TAGMSG #x", 0),
        ("@+draft/typing=active;+typing=active TAGMSG #x", 0),
        ("@+typing=active;+draft/react=x TAGMSG #x", 1),
        ("@+typing=active PRIVMSG #x :hi", 1),
    ],
)
def test_what_is_fleeting_is_not_kept(line: str, kept: int) -> None:
    world = World(history=HistorySettings(events=frozenset({Kept.TAG})))
    alice = world.irc("alice", caps="message-tags")
    alice.send("JOIN #x", line)
    assert len(of_channel(world, "#x")) == kept


@pytest.mark.parametrize("kept", Kept)
def test_only_what_is_wanted_is_kept_beside_messages(kept: Kept) -> None:
    world = World(history=HistorySettings(events=frozenset({kept})))
    alice, bob = world.irc("alice", caps="message-tags"), world.irc("bob")
    alice.send("JOIN #x", "TOPIC #x :tea", "MODE #x +m", "@+draft/react=x TAGMSG #x", "PRIVMSG #x :hi")
    bob.send("JOIN #x", "PART #x", "JOIN #x")
    alice.send("NICK alicia", "KICK #x bob")
    bob.send("JOIN #x", "QUIT")
    found = set(types([record for record in of_channel(world, "#x") if not record.message]))
    assert (
        found
        == {
            Kept.JOIN: {Joined},
            Kept.PART: {Parted, Kicked},
            Kept.QUIT: {Quit},
            Kept.NICK: {NickChanged},
            Kept.TOPIC: {TopicChanged},
            Kept.MODE: {ModesChanged},
            Kept.TAG: {Posted},
        }[kept]
    )
    assert [record.told.text for record in of_channel(world, "#x") if record.message and isinstance(record.told, Posted)] == ["hi"]  # fmt: skip


def test_a_message_to_some_ranks_is_theirs() -> None:
    world = World(settings=Settings(roleplay=True))
    alice = world.irc("alice", caps=ALL)
    alice.send("JOIN #x", "MODE #x +m", "PRIVMSG @#x :a", "PRIVMSG +#x :b", "PRIVMSG #x :c")
    alice.send("BATCH +r draft/multiline @#x", "@batch=r PRIVMSG @#x :d", "BATCH -r")
    ranks = [record.rank for record in of_channel(world, "#x") if record.message]
    assert ranks == [Rank.OP, Rank.VOICE, 0, Rank.OP]


def test_what_people_write_to_one_another_is_one_conversation() -> None:
    world = World()
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("PRIVMSG bob :one", "PRIVMSG alice :to myself")
    bob.send("PRIVMSG alice :two", "NICK rob")
    alice.send("PRIVMSG rob :three")
    told = [record.told for record in of_people(world, "alice", "rob")]
    assert [event.text for event in told if isinstance(event, Posted)] == ["one", "two", "three"]
    assert len(of_people(world, "alice", "alice")) == 1
    log_in(alice, "alice")
    # Who logs in is somebody else to history: what the guest said was the guest's.
    assert of_people(world, "alice", "rob") == []


def test_who_is_silenced_has_it_to_themselves() -> None:
    world = World()
    alice, bob = world.irc("alice"), world.irc("bob")
    bob.send("SILENCE +alice!*@*")
    alice.send("PRIVMSG bob :do you hear me?")
    (record,) = of_people(world, "alice", "bob")
    assert record.rank > 0
    user = world.realm.user("alice")
    assert user is not None
    assert record.sender == user.id


def test_in_an_auditorium_only_those_who_see_members_read_of_their_coming_and_going() -> None:
    world = World()
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x", "MODE #x +u")
    bob.send("JOIN #x", "PART #x", "JOIN #x", "NICK rob", "QUIT")
    ranks = {type(record.told): record.rank for record in of_channel(world, "#x")}
    assert ranks[Parted] == ranks[NickChanged] == ranks[Quit] == Rank.HALFOP
    bobs = [record for record in of_channel(world, "#x") if isinstance(record.told, Joined)][1:]
    assert {record.rank for record in bobs} == {Rank.HALFOP}


def test_a_channel_keeps_its_conversation_when_it_is_renamed() -> None:
    world = World()
    alice = world.irc("alice")
    alice.send(
        "JOIN #x", "PRIVMSG #x :old", "RENAME #x #y", "PRIVMSG #y :new", "JOIN #x", "PRIVMSG #x :other"
    )
    told = [record.told for record in of_channel(world, "#y") if record.message]
    assert [event.text for event in told if isinstance(event, Posted)] == ["old", "new"]
