from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.realm.events import (
    Called,
    KeyForgotten,
    KeyUsed,
    PartlyRefused,
    Posted,
    PostedLines,
    Repeated,
)
from chatdaemon.realm.keys import KeyRecord, UsedKey
from chatdaemon.realm.modes import UserMode
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import load
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    Disconnect,
    DropAccount,
    Join,
    Kind,
    Line,
    Post,
    PostLines,
    PostOnce,
    SetAccount,
)
from chatdaemon.realm.snapshot import restore, take
from tests.realm.keeping import kept_of
from tests.realm.scene import PLAIN, START, Scene

HI = Post("#x", "hi")


@pytest.fixture
def scene() -> Scene:
    """alice is logged in, bob and carol are not; all are in #x."""
    scene = Scene(replace(PLAIN, keys_per_user=3, key_age=1000))
    scene.connect("alice", "bob", "carol")
    scene.account("alice")
    scene("alice", SetAccount("alice"))
    for name in ("alice", "bob", "carol"):
        scene(name, Join("#x"))
    return scene


def say(scene: Scene, who: str, key: str, fingerprint: int = 5) -> str:
    """Says hi by a key, for the first time; returns the message's id."""
    said, used, *_ = scene(who, PostOnce(key, fingerprint, HI))
    assert isinstance(said, Posted)
    assert isinstance(used, KeyUsed)
    return used.used.msgid


def test_a_message_with_a_key_is_said_as_without_and_the_key_remembered(scene: Scene) -> None:
    account = scene.account("alice").id
    (plain,) = scene("alice", HI)
    said, used = scene("alice", PostOnce("k", 5, HI))
    assert said == plain
    expected = UsedKey(f"{scene.index:016x}", START, 5)
    assert used == KeyUsed((), account, "k", expected)
    assert scene.realm.keys == {account: {"k": expected}}


def test_the_same_key_again_is_the_same_message_and_changes_nothing(scene: Scene) -> None:
    msgid = say(scene, "alice", "k")
    before = scene.snapshot()
    scene.at += 1000
    assert scene("alice", PostOnce("k", 5, HI)) == (Repeated((), UsedKey(msgid, START, 5)),)
    assert scene.snapshot() == before


def test_another_message_by_the_same_key_is_refused(scene: Scene) -> None:
    msgid = say(scene, "alice", "k")
    refusal = scene.refused("alice", PostOnce("k", 6, Post("#x", "something else")))
    assert refusal == Refusal(Reason.KEY_REUSED, "k", msgid)


def test_keys_are_each_persons_own(scene: Scene) -> None:
    assert len({say(scene, name, "k") for name in ("alice", "bob", "carol")}) == 3


def test_who_logs_in_is_answered_for_what_was_said_before(scene: Scene) -> None:
    msgid = say(scene, "bob", "k")
    scene.account("bob")
    scene("bob", SetAccount("bob"))
    assert scene("bob", PostOnce("k", 5, HI)) == (Repeated((), UsedKey(msgid, START, 5)),)


def test_what_is_refused_leaves_the_key_for_another_time(scene: Scene) -> None:
    assert scene.refused("alice", PostOnce("k", 5, Post("#nowhere", "hi"))).reason is Reason.NO_SUCH_TARGET
    say(scene, "alice", "k")


def test_of_somebody_gone_nothing_is_done(scene: Scene) -> None:
    assert scene.refused("nobody", PostOnce("k", 5, HI)).reason is Reason.NOT_CONNECTED


def test_a_message_that_its_receiver_is_only_told_of_can_be_said_again(scene: Scene) -> None:
    scene.user_mode("bob", UserMode.CALLER_ID)
    post = PostOnce("k", 5, Post("bob", "hi"))
    refused, called = scene("alice", post)
    assert isinstance(refused, PartlyRefused)
    assert isinstance(called, Called)
    assert not scene.realm.keys


