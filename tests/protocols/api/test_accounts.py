"""Logging in and registering, in JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from chatdaemon.accounts.settings import AuthenticationSettings
from chatdaemon.protocols.api.server import APISettings
from chatdaemon.realm.requests import SuspendAccount
from chatdaemon.realm.settings import Policy, Settings
from tests.protocols.api.acting import act, operator
from tests.world import World

MakeWorld = Callable[..., World]


@pytest.fixture(params=[0.0, 0.3], ids=["at once", "late"])
def make_world(request: pytest.FixtureRequest) -> MakeWorld:
    return partial(World, late=request.param)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


def test_who_logs_in_before_hello_comes_in_with_the_account(world: World) -> None:
    world.account("alice")
    client = world.connect_json()
    assert client.ok(op="login", account="alice", password="sesame") == {"account": "alice"}
    hello = client.ok(op="hello")
    assert (hello["user"]["nick"], hello["user"]["account"]) == ("alice", "alice")


def test_who_logs_in_later_is_seen_to(world: World) -> None:
    world.account("bob")
    bob = world.json("bob2")
    watcher = world.irc("watcher", caps="account-notify")
    for client in (bob,):
        client.ok(op="join", channel="#x")
    watcher.send("JOIN #x")
    watcher.read()
    ok = bob.ok(op="login", account="bob", password="sesame")
    assert ok["account"] == "bob"
    assert any(line.endswith(" ACCOUNT bob") for line in watcher.read())
    assert bob.ok(op="login", account="bob", password="sesame") == {"account": "bob"}
    assert "error" not in bob.do(op="logout")
    assert any(line.endswith(" ACCOUNT *") for line in watcher.read())


def test_a_wrong_password_logs_nobody_in(world: World) -> None:
    world.account("alice")
    client = world.connect_json()
    reply = client.do(op="login", account="alice", password="wrong")
    assert reply["error"]["code"] == "login_failed"
    assert client.do(op="login", password="wrong")["error"]["at"] == "$.account"
    assert client.do(op="login")["error"]["message"] == "This connection cannot log in by a certificate"
    assert client.do(op="login", token="x")["error"]["message"] == "This connection cannot log in by tokens"
    assert "account" not in client.ok(op="hello", nick="eve")["user"]


def test_what_an_account_cannot_be_used_for_is_said(world: World) -> None:
    world.account("alice")
    act(operator(world), SuspendAccount("alice", "spam"))
    client = world.connect_json()
    assert client.do(op="login", account="alice", password="sesame")["error"]["code"] == "suspended"


def test_an_account_can_be_made_before_hello(world: World) -> None:
    client = world.connect_json()
    ok = client.ok(op="register", account="carol", password="long enough to be good")
    assert ok == {"account": "carol", "standing": "active"}
    assert client.ok(op="hello")["user"]["account"] == "carol"


def test_an_account_made_after_hello_is_named_as_the_nick_and_logged_in_to(world: World) -> None:
    client = world.json("dave")
    ok = client.ok(op="register", password="long enough to be good")
    assert ok == {"account": "dave", "standing": "active"}
    assert client.ok(op="names", channel=client.ok(op="join", channel="#x")["channel"])
    user = world.realm.user("dave")
    assert user is not None
    assert user.account == "dave"


def test_what_cannot_be_registered_is_said(world: World) -> None:
    world.account("alice")
    client = world.connect_json()
    assert client.do(op="register", password="long enough")["error"]["at"] == "$.account"
    taken = client.do(op="register", account="alice", password="long enough to be good")
    assert taken["error"]["code"] == "account_exists"
    assert client.do(op="register", account="bob", password="")["error"]["code"] == "unfit_password"
    assert client.ok(op="register", account="bob", password="long enough to be good")
    again = client.do(op="register", account="bob2", password="long enough to be good")
    assert again["error"]["code"] == "already_logged_in"


def test_an_account_that_waits_for_approval_says_so(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(registration=Policy.APPROVAL))
    client = world.connect_json()
    ok = client.ok(op="register", account="carol", password="long enough to be good")
    assert ok["standing"] == "awaiting"
    assert client.do(op="login", account="carol", password="long enough to be good")["error"]["code"] == (
        "not_approved"
    )


def test_there_is_nothing_to_verify_of_an_account_that_is_not_there(world: World) -> None:
    client = world.connect_json()
    reply = client.do(op="verify", account="nobody", code="1")
    assert reply["error"]["code"] == "no_such_account"


def test_a_server_for_its_own_people_lets_in_those_who_log_in(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(require_login=True))
    world.account("alice")
    client = world.connect_json()
    assert client.do(op="hello", nick="alice2")["error"]["code"] == "login_required"
    client.ok(op="login", account="alice", password="sesame")
    assert client.ok(op="hello")["user"]["account"] == "alice"


def test_it_lets_in_those_whom_the_operator_exempts(make_world: MakeWorld) -> None:
    world = make_world(
        settings=Settings(require_login=True), api=APISettings(login_exempt=("198.51.100.0/24",))
    )
    assert world.connect_json(address="198.51.100.7").ok(op="hello", nick="eve")
    assert "error" in world.connect_json(address="192.0.2.7").do(op="hello", nick="mallory")


def test_passwords_in_the_clear_are_refused_from_elsewhere() -> None:
    world = World(authentication=AuthenticationSettings(mechanisms=("PLAIN",)))
    world.account("alice")
    client = world.connect_json()
    assert client.do(op="login", account="alice", password="sesame")["error"]["code"] == "insecure"
    secure = world.connect_json(secure=True)
    assert secure.ok(op="login", account="alice", password="sesame")
