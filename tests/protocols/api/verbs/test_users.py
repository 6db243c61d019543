"""Who people are."""

from __future__ import annotations

from typing import Any

from chatdaemon.realm.requests import SetAccount
from tests.protocols.api.acting import apply, error, operator
from tests.world import World


def test_nick_changes_the_nick(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    ok = alice.ok(op="nick", nick="ally")
    (event,) = bob.hear()[-1:]
    assert (event["event"], event["from"]["nick"], event["nick"]) == ("nick", "alice", "ally")
    assert ok == {"msgid": event["msgid"], "time": event["time"], "nick": "ally"}
    assert alice.ok(op="nick", nick="ally") == {"nick": "ally"}
    assert error(alice, op="nick", nick="bob") == {"code": "nick_in_use", "subject": "bob"}


def test_away_and_back(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    assert alice.ok(op="away", text="lunch")["text"] == "lunch"
    assert set(alice.ok(op="away")) == {"msgid", "time"}
    gone, back = bob.hear()[-2:]
    assert (gone["event"], gone["text"]) == ("away", "lunch")
    assert back["event"] == "away"
    assert "text" not in back


def test_realname_is_changed(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    assert alice.ok(op="realname", realname="Alice Cooper")["realname"] == "Alice Cooper"
    assert bob.hear()[-1]["realname"] == "Alice Cooper"
    assert error(alice, op="realname", realname="\t")["code"] == "bad_realname"


def test_whois_tells_what_one_may_know(world: World) -> None:
    alice, bob, oper = world.json("alice"), world.json("bob", secure=True), operator(world)
    for name in ("#x", "#hidden"):
        bob.ok(op="join", channel=name)
    bob.ok(op="mode", channel="#hidden", changes=[{"mode": "secret"}])
    bob.ok(op="user_modes", changes=[{"mode": "invisible", "add": False}, {"mode": "bot"}])
    world.account("bobby", nicks=("bob",))
    apply(bob, SetAccount("bobby"))
    bob.ok(op="away", text="out")
    told = alice.ok(op="whois", nick="BOB")
    for name in ("connected", "active"):
        assert told.pop(name).startswith("2026-01-01T00:00:0")
    assert told == {
        "nick": "bob",
        "username": "bob",
        "host": "192.0.2.1",
        "account": "bobby",
        "bot": True,
        "realname": "Bob Example",
        "channels": [{"channel": "#x", "ranks": ["op"]}],
        "secure": True,
        "away": "out",
        "nick_registered": True,
    }
    for other in (oper, bob):
        seen = other.ok(op="whois", nick="bob")
        assert [each["channel"] for each in seen["channels"]] == ["#x", "#hidden"]
        assert seen["addresses"] == ["192.0.2.1"]
        assert seen["certificates"] == []
        assert set(seen["modes"]) == {"bot", "secure"}
    assert alice.ok(op="whois", nick="oper")["operator"] is True
    bob.ok(op="nick", nick="bob")
    assert error(alice, op="whois", nick="nobody") == {"code": "no_such_nick", "subject": "nobody"}
    assert "ranks" not in world.json("carol").ok(op="join", channel="#x")["members"][-1]
    assert alice.ok(op="whois", nick="carol")["channels"] == []


def test_whowas_tells_who_has_gone(world: World) -> None:
    alice, oper = world.json("alice"), operator(world)
    for realname in ("First", "Second"):
        bob = world.connect_json()
        bob.ok(op="hello", nick="Bob", realname=realname)
        bob.say(op="bye")
        world.pass_time(1)
    told = alice.ok(op="whowas", nick="bob")["users"]
    assert [each["realname"] for each in told] == ["Second", "First"]
    assert told[0]["left"] > told[1]["left"]
    assert "address" not in told[0]
    (last,) = oper.ok(op="whowas", nick="BOB", limit=1)["users"]
    assert (last["nick"], last["address"]) == ("Bob", "192.0.2.1")
    assert alice.ok(op="whowas", nick="nobody") == {"users": []}


def test_who_finds_people_who_may_be_found(world: World) -> None:
    alice, bob, oper = world.json("alice"), world.json("bob"), operator(world)
    bob.ok(op="join", channel="#x")

    def found(**wanted: Any) -> list[str]:
        return [each["nick"] for each in alice.ok(op="who", **wanted)["users"]]

    assert found() == ["alice"]
    # Whoever knows the nick may ask.
    assert found(mask="bob") == ["bob"]
    bob.ok(op="user_modes", changes=[{"mode": "invisible", "add": False}])
    assert found(mask="b*") == ["bob"]
    assert found(mask="*!*@192.0.2.1") == ["alice", "bob"]
    assert found(mask="#x") == ["bob"]
    assert found(mask="#nowhere") == []
    oper.ok(op="user_modes", changes=[{"mode": "invisible", "add": False}])
    assert found(operators=True) == ["oper"]
    bob.ok(op="away", text="out")
    (row,) = alice.ok(op="who", mask="bob")["users"]
    assert row == {
        "nick": "bob",
        "username": "bob",
        "host": "192.0.2.1",
        "realname": "Bob Example",
        "away": True,
        "channel": "#x",
        "ranks": ["op"],
    }


def test_ison_tells_who_is_here(world: World) -> None:
    alice = world.json("alice")
    world.json("Bob")
    assert alice.ok(op="ison", nicks=["BOB", "carol", "alice"]) == {"nicks": ["Bob", "alice"]}
    assert error(alice, op="ison", nicks=["a\nb"]) == {"code": "bad_text", "at": "$.nicks[0]"}
    assert error(alice, op="ison", nicks=["x"] * 501) == {"code": "bad_request", "at": "$.nicks"}


def test_who_is_accepted_may_write(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    alice.ok(op="user_modes", changes=[{"mode": "caller_id"}])
    assert error(bob, op="send", target="alice", text="hi")["code"] == "not_accepted"
    assert [each["event"] for each in alice.hear()] == ["called"]
    ok = alice.ok(op="accept", add=["BOB", "nobody", "BOB"])
    assert (ok["added"], ok["removed"], ok["accepted"]) == (["bob"], [], ["bob"])
    assert [each["code"] for each in ok["refusals"]] == ["no_such_nick"]
    bob.ok(op="send", target="alice", text="hi")
    assert alice.hear()[-1]["text"] == "hi"
    assert error(carol, op="send", target="alice", text="hi")["code"] == "not_accepted"
    assert alice.ok(op="accept") == {"accepted": ["bob"]}
    assert alice.ok(op="accept", remove=["bob"])["accepted"] == []
    assert error(alice, op="accept", remove=["bob"]) == {"code": "not_on_accept_list", "subject": "bob"}


def test_who_is_silenced_is_not_heard(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    ok = alice.ok(op="silence", add=["bob"])
    assert ok["added"] == ok["silenced"] == ["bob!*@*"]
    bob.ok(op="send", target="alice", text="hi")
    assert alice.hear() == []
    assert alice.ok(op="silence") == {"silenced": ["bob!*@*"]}
    assert alice.ok(op="silence", remove=["bob"])["silenced"] == []
    bob.ok(op="send", target="alice", text="hello")
    assert alice.hear()[0]["text"] == "hello"
    assert error(alice, op="silence", remove=["bob"])["code"] == "not_silenced"
