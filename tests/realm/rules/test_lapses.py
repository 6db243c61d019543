"""What becomes of accounts whose e-mail address nobody confirms."""

from __future__ import annotations

import pytest

from chatdaemon.realm.accounts import Code, Credentials
from chatdaemon.realm.events import AccessChanged, AccountDropped, AccountRegistered
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    ExpireAccount,
    RegisterAccount,
    RegisterChannel,
    SetAccess,
    VerifyAccount,
)
from tests.realm.scene import Scene


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    code = Code("abc", scene.at + 10_000)
    scene(None, RegisterAccount("Newt", Credentials("hash"), "newt@example.net", code, granted=True))
    return scene


def test_an_account_that_is_not_confirmed_in_time_is_gone_with_its_name(scene: Scene) -> None:
    assert scene(None, ExpireAccount("newt")) == ()
    scene.at += 10_000
    (event,) = scene(None, ExpireAccount("NEWT"))
    assert isinstance(event, AccountDropped)
    assert (event.account, event.audience) == ("Newt", ())
    assert scene.realm.account("newt") is None
    assert scene.realm.owner("newt") is None
    again = scene(None, RegisterAccount("newt", Credentials("hash"), granted=True))
    assert any(isinstance(each, AccountRegistered) for each in again)


def test_one_that_is_confirmed_stays(scene: Scene) -> None:
    scene(None, VerifyAccount("newt", "abc"))
    scene.at += 10_000
    assert scene(None, ExpireAccount("newt")) == ()
    assert scene.realm.account("newt") is not None


def test_only_the_server_says_that_time_has_passed(scene: Scene) -> None:
    scene.connect("alice")
    scene.at += 10_000
    assert scene.refused("alice", ExpireAccount("newt")) == Refusal(Reason.NOT_AN_OPERATOR)
    assert scene.refused(None, ExpireAccount("nobody")) == Refusal(Reason.NO_SUCH_ACCOUNT, "nobody")


def test_nothing_of_its_access_is_left_to_who_takes_the_name(scene: Scene) -> None:
    scene.join("#x", "alice")
    scene.log_in("alice", "alice")
    scene("alice", RegisterChannel("#x"))
    scene("alice", SetAccess("#x", "newt", Rank.OP))
    scene.at += 10_000
    _, changed = scene(None, ExpireAccount("newt"))
    assert isinstance(changed, AccessChanged)
    registration = scene.channel("#x").registration
    assert registration is not None
    assert not registration.access
