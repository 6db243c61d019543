"""Being told when people come and go."""

from __future__ import annotations

from chatdaemon.protocols.api.server import APISettings
from chatdaemon.realm.requests import SetAccount
from tests.protocols.api.acting import apply, error
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World


def test_a_watcher_is_told_who_is_here_and_who_comes_and_goes(world: World) -> None:
    alice = world.json("alice")
    world.json("bob")
    ok = alice.ok(op="monitor", add=["BOB", "carol"])
    assert ok == {
        "online": [{"nick": "bob", "username": "bob", "host": "192.0.2.1"}],
        "offline": ["carol"],
    }
    carol = world.irc("Carol")
    (online,) = alice.hear()
    assert online.pop("time").startswith("2026-01-01T00:00:")
    assert online == {
        "event": "online",
        "user": {"nick": "Carol", "username": "Carol", "host": "192.0.2.1"},
    }
    carol.send("QUIT")
    (offline,) = alice.hear()
    assert offline.pop("time").startswith("2026-01-01T00:00:")
    assert offline == {"event": "offline", "nick": "Carol"}


def test_a_change_of_nick_is_a_leaving_and_a_coming(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="monitor", add=["bob", "robert"])
    bob.ok(op="nick", nick="Robert")
    first, second = alice.hear()
    assert (first["event"], first["nick"]) == ("offline", "bob")
    assert (second["event"], second["user"]["nick"]) == ("online", "Robert")


def test_a_watcher_learns_what_neighbours_learn_once(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="monitor", add=["bob"])
    bob.ok(op="away", text="out")
    bob.ok(op="away", text="out")
    bob.ok(op="realname", realname="Robert")
    assert [each["event"] for each in alice.hear()] == ["away", "realname"]
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    alice.hear()
    bob.ok(op="away")
    world.account("bobby", nicks=("bob",))
    apply(bob, SetAccount("bobby"))
    assert [each["event"] for each in alice.hear()] == ["away", "account"]


def test_the_list_is_changed_and_told(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="monitor", add=["a", "b", "A"])
    assert alice.ok(op="monitor") == {"online": [], "offline": ["a", "b"]}
    assert alice.ok(op="monitor", remove=["B", "z"], add=["c"])["offline"] == ["a", "c"]
    assert alice.ok(op="monitor", clear=True, add=["d"])["offline"] == ["d"]
    world.json("a")
    assert alice.hear() == []
    assert error(alice, op="monitor", add=["e", "9"])["at"] == "$.add[1]"
    assert alice.ok(op="monitor")["offline"] == ["d"]


def test_there_is_room_for_so_many(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(monitor_entries=2))
    alice = world.json("alice")
    assert error(alice, op="monitor", add=["a", "b", "c"]) == {"code": "too_many", "at": "$.add"}
    assert alice.ok(op="monitor", add=["a", "b"])["offline"] == ["a", "b"]
    world.api.configure(APISettings(monitor_entries=None))
    assert len(alice.ok(op="monitor", add=["c", "d"])["offline"]) == 4


def test_who_leaves_watches_nobody(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="monitor", add=["bob"])
    alice.vanish()
    world.json("bob")
    assert (world.api.watches.watchers, world.api.watches.watched) == ({}, {})
