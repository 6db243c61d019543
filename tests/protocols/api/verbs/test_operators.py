"""What operators of the server do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.operators import WRONG_DELAY
from chatdaemon.realm.modes import Privilege
from tests.protocols.api.acting import code, operator
from tests.protocols.irc.operators import access
from tests.world import JSONClient, World


@pytest.fixture
def oper(world: World) -> JSONClient:
    """Who may do anything."""
    return operator(world)


def test_the_operators_password_makes_an_operator(make_world: Callable[..., World]) -> None:
    world = make_world(api=APISettings(operators=access(Privilege.KILL)))
    alice = world.json("alice")
    assert alice.ok(op="oper", name="boss", password="secret")["name"] == "boss"
    bob = world.json("bob")
    assert code(bob, op="kill", nick="alice") == "not_an_operator"
    assert "text" not in alice.ok(op="kill", nick="bob", reason="Enough")
    assert bob.hear()[-1]["event"] == "bye"


@pytest.mark.parametrize("name", ["boss", "nobody"])
def test_a_wrong_password_is_answered_late(make_world: Callable[..., World], name: str) -> None:
    world = make_world(api=APISettings(operators=access()))
    alice = world.json("alice")
    alice.say(id=1, op="oper", name=name, password="wrong")
    assert alice.hear() == []
    world.clock.advance(WRONG_DELAY)
    world.settle()
    (answer,) = alice.hear()
    assert answer["error"]["code"] == "login_failed"


def test_people_are_moved_about(world: World, oper: JSONClient) -> None:
    bob = world.json("bob")
    oper.ok(op="join", channel="#tea")
    assert oper.ok(op="force_join", nick="bob", channel="#tea")["channel"] == "#tea"
    assert oper.ok(op="force_nick", nick="bob", new="bert")["nick"] == "bert"
    assert oper.ok(op="force_part", nick="bert", channel="#tea")["channel"] == "#tea"
    bob.ok(op="user_modes", changes=[{"mode": "wallops"}])
    bob.hear()
    oper.ok(op="wallops", text="Tea is ready")
    assert [found["text"] for found in bob.hear()] == ["Tea is ready"]
    assert code(bob, op="force_nick", nick="oper", new="x") == "not_an_operator"


def test_the_daemon_is_told_what_to_do(world: World, oper: JSONClient) -> None:
    bob = world.json("bob")
    assert code(bob, op="rehash") == code(bob, op="die") == "not_an_operator"
    world.control.mistakes = ["line 3: what?"]
    assert oper.ok(op="rehash") == {"mistakes": ["line 3: what?"]}
    oper.ok(op="die", reason="Night")
    assert world.control.done == ["rehash", "die Night"]


def test_accounts_of_others_are_looked_after(world: World, oper: JSONClient) -> None:
    assert oper.ok(op="account_create", account="dora", password="a long password")["standing"] == "active"
    assert (
        code(oper, op="account_create", account="eve", password="a long password", email="x") == "bad_email"
    )
    assert oper.ok(op="account_suspend", account="dora", reason="Rude")["reason"] == "Rude"
    (dora,) = oper.ok(op="accounts", mask="d*")["accounts"]
    assert (dora["account"], dora["standing"], dora["note"]) == ("dora", "suspended", "Rude")
    assert oper.ok(op="account_restore", account="dora")["account"] == "dora"
    assert code(oper, op="account_approve", account="dora") == "not_waiting"
    assert oper.ok(op="accounts", waiting=True) == {"accounts": [], "more": False}
    assert oper.ok(op="change_password", account="dora", new="another long one")["account"] == "dora"
    oper.ok(op="change_email", account="dora", email="dora@example.org")
    assert oper.ok(op="account", account="dora")["email"] == "dora@example.org"
    assert oper.ok(op="host_set", account="dora", host="tea.example")["host"] == "tea.example"
    assert code(oper, op="host_set", account="dora", reject=True) == "no_host_asked"
    assert oper.ok(op="account_drop", account="dora")["account"] == "dora"
    bob = world.json("bob")
    assert code(bob, op="accounts") == "not_an_operator"
    assert code(bob, op="account_create", account="x", password="a long password") == "not_an_operator"


def test_codes_of_invitation_are_made_and_taken_back(world: World, oper: JSONClient) -> None:
    made = oper.ok(op="invitation_create", uses=3)["code"]
    oper.ok(op="invitation_create", code="teatime", until="2027-01-01T00:00:00.000Z")
    listed = oper.ok(op="invitation_list")["invitations"]
    assert [(each["code"], each["uses"]) for each in listed] == [(made, 3), ("teatime", 1)]
    assert listed[1]["until"] == "2027-01-01T00:00:00.000Z"
    oper.ok(op="invitation_revoke", code=made)
    assert code(oper, op="invitation_revoke", code=made) == "no_such_invitation"
    assert code(world.json("bob"), op="invitation_list") == "not_an_operator"
