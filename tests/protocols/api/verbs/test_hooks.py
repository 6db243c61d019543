"""Hooks of registered channels: making, listing and removing them, and what comes in by them."""

from __future__ import annotations

import pytest

from chatdaemon.accounts.tokens import digest_of
from chatdaemon.realm.requests import PostByHook, RegisterChannel, SetAccount
from tests.protocols.api.acting import apply, error
from tests.world import JSONClient, World


@pytest.fixture
def founder(world: World) -> JSONClient:
    """Alice, whose channel #x is registered."""
    alice = world.json("alice")
    world.account("alice")
    apply(alice, SetAccount("alice"))
    alice.ok(op="join", channel="#x")
    apply(alice, RegisterChannel("#x"))
    return alice


def test_what_is_posted_by_a_hook_is_heard_by_all(world: World, founder: JSONClient) -> None:
    bob, irc = world.json("bob"), world.irc("carol")
    bob.ok(op="join", channel="#x")
    irc.send("JOIN #x")
    irc.read()
    ok = founder.ok(op="hook_add", channel="#x", name="ci")
    assert (ok["channel"], ok["name"], ok["direction"]) == ("#x", "ci", "in")
    secret = ok["path"].removeprefix("/hook/")
    founder.hear()
    bob.hear()
    world.node.submit(None, PostByHook(digest_of(secret), ("Built.", "All is well."), "robot", "irc.test"))
    world.settle()
    events = bob.hear()
    assert [(each["event"], each["nick"], each["text"]) for each in events] == [
        ("relay", "robot/hook", "Built."),
        ("relay", "robot/hook", "All is well."),
    ]
    assert events[0]["from"] == {"nick": "ci", "username": "hook", "host": "irc.test", "bot": True}
    assert irc.read()[-2:] == [
        ":robot/hook!hook@irc.test PRIVMSG #x :Built.",
        ":robot/hook!hook@irc.test PRIVMSG #x :All is well.",
    ]
    told = founder.ok(op="history", target="#x")["messages"]
    assert [each["text"] for each in told] == ["Built.", "All is well."]


def test_hooks_are_listed_without_their_secrets(world: World, founder: JSONClient) -> None:
    founder.ok(op="hook_add", channel="#x", name="ci")
    made = founder.ok(op="hook_add", channel="#x", name="ci", direction="out", url="https://example.org/x")
    assert made["secret"].startswith("chd_")
    listed = founder.ok(op="hooks", channel="#X")
    assert [each.pop("created")[:18] for each in listed["hooks"]] == ["2026-01-01T00:00:0"] * 2
    assert listed == {
        "channel": "#x",
        "hooks": [
            {"name": "ci", "direction": "in", "by": "alice"},
            {
                "name": "ci", "direction": "out", "by": "alice",
                "url": "https://example.org/x", "events": ["message"],
            },
        ],
    }  # fmt: skip
    founder.ok(op="hook_remove", channel="#x", name="ci")
    founder.ok(op="hook_remove", channel="#x", name="ci", direction="out")
    assert founder.ok(op="hooks", channel="#x")["hooks"] == []
    assert error(founder, op="hook_remove", channel="#x", name="ci")["code"] == "no_such_hook"
    assert world.realm.hooks == {}


def test_only_who_looks_after_the_registration_has_to_do_with_them(world: World, founder: JSONClient) -> None:
    bob = world.json("bob")
    for op in ({"op": "hooks"}, {"op": "hook_add", "name": "x"}, {"op": "hook_remove", "name": "x"}):
        assert error(bob, channel="#x", **op)["code"] == "not_logged_in"
    world.account("bob")
    apply(bob, SetAccount("bob"))
    for op in ({"op": "hooks"}, {"op": "hook_add", "name": "x"}, {"op": "hook_remove", "name": "x"}):
        assert error(bob, channel="#x", **op)["code"] == "needs_access"
    bob.ok(op="join", channel="#free")
    assert error(bob, op="hook_add", channel="#free", name="x")["code"] == "channel_not_registered"
    assert error(bob, op="hooks", channel="#none")["code"] == "no_such_channel"


def test_what_makes_no_sense_is_told_where(founder: JSONClient) -> None:
    def fault(**fields: object) -> tuple[str, str]:
        found = error(founder, op="hook_add", channel="#x", name="x", **fields)
        return found["code"], found.get("at", "")

    assert fault(url="https://example.org/") == ("bad_request", "$.url")
    assert fault(events=["join"]) == ("bad_request", "$.events")
    assert fault(direction="out") == ("bad_request", "$.url")
    assert fault(direction="out", url="https://x/", events=["noise"]) == ("bad_request", "$.events")
    assert fault(direction="out", url="http://x/")[0] == "bad_hook"
