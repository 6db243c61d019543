from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.conversations import Conversation, between, in_channel
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.reading import Reading, may_read, reading_of, readings
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Disconnect, Join, Part, RegisterChannel, RenameChannel
from chatdaemon.realm.settings import Cutoff, Settings
from tests.realm.scene import PLAIN, Scene


def read(scene: Scene, nick: str, target: str) -> Reading:
    return may_read(scene.realm, scene.people[nick], target)


def refusal(scene: Scene, nick: str, target: str) -> tuple[Reason, str]:
    with pytest.raises(Refusal) as caught:
        read(scene, nick, target)
    return caught.value.reason, caught.value.subject


def registered(cutoff: Cutoff, own: Cutoff | None = None) -> Scene:
    """olga founded #x at the start; the server's cutoff is this, and the channel's own the other."""
    scene = Scene(replace(PLAIN, cutoff=cutoff))
    scene.join("#x", "olga")
    scene.log_in("olga", "olga")
    scene("olga", RegisterChannel("#x"))
    registration = scene.channel("#x").registration
    assert registration is not None
    if own is not None:
        settings = {**registration.settings, RegistrationSetting.CUTOFF: own.value}
        scene.channel("#x").registration = replace(registration, settings=settings)
    return scene


def test_members_read_their_channel_as_far_as_their_rank_goes() -> None:
    scene = Scene(PLAIN)
    scene.join("#x", "alice", "bob")
    conversation = in_channel(scene.channel("#x").id)
    assert read(scene, "alice", "#X") == Reading(conversation, "#x", 0, Rank.OP, scene.id("alice"))
    assert read(scene, "bob", "#x") == Reading(conversation, "#x", 0, Rank.NONE, scene.id("bob"))


def test_others_do_not_even_learn_whether_there_is_one() -> None:
    scene = Scene(PLAIN)
    scene.join("#x", "alice")
    scene.connect("bob")
    assert refusal(scene, "bob", "#x") == (Reason.NO_HISTORY, "#x")
    assert refusal(scene, "bob", "#y") == (Reason.NO_HISTORY, "#y")
    scene.join("#x", "bob")
    read(scene, "bob", "#x")
    scene("bob", Part("#x", None))
    assert refusal(scene, "bob", "#x") == (Reason.NO_HISTORY, "#x")


def test_a_channel_is_read_by_the_name_that_it_has_now() -> None:
    scene = Scene(PLAIN)
    scene.join("#x", "alice")
    before = read(scene, "alice", "#x")
    scene("alice", RenameChannel("#x", "#y"))
    assert read(scene, "alice", "#y") == replace(before, target="#y")
    assert refusal(scene, "alice", "#x") == (Reason.NO_HISTORY, "#x")


def test_from_when_on_it_is_read_is_for_the_server_to_say() -> None:
    for cutoff, since in ((Cutoff.NONE, 0), (Cutoff.JOIN, 5000), (Cutoff.REGISTRATION, 3000)):
        scene = Scene(replace(PLAIN, cutoff=cutoff))
        start = scene.at
        scene.join("#x", "alice")
        scene.at = start + 3000
        scene.connect("bob")
        scene.log_in("bob", "bob")
        scene.at = start + 5000
        scene.join("#x", "bob")
        assert read(scene, "bob", "#x").since == (start + since if since else 0)


def test_without_an_account_registration_is_joining() -> None:
    scene = Scene(replace(PLAIN, cutoff=Cutoff.REGISTRATION))
    scene.join("#x", "alice")
    scene.at += 1000
    scene.join("#x", "bob")
    assert read(scene, "bob", "#x").since == scene.at


def test_who_comes_back_has_joined_anew() -> None:
    scene = Scene(replace(PLAIN, cutoff=Cutoff.JOIN))
    scene.join("#x", "alice", "bob")
    scene("bob", Part("#x", None))
    scene.at += 1000
    scene("bob", Join("#x"))
    assert read(scene, "bob", "#x").since == scene.at
    assert read(scene, "alice", "#x").since == scene.at - 1000


def test_a_founder_says_it_for_a_channel_and_reads_all() -> None:
    for server, own, since in (
        (Cutoff.NONE, Cutoff.JOIN, True),
        (Cutoff.JOIN, Cutoff.NONE, False),
        (Cutoff.JOIN, None, True),
    ):
        scene = registered(server, own)
        scene.at += 1000
        scene.join("#x", "bob")
        assert read(scene, "bob", "#x").since == (scene.at if since else 0)
        assert read(scene, "olga", "#x").since == 0


def test_people_read_what_they_wrote_to_one_another() -> None:
    scene = Scene(PLAIN)
    scene.connect("alice", "bob")
    alice, bob = scene.id("alice"), scene.id("bob")
    assert read(scene, "alice", "BOB") == Reading(between(alice, bob), "bob", 0, Rank.NONE, alice)
    assert read(scene, "bob", "alice").conversation == read(scene, "alice", "bob").conversation
    assert read(scene, "alice", "alice").conversation == Conversation(alice, alice)
    assert refusal(scene, "alice", "nobody") == (Reason.NO_HISTORY, "nobody")


def test_accounts_are_read_by_their_nicks_while_nobody_is_there() -> None:
    scene = Scene(Settings(nick_is_account=False, channel_flags=(), user_modes=()))
    scene.connect("alice", "bob")
    account = scene.account("anna", "annie").id
    assert read(scene, "bob", "annie").conversation == between(scene.id("bob"), account)
    assert read(scene, "bob", "annie").target == "annie"


def test_a_reader_has_its_channels_in_the_order_of_joining() -> None:
    scene = Scene(PLAIN)
    scene.join("#x", "alice")
    scene.join("#y", "bob")
    scene.join("#z", "alice")
    found = readings(scene.realm, scene.people["alice"])
    assert [reading.target for reading in found] == ["#x", "#z"]
    assert found[0] == read(scene, "alice", "#x")


def test_a_conversation_is_read_by_those_who_have_a_part_in_it() -> None:
    scene = Scene(PLAIN)
    scene.join("#w", "alice")
    scene.join("#x", "alice")
    scene.connect("bob", "carol")
    realm, alice, bob, carol = scene.realm, *(scene.people[nick] for nick in ("alice", "bob", "carol"))
    channel = in_channel(scene.channel("#x").id)
    assert reading_of(realm, alice, channel) == read(scene, "alice", "#x")
    assert reading_of(realm, bob, channel) is None
    talk = between(alice.id, bob.id)
    assert reading_of(realm, alice, talk) == read(scene, "alice", "bob")
    assert reading_of(realm, bob, talk) == read(scene, "bob", "alice")
    assert reading_of(realm, carol, talk) is None
    alone = between(alice.id, alice.id)
    assert reading_of(realm, alice, alone) == read(scene, "alice", "alice")
    scene("bob", Disconnect("gone"))
    assert reading_of(realm, alice, talk) is None
