"""Every event says whom it is for; those that happen to one user say to whom."""

from typing import get_args

import pytest

from chatdaemon.realm.events import Event
from chatdaemon.realm.modes import ChannelRank, Privilege
from chatdaemon.realm.requests import Invite, Join, Kick, Kill, Part, Request
from chatdaemon.realm.rules import RULES
from tests.realm.scene import Scene, off


@pytest.mark.parametrize("event", get_args(Event), ids=lambda event: event.__name__)
def test_every_event_has_an_audience_first(event: type) -> None:
    assert next(iter(event.__annotations__)) == "audience"


def test_events_that_happen_to_somebody_name_them() -> None:
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    scene.oper("olga", Privilege.KILL)
    subjects = {
        type(event).__name__: getattr(event, "subject", None)
        for actor, request in (
            ("alice", Invite("carol", "#x")),
            ("carol", Join("#x")),
            ("carol", Part("#x")),
            ("alice", Kick("#x", "bob")),
            ("olga", Kill("carol", "x")),
        )
        for event in scene(actor, request)
    }
    assert subjects == {
        "Invited": scene.id("carol"),
        "Joined": scene.id("carol"),
        "Parted": scene.id("carol"),
        "Kicked": scene.id("bob"),
        "Killed": scene.id("carol"),
        "Quit": scene.id("carol"),
        "ServerNoticed": None,
    }


def test_events_with_the_same_content_are_equal_and_refusals_in_them_too() -> None:
    one, other = Scene(), Scene()
    for scene in (one, other):
        scene.join("#x", "alice")
    changes = (off(ChannelRank.OP, "x"), off(ChannelRank.OP, "y"))
    assert one.mode("alice", "#x", *changes) == other.mode("alice", "#x", *changes)
    assert one.mode("alice", "#x", *changes) != other.mode("alice", "#x", *reversed(changes))


def test_every_request_has_a_rule_of_its_own() -> None:
    assert set(RULES) == set(get_args(Request))
