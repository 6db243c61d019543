from __future__ import annotations

import pytest

from chatdaemon.realm.events import Portrayed
from chatdaemon.realm.modes import ChannelFlag, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Portray
from chatdaemon.realm.settings import Settings
from tests.realm.scene import START, Scene, off, on

HM = Portray("#x", "gandalf", "hm")


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, where there is roleplay, bob a member, carol outside."""
    scene = Scene(Settings(channel_flags=(ChannelFlag.ROLEPLAY,), user_modes=(), roleplay=True))
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    return scene


@pytest.mark.parametrize("character", ["gandalf", None])
@pytest.mark.parametrize("action", [False, True])
def test_a_member_speaks_as_somebody_else(scene: Scene, character: str | None, action: bool) -> None:
    scene.at += 5
    (event,) = scene("bob", Portray("#X", character, "hm", action))
    channel = scene.channel("#x")
    assert event == Portrayed(channel.id, scene.people["bob"].who, "#x", character, "hm", action, Rank.NONE)
    assert scene.people["bob"].active_at == START + 5


def test_outsiders_do_not(scene: Scene) -> None:
    assert scene.refused("carol", HM) == Refusal(Reason.NOT_ON_CHANNEL, "#x")
    assert scene.refused("carol", Portray("#none", "x", "hm")) == Refusal(Reason.NO_SUCH_CHANNEL, "#none")


def test_the_channel_must_have_roleplay(scene: Scene) -> None:
    scene.mode("alice", "#x", off(ChannelFlag.ROLEPLAY))
    refusal = scene.refused("bob", HM)
    assert refusal == Refusal(Reason.CANNOT_PORTRAY, "#x", "The channel has no roleplay (mode E)")


def test_the_server_must_have_roleplay() -> None:
    scene = Scene(Settings(channel_flags=(ChannelFlag.ROLEPLAY,)))
    scene.join("#x", "alice")
    refusal = scene.refused("alice", HM)
    assert refusal == Refusal(Reason.CANNOT_PORTRAY, "#x", "This server has no roleplay")


@pytest.mark.parametrize("name", ["", "a b", "a!b@c", "1st", "x" * 31, "*"])
def test_a_character_has_a_name_that_a_nick_could_have(scene: Scene, name: str) -> None:
    refusal = scene.refused("bob", Portray("#x", name, "hm"))
    assert (refusal.reason, refusal.subject) == (Reason.CANNOT_PORTRAY, "#x")
    assert refusal.detail


@pytest.mark.parametrize("text", ["\x01VERSION\x01", "\x01ACTION waves\x01"])
def test_a_character_sends_no_ctcp(scene: Scene, text: str) -> None:
    assert scene.refused("bob", Portray("#x", "gandalf", text)).reason is Reason.CANNOT_PORTRAY


def test_who_may_not_speak_may_not_do_so_as_somebody_else(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.MODERATED))
    assert scene.refused("bob", HM) == Refusal(Reason.CANNOT_SPEAK, "#x")
    scene.mode("alice", "#x", on(ChannelFlag.OP_MODERATED))
    (event,) = scene("bob", HM)
    assert isinstance(event, Portrayed)
    assert (scene.audience(event), event.rank) == (["bob", "alice"], Rank.OP)


def test_there_must_be_a_text_when_formatting_is_taken_out(scene: Scene) -> None:
    assert scene.refused("bob", Portray("#x", "gandalf", "")) == Refusal(Reason.NO_TEXT)
    scene.mode("alice", "#x", on(ChannelFlag.NO_FORMATTING))
    assert scene.refused("bob", Portray("#x", "gandalf", "\x02")) == Refusal(Reason.NO_TEXT)
    (event,) = scene("bob", Portray("#x", "gandalf", "\x02hm"))
    assert isinstance(event, Portrayed)
    assert event.text == "hm"
