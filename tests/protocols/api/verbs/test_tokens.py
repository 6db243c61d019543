"""Access tokens: making, listing and revoking them, and what whoever has come by one may do and is told."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from chatdaemon.accounts.tokens import digest_of
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.scope import has_to_be_named, verb_of, verbs
from chatdaemon.realm.requests import ExpireToken, RevokeToken, SetAccount, SuspendAccount
from tests.protocols.api.acting import apply, error, operator
from tests.world import JSONClient, World


def owner(world: World) -> JSONClient:
    """Alice, logged in."""
    alice = world.json("alice")
    world.account("alice")
    apply(alice, SetAccount("alice"))
    return alice


def made(alice: JSONClient, **fields: Any) -> str:
    """The secret of a new token."""
    secret = alice.ok(**{"op": "token_create", "name": "bot", **fields})["secret"]
    assert isinstance(secret, str)
    return secret


def bearer(world: World, secret: str) -> JSONClient:
    """Somebody who has come by a token."""
    bot = world.connect_json()
    assert bot.ok(op="login", token=secret)["account"] == "alice"
    bot.ok(op="hello", nick="alice")
    return bot


def test_a_secret_is_shown_once_and_only_its_digest_is_known(world: World) -> None:
    alice = owner(world)
    ok = alice.ok(op="token_create", name="bot", expires="2027-01-01T00:00:00.000Z")
    assert ok["secret"].startswith("chd_")
    assert (ok["name"], ok["account"]) == ("bot", "alice")
    assert "digest" not in ok
    assert list(world.realm.tokens) == [digest_of(ok["secret"])]
    listed = alice.ok(op="tokens")
    assert listed["tokens"][0].pop("created") == ok["time"]
    assert listed == {
        "account": "alice",
        "tokens": [
            {
                "name": "bot", "verbs": ["*"], "channels": [],
                "expires": "2027-01-01T00:00:00.000Z",
            }
        ],
    }  # fmt: skip


def test_whoever_has_it_is_the_account(world: World) -> None:
    alice = owner(world)
    bot = bearer(world, made(alice))
    bot.ok(op="join", channel="#x")
    assert alice.hear()[0]["event"] == "join"
    assert alice.ok(op="tokens")["tokens"][0]["used"].startswith("2026-01-01T00:00:0")


def test_what_is_no_token_lets_nobody_in(world: World) -> None:
    stranger = world.connect_json()
    assert error(stranger, op="login", token="chd_guessed")["code"] == "bad_token"


def test_a_token_for_some_verbs_is_for_no_others(world: World) -> None:
    alice = owner(world)
    alice.ok(op="join", channel="#x")
    bot = bearer(world, made(alice, verbs=["send"]))
    bot.ok(op="send", target="#x", text="hi")
    assert error(bot, op="part", channel="#x") == {"code": "out_of_scope", "at": "$.op"}
    assert bot.ok(op="ping")["time"]


def test_a_token_for_everything_is_not_for_the_account_itself(world: World) -> None:
    bot = bearer(world, made(owner(world)))
    for op in ({"op": "tokens"}, {"op": "token_create", "name": "x"}, {"op": "logout"}):
        assert error(bot, **op)["code"] == "out_of_scope"
    assert error(bot, op="hook_add", channel="#x", name="x")["code"] == "out_of_scope"


def test_what_it_names_it_is_for(world: World) -> None:
    bot = bearer(world, made(owner(world), verbs=["*", "tokens"]))
    assert [each["name"] for each in bot.ok(op="tokens")["tokens"]] == ["bot"]


def test_a_token_for_a_channel_is_for_no_other_and_for_nobody_alone(world: World) -> None:
    alice = owner(world)
    for channel in ("#a", "#b"):
        alice.ok(op="join", channel=channel)
    bot = bearer(world, made(alice, channels=["#A"]))
    bot.ok(op="send", target="#a", text="hi")
    assert error(bot, op="send", target="#b", text="hi") == {"code": "out_of_scope", "at": "$.target"}
    assert error(bot, op="send", target="alice", text="hi")["code"] == "out_of_scope"
    assert error(bot, op="names", channel="#b")["code"] == "out_of_scope"
    assert error(bot, op="history", target="#b")["code"] == "out_of_scope"
    for op in ("search", "targets", "list", "who", "whois", "mark"):
        fields = {"nick": "alice"} if op == "whois" else {}
        fields |= {"mask": "*"} if op == "who" else {}
        assert error(bot, op=op, **fields)["code"] == "out_of_scope", op
    bot.ok(op="away", text="soon")


def test_a_token_with_people_among_its_channels_is_for_them_as_well(world: World) -> None:
    alice = owner(world)
    bob = world.json("bob")
    bot = bearer(world, made(alice, channels=["@"]))
    bot.ok(op="send", target="bob", text="hi")
    bot.ok(op="whois", nick="bob")
    bob.hear()
    bob.ok(op="send", target="alice", text="you?")
    assert [each["text"] for each in bot.hear()] == ["you?"]
    assert error(bot, op="join", channel="#x")["code"] == "out_of_scope"


def test_it_is_told_of_its_channels_only(world: World) -> None:
    alice, bob = owner(world), world.json("bob")
    for channel in ("#a", "#b"):
        alice.ok(op="join", channel=channel)
        bob.ok(op="join", channel=channel)
    secret = made(alice, channels=["#a"])
    bot = world.connect_json()
    bot.ok(op="login", token=secret)
    assert [each["channel"] for each in bot.ok(op="hello", nick="alice")["channels"]] == ["#a"]
    bob.ok(op="send", target="#b", text="not for you")
    bob.ok(op="send", target="alice", text="nor this")
    bob.ok(op="send", target="#a", text="for you")
    alice.ok(op="join", channel="#c")
    assert [(each["event"], each["text"]) for each in bot.hear()] == [("message", "for you")]


def test_without_the_verb_events_it_is_told_nothing(world: World) -> None:
    alice, bob = owner(world), world.json("bob")
    alice.ok(op="join", channel="#a")
    bob.ok(op="join", channel="#a")
    bot = bearer(world, made(alice, verbs=["send"]))
    bob.ok(op="send", target="#a", text="hi")
    assert bot.hear() == []


@pytest.mark.parametrize("how", ["revoked", "suspended"])
def test_who_has_come_by_it_goes_when_it_is_good_no_longer(world: World, how: str) -> None:
    alice = owner(world)
    secret = made(alice)
    bot = bearer(world, secret)
    if how == "revoked":
        alice.ok(op="token_revoke", name="bot")
        assert bot.hear()[-1]["reason"] == "The token was revoked"
        assert bot.closed
        assert error(world.connect_json(), op="login", token=secret)["code"] == "bad_token"
    else:
        world.node.submit(None, SuspendAccount("alice", "spam"))
        world.settle()
        assert error(bot, op="ping")["code"] == "suspended"
        assert error(world.connect_json(), op="login", token=secret)["code"] == "suspended"


def test_a_token_whose_time_is_over_is_good_no_longer(world: World) -> None:
    alice = owner(world)
    secret = made(alice, expires="2026-01-01T00:00:10.000Z")
    bot = bearer(world, secret)
    world.pass_time(11)
    bot.hear()
    assert error(bot, op="ping")["code"] == "bad_token"
    world.node.submit(None, ExpireToken(digest_of(secret)))
    world.settle()
    assert world.realm.tokens == {}
    assert bot.closed


def test_a_password_ends_what_the_token_limits(world: World) -> None:
    alice = owner(world)
    bot = bearer(world, made(alice, verbs=["send"]))
    bot.ok(op="login", account="alice", password="sesame")
    bot.ok(op="join", channel="#x")
    world.node.submit(None, RevokeToken("bot", "alice"))
    world.settle()
    assert not bot.closed


def test_verbs_that_there_are_not_make_no_token(world: World) -> None:
    alice = owner(world)
    fault = error(alice, op="token_create", name="x", verbs=["sned"])
    assert fault == {"code": "bad_request", "at": "$.verbs"}
    assert error(alice, op="token_create", name="x y")["code"] == "bad_token_setting"
    made(alice)
    assert error(alice, op="token_create", name="bot")["code"] == "token_exists"
    assert error(alice, op="token_revoke", name="other")["code"] == "no_such_token"


def test_operators_make_and_see_tokens_of_others_and_nobody_else_does(world: World) -> None:
    alice = owner(world)
    made(alice)
    bob, oper = world.json("bob"), operator(world)
    assert error(bob, op="tokens")["code"] == "not_logged_in"
    assert error(bob, op="tokens", account="alice")["code"] == "not_an_operator"
    assert [each["name"] for each in oper.ok(op="tokens", account="alice")["tokens"]] == ["bot"]
    assert error(oper, op="tokens", account="nobody")["code"] == "no_such_account"
    assert oper.ok(op="token_create", name="more", account="alice")["secret"]
    oper.ok(op="token_revoke", name="more", account="alice")


def test_ops_about_the_account_have_to_be_named() -> None:
    free = {verb_of(op) for op in get_args(ops.AnyOp) if not has_to_be_named(op)}
    assert {"send", "history", "join", "hello"} <= free
    assert free.isdisjoint({"register", "verify", "logout", "token_create", "tokens", "hook_add", "hooks"})
    assert {"*", "events", "send", "token_create"} <= verbs()
    assert "hello" not in verbs()


@pytest.mark.parametrize("fields", [{}, {"channels": ["#a"]}])
def test_who_is_here_by_a_token_cannot_become_somebody_without_its_limits(
    world: World, fields: dict[str, Any]
) -> None:
    world.account("mallory")
    alice = owner(world)
    bot = bearer(world, made(alice, **fields))
    assert error(bot, op="login", account="mallory", password="sesame") == {
        "code": "out_of_scope",
        "at": "$.account",
    }
    assert error(bot, op="tokens")["code"] == "out_of_scope"
    assert alice.ok(op="account")["account"] == "alice"
    # Who is not here yet may come in another name, as if there had been no token.
    other = world.connect_json()
    other.ok(op="login", token=made(alice, name="second"))
    other.ok(op="login", account="mallory", password="sesame")
    assert other.ok(op="hello")["user"]["account"] == "mallory"


def test_a_token_makes_none_that_allows_more(world: World) -> None:
    alice = owner(world)
    verbs = ["token_create", "send", "events"]
    bot = bearer(world, made(alice, verbs=verbs, channels=["#a"], expires="2027-01-01T00:00:00.000Z"))
    less = {"verbs": ["send"], "channels": ["#A"], "expires": "2026-12-31T00:00:00.000Z"}
    for more, at in (
        ({"verbs": ["*"]}, "$.verbs"),
        ({"verbs": ["send", "history"]}, "$.verbs"),
        ({"verbs": ["change_password"]}, "$.verbs"),
        ({"channels": []}, "$.channels"),
        ({"channels": ["#a", "#b"]}, "$.channels"),
        ({"channels": ["@"]}, "$.channels"),
        ({"expires": None}, "$.expires"),
        ({"expires": "2027-01-01T00:00:00.001Z"}, "$.expires"),
    ):
        assert error(bot, op="token_create", name="child", **{**less, **more}) == {
            "code": "out_of_scope",
            "at": at,
        }
    assert bot.ok(op="token_create", name="child", **less)["secret"]
    everything = bearer(world, made(alice, name="two", verbs=["*", "token_create"]))
    assert error(everything, op="token_create", name="x", verbs=["tokens"])["code"] == "out_of_scope"
    assert everything.ok(op="token_create", name="x", verbs=["*", "send", "token_create"])["secret"]


def test_it_is_not_told_of_the_account_itself(world: World) -> None:
    alice, bob = owner(world), world.json("bob")
    alice.ok(op="join", channel="#a")
    bob.ok(op="join", channel="#a")
    bot = bearer(world, made(alice, channels=["#a"]))
    alice.ok(op="token_create", name="other")
    alice.ok(op="silence", add=["x!*@*"])
    alice.ok(op="account_set", setting="private", value="on")
    alice.ok(op="user_modes", changes=[{"mode": "wallops"}])
    bob.ok(op="away", text="tea")
    alice.ok(op="metadata", key="avatar", value="cat")
    assert [each["event"] for each in bot.hear()] == ["away", "user_metadata_changed"]


def test_a_forward_leads_nobody_out_of_what_the_token_is_for(world: World) -> None:
    alice, bob = owner(world), world.json("bob")
    bot = bearer(world, made(alice, channels=["#a", "@"]))
    for channel in ("#a", "#b"):
        bob.ok(op="join", channel=channel)
    bob.ok(op="topic", channel="#b", text="secret")
    bob.ok(op="mode", channel="#a", changes=[{"mode": "invite_only"}, {"mode": "forward", "value": "#b"}])
    found = bot.ok(op="join", channel="#a")
    assert set(found) == {"forwarded_from", "msgid", "time", "created", "channel", "channel_id"}
    assert [each["channel"] for each in alice.ok(op="whois", nick="bob")["channels"]] == ["#b"]
    assert bot.ok(op="whois", nick="bob")["channels"] == []