def test_several_lines_and_tags_can_have_keys(scene: Scene) -> None:
    said, _ = scene("alice", PostOnce("lines", 5, PostLines("#x", (Line("a"), Line("b")))))
    assert isinstance(said, PostedLines)
    said, _ = scene("alice", PostOnce("tag", 5, Post("#x", "", Kind.TAG, {"+typing": "active"})))
    assert isinstance(said, Posted)
    assert len(scene.realm.keys[scene.account("alice").id]) == 2


def test_a_key_is_forgotten_when_it_is_old_and_another_is_used(scene: Scene) -> None:
    account = scene.account("alice").id
    for key in "abc":
        say(scene, "alice", key)
    scene.at += 1001
    first = list(scene("alice", PostOnce("d", 5, HI)))[2:]
    assert first == [KeyForgotten((), account, "a"), KeyForgotten((), account, "b")]
    second = list(scene("alice", PostOnce("e", 5, HI)))[2:]
    assert second == [KeyForgotten((), account, "c")]
    assert list(scene.realm.keys[account]) == ["d", "e"]


def test_a_key_that_is_too_old_is_a_new_one_though_nobody_has_forgotten_it(scene: Scene) -> None:
    first = say(scene, "alice", "k")
    scene.at += 1001
    assert say(scene, "alice", "k", fingerprint=6) > first


def test_the_oldest_of_too_many_is_forgotten(scene: Scene) -> None:
    for key in "abc":
        say(scene, "alice", key)
    account = scene.account("alice").id
    *_, forgotten = scene("alice", PostOnce("d", 5, HI))
    assert forgotten == KeyForgotten((), account, "a")
    assert list(scene.realm.keys[account]) == ["b", "c", "d"]


def test_those_of_who_uses_none_any_more_are_forgotten_by_and_by(scene: Scene) -> None:
    account = scene.account("alice").id
    for key in "abc":
        say(scene, "alice", key)
    scene.at += 1001
    *_, one, two = scene("bob", PostOnce("d", 5, HI))
    assert (one, two) == (KeyForgotten((), account, "a"), KeyForgotten((), account, "b"))
    *_, three = scene("bob", PostOnce("e", 5, HI))
    assert three == KeyForgotten((), account, "c")
    assert list(scene.realm.keys) == [scene.people["bob"].id]
    # Of who has no account nothing is stored, and so no end of it is told.
    scene.at += 1001
    assert len(scene("carol", PostOnce("f", 5, HI))) == 2
    assert list(scene.realm.keys) == [scene.people["carol"].id]


def test_with_who_leaves_and_with_an_account_that_is_dropped_its_keys_go(scene: Scene) -> None:
    say(scene, "alice", "k")
    say(scene, "bob", "k")
    scene("bob", Disconnect("bye"))
    assert list(scene.realm.keys) == [scene.account("alice").id]
    scene("alice", Disconnect("bye"))
    assert list(scene.realm.keys) == [scene.account("alice").id]
    scene(None, DropAccount("alice"))
    assert not scene.realm.keys


def test_a_snapshot_and_what_is_stored_hold_the_keys_in_their_order(scene: Scene) -> None:
    scene.account("bob")
    scene("bob", SetAccount("bob"))
    for name, key in (("alice", "a"), ("bob", "b"), ("carol", "c"), ("alice", "0")):
        say(scene, name, key)
    alice, bob, carol = scene.account("alice").id, scene.account("bob").id, scene.people["carol"].id
    assert list(scene.realm.keys) == [bob, carol, alice]
    again = restore(take(scene.realm))
    assert {who: list(keys.items()) for who, keys in again.keys.items()} == {
        who: list(keys.items()) for who, keys in scene.realm.keys.items()
    }
    assert list(again.keys) == [bob, carol, alice]
    kept = kept_of(scene.realm)
    assert [record[:2] for record in kept.keys] == [(alice, "0"), (alice, "a"), (bob, "b")]
    assert all(isinstance(record, KeyRecord) for record in kept.keys)
    loaded = Realm(scene.realm.settings)
    load(loaded, kept)
    assert {who: list(keys) for who, keys in loaded.keys.items()} == {bob: ["b"], alice: ["a", "0"]}
    assert list(loaded.keys) == [bob, alice]
