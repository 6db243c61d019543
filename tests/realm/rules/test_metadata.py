from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.realm.events import ChannelMetadataChanged, Event, UserMetadataChanged
from chatdaemon.realm.metadata import of_user
from chatdaemon.realm.modes import ChannelFlag, Privilege, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ClearMetadata, Join, SetAccount, SetMetadata
from tests.realm.scene import PLAIN, Scene, on

SETTINGS = replace(PLAIN, nick_is_account=False, metadata_keys=3, metadata_value_length=10)


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob a member, carol outside."""
    scene = Scene(SETTINGS)
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    return scene


def has(scene: Scene, nick: str) -> dict[str, str]:
    return dict(of_user(scene.realm, scene.people[nick]))


def changes(events: tuple[Event, ...]) -> list[tuple[str, str, str | None]]:
    """Of whom which key is what now."""
    return [
        (
            event.channel if isinstance(event, ChannelMetadataChanged) else event.target.nick,
            event.key,
            event.value,
        )
        for event in events
        if isinstance(event, (ChannelMetadataChanged, UserMetadataChanged))
    ]


def test_one_sets_one_s_own_for_those_around_to_see(scene: Scene) -> None:
    bob = scene.people["bob"].who
    (event,) = scene("bob", SetMetadata(None, "url", "http://b"))
    assert event == UserMetadataChanged(scene.channel("#x").id, bob, bob, "url", "http://b")
    assert has(scene, "bob") == {"url": "http://b"}
    (event,) = scene("bob", SetMetadata("BOB", "url", None))
    assert event == UserMetadataChanged(scene.channel("#x").id, bob, bob, "url", None)
    assert has(scene, "bob") == {}


def test_what_changes_nothing_is_no_news(scene: Scene) -> None:
    assert scene("bob", SetMetadata(None, "url", None)) == ()
    scene("bob", SetMetadata(None, "url", "x"))
    assert scene("bob", SetMetadata(None, "url", "x")) == ()
    assert scene("alice", ClearMetadata("#x")) == ()


def test_operators_of_a_channel_set_what_it_has(scene: Scene) -> None:
    channel = scene.channel("#x")
    (event,) = scene("alice", SetMetadata("#X", "url", "http://x"))
    assert event == ChannelMetadataChanged(
        channel.id, scene.people["alice"].who, channel.id, "#x", "url", "http://x"
    )
    assert channel.metadata == {"url": "http://x"}


@pytest.mark.parametrize("target", ["#x", "alice"])
def test_nobody_sets_what_is_not_theirs(scene: Scene, target: str) -> None:
    for nick, rank in (("bob", Rank.HALFOP), ("carol", None)):
        if rank is not None:
            scene.rank("#x", nick, rank)
        refusal = Refusal(Reason.METADATA_NOT_YOURS, target, "url")
        assert scene.refused(nick, SetMetadata(target, "url", "x")) == refusal
        assert scene.refused(nick, SetMetadata(target, "BAD", "x")).reason is Reason.METADATA_NOT_YOURS
        assert scene.refused(nick, ClearMetadata(target)) == Refusal(Reason.METADATA_NOT_YOURS, target)


@pytest.mark.parametrize("target", ["#x", "alice"])
def test_operators_of_the_server_set_everybody_s(scene: Scene, target: str) -> None:
    scene.oper("carol", Privilege.OVERRIDE)
    events = scene("carol", SetMetadata(target, "url", "x"))
    assert changes(events) == [(target, "url", "x")]
    assert changes(scene("carol", ClearMetadata(target))) == [(target, "url", None)]


def test_what_one_may_not_know_of_is_not_there(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.SECRET))
    for target in ("#x", "#none", "nobody", ""):
        assert scene.refused("carol", SetMetadata(target, "url", "x")) == Refusal(
            Reason.NO_SUCH_TARGET, target
        )
        assert scene.refused("carol", ClearMetadata(target)) == Refusal(Reason.NO_SUCH_TARGET, target)


@pytest.mark.parametrize("key", ["", "URL", "a b", "a:b", "é", "x" * 65])
def test_keys_are_words_of_small_letters(scene: Scene, key: str) -> None:
    for value in ("x", None):
        refusal = scene.refused("bob", SetMetadata(None, key, value))
        assert (refusal.reason, refusal.subject) == (Reason.BAD_METADATA_KEY, key)
        assert refusal.detail.startswith("A key c")


def test_the_longest_key_and_value_are_good(scene: Scene) -> None:
    assert scene("bob", SetMetadata(None, "a0_./-" + "x" * 58, "é" * 5))


@pytest.mark.parametrize("value", ["x" * 11, "é" * 6, "two\nlines", "a\0"])
def test_values_are_one_line_and_not_too_long(scene: Scene, value: str) -> None:
    refusal = scene.refused("bob", SetMetadata(None, "url", value))
    assert (refusal.reason, refusal.subject) == (Reason.BAD_METADATA_VALUE, "url")


@pytest.mark.parametrize("target", ["#x", "alice"])
def test_there_are_only_so_many_keys(scene: Scene, target: str) -> None:
    for key in ("a", "b", "c"):
        scene("alice", SetMetadata(target, key, "x"))
    assert scene.refused("alice", SetMetadata(target, "d", "x")) == Refusal(Reason.METADATA_FULL, target)
    assert changes(scene("alice", SetMetadata(target, "a", "y"))) == [(target, "a", "y")]


def test_clearing_takes_all_away(scene: Scene) -> None:
    scene("bob", SetMetadata(None, "a", "1"))
    scene("bob", SetMetadata(None, "b", "2"))
    assert changes(scene("bob", ClearMetadata(None))) == [("bob", "a", None), ("bob", "b", None)]
    assert has(scene, "bob") == {}


def test_nobody_who_is_gone_sets_anything(scene: Scene) -> None:
    assert scene.refused("gone", SetMetadata(None, "a", "1")) == Refusal(Reason.NOT_CONNECTED)
    assert scene.refused("gone", ClearMetadata(None)) == Refusal(Reason.NOT_CONNECTED)


class TestWithAnAccount:
    """Who is logged in has what the account has."""

    @pytest.fixture(autouse=True)
    def accounts(self, scene: Scene) -> None:
        scene.account("bob", "carol")

    def test_it_belongs_to_the_account_and_all_who_are_logged_in_to_it(self, scene: Scene) -> None:
        for nick in ("bob", "carol"):
            scene(nick, SetAccount("bob"))
        events = scene("carol", SetMetadata(None, "a", "1"))
        assert changes(events) == [("carol", "a", "1"), ("bob", "a", "1")]
        assert [event.audience for event in events] == [(scene.id("carol"),), scene.channel("#x").id]
        assert scene.account("bob").metadata == {"a": "1"}
        assert has(scene, "bob") == has(scene, "carol") == {"a": "1"}
        assert scene("bob", SetMetadata(None, "a", "1")) == ()

    def test_logging_in_shows_what_the_account_has(self, scene: Scene) -> None:
        scene("bob", SetMetadata(None, "a", "guest"))
        scene("bob", SetMetadata(None, "b", "guest"))
        scene.account("bob", metadata={"b": "bob", "c": "bob"})
        events = scene("bob", SetAccount("bob"))
        assert changes(events) == [("bob", "a", None), ("bob", "b", "bob"), ("bob", "c", "bob")]
        assert all(event.who is None for event in events if isinstance(event, UserMetadataChanged))
        events = scene("bob", SetAccount(None))
        assert changes(events) == [("bob", "c", None), ("bob", "a", "guest"), ("bob", "b", "guest")]

    def test_logging_in_changes_nothing_where_there_is_nothing(self, scene: Scene) -> None:
        assert changes(scene("bob", SetAccount("bob"))) == []

    def test_who_connects_brings_what_it_has_said_of_itself(self, scene: Scene) -> None:
        scene.account("dan", metadata={"a": "1", "b": "2"})
        wanted = {"BAD": "x", "b": "two", "long": "x" * 11, "c": "3", "d": "4"}
        scene.connect("dan", account="dan", metadata=wanted)
        assert has(scene, "dan") == scene.account("dan").metadata == {"a": "1", "b": "two", "c": "3"}

    def test_who_connects_without_one_brings_it_for_as_long_as_it_stays(self, scene: Scene) -> None:
        scene.connect("dan", metadata={"a": "1"})
        assert has(scene, "dan") == {"a": "1"}
        scene("dan", Join("#x"))
        assert changes(scene("dan", ClearMetadata(None))) == [("dan", "a", None)]
