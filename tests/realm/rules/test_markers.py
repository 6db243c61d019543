from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.realm.events import ReadMarkerForgotten, ReadMarkerSet
from chatdaemon.realm.markers import markers_of
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Join, RenameChannel, SetAccount, SetReadMarker
from tests.realm.scene import PLAIN, START, Scene


@pytest.fixture
def scene() -> Scene:
    """alice and her phone are logged in to one account, bob to none."""
    scene = Scene(replace(PLAIN, nick_is_account=False, read_markers=3))
    scene.join("#x", "alice", "phone", "bob")
    scene.account("alice", "phone")
    scene("alice", SetAccount("alice"))
    scene("phone", SetAccount("alice"))
    return scene


def marked(scene: Scene, nick: str, account: int | None, target: str, at: int) -> ReadMarkerSet:
    return ReadMarkerSet((scene.id(nick),), scene.people[nick].who, account, target, at)


def test_whoever_is_logged_in_to_an_account_has_its_markers(scene: Scene) -> None:
    account = scene.account("alice").id
    events = scene("phone", SetReadMarker("#X", START - 5))
    assert events == (
        marked(scene, "phone", account, "#X", START - 5),
        marked(scene, "alice", account, "#X", START - 5),
    )
    assert [event.subject for event in events if isinstance(event, ReadMarkerSet)] == [
        scene.id("phone"),
        scene.id("alice"),
    ]
    assert scene.realm.markers == {account: {"#x": START - 5}}
    assert markers_of(scene.realm, scene.people["alice"]) == {"#x": START - 5}
    assert markers_of(scene.realm, scene.people["bob"]) == {}


def test_without_an_account_markers_are_the_user_s_own(scene: Scene) -> None:
    assert scene("bob", SetReadMarker("Alice", START)) == (marked(scene, "bob", None, "Alice", START),)
    assert markers_of(scene.realm, scene.people["bob"]) == {"alice": START}
    assert scene.realm.markers == {}


@pytest.mark.parametrize("nick", ["alice", "bob"])
def test_a_marker_only_moves_forward_and_who_asks_is_told_where_it_is(scene: Scene, nick: str) -> None:
    account = scene.account("alice").id if nick == "alice" else None
    scene(nick, SetReadMarker("#x", START - 5))
    for earlier in (START - 5, START - 6, 0):
        assert scene(nick, SetReadMarker("#x", earlier)) == (marked(scene, nick, account, "#x", START - 5),)
    assert markers_of(scene.realm, scene.people[nick]) == {"#x": START - 5}
    scene(nick, SetReadMarker("#x", START - 4))
    assert markers_of(scene.realm, scene.people[nick]) == {"#x": START - 4}


def test_nothing_has_been_read_that_is_still_to_be_said(scene: Scene) -> None:
    assert scene("bob", SetReadMarker("#x", START + 9)) == (marked(scene, "bob", None, "#x", START),)


def test_of_too_many_markers_the_oldest_is_forgotten(scene: Scene) -> None:
    account = scene.account("alice").id
    for target, at in (("#a", START - 1), ("#b", START - 3), ("c", START - 2)):
        scene("alice", SetReadMarker(target, at))
        scene("bob", SetReadMarker(target, at))
    *_, last = scene("alice", SetReadMarker("#d", START))
    assert last == ReadMarkerForgotten((), account, "#b")
    assert scene("bob", SetReadMarker("#d", START)) == (marked(scene, "bob", None, "#d", START),)
    left = {"#a": START - 1, "c": START - 2, "#d": START}
    assert scene.realm.markers[account] == left
    assert scene.people["bob"].markers == left
    # One that is there is moved, whatever else there is.
    assert len(scene("alice", SetReadMarker("c", START))) == 2
    assert set(scene.realm.markers[account]) == set(left)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("#", Reason.BAD_CHANNEL_NAME),
        ("#a,b", Reason.BAD_CHANNEL_NAME),
        ("a!b", Reason.BAD_NICK),
        ("", Reason.BAD_NICK),
    ],
)
def test_what_nothing_can_be_called_cannot_be_read(scene: Scene, target: str, reason: Reason) -> None:
    refusal = scene.refused("alice", SetReadMarker(target, START))
    assert (refusal.reason, refusal.subject) == (reason, target)


def test_only_somebody_who_is_there_has_read_anything(scene: Scene) -> None:
    assert scene.refused("nobody", SetReadMarker("#x", START)) == Refusal(Reason.NOT_CONNECTED)


class TestRename:
    """A channel that gets another name."""

    def test_keeps_what_has_been_read_of_it(self, scene: Scene) -> None:
        account = scene.account("alice").id
        scene("alice", SetReadMarker("#x", START - 5))
        scene("bob", SetReadMarker("#x", START - 6))
        scene("bob", SetReadMarker("#z", START - 7))
        _, *events = scene("alice", RenameChannel("#x", "#Y"))
        assert [event for event in events if isinstance(event, (ReadMarkerSet, ReadMarkerForgotten))] == [
            marked(scene, "alice", account, "#Y", START - 5),
            marked(scene, "phone", account, "#Y", START - 5),
            ReadMarkerForgotten((), account, "#x"),
            marked(scene, "bob", None, "#Y", START - 6),
        ]
        assert scene.realm.markers == {account: {"#y": START - 5}}
        assert scene.people["bob"].markers == {"#z": START - 7, "#y": START - 6}

    def test_keeps_it_for_those_who_are_not_there(self, scene: Scene) -> None:
        account = scene.account("alice").id
        scene("alice", SetReadMarker("#x", START - 5))
        for nick in ("alice", "phone"):
            scene(nick, SetAccount(None))
        _, *events = scene("alice", RenameChannel("#x", "#y"))
        found = [event for event in events if isinstance(event, (ReadMarkerSet, ReadMarkerForgotten))]
        assert found == [
            ReadMarkerSet((), None, account, "#y", START - 5),
            ReadMarkerForgotten((), account, "#x"),
        ]
        assert isinstance(found[0], ReadMarkerSet)
        assert found[0].subject is None

    def test_puts_them_in_place_of_those_of_one_that_had_the_name_before(self, scene: Scene) -> None:
        account = scene.account("alice").id
        scene("alice", SetReadMarker("#y", START - 1))
        scene("alice", SetReadMarker("#x", START - 5))
        scene("alice", RenameChannel("#x", "#y"))
        assert scene.realm.markers == {account: {"#y": START - 5}}

    def test_changes_none_where_only_the_case_of_letters_does(self, scene: Scene) -> None:
        scene("alice", SetReadMarker("#x", START - 5))
        events = scene("alice", RenameChannel("#x", "#X"))
        assert not any(isinstance(event, (ReadMarkerSet, ReadMarkerForgotten)) for event in events)

    def test_changes_none_of_those_who_have_read_nothing(self, scene: Scene) -> None:
        scene("alice", SetReadMarker("#other", START - 5))
        scene("bob", Join("#other"))
        events = scene("alice", RenameChannel("#x", "#y"))
        assert not any(isinstance(event, (ReadMarkerSet, ReadMarkerForgotten)) for event in events)
