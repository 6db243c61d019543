"""Renaming: the same channel under another name."""

from __future__ import annotations

import pytest

from chatdaemon.realm.events import ChannelRenamed, ModesChanged, ServerNoticed
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, Privilege, Rank
from chatdaemon.realm.refusal import Reason
from chatdaemon.realm.requests import Invite, Join, Part, Post, RegisterChannel, RenameChannel, SetAccess
from chatdaemon.realm.rules.renames import INTERVAL
from tests.realm.scene import Scene, on


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.join("#old", "alice", "bob")
    scene.connect("carol")
    return scene


def test_a_renamed_channel_is_the_same_channel(scene: Scene) -> None:
    channel = scene.channel("#old")
    scene.mode("alice", "#old", on(ChannelFlag.INVITE_ONLY))
    scene("alice", Invite("carol", "#old"))
    (renamed,) = scene("alice", RenameChannel("#OLD", "#new", "tidier"))
    assert isinstance(renamed, ChannelRenamed)
    assert (renamed.audience, renamed.channel_id) == (channel.id, channel.id)
    assert (renamed.channel, renamed.name, renamed.reason) == ("#old", "#new", "tidier")
    assert renamed.subjects == (scene.id("alice"), scene.id("bob"))
    assert scene.realm.channel("#old") is None
    assert scene.channel("#new") is channel
    assert (channel.name, channel.folded) == ("#new", "#new")
    assert scene("carol", Join("#new"))
    assert scene("bob", Post("#new", "hi"))
    (made,) = scene("bob", Join("#old"))
    assert made.audience != channel.id


def test_the_case_of_letters_can_change_alone(scene: Scene) -> None:
    (renamed,) = scene("alice", RenameChannel("#old", "#Old"))
    assert isinstance(renamed, ChannelRenamed)
    assert scene.channel("#old").name == "#Old"
    assert scene("alice", RenameChannel("#old", "#Old")) == ()


def test_names_are_refused_that_are_no_good_or_in_use(scene: Scene) -> None:
    refusal = scene.refused("alice", RenameChannel("#old", "new"))
    assert (refusal.reason, refusal.subject) == (Reason.CANNOT_RENAME, "#old")
    assert refusal.detail
    scene.join("#new", "carol")
    refusal = scene.refused("alice", RenameChannel("#old", "#NEW"))
    assert (refusal.reason, refusal.subject, refusal.detail) == (Reason.CHANNEL_NAME_IN_USE, "#NEW", "#old")


def test_operators_rename_what_is_not_registered(scene: Scene) -> None:
    assert scene.refused("bob", RenameChannel("#old", "#new")).reason is Reason.NEEDS_OP
    assert scene.refused("carol", RenameChannel("#old", "#new")).reason is Reason.NOT_ON_CHANNEL
    assert scene.refused("alice", RenameChannel("#none", "#new")).reason is Reason.NO_SUCH_CHANNEL


def test_founders_rename_what_is_registered_from_wherever_they_are(scene: Scene) -> None:
    scene.log_in("alice", "alice")
    scene.log_in("bob", "bob")
    scene("alice", RegisterChannel("#old"))
    scene("alice", SetAccess("#old", "bob", Rank.ADMIN))
    assert scene.refused("bob", RenameChannel("#old", "#new")).reason is Reason.NEEDS_ACCESS
    scene("alice", Part("#old"))
    assert len(scene("alice", RenameChannel("#old", "#new"))) == 1
    channel = scene.channel("#new")
    assert scene.realm.founded == {"alice": {channel: None}}


def test_operators_of_the_server_rename_any_channel(scene: Scene) -> None:
    scene.oper("olga", Privilege.CHANNELS)
    renamed, noticed = scene("olga", RenameChannel("#old", "#new"))
    assert isinstance(renamed, ChannelRenamed)
    assert isinstance(noticed, ServerNoticed)
    assert noticed.text == "olga renamed #old to #new as an operator"


def test_a_channel_moves_once_a_minute_but_for_operators_of_the_server(scene: Scene) -> None:
    scene("alice", RenameChannel("#old", "#new"))
    scene.at += INTERVAL - 1
    refusal = scene.refused("alice", RenameChannel("#new", "#newer"))
    assert (refusal.reason, refusal.subject) == (Reason.CANNOT_RENAME, "#new")
    assert scene("alice", RenameChannel("#new", "#New"))
    scene.oper("olga", Privilege.CHANNELS)
    assert scene("olga", RenameChannel("#new", "#newer"))
    scene.at += INTERVAL
    assert scene("alice", RenameChannel("#newer", "#newest"))


def test_forwards_follow_the_channel(scene: Scene) -> None:
    scene.join("#front", "alice")
    scene.join("#other", "alice")
    scene.mode("alice", "#front", on(ChannelSetting.FORWARD, "#OLD"))
    front = scene.channel("#front")
    _, modes = scene("alice", RenameChannel("#old", "#new"))
    assert modes == ModesChanged(front.id, None, front.id, "#front", (on(ChannelSetting.FORWARD, "#new"),))
    assert front.settings[ChannelSetting.FORWARD] == "#new"
    # What compares equal all the same is left as it is, and can be done at once.
    assert len(scene("alice", RenameChannel("#new", "#NEW"))) == 1


def test_bans_of_those_in_a_channel_go_by_its_name_now(scene: Scene) -> None:
    scene.join("#strict", "carol", "bob")
    scene.mode("carol", "#strict", on(ChannelList.BAN, "~c:#new"))
    assert scene("bob", Post("#strict", "hi"))
    scene("alice", RenameChannel("#old", "#new"))
    assert scene.refused("bob", Post("#strict", "hi")).reason is Reason.MUTED
