from __future__ import annotations

import pytest

from chatdaemon.realm.accounts import Registration
from chatdaemon.realm.events import ModesChanged
from chatdaemon.realm.modes import ChannelList, ListEntry, ModeChange
from chatdaemon.realm.records import channel_from, channel_record
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ChangeModes, ExpireBans, Join, Post
from tests.realm.scene import START, Scene, off, on

BAN, EXCEPTION, INVITED = ChannelList.BAN, ChannelList.BAN_EXCEPTION, ChannelList.INVITE_EXCEPTION
MINUTE = 60_000


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob a member, carol outside."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    return scene


def entries(scene: Scene, which: ChannelList = BAN) -> list[ListEntry]:
    return list(scene.channel("#x").entries(which))


def test_a_ban_for_a_time_is_listed_with_its_end(scene: Scene) -> None:
    (event,) = scene.mode("alice", "#x", on(BAN, "~time:90s:carol"))
    assert isinstance(event, ModesChanged)
    assert event.changes == (on(BAN, "~t:90s:carol!*@*"),)
    assert entries(scene) == [ListEntry("~t:90s:carol!*@*", "alice!u@host", START, START + 90_000)]
    assert scene.refused("carol", Join("#x")) == Refusal(Reason.BANNED, "#x")


def test_it_ends_when_its_time_is_over_and_not_before(scene: Scene) -> None:
    scene.mode("alice", "#x", on(BAN, "~t:1:carol"), on(BAN, "~t:2:~m:bob"), on(BAN, "dave"))
    scene.at += MINUTE - 1
    assert scene(None, ExpireBans("#x")) == ()
    scene.at += 1
    (event,) = scene(None, ExpireBans("#X"))
    channel = scene.channel("#x")
    assert event == ModesChanged(channel.id, None, channel.id, "#x", (off(BAN, "~t:1:carol!*@*"),))
    assert scene("carol", Join("#x"))
    # The mute goes on; and then the one who was silent is heard at once.
    assert scene.refused("bob", Post("#x", "hi")) == Refusal(Reason.MUTED, "#x")
    scene.at += MINUTE
    assert scene(None, ExpireBans("#x"))
    assert scene("bob", Post("#x", "hi"))
    assert [entry.mask for entry in entries(scene)] == ["dave!*@*"]


def test_all_lists_have_masks_for_a_time(scene: Scene) -> None:
    scene.mode("alice", "#x", *(on(which, "~t:1:carol") for which in ChannelList))
    assert scene.channel("#x").guarded
    scene.at += MINUTE
    (event,) = scene(None, ExpireBans("#x"))
    assert isinstance(event, ModesChanged)
    assert event.changes == tuple(ModeChange(which, False, "~t:1:carol!*@*") for which in ChannelList)
    assert scene.channel("#x").lists == {}
    assert not scene.channel("#x").guarded
    assert scene(None, ExpireBans("#x")) == ()


@pytest.mark.parametrize("mask", ["carol", "~t:7:CAROL!*@*"])
def test_it_is_taken_out_before_with_any_time_or_none(scene: Scene, mask: str) -> None:
    scene.mode("alice", "#x", on(BAN, "~t:1:carol"))
    (event,) = scene.mode("alice", "#x", off(BAN, mask))
    assert isinstance(event, ModesChanged)
    assert event.changes == (off(BAN, "~t:1:carol!*@*"),)
    assert entries(scene) == []


@pytest.mark.parametrize("again", ["carol", "~t:5:carol"])
def test_one_that_is_there_stays_as_it_is(scene: Scene, again: str) -> None:
    scene.mode("alice", "#x", on(BAN, "~t:1:carol"))
    assert scene.mode("alice", "#x", on(BAN, again)) == ()
    assert [entry.mask for entry in entries(scene)] == ["~t:1:carol!*@*"]


def test_a_bad_time_is_refused_with_what_is_wrong(scene: Scene) -> None:
    change = on(BAN, "~t:0:carol")
    refusal = scene.refused("alice", ChangeModes("#x", (change,)))
    assert (refusal.reason, refusal.change) == (Reason.BAD_MODE_VALUE, change)
    assert refusal.detail == "A time is at least a second, and at most 1825 days"


def test_only_the_server_says_that_time_has_passed(scene: Scene) -> None:
    assert scene.refused("alice", ExpireBans("#x")) == Refusal(Reason.NOT_AN_OPERATOR)
    assert scene.refused(None, ExpireBans("#none")) == Refusal(Reason.NO_SUCH_CHANNEL, "#none")


def test_the_end_outlives_the_server(scene: Scene) -> None:
    scene.mode("alice", "#x", on(BAN, "~t:1:carol"))
    channel = scene.channel("#x")
    channel.registration = Registration("alice", START)
    again = Scene()
    kept = channel_from(again.realm, channel_record(channel))
    again.realm.channels[kept.folded] = kept
    again.at += MINUTE
    (event,) = again(None, ExpireBans("#x"))
    assert isinstance(event, ModesChanged)
    assert event.changes == (off(BAN, "~t:1:carol!*@*"),)
