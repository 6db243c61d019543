from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.realm.events import Relayed
from chatdaemon.realm.modes import ChannelFlag, ChannelList, Privilege, Rank
from chatdaemon.realm.names import CASEMAPPINGS
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Configure, Relay
from chatdaemon.realm.rules.relaying import relay_fault
from tests.realm.scene import PLAIN, Scene, off, on


@pytest.fixture
def scene() -> Scene:
    """bridge is operator of #x, bob a member; carol is outside."""
    scene = Scene()
    scene.join("#x", "bridge", "bob")
    scene.connect("carol")
    return scene


def relayed(scene: Scene, actor: str, request: Relay) -> Relayed:
    (event,) = scene(actor, request)
    assert isinstance(event, Relayed)
    return event


def test_an_operator_of_a_channel_speaks_there_for_people_of_another_network(scene: Scene) -> None:
    scene.at += 5
    event = relayed(scene, "bridge", Relay("#X", "zoe/d", "hi", {"+reply": "00ab"}))
    channel = scene.channel("#x").id
    who = scene.people["bridge"].who
    assert event == Relayed(channel, who, "zoe/d", channel, "#x", "hi", {"+reply": "00ab"})
    assert event.source == "zoe/d!u@host"
    assert scene.people["bridge"].active_at == scene.at


@pytest.mark.parametrize("rank", [Rank.NONE, Rank.VOICE, Rank.HALFOP])
def test_others_do_not(scene: Scene, rank: Rank) -> None:
    scene.rank("#x", "bob", rank)
    refused = Refusal(Reason.CANNOT_RELAY, "#x")
    assert scene.refused("bob", Relay("#x", "zoe/d", "hi")) == refused
    assert scene.refused("carol", Relay("#x", "zoe/d", "hi")) == refused


def test_an_operator_of_the_server_relays_with_the_privilege(scene: Scene) -> None:
    scene.mode("bridge", "#x", on(ChannelFlag.MEMBERS_ONLY), on(ChannelFlag.MODERATED))
    scene.oper("carol", Privilege.RELAY)
    assert relayed(scene, "carol", Relay("#x", "zoe/d", "hi")).who.nick == "carol"
    scene.oper("bob", *(each for each in Privilege if each is not Privilege.RELAY))
    assert scene.refused("bob", Relay("#x", "zoe/d", "hi")).reason is Reason.CANNOT_RELAY


def test_operators_of_channels_do_not_relay_where_that_is_configured(scene: Scene) -> None:
    scene(None, Configure(replace(PLAIN, operators_relay=False)))
    assert scene.refused("bridge", Relay("#x", "zoe/d", "hi")).reason is Reason.CANNOT_RELAY


def test_there_must_be_a_channel(scene: Scene) -> None:
    for name in ("#none", "bob", ""):
        assert scene.refused("bridge", Relay(name, "zoe/d", "hi")) == Refusal(Reason.NO_SUCH_CHANNEL, name)


@pytest.mark.parametrize("text", ["", "  "])
def test_there_must_be_a_text(scene: Scene, text: str) -> None:
    assert scene.refused("bridge", Relay("#x", "zoe/d", text)) == Refusal(Reason.NO_TEXT)


@pytest.mark.parametrize(
    "nick",
    ["", "zoe", "/zoe", "zoe/", "/", "zoe!/d", "zoe@h/d", "#zoe/d", "+zoe/d", "~zoe/d", ":zoe/d", "zoe /d",
     "zoe,/d", "zoe*/d", "z\u00a0e/d", "z\u200be/d", "z\u202ee/d", "z\x02e/d", "é" * 40 + "/d", "z" * 70 + "/d"],
)  # fmt: skip
def test_a_relayed_nick_is_nobody_s_here_and_means_nothing_else(scene: Scene, nick: str) -> None:
    refusal = scene.refused("bridge", Relay("#x", nick, "hi"))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_RELAYED_NICK, nick)
    assert refusal.detail


@pytest.mark.parametrize("nick", ["zoe/d", "zoë/discord", "a/b/c", "[m]x/1", "木/d", "😀/d"])
def test_a_relayed_nick_can_be_of_any_script(scene: Scene, nick: str) -> None:
    assert relayed(scene, "bridge", Relay("#x", nick, "hi")).nick == nick


@given(st.text(st.characters(codec="utf-8"), max_size=12).map(lambda text: f"a{text}/b"))
def test_what_may_be_relayed_is_no_nick_by_any_casemapping(nick: str) -> None:
    if relay_fault(nick) is None:
        assert all(naming.nick_fault(nick, 1000) is not None for naming in CASEMAPPINGS.values())


def test_a_ban_or_a_mute_silences_who_is_called_so(scene: Scene) -> None:
    for mask in ("zoe*/d!*@*", "~m:zoe/d!*@*"):
        scene.mode("bridge", "#x", on(ChannelList.BAN, mask))
        refusal = scene.refused("bridge", Relay("#x", "Zoe/d", "hi"))
        assert refusal == Refusal(Reason.RELAYED_NICK_MUTED, "Zoe/d", "#x")
        assert relayed(scene, "bridge", Relay("#x", "yan/d", "hi"))
        scene.mode("bridge", "#x", off(ChannelList.BAN, mask))
    scene.mode("bridge", "#x", on(ChannelList.BAN, "*/d!*@*"), on(ChannelList.BAN_EXCEPTION, "zoe/d!*@*"))
    assert relayed(scene, "bridge", Relay("#x", "zoe/d", "hi"))


@pytest.mark.parametrize("mask", ["~a", "~c:#x", "~r:*R*"])
def test_who_is_not_here_has_no_account_and_no_channels(scene: Scene, mask: str) -> None:
    scene.mode("bridge", "#x", on(ChannelList.BAN, mask))
    assert relayed(scene, "bridge", Relay("#x", "zoe/d", "hi"))


def test_what_a_channel_does_not_take_is_not_relayed_either(scene: Scene) -> None:
    scene.mode("bridge", "#x", on(ChannelFlag.NO_CTCP), on(ChannelFlag.NO_FORMATTING))
    assert scene.refused("bridge", Relay("#x", "zoe/d", "\x01VERSION\x01")).reason is Reason.NO_CTCP
    assert relayed(scene, "bridge", Relay("#x", "zoe/d", "\x02hi")).text == "hi"
    assert scene.refused("bridge", Relay("#x", "zoe/d", "\x02")) == Refusal(Reason.NO_TEXT)
