from __future__ import annotations

from chatdaemon.realm.conversations import (
    Conversation,
    between,
    identity_of,
    in_channel,
    is_guest,
    name_of,
)
from chatdaemon.realm.requests import ChangeNick, Disconnect, DropAccount, Join, Part
from chatdaemon.realm.settings import Settings
from tests.realm.scene import PLAIN, Scene


def test_a_channel_is_one_conversation_and_the_next_of_its_name_another() -> None:
    scene = Scene(PLAIN)
    scene.join("#x", "alice")
    first = in_channel(scene.channel("#x").id)
    scene("alice", Part("#x", None))
    scene("alice", Join("#x"))
    assert in_channel(scene.channel("#x").id) != first
    assert not first.private


def test_two_people_have_one_conversation_whoever_writes() -> None:
    assert between(7, 3) == between(3, 7) == Conversation(3, 7)
    assert between(3, 7).private
    assert between(3, 3).private


def test_who_is_logged_in_is_the_account_to_history() -> None:
    scene = Scene(PLAIN)
    scene.connect("alice")
    user = scene.people["alice"]
    assert identity_of(scene.realm, user) == user.id
    scene.log_in("alice", "alice")
    assert identity_of(scene.realm, user) == scene.account("alice").id != user.id


def test_people_are_called_as_they_are_now() -> None:
    scene = Scene(Settings(nick_is_account=False, channel_flags=(), user_modes=()))
    scene.connect("alice")
    alice = scene.id("alice")
    assert name_of(scene.realm, alice) == "alice"
    scene("alice", ChangeNick("alicia"))
    assert name_of(scene.realm, alice) == "alicia"
    account = scene.account("anna").id
    assert name_of(scene.realm, account) == "anna"
    scene.log_in("alice", "anna")
    assert name_of(scene.realm, account) == "alicia"
    scene("alice", Disconnect("gone"))
    assert name_of(scene.realm, account) == "anna"
    assert name_of(scene.realm, alice) is None
    scene(None, DropAccount("anna"))
    assert name_of(scene.realm, account) is None


def test_a_guest_is_somebody_here_without_an_account() -> None:
    scene = Scene(PLAIN)
    scene.connect("alice")
    alice = scene.id("alice")
    assert is_guest(alice, scene.realm)
    scene.log_in("alice", "alice")
    assert not is_guest(alice, scene.realm)
    assert not is_guest(scene.account("alice").id, scene.realm)
