"""Modes of channels and of oneself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocols.api.acting import error, operator
from tests.world import World


def test_changes_have_the_form_that_others_see(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.irc("carol")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    carol.send("JOIN #x")
    carol.read()
    bob.hear()
    changes = [
        {"mode": "moderated", "add": True},
        {"mode": "topic_protected", "add": False},
        {"mode": "voice", "add": True, "value": "bob"},
        {"mode": "limit", "add": True, "value": "9"},
    ]
    ok = alice.ok(op="mode", channel="#X", changes=changes)
    (event,) = bob.hear()
    assert ok["changes"] == event["changes"] == changes
    assert (ok["msgid"], ok["channel"]) == (event["msgid"], "#x")
    assert carol.read() == [":alice!alice@192.0.2.1 MODE #x +m-t+vl bob 9"]


def test_a_mode_is_set_unless_it_is_to_be_taken_away(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    assert alice.ok(op="mode", channel="#x", changes=[{"mode": "secret"}])["changes"] == [
        {"mode": "secret", "add": True}
    ]
    # What is so already is nothing that has happened.
    assert alice.ok(op="mode", channel="#x", changes=[{"mode": "secret"}]) == {"changes": []}
    gone = alice.ok(op="mode", channel="#x", changes=[{"mode": "secret", "add": False}])
    assert gone["changes"] == [{"mode": "secret", "add": False}]


def test_a_setting_needs_a_value_only_to_be_set(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    for mode, value in (("key", "sesame"), ("limit", "3")):
        alice.ok(op="mode", channel="#x", changes=[{"mode": mode, "value": value}])
        assert alice.ok(op="mode", channel="#x", changes=[{"mode": mode, "add": False}])["changes"]


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ([{"mode": "ears"}], "$.changes[0].mode"),
        ([{"mode": "moderated"}, {"mode": "o", "value": "bob"}], "$.changes[1].mode"),
        ([{"mode": "moderated", "value": "x"}], "$.changes[0].value"),
        ([{"mode": "op"}], "$.changes[0].value"),
        ([{"mode": "op", "add": False}], "$.changes[0].value"),
        ([{"mode": "ban", "value": ""}], "$.changes[0].value"),
        ([{"mode": "key"}], "$.changes[0].value"),
        ([{"mode": "limit", "value": 5}], "$.changes[0].value"),
        ([{"mode": 1}], "$.changes[0].mode"),
        ([{}], "$.changes[0].mode"),
        ([], "$.changes"),
    ],
)
def test_what_is_no_change_is_said_with_its_place(
    world: World, changes: list[dict[str, Any]], at: str
) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    bob.hear()
    assert error(alice, op="mode", channel="#x", changes=changes)["at"].startswith(at)
    assert bob.hear() == []


def test_a_line_end_in_a_change_is_found(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    changes = [{"mode": "moderated"}, {"mode": "ban", "value": "a\nb"}]
    assert error(alice, op="mode", channel="#x", changes=changes) == {
        "code": "bad_text",
        "at": "$.changes[1].value",
    }


def test_what_is_refused_says_which_change_it_is_and_the_rest_is_done(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    changes = [
        {"mode": "moderated"},
        {"mode": "op", "value": "nobody"},
        {"mode": "limit", "value": "x"},
        {"mode": "founder", "value": "alice"},
    ]
    ok = alice.ok(op="mode", channel="#x", changes=changes)
    assert ok["changes"] == [{"mode": "moderated", "add": True}]
    assert [(each["code"], each["at"]) for each in ok["refusals"]] == [
        ("no_such_nick", "$.changes[1]"),
        ("bad_mode_value", "$.changes[2]"),
        ("needs_founder", "$.changes[3]"),
    ]
    refused = error(alice, op="mode", channel="#x", changes=changes[1:2])
    assert (refused["code"], refused["change"]) == (
        "no_such_nick",
        {"mode": "op", "add": True, "value": "nobody"},
    )


def test_modes_are_told_as_they_are_set(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    made = alice.ok(op="join", channel="#x")
    alice.ok(
        op="mode", channel="#x", changes=[{"mode": "key", "value": "k"}, {"mode": "limit", "value": "5"}]
    )
    told = alice.ok(op="mode", channel="#X")
    assert told == {
        "channel": "#x",
        "channel_id": made["channel_id"],
        "created": made["time"],
        "modes": [
            {"mode": "members_only"},
            {"mode": "topic_protected"},
            {"mode": "key", "value": "k"},
            {"mode": "limit", "value": "5"},
        ],
    }
    # A key is for those who have come in by it.
    assert bob.ok(op="mode", channel="#x")["modes"][2:] == [{"mode": "key"}, {"mode": "limit", "value": "5"}]
    alice.ok(op="mode", channel="#x", changes=[{"mode": "secret"}])
    assert error(bob, op="mode", channel="#x") == {"code": "no_such_channel", "subject": "#x"}


def test_lists_are_told_to_those_who_may_read_them(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    changes = [
        {"mode": "ban", "value": "evil"},
        {"mode": "ban", "value": "~t:10:worse"},
        {"mode": "invite_exception", "value": "friend"},
    ]
    alice.ok(op="mode", channel="#x", changes=changes)
    told = bob.ok(op="mode", channel="#x", list="ban")
    assert [each["mask"] for each in told["masks"]] == ["evil!*@*", "~t:10:worse!*@*"]
    first, second = told["masks"]
    assert (first["by"], "until" in first) == ("alice!alice@192.0.2.1", False)
    assert second["until"] > second["time"]
    assert error(bob, op="mode", channel="#x", list="invite_exception")["code"] == "needs_halfop"
    (friend,) = alice.ok(op="mode", channel="#x", list="invite_exception")["masks"]
    assert friend["mask"] == "friend!*@*"
    assert alice.ok(op="mode", channel="#x", list="ban_exception")["masks"] == []
    assert error(alice, op="mode", channel="#x", list="voice")["at"] == "$.list"
    assert error(alice, op="mode", channel="#x", list="ban", changes=changes) == {
        "code": "bad_request",
        "at": "$.list",
    }


def test_operators_of_the_server_may_override(world: World) -> None:
    alice, oper = world.json("alice"), operator(world)
    alice.ok(op="join", channel="#x")
    alice.hear()
    changes = [{"mode": "moderated"}]
    assert error(oper, op="mode", channel="#x", changes=changes)["code"] == "not_on_channel"
    ok = oper.ok(op="mode", channel="#x", changes=changes, override=True)
    assert {"mode": "moderated"} in ok["modes"]
    assert not {"changes", "text"} & set(ok)
    (event,) = alice.hear()
    assert event["changes"] == [{"mode": "moderated", "add": True}]
    refused = error(alice, op="mode", channel="#x", changes=changes, override=True)
    assert refused["code"] == "not_an_operator"


def test_ones_own_modes_are_changed_and_told(world: World) -> None:
    alice = world.json("alice")
    assert alice.ok(op="user_modes") == {"modes": ["invisible"]}
    changes = [{"mode": "bot"}, {"mode": "invisible", "add": False}]
    ok = alice.ok(op="user_modes", changes=changes)
    assert ok["modes"] == ["bot"]
    assert ok["changes"] == [{"mode": "bot", "add": True}, {"mode": "invisible", "add": False}]
    assert alice.ok(op="user_modes", changes=[{"mode": "bot"}]) == {"changes": [], "modes": ["bot"]}
    assert error(alice, op="user_modes", changes=[{"mode": "server_notices"}])["code"] == "not_an_operator"
    part = alice.ok(op="user_modes", changes=[{"mode": "server_notices"}, {"mode": "wallops"}])
    assert part["modes"] == ["bot", "wallops"]
    assert [each["code"] for each in part["refusals"]] == ["not_an_operator"]
    assert error(alice, op="user_modes", changes=[{"mode": "ears"}])["at"] == "$.changes[0].mode"
