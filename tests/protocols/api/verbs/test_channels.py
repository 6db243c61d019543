"""Channels: joining, leaving, names, topics, lists."""

from __future__ import annotations

from typing import Any

import pytest

from chatdaemon.realm.modes import ChannelFlag, ChannelSetting, ModeChange, UserMode, UserModeChange
from chatdaemon.realm.requests import ChangeModes, ChangeUserModes, RegisterChannel, SetAccount
from tests.protocols.api.acting import apply, error
from tests.world import World


def test_join_tells_the_topic_and_who_is_there(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    made = alice.ok(op="join", channel="#Tea")
    assert made["created"] is True
    assert made["members"] == [{"nick": "alice", "ranks": ["op"]}]
    assert "topic" not in made
    topic = alice.ok(op="topic", channel="#tea", text="Green")["topic"]
    alice.ok(op="away", text="lunch")
    ok = bob.ok(op="join", channel="#tea")
    assert ok["channel"] == "#Tea"
    assert ok["channel_id"] == made["channel_id"]
    assert ok["created"] is False
    assert ok["topic"] == topic
    assert (topic["text"], topic["by"]) == ("Green", "alice!alice@192.0.2.1")
    assert ok["members"] == [{"nick": "alice", "ranks": ["op"], "away": True}, {"nick": "bob"}]


def test_join_where_one_is_already_tells_the_same_and_changes_nothing(world: World) -> None:
    alice = world.json("alice")
    first = alice.ok(op="join", channel="#x")
    again = alice.ok(op="join", channel="#X")
    assert "msgid" not in again
    assert again == {name: first[name] for name in ("channel", "channel_id", "members")}


def test_join_can_do_without_the_members(world: World) -> None:
    assert "members" not in world.json("alice").ok(op="join", channel="#x", members=False)


def test_join_says_where_a_forward_led(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#a")
    alice.ok(op="join", channel="#b")
    forward = (
        ModeChange(ChannelFlag.INVITE_ONLY, True),
        ModeChange(ChannelSetting.FORWARD, True, "#b"),
    )
    apply(alice, ChangeModes("#a", forward))
    ok = bob.ok(op="join", channel="#a")
    assert (ok["forwarded_from"], ok["channel"]) == ("#a", "#b")
    assert [each["nick"] for each in ok["members"]] == ["alice", "bob"]


def test_join_takes_a_key(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    apply(alice, ChangeModes("#x", (ModeChange(ChannelSetting.KEY, True, "sesame"),)))
    assert error(bob, op="join", channel="#x") == {"code": "bad_key", "subject": "#x"}
    assert bob.ok(op="join", channel="#x", key="sesame")["channel"] == "#x"
    assert error(bob, op="join", channel="tea")["code"] == "bad_channel_name"


def test_part_leaves(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    channel_id = alice.ok(op="join", channel="#x")["channel_id"]
    bob.ok(op="join", channel="#x")
    ok = bob.ok(op="part", channel="#X", reason="tea")
    (event,) = alice.hear()[-1:]
    assert (event["event"], event["from"]["nick"]) == ("part", "bob")
    assert ok == {
        "msgid": event["msgid"],
        "time": event["time"],
        "channel_id": channel_id,
        "channel": "#x",
        "reason": "tea",
    }
    assert error(bob, op="part", channel="#x") == {"code": "not_on_channel", "subject": "#x"}
    assert error(bob, op="part", channel="#y") == {"code": "no_such_channel", "subject": "#y"}


def test_names_tells_outsiders_of_nobody_who_hides(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    assert bob.ok(op="names", channel="#x")["members"] == []
    apply(alice, ChangeUserModes((UserModeChange(UserMode.INVISIBLE, False),)))
    assert bob.ok(op="names", channel="#x")["members"] == [{"nick": "alice", "ranks": ["op"]}]


def test_names_tells_accounts(world: World) -> None:
    alice = world.json("alice")
    world.account("ally", nicks=("alice",))
    apply(alice, SetAccount("ally"))
    assert alice.ok(op="join", channel="#x")["members"] == [
        {"nick": "alice", "account": "ally", "ranks": ["op"]}
    ]


def test_names_marks_bots(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    apply(alice, ChangeUserModes((UserModeChange(UserMode.BOT, True),)))
    assert alice.ok(op="names", channel="#x")["members"] == [{"nick": "alice", "bot": True, "ranks": ["op"]}]


def test_in_an_auditorium_ordinary_members_see_those_of_rank_only(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    alice.ok(op="join", channel="#x")
    apply(alice, ChangeModes("#x", (ModeChange(ChannelFlag.AUDITORIUM, True),)))
    bob.ok(op="join", channel="#x")
    ok = carol.ok(op="join", channel="#x")
    assert [each["nick"] for each in ok["members"]] == ["alice", "carol"]
    assert bob.hear() == []
    assert [each["from"]["nick"] for each in alice.hear()] == ["bob", "carol"]
    assert len(alice.ok(op="names", channel="#x")["members"]) == 3


@pytest.mark.parametrize("op", [{"op": "names"}, {"op": "topic"}])
def test_outsiders_are_not_told_that_a_secret_channel_exists(world: World, op: dict[str, str]) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    alice.ok(op="topic", channel="#x", text="secret")
    apply(alice, ChangeModes("#x", (ModeChange(ChannelFlag.SECRET, True),)))
    assert error(bob, channel="#x", **op) == {"code": "no_such_channel", "subject": "#x"}
    assert error(bob, channel="#y", **op) == {"code": "no_such_channel", "subject": "#y"}
    assert bob.ok(op="list")["channels"] == []
    assert alice.ok(channel="#x", **op)["channel"] == "#x"
    assert len(alice.ok(op="list")["channels"]) == 1


def test_list_goes_through_the_channels_page_by_page(world: World) -> None:
    alice = world.json("alice")
    for name in ("#c", "#A", "#b"):
        alice.ok(op="join", channel=name)
    alice.ok(op="topic", channel="#b", text="Bees")
    first = alice.ok(op="list", limit=2)
    assert first == {
        "channels": [{"channel": "#A", "members": 1}, {"channel": "#b", "members": 1, "topic": "Bees"}],
        "more": True,
    }
    assert alice.ok(op="list", after="#B", limit=2) == {
        "channels": [{"channel": "#c", "members": 1}],
        "more": False,
    }
    assert [each["channel"] for each in alice.ok(op="list")["channels"]] == ["#A", "#b", "#c"]


def test_topic_is_set_told_and_taken_away(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    ok = alice.ok(op="topic", channel="#x", text="Green")
    (event,) = bob.hear()[-1:]
    assert (event["event"], event["text"], event["msgid"]) == ("topic", "Green", ok["msgid"])
    assert ok["topic"]["time"] == event["time"]
    assert bob.ok(op="topic", channel="#X") == {
        "channel": "#x",
        "channel_id": ok["channel_id"],
        "topic": ok["topic"],
    }
    unchanged = alice.ok(op="topic", channel="#x", text="Green")
    assert unchanged["topic"] == ok["topic"]
    assert "msgid" not in unchanged
    assert "topic" not in alice.ok(op="topic", channel="#x", text="")
    assert bob.hear()[-1]["text"] == ""
    assert error(bob, op="topic", channel="#x", text="Black") == {"code": "needs_halfop", "subject": "#x"}


def test_kick_puts_somebody_out(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.irc("carol")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    carol.send("JOIN #x")
    carol.read()
    ok = alice.ok(op="kick", channel="#X", nick="BOB", reason="spam")
    (event,) = bob.hear()[-1:]
    assert (event["event"], event["user"]["nick"], event["reason"]) == ("kick", "bob", "spam")
    assert (ok["msgid"], ok["user"]["nick"]) == (event["msgid"], "bob")
    assert carol.read() == [":alice!alice@192.0.2.1 KICK #x bob :spam"]
    assert error(alice, op="kick", channel="#x", nick="bob") == {
        "code": "target_not_on_channel",
        "subject": "bob",
        "detail": "#x",
    }
    carol.send("MODE carol -i")
    bob.ok(op="join", channel="#x")
    assert error(bob, op="kick", channel="#x", nick="carol")["code"] == "needs_halfop"


def test_knocking_is_answered_by_an_invitation(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    assert error(bob, op="knock", channel="#x")["code"] == "channel_open"
    alice.ok(op="mode", channel="#x", changes=[{"mode": "invite_only"}])
    bob.ok(op="away", text="hiding")
    bob.ok(op="knock", channel="#x", text="let me in")
    (knock,) = alice.hear()[-1:]
    assert (knock["event"], knock["from"]["nick"], knock["text"]) == ("knock", "bob", "let me in")
    ok = alice.ok(op="invite", channel="#x", nick="bob")
    (invite,) = bob.hear()
    assert (invite["event"], invite["channel"], invite["msgid"]) == ("invite", "#x", ok["msgid"])
    assert (ok["user"]["nick"], ok["away"]) == ("bob", "hiding")
    assert bob.ok(op="invitations") == {"channels": ["#x"]}
    assert alice.ok(op="uninvite", channel="#x", nick="bob")["user"]["nick"] == "bob"
    assert bob.hear()[-1]["event"] == "uninvited"
    assert bob.ok(op="invitations") == {"channels": []}
    assert error(alice, op="uninvite", channel="#x", nick="bob")["code"] == "not_invited"
    bob.ok(op="away")
    assert "away" not in alice.ok(op="invite", channel="#x", nick="bob")
    assert bob.ok(op="join", channel="#x")["channel"] == "#x"


def test_who_has_access_to_a_registered_channel_need_not_be_there(world: World) -> None:
    world.account("alice")
    alice, bob = world.connect_json(), world.json("bob")
    alice.ok(op="login", account="alice", password="sesame")
    alice.ok(op="hello", nick="alice")
    alice.ok(op="join", channel="#x")
    apply(alice, RegisterChannel("#x"))
    bob.ok(op="join", channel="#x")
    alice.ok(op="part", channel="#x")
    bob.hear()
    topic = {"op": "topic", "channel": "#x", "text": "Tea"}
    assert error(alice, **topic)["code"] == "not_on_channel"
    assert alice.ok(**topic, by_access=True)["topic"]["text"] == "Tea"
    changes = [{"mode": "moderated"}]
    assert alice.ok(op="mode", channel="#x", changes=changes, by_access=True)["modes"][-1] == changes[0]
    assert alice.ok(op="invite", channel="#x", nick="alice", by_access=True)["user"]["nick"] == "alice"
    # Who is not there is not told what its members are.
    assert alice.ok(op="kick", channel="#x", nick="bob", by_access=True) == {}
    assert [each["event"] for each in bob.hear() if each["event"] != "server_notice"] == [
        "topic",
        "modes",
        "kick",
    ]
    assert error(bob, op="mode", channel="#x", changes=changes, by_access=True)["code"] == "not_logged_in"


def test_list_finds_channels(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    began = alice.ok(op="ping")["time"]
    world.pass_time(60)
    alice.ok(op="join", channel="#tea")
    alice.ok(op="join", channel="#Teapot")
    bob.ok(op="join", channel="#tea")
    alice.ok(op="topic", channel="#tea", text="Green")
    world.pass_time(60)
    between = alice.ok(op="ping")["time"]
    world.pass_time(60)
    bob.ok(op="join", channel="#coffee")

    def found(**wanted: Any) -> list[str]:
        return [each["channel"] for each in alice.ok(op="list", **wanted)["channels"]]

    assert found() == ["#coffee", "#tea", "#Teapot"]
    assert found(mask="#TEA*") == ["#tea", "#Teapot"]
    assert found(unlike="#tea*") == ["#coffee"]
    assert found(mask="#tea*", unlike="*pot") == ["#tea"]
    assert found(members_above=1) == ["#tea"]
    assert found(members_below=2) == ["#coffee", "#Teapot"]
    assert found(created_after=between) == ["#coffee"]
    assert found(created_before=between) == ["#tea", "#Teapot"]
    assert found(topic_after=began) == ["#tea"]
    assert found(topic_after=between) == found(topic_before=began) == []
    assert found(topic_before=between) == ["#tea"]
    assert error(alice, op="list", topic_after="now") == {"code": "bad_request", "at": "$.topic_after"}
