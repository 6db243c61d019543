"""Registered channels."""

from __future__ import annotations

import pytest

from tests.protocols.api.acting import code
from tests.world import JSONClient, World


@pytest.fixture
def alice(world: World) -> JSONClient:
    """The founder of #tea."""
    client = logged_in(world, "alice")
    client.ok(op="join", channel="#tea")
    assert client.ok(op="channel_register", channel="#tea")["founder"] == "alice"
    return client


def logged_in(world: World, nick: str) -> JSONClient:
    client = world.connect_json(secure=True)
    client.ok(op="register", account=nick, password="a long password")
    client.ok(op="hello", nick=nick)
    return client


def test_a_channel_tells_what_it_is_and_a_private_one_does_not(world: World, alice: JSONClient) -> None:
    assert alice.ok(op="channel_set", channel="#tea", setting="url", value="https://tea.example")["value"]
    told = alice.ok(op="channel_info", channel="#tea")
    assert told["founder"] == "alice"
    assert told["ranks"] == ["founder"]
    assert told["settings"] == {"url": "https://tea.example"}
    alice.ok(op="channel_set", channel="#tea", setting="private", value="on")
    assert set(world.json("bob").ok(op="channel_info", channel="#tea")) == {"channel", "channel_id"}
    assert "value" not in alice.ok(op="channel_set", channel="#tea", setting="private")
    assert code(alice, op="channel_info", channel="#coffee") == "no_such_channel"


def test_access_is_given_listed_and_taken(world: World, alice: JSONClient) -> None:
    bob = logged_in(world, "bob")
    bob.ok(op="join", channel="#tea")
    assert code(bob, op="access_list", channel="#tea") == "needs_access"
    assert code(alice, op="access_set", channel="#tea", account="nobody") == "no_such_account"
    given = alice.ok(op="access_set", channel="#tea", account="bob", ranks=["op"])
    assert given["ranks"] == ["op"]
    assert [row["account"] for row in bob.ok(op="access_list", channel="#tea")["access"]] == ["alice", "bob"]
    assert bob.ok(op="channels") == {
        "channels": [{"channel": "#tea", "founder": "alice", "ranks": ["op"]}],
        "more": False,
    }
    assert code(bob, op="channels", mask="*") == "not_an_operator"
    assert bob.ok(op="access_sync", channel="#tea", down=True)["changes"]
    assert bob.ok(op="access_sync", channel="#tea")["changes"]
    alice.ok(op="access_set", channel="#tea", account="bob")
    assert bob.ok(op="channels")["channels"] == []


def test_a_channel_is_renamed_given_away_and_dropped(world: World, alice: JSONClient) -> None:
    bob = logged_in(world, "bob")
    assert alice.ok(op="channel_rename", channel="#tea", name="#coffee")["name"] == "#coffee"
    assert code(bob, op="channel_drop", channel="#coffee") == "needs_access"
    assert alice.ok(op="channel_transfer", channel="#coffee", account="bob")["founder"] == "bob"
    assert bob.ok(op="channel_drop", channel="#coffee")["channel"] == "#coffee"
    assert code(alice, op="channel_info", channel="#coffee") == "channel_not_registered"
