from typing import Any

import pytest

from chatdaemon.realm.events import (
    AwayChanged,
    Connected,
    PartlyRefused,
    Quit,
    RealnameChanged,
    UserModesChanged,
)
from chatdaemon.realm.modes import UserMode, UserModeChange
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ChangeUserModes,
    Connect,
    Disconnect,
    SetAway,
    SetRealname,
)
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import Attachment, Departed
from tests.realm.scene import START, Scene


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob a member, carol outside."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    return scene


def connect(nick: str, **more: Any) -> Connect:
    return Connect(nick, "u", "R", "host", "10.0.0.1", **more)


# Coming


def test_who_connects_is_a_user_with_the_usual_modes() -> None:
    scene = Scene(Settings(user_modes=(UserMode.INVISIBLE, UserMode.BOT)))
    connected, modes = scene("s1", connect("Alice", secure=True, certificate="ab"))
    user = scene.realm.user("aLICE")
    assert user is not None
    assert (user.id, user.account, user.certificate) == (scene.index, None, "ab")
    assert user.sessions == {"s1": Attachment("10.0.0.1", True, "ab", False, "", START)}
    assert (user.connected_at, user.active_at) == (START, START)
    assert user.who.bot
    assert connected == Connected((user.id,), user.who)
    assert modes == UserModesChanged(
        (user.id,), user.who,
        tuple(UserModeChange(mode, True) for mode in (UserMode.INVISIBLE, UserMode.BOT, UserMode.SECURE)),
    )  # fmt: skip
    assert isinstance(modes, UserModesChanged)
    assert modes.subject == user.id
    assert (scene.realm.invisible, scene.realm.most_users) == (1, 1)


def test_who_connects_without_modes_is_told_of_none(scene: Scene) -> None:
    assert len(scene("s1", connect("dave"))) == 1


def test_a_session_connects_once_and_the_server_never(scene: Scene) -> None:
    assert scene.refused("alice", connect("dave")) == Refusal(Reason.ALREADY_CONNECTED)
    assert scene.refused(None, connect("dave")) == Refusal(Reason.ALREADY_CONNECTED)


def test_a_nick_must_be_good_and_free(scene: Scene) -> None:
    assert scene.refused("s1", connect("ALICE")) == Refusal(Reason.NICK_IN_USE, "ALICE")
    refusal = scene.refused("s1", connect("1st"))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_NICK, "1st")
    assert "begin with" in refusal.detail


def test_a_realname_must_be_good(scene: Scene) -> None:
    refusal = scene.refused("s1", Connect("dave", "u", "", "host", "10.0.0.1"))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_REALNAME, "")
    assert "empty" in refusal.detail


def test_the_most_users_there_ever_were_are_remembered(scene: Scene) -> None:
    scene("carol", Disconnect("bye"))
    assert len(scene.realm.users) == 2
    scene.connect("dave")
    assert scene.realm.most_users == 3


# Leaving


def test_who_leaves_is_seen_once_by_all_they_shared_a_channel_with(scene: Scene) -> None:
    scene.join("#y", "carol", "bob", "alice")
    who, channels = scene.people["bob"].who, [scene.channel(name).id for name in ("#x", "#y")]
    (event,) = scene("bob", Disconnect("bye"))
    assert isinstance(event, Quit)
    assert (event.who, event.reason, event.channels) == (who, "bye", tuple(channels))
    assert event.subject == who.id
    assert scene.audience(event) == ["bob", "alice", "carol"]
    assert scene.realm.user("bob") is None
    assert list(scene.realm.departed) == [Departed(who, "10.0.0.1", START)]
    assert scene.refused("bob", Disconnect("again")) == Refusal(Reason.NOT_CONNECTED)


def test_who_leaves_a_single_channel_leaves_all_of_its_members(scene: Scene) -> None:
    channel = scene.channel("#x").id
    (event,) = scene("bob", Disconnect("x" * 400))
    assert isinstance(event, Quit)
    assert (event.audience, event.channels, event.reason) == (channel, (channel,), "x" * 300)


def test_who_was_alone_leaves_unseen_and_takes_channels_along(scene: Scene) -> None:
    (event,) = scene("carol", Disconnect("bye"))
    assert scene.audience(event) == ["carol"]
    scene("bob", Disconnect("bye"))
    scene("alice", Disconnect("bye"))
    assert not scene.realm.channels
    assert not scene.realm.users


