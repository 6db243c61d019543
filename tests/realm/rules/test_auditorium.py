"""Who sees whom come and go in an auditorium."""

import pytest

from chatdaemon.realm.events import Quit
from chatdaemon.realm.modes import ChannelFlag, ChannelRank
from chatdaemon.realm.requests import Disconnect, Join, Kick, Part
from tests.realm.scene import PLAIN, Scene, on


@pytest.fixture
def hall() -> Scene:
    """#x is an auditorium: alice is its operator, helen a half-operator, vera voiced, bob and carol listen."""
    scene = Scene(PLAIN)
    scene.join("#x", "alice", "helen", "vera", "bob", "carol")
    scene.mode(
        "alice", "#x",
        on(ChannelRank.HALFOP, "helen"), on(ChannelRank.VOICE, "vera"), on(ChannelFlag.AUDITORIUM),
    )  # fmt: skip
    return scene


def test_listeners_come_and_go_unseen_by_one_another(hall: Scene) -> None:
    hall.connect("dave")
    (event,) = hall("dave", Join("#x"))
    assert hall.audience(event) == ["dave", "alice", "helen"]
    (event,) = hall("dave", Part("#x"))
    assert hall.audience(event) == ["dave", "alice", "helen"]
    (event,) = hall("alice", Kick("#x", "bob"))
    assert hall.audience(event) == ["bob", "alice", "helen"]
    (event,) = hall("carol", Disconnect("bye"))
    assert event.audience == (hall.id("carol"), hall.id("alice"), hall.id("helen"))


@pytest.mark.parametrize("nick", ["alice", "helen", "vera"])
def test_those_of_rank_are_seen_by_all(hall: Scene, nick: str) -> None:
    channel = hall.channel("#x").id
    (event,) = hall(nick, Part("#x"))
    assert hall.audience(event) == channel


def test_a_quit_says_where_it_was_not_seen(hall: Scene) -> None:
    hall.join("#y", "bob")
    bob = hall.people["bob"]
    hidden, seen = hall.channel("#x").id, hall.channel("#y").id
    (event,) = hall("bob", Disconnect("bye"))
    assert event == Quit(event.audience, bob.who, "bye", (hidden, seen), (hidden,))
    (event,) = hall("vera", Disconnect("bye"))
    assert isinstance(event, Quit)
    assert event.hidden == ()
