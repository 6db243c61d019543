from __future__ import annotations

from chatdaemon.realm.events import AwayChanged, Connected
from chatdaemon.realm.requests import Connect, Join
from tests.realm.scene import PLAIN, Scene


def test_who_comes_may_be_away_already() -> None:
    scene = Scene()
    scene.connect("bob")
    connected, away = scene("alice", Connect("alice", "u", "R", "host", "host", away="gone to lunch"))
    alice = scene.realm.sessions["alice"]
    assert connected == Connected((alice.id,), alice.who)
    # Whoever watches the nick is told, and nobody else is there to be.
    assert away == AwayChanged((), alice.who, "gone to lunch")
    assert alice.away == "gone to lunch"
    (joined,) = scene("alice", Join("#x"))
    assert getattr(joined, "away", None) == "gone to lunch"


def test_the_text_is_cut_as_ever() -> None:
    scene = Scene()
    scene.connect("alice", away="x" * 1000)
    assert scene.people["alice"].away == "x" * PLAIN.away_length