def test_only_the_last_to_go_are_remembered() -> None:
    scene = Scene(Settings(whowas_entries=2))
    scene.connect("a", "b", "c")
    for nick in "abc":
        scene(nick, Disconnect("bye"))
    assert [each.who.nick for each in scene.realm.departed] == ["c", "b"]


# What users say of themselves


def test_going_away_is_told_to_others_once_and_answered_always(scene: Scene) -> None:
    channel, bob = scene.channel("#x").id, scene.people["bob"]
    assert scene("bob", SetAway("tea")) == (AwayChanged(channel, bob.who, "tea"),)
    assert scene("bob", SetAway("tea")) == (AwayChanged((bob.id,), bob.who, "tea"),)
    assert scene("bob", SetAway(None)) == (AwayChanged(channel, bob.who, None),)
    assert scene("bob", SetAway("")) == (AwayChanged((bob.id,), bob.who, None),)
    scene("bob", SetAway("é" * 200))
    assert bob.away == "é" * 150


def test_a_realname_changes(scene: Scene) -> None:
    (event,) = scene("bob", SetRealname("Robert"))
    assert event == RealnameChanged(scene.channel("#x").id, scene.people["bob"].who, "Robert")
    assert scene.people["bob"].who.realname == "Robert"
    assert scene.refused("bob", SetRealname(" ")).reason is Reason.BAD_REALNAME


# User modes


def test_modes_are_set_and_taken_and_told_to_the_user_alone(scene: Scene) -> None:
    (event,) = scene.user_mode("bob", UserMode.INVISIBLE, UserMode.BOT, UserMode.WALLOPS)
    assert isinstance(event, UserModesChanged)
    assert scene.audience(event) == ["bob"]
    assert event.who.bot
    assert scene.realm.invisible == 1
    minus = tuple(UserModeChange(mode, False) for mode in (UserMode.INVISIBLE, UserMode.BOT))
    (event,) = scene("bob", ChangeUserModes(minus))
    assert isinstance(event, UserModesChanged)
    assert event.changes == minus
    assert scene.people["bob"].modes == (UserMode.WALLOPS,)
    assert scene.realm.invisible == 0


def test_what_already_is_and_what_only_the_server_gives_is_passed_over(scene: Scene) -> None:
    asked = (
        UserModeChange(UserMode.BOT, False), UserModeChange(UserMode.SECURE, True),
        UserModeChange(UserMode.OPERATOR, True), UserModeChange(UserMode.OPERATOR, False),
    )  # fmt: skip
    before = scene.snapshot()
    assert scene("bob", ChangeUserModes(asked)) == ()
    assert scene.snapshot() == before


def test_a_secure_user_stays_secure(scene: Scene) -> None:
    scene.connect("dave", secure=True)
    assert scene("dave", ChangeUserModes((UserModeChange(UserMode.SECURE, False),))) == ()


def test_server_notices_are_for_operators(scene: Scene) -> None:
    asked = UserModeChange(UserMode.SERVER_NOTICES, True)
    assert scene.refused("bob", ChangeUserModes((asked,))) == Refusal(Reason.NOT_AN_OPERATOR)
    changed, refused = scene.user_mode("bob", UserMode.SERVER_NOTICES, UserMode.BOT)
    assert isinstance(changed, UserModesChanged)
    assert changed.changes == (UserModeChange(UserMode.BOT, True),)
    assert refused == PartlyRefused((scene.id("bob"),), (Refusal(Reason.NOT_AN_OPERATOR),))
    scene.oper("bob")
    scene("bob", ChangeUserModes((UserModeChange(UserMode.SERVER_NOTICES, False),)))
    assert scene("bob", ChangeUserModes((asked,)))


@pytest.mark.parametrize("notices", [True, False])
def test_an_operator_who_steps_down_loses_what_came_with_it(scene: Scene, notices: bool) -> None:
    scene.oper("bob")
    if not notices:
        scene("bob", ChangeUserModes((UserModeChange(UserMode.SERVER_NOTICES, False),)))
    (event,) = scene("bob", ChangeUserModes((UserModeChange(UserMode.OPERATOR, False),)))
    assert isinstance(event, UserModesChanged)
    assert [change.mode for change in event.changes] == [
        UserMode.OPERATOR,
        *([UserMode.SERVER_NOTICES] if notices else []),
    ]
    bob = scene.people["bob"]
    assert (bob.operator, bob.privileges, bob.modes) == (None, (), ())
    assert not scene.realm.operators
