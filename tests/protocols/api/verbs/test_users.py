"""Who people are."""

from __future__ import annotations

from tests.protocols.api.acting import error
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
