from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.realm.events import HookAdded, HookRemoved, Relayed, ServerNoticed
from chatdaemon.realm.hooks import Direction, Webhook, hooks_of, lines_of
from chatdaemon.realm.modes import ChannelFlag, ChannelList, Privilege
from chatdaemon.realm.refusal import Reason
from chatdaemon.realm.requests import (
    AddHook,
    AddWebhook,
    BecomeOperator,
    ChangeModes,
    DropChannel,
    Join,
    PostByHook,
    RegisterChannel,
    RemoveHook,
    SetAccount,
)
from chatdaemon.realm.snapshot import restore, take
from tests.realm.scene import PLAIN, START, Scene, on

ONE, TWO, THREE = ("1" * 64, "2" * 64, "3" * 64)
SECRET = "s" * 20
URL = "https://example.org/x"


@pytest.fixture
def scene() -> Scene:
    """alice has founded #x, bob is logged in to nothing and is there, oper looks after channels."""
    scene = Scene(replace(PLAIN, hooks_per_channel=2))
    scene.connect("alice", "bob", "oper")
    scene.account("alice")
    scene("alice", SetAccount("alice"))
    scene("alice", Join("#x"))
    scene("bob", Join("#x"))
    scene("alice", RegisterChannel("#x"))
    scene("oper", BecomeOperator("chief", (Privilege.CHANNELS,)))
    return scene


def test_a_founder_makes_hooks_and_those_who_look_after_the_channel_learn_of_it(scene: Scene) -> None:
    alice, channel = scene.people["alice"], scene.realm.channels["#x"]
    events = scene("alice", AddHook("#X", "ci", ONE))
    assert events == (HookAdded((alice.id,), alice.who, channel.id, "#x", "ci", Direction.IN),)
    scene("alice", AddWebhook("#x", "ci", URL, SECRET, ("join", "join")))
    assert hooks_of(channel)[1] == Webhook("ci", URL, SECRET, ("join",), "alice", START)
    assert scene.realm.hooks == {ONE: channel}
    again = restore(take(scene.realm))
    assert hooks_of(again.channels["#x"]) == hooks_of(channel)
    assert again.hooks == {ONE: again.channels["#x"]}
    (removed,) = scene("alice", RemoveHook("#x", "ci", Direction.IN))
    assert isinstance(removed, HookRemoved)
    assert scene.realm.hooks == {}
    scene("alice", RemoveHook("#x", "ci", Direction.OUT))
    assert hooks_of(channel) == ()
    assert scene.refused("alice", RemoveHook("#x", "ci", Direction.OUT)).reason is Reason.NO_SUCH_HOOK


def test_operators_do_so_for_others_and_say_it_and_the_server_does(scene: Scene) -> None:
    *_, notice = scene("oper", AddHook("#x", "ci", ONE))
    assert notice == ServerNoticed((scene.people["oper"].id,), "oper made the hook ci of #x as an operator")
    (added,) = scene(None, AddHook("#x", "other", TWO))
    assert isinstance(added, HookAdded)
    assert added.who is None
    assert hooks_of(scene.realm.channels["#x"])[1].by == "server"
    assert scene.refused(None, AddHook("#none", "x", THREE)).reason is Reason.NO_SUCH_CHANNEL
    scene("bob", Join("#free"))
    assert scene.refused(None, AddHook("#free", "x", THREE)).reason is Reason.CHANNEL_NOT_REGISTERED


def test_nobody_else_does(scene: Scene) -> None:
    for request in (AddHook("#x", "x", ONE), RemoveHook("#x", "x", Direction.IN)):
        assert scene.refused("bob", request).reason is Reason.NOT_LOGGED_IN


