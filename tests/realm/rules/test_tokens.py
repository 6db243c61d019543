from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.realm.bearers import good_token, named
from chatdaemon.realm.events import ServerNoticed, TokenCreated, TokenRevoked, TokenUsed
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import (
    BecomeOperator,
    CreateToken,
    DropAccount,
    ExpireToken,
    RestoreAccount,
    RevokeToken,
    SetAccount,
    SuspendAccount,
    UseToken,
)
from chatdaemon.realm.snapshot import restore, take
from chatdaemon.realm.tokens import Token
from tests.realm.scene import PLAIN, START, Scene

ONE, TWO, THREE = ("1" * 64, "2" * 64, "3" * 64)
HOUR = 3_600_000


@pytest.fixture
def scene() -> Scene:
    """alice is logged in, bob is not, and oper looks after accounts."""
    scene = Scene(replace(PLAIN, tokens_per_account=2))
    scene.connect("alice", "bob", "oper")
    scene.account("alice")
    scene("alice", SetAccount("alice"))
    scene("oper", BecomeOperator("chief", (Privilege.ACCOUNTS,)))
    return scene


def test_a_token_is_its_accounts_and_told_to_who_asked(scene: Scene) -> None:
    account, alice = scene.account("alice"), scene.people["alice"]
    events = scene("alice", CreateToken("bot", ONE, ("send", "send"), ("#A", "#a", "@"), START + 5))
    assert events == (TokenCreated((alice.id,), alice.who, "alice", account.id, "bot", ONE),)
    token = scene.realm.tokens[ONE]
    assert token == Token(
        scene.index, account.id, "alice", "bot", ONE, ("send",), ("#a", "@"), scene.at, START + 5
    )
    assert named(scene.realm, account.id, "bot") is token
    again = restore(take(scene.realm))
    assert again.tokens == scene.realm.tokens


@pytest.mark.parametrize(
    "request_",
    [
        CreateToken("", ONE),
        CreateToken("a b", ONE),
        CreateToken("x" * 33, ONE),
        CreateToken("x", "short"),
        CreateToken("x", ONE, ()),
        CreateToken("x", ONE, ("SEND",)),
        CreateToken("x", ONE, ("send",) * 101),
        CreateToken("x", ONE, ("*",), ("alice",)),
        CreateToken("x", ONE, ("*",), ("#a",) * 101),
        CreateToken("x", ONE, ("*",), (), START),
    ],
)
def test_what_makes_no_sense_makes_no_token(scene: Scene, request_: CreateToken) -> None:
    assert scene.refused("alice", request_).reason is Reason.BAD_TOKEN_SETTING


def test_names_digests_and_numbers_are_kept_apart(scene: Scene) -> None:
    scene("alice", CreateToken("one", ONE))
    assert scene.refused("alice", CreateToken("one", TWO)).reason is Reason.TOKEN_EXISTS
    assert scene.refused("alice", CreateToken("two", ONE)).reason is Reason.TOKEN_EXISTS
    scene("alice", CreateToken("two", TWO))
    assert scene.refused("alice", CreateToken("three", THREE)).reason is Reason.TOO_MANY_TOKENS
    assert scene.refused("bob", CreateToken("x", THREE)).reason is Reason.NOT_LOGGED_IN


def test_operators_and_the_server_make_tokens_for_others_and_operators_hear_of_it(scene: Scene) -> None:
    made, notice = scene("oper", CreateToken("one", ONE, account="alice"))
    assert isinstance(made, TokenCreated)
    assert notice == ServerNoticed((scene.people["oper"].id,), "oper made the token one for alice")
    assert scene(None, CreateToken("two", TWO, account="alice"))[0].audience == ()
    revoked, notice = scene(None, RevokeToken("one", "alice"))
    assert isinstance(revoked, TokenRevoked)
    assert notice == ServerNoticed((scene.people["oper"].id,), "server revoked the token one of alice")
    assert scene.refused("bob", CreateToken("x", THREE, account="alice")).reason is Reason.NOT_AN_OPERATOR
    assert scene.refused("bob", RevokeToken("two", "alice")).reason is Reason.NOT_AN_OPERATOR


def test_a_revoked_token_is_gone(scene: Scene) -> None:
    scene("alice", CreateToken("one", ONE))
    (event,) = scene("alice", RevokeToken("one"))
    assert isinstance(event, TokenRevoked)
    assert event.digest == ONE
    assert scene.realm.tokens == {}
    assert scene.refused("alice", RevokeToken("one")).reason is Reason.NO_SUCH_TOKEN


def test_a_token_is_over_when_its_time_is_and_not_before(scene: Scene) -> None:
    scene("alice", CreateToken("one", ONE, expires_at=START + 10))
    assert scene(None, ExpireToken(ONE)) == ()
    scene.at = START + 10
    assert scene.refused("alice", ExpireToken(ONE)).reason is Reason.NOT_AN_OPERATOR
    (event,) = scene(None, ExpireToken(ONE))
    assert isinstance(event, TokenRevoked)
    assert event.who is None
    assert scene(None, ExpireToken(ONE)) == ()


def test_that_it_was_used_is_noted_once_an_hour(scene: Scene) -> None:
    scene("alice", CreateToken("one", ONE))
    assert scene(None, UseToken(ONE)) == (TokenUsed((), ONE),)
    scene.at += HOUR - 1
    assert scene(None, UseToken(ONE)) == ()
    scene.at += 1
    assert scene(None, UseToken(ONE)) == (TokenUsed((), ONE),)
    assert scene.realm.tokens[ONE].used_at == scene.at
    assert scene(None, UseToken(TWO)) == ()
    assert scene.refused("alice", UseToken(ONE)).reason is Reason.NOT_AN_OPERATOR


def test_an_account_that_is_no_more_has_no_tokens(scene: Scene) -> None:
    scene("alice", CreateToken("one", ONE))
    events = scene(None, DropAccount("alice"))
    (revoked,) = [event for event in events if isinstance(event, TokenRevoked)]
    assert (revoked.digest, revoked.audience) == (ONE, ())
    assert scene.realm.tokens == {}


def why(scene: Scene, digest: str, at: int) -> Reason:
    with pytest.raises(Refusal) as caught:
        good_token(scene.realm, digest, at)
    return caught.value.reason


def test_a_token_is_good_in_time_and_while_its_account_can_be_used(scene: Scene) -> None:
    scene("alice", CreateToken("one", ONE, expires_at=START + 10))
    assert good_token(scene.realm, ONE, START + 9).name == "one"
    assert why(scene, ONE, START + 10) is Reason.BAD_TOKEN
    assert why(scene, TWO, START) is Reason.BAD_TOKEN
    scene(None, SuspendAccount("alice", "spam"))
    assert why(scene, ONE, START) is Reason.SUSPENDED
    scene(None, RestoreAccount("alice"))
    assert good_token(scene.realm, ONE, START).name == "one"


def test_what_it_allows_and_reaches(scene: Scene) -> None:
    scene("alice", CreateToken("one", ONE, ("send", "tokens"), ("#a",)))
    scene("alice", CreateToken("two", TWO))
    some, all_of_it = scene.realm.tokens.values()
    assert some.allows("send")
    assert some.allows("tokens", named_only=True)
    assert not some.allows("join")
    assert all_of_it.allows("join")
    assert not all_of_it.allows("tokens", named_only=True)
    assert some.reaches("#a")
    assert not some.reaches("#b")
    assert all_of_it.reaches("#b")
