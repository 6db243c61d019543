"""NickServ TOKEN and ChanServ HOOK."""

from __future__ import annotations

import pytest

from chatdaemon.accounts.tokens import digest_of
from tests.world import Client, World


@pytest.fixture
def alice(world: World) -> Client:
    """The founder of #x, logged in."""
    client = world.irc("alice", secure=True)
    world.account("alice")
    client.send("PRIVMSG NickServ :IDENTIFY sesame", "JOIN #x", "PRIVMSG ChanServ :REGISTER #x")
    client.read()
    return client


def said(client: Client, words: str) -> list[str]:
    """What a service answers."""
    client.send(words)
    return [line.partition(" NOTICE alice :")[2] for line in client.read() if " NOTICE alice :" in line]


def test_a_token_is_made_listed_and_ended(world: World, alice: Client) -> None:
    (made,) = said(alice, "NS TOKEN ADD bot send,events #x,@")
    secret = made.removeprefix("The token bot, which is not shown again: ")
    token = world.realm.tokens[digest_of(secret)]
    assert (token.verbs, token.channels) == (("send", "events"), ("#x", "@"))
    program = world.connect_json()
    program.ok(op="login", token=secret)
    listed = said(alice, "NS TOKEN")
    assert listed[0] == "The tokens of alice: 1"
    assert listed[1].startswith("  bot          send,events in #x,@, last used 2026-01-01")
    assert said(alice, "NS TOKEN DEL bot") == ["The token bot is good no longer."]
    assert world.realm.tokens == {}
    assert program.closed


def test_a_token_is_for_everything_where_nothing_is_said(world: World, alice: Client) -> None:
    said(alice, "NS TOKEN ADD bot")
    (token,) = world.realm.tokens.values()
    assert token.verbs == ("*",)
    assert said(alice, "NS TOKEN LIST")[1].endswith("*, never used")


def test_what_makes_no_token_is_told(world: World, alice: Client) -> None:
    assert said(alice, "NS TOKEN ADD bot sned") == ['There is no verb "sned".']
    assert said(alice, "NS TOKEN ADD")[0].startswith("Syntax: TOKEN")
    assert said(alice, "NS TOKEN DEL bot") == ["There is no token bot."]
    bob = world.irc("bob")
    bob.send("NS TOKEN LIST")
    assert "You must be logged in" in bob.read()[-1]


def test_hooks_are_made_listed_and_removed(world: World, alice: Client) -> None:
    made = said(alice, "CS HOOK #x ADD ci")
    assert made[0] == "#x has the hook ci now. This is not shown again:"
    secret = made[1].removeprefix("Post to it at /hook/").partition(" ")[0]
    assert digest_of(secret) in world.realm.hooks
    out = said(alice, "CS HOOK #x ADD log https://example.org/ message,join")
    assert out[1].startswith("What is sent is signed with the secret chd_")
    assert said(alice, "CS HOOK #x") == [
        "The hooks of #x: 2",
        "  ci           in, by alice",
        "  log          out: message,join to https://example.org/, by alice",
    ]
    assert said(alice, "CS HOOK #x DEL log OUT") == ["The hook log is removed."]
    assert said(alice, "CS HOOK #x DEL ci") == ["The hook ci is removed."]
    assert said(alice, "CS HOOK #x DEL ci") == ["There is no such hook."]


def test_what_makes_no_hook_is_told(world: World, alice: Client) -> None:
    assert said(alice, "CS HOOK #x ADD log https://x/ noise") == ["There is no event noise."]
    assert "cannot be" in said(alice, "CS HOOK #x ADD log http://x/")[0]
    assert said(alice, "CS HOOK #x FLY")[0].startswith("Syntax: HOOK")
    bob = world.irc("bob")
    bob.send("JOIN #x", "CS HOOK #x LIST")
    assert "You must be logged in" in bob.read()[-1]