def test_what_cannot_be_a_hook_is_refused(scene: Scene) -> None:
    def refused(request: AddHook | AddWebhook) -> Reason:
        return scene.refused("alice", request).reason

    for bad in (
        AddHook("#x", "a b", ONE),
        AddHook("#x", "x", "short"),
        AddWebhook("#x", "x", "ftp://x/", SECRET),
        AddWebhook("#x", "x", "http://x/", SECRET),
        AddWebhook("#x", "x", "https://name:password@x/", SECRET),
        AddWebhook("#x", "x", "https://x/" + "x" * 300, SECRET),
        AddWebhook("#x", "x", URL, "short"),
        AddWebhook("#x", "x", URL, SECRET, ()),
        AddWebhook("#x", "x", URL, SECRET, ("No",)),
    ):
        assert refused(bad) is Reason.BAD_HOOK
    scene("alice", AddHook("#x", "ci", ONE))
    assert refused(AddHook("#x", "ci", TWO)) is Reason.HOOK_EXISTS
    assert refused(AddHook("#x", "other", ONE)) is Reason.HOOK_EXISTS
    scene("alice", AddHook("#x", "other", TWO))
    assert refused(AddHook("#x", "third", THREE)) is Reason.TOO_MANY_HOOKS


def test_without_tls_only_where_that_is_wished(scene: Scene) -> None:
    scene.realm.settings = replace(scene.realm.settings, plain_hooks=True)
    scene("alice", AddWebhook("#x", "x", "http://10.0.0.1:8080/", SECRET))


def test_with_the_registration_the_hooks_go(scene: Scene) -> None:
    scene("alice", AddHook("#x", "ci", ONE))
    scene("alice", AddWebhook("#x", "log", URL, SECRET))
    scene("alice", DropChannel("#x"))
    assert scene.realm.hooks == {}
    assert hooks_of(scene.realm.channels["#x"]) == ()
    assert scene.refused(None, PostByHook(ONE, ("hi",))).reason is Reason.NO_SUCH_HOOK


def test_a_hook_says_each_line_and_empty_ones_not(scene: Scene) -> None:
    scene("alice", AddHook("#x", "ci", ONE))
    channel = scene.realm.channels["#x"]
    events = scene(None, PostByHook(ONE, ("one", " ", "two"), "robot", "irc.test"))
    assert [(event.nick, event.text) for event in events if isinstance(event, Relayed)] == [
        ("robot/hook", "one"),
        ("robot/hook", "two"),
    ]
    first = events[0]
    assert isinstance(first, Relayed)
    assert (first.audience, first.target, first.source) == (channel.id, "#x", "robot/hook!hook@irc.test")
    assert (first.who.nick, first.who.account, first.who.id) == ("ci", None, 0)


def test_what_a_hook_cannot_say(scene: Scene) -> None:
    scene("alice", AddHook("#x", "ci", ONE))

    def refused(request: PostByHook) -> Reason:
        return scene.refused(None, request).reason

    assert refused(PostByHook(ONE, ("", " "))) is Reason.NO_TEXT
    assert refused(PostByHook(ONE, ("x",) * 51)) is Reason.BAD_HOOK
    assert refused(PostByHook(ONE, ("a\nb",))) is Reason.BAD_HOOK
    assert refused(PostByHook(ONE, ("\x01VERSION\x01",))) is Reason.NO_CTCP
    assert refused(PostByHook(ONE, ("hi",), "a b")) is Reason.BAD_RELAYED_NICK
    assert scene.refused("alice", PostByHook(ONE, ("hi",))).reason is Reason.NOT_AN_OPERATOR
    scene(None, PostByHook(ONE, ("\x01ACTION waves\x01",)))


def test_it_can_be_muted_by_name_and_formatting_taken_off(scene: Scene) -> None:
    scene("alice", AddHook("#x", "ci", ONE))
    scene("alice", ChangeModes("#x", (on(ChannelFlag.MODERATED),)))
    (event,) = scene(None, PostByHook(ONE, ("\x02hi",)))
    assert isinstance(event, Relayed)
    assert event.text == "\x02hi"
    scene("alice", ChangeModes("#x", (on(ChannelFlag.NO_FORMATTING),)))
    (event,) = scene(None, PostByHook(ONE, ("\x02hi",)))
    assert isinstance(event, Relayed)
    assert event.text == "hi"
    scene("alice", ChangeModes("#x", (on(ChannelList.BAN, "ci/hook!*@*"),)))
    assert scene.refused(None, PostByHook(ONE, ("hi",))).reason is Reason.RELAYED_NICK_MUTED


def test_a_text_becomes_lines_that_can_be_said() -> None:
    assert lines_of("one\r\n\n two\rth\0ree\n") == ("one", " two", "three")
    assert lines_of("\ud800") == ("?",)
    assert lines_of("") == ()
