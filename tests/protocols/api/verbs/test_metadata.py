"""What people tell of themselves and of their channels for programs to show."""

from __future__ import annotations

from chatdaemon.protocols.api.verbs.metadata import CHANGE_COST
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.settings import Settings
from tests.protocols.api.acting import error
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World


def test_ones_own_is_set_told_and_taken_away(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    bob.hear()
    assert alice.ok(op="metadata") == {"target": "alice", "metadata": {}}
    ok = alice.ok(op="metadata", key="color", value="red")
    assert ok == {"target": "alice", "metadata": {"color": "red"}}
    (event,) = bob.hear()
    assert (event["event"], event["user"]["nick"]) == ("user_metadata_changed", "alice")
    assert (event["key"], event["value"]) == ("color", "red")
    alice.ok(op="metadata", target="ALICE", key="avatar", value="https://x.test/a.png")
    assert bob.ok(op="metadata", target="alice", key="color") == ok
    assert len(bob.ok(op="metadata", target="alice")["metadata"]) == 2
    assert alice.ok(op="metadata", key="color", value="") == {"target": "alice", "metadata": {}}
    assert "value" not in bob.hear()[-1]
    alice.ok(op="metadata", key="color", value="blue")
    assert alice.ok(op="metadata", clear=True) == {"target": "alice", "metadata": {}}


def test_a_channels_is_for_its_operators_to_set_and_tells_that_of_its_members(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.irc("carol")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    carol.send("JOIN #x")
    alice.ok(op="metadata", key="color", value="red")
    assert alice.ok(op="metadata", target="#X", key="topic", value="tea")["target"] == "#x"
    assert error(bob, op="metadata", target="#x", key="topic", value="coffee")["code"] == "metadata_not_yours"
    assert error(bob, op="metadata", target="alice", clear=True)["code"] == "metadata_not_yours"
    assert bob.ok(op="metadata", target="#x", members=True) == {
        "target": "#x",
        "metadata": {"topic": "tea"},
        "members": {"alice": {"color": "red"}},
    }
    assert "members" not in bob.ok(op="metadata", target="#x")


def test_of_a_secret_channel_outsiders_are_told_nothing(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    alice.ok(op="mode", channel="#x", changes=[{"mode": "secret"}])
    for name in ("#x", "#y", "nobody"):
        assert error(bob, op="metadata", target=name) == {"code": "no_such_target", "subject": name}


def test_what_cannot_be_is_refused(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(metadata_keys=1))
    alice = world.json("alice")
    assert error(alice, op="metadata", key="Bad Key") == {
        "code": "bad_metadata_key",
        "subject": "Bad Key",
        "detail": "A key can have small letters, digits and _ . / - only",
    }
    assert error(alice, op="metadata", value="x") == {"code": "bad_request", "at": "$.key"}
    assert error(alice, op="metadata", key="a", clear=True) == {"code": "bad_request", "at": "$.clear"}
    assert error(alice, op="metadata", key="a", value="x" * 301)["code"] == "bad_metadata_value"
    alice.ok(op="metadata", key="a", value="1")
    assert error(alice, op="metadata", key="b", value="1") == {"code": "metadata_full", "subject": "alice"}


def test_changes_cost_more_than_questions(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=1, flood_burst=10))
    alice = world.json("alice")
    world.pass_time(10)
    for number in range(2):
        alice.say(op="metadata", key="color", value=str(number))
    alice.hear()
    for _ in range(3):
        alice.say(op="ping")
    # Ten to begin with, and five each are gone.
    assert alice.hear() == []
    world.pass_time(CHANGE_COST)
    assert len(alice.hear()) == 3
