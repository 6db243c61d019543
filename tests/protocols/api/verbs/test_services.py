"""Services, by `send`: what IRC clients tell NickServ and ChanServ, programs and the page may tell them, too."""

from __future__ import annotations

from typing import Any

import pytest

from chatdaemon.accounts.tokens import digest_of
from chatdaemon.protocols.irc import visitor
from chatdaemon.protocols.irc.visitor import TOO_MANY
from chatdaemon.realm.requests import SetAccount
from tests.protocols.api.acting import apply, error, operator
from tests.world import JSONClient, World


def owner(world: World, nick: str = "alice") -> JSONClient:
    """Somebody who is logged in."""
    found = world.json(nick)
    world.account(nick)
    apply(found, SetAccount(nick))
    return found


def told(client: JSONClient, service: str, text: str, **fields: Any) -> list[str]:
    """What a service answers."""
    ok = client.ok(op="send", target=service, text=text, **fields)
    assert ok.pop("stored") is False
    assert list(ok) == ["answers"]
    answers = ok["answers"]
    assert isinstance(answers, list)
    return answers


@pytest.mark.parametrize("service", ["NickServ", "chanserv", "HostServ", "HistServ", "NickServ@irc.test"])
def test_every_service_answers(world: World, service: str) -> None:
    alice = world.json("alice")
    name = service.partition("@")[0].lower()
    assert told(alice, service, "HELP")[0].lower().startswith(f"{name}: ")


def test_an_account_is_made_left_and_come_back_to(world: World) -> None:
    alice = world.json("alice")
    assert told(alice, "NickServ", "REGISTER open-sesame") == [
        "You are now logged in as alice",
        "The account alice is registered.",
    ]
    assert alice.ok(op="whois", nick="alice")["account"] == "alice"
    told(alice, "NickServ", "LOGOUT")
    assert "account" not in alice.ok(op="whois", nick="alice")
    assert told(alice, "NickServ", "IDENTIFY wrong") != ["You are now logged in as alice"]
    assert told(alice, "NickServ", "IDENTIFY open-sesame") == ["You are now logged in as alice"]


def test_a_channel_is_registered_and_what_came_of_it_is_told_as_events(world: World) -> None:
    alice, bob = owner(world), world.irc("bob")
    alice.ok(op="join", channel="#tea")
    bob.send("JOIN #tea")
    assert told(alice, "ChanServ", "REGISTER #tea") == ["#tea is registered now, and yours."]
    alice.hear()
    alice.say(id=1, op="send", target="ChanServ", text="OP #tea bob")
    event, reply = alice.hear()
    assert (event["event"], event["channel"], event["from"]["nick"]) == ("modes", "#tea", "alice")
    assert event["changes"] == [{"mode": "op", "add": True, "value": "bob"}]
    assert reply["id"] == 1
    assert any("MODE #tea +o" in line for line in bob.read())


def test_what_is_refused_is_said_by_the_service(world: World) -> None:
    alice = owner(world)
    assert told(alice, "ChanServ", "REGISTER #nowhere") == ["There is no channel #nowhere."]
    assert told(alice, "NickServ", "GROUPS")[0] == 'There is no command "GROUPS".'
    assert told(alice, "NickServ", "LIST *") != []


def test_one_command_may_be_many_requests_and_the_next_op_waits_for_all(world: World) -> None:
    alice = owner(world)
    alice.ok(op="join", channel="#tea")
    told(alice, "ChanServ", "REGISTER #tea")
    others = [world.irc(nick) for nick in ("bob", "carol", "dave")]
    for each in others:
        each.send("JOIN #tea")
    alice.hear()
    alice.say(id=1, op="send", target="ChanServ", text="CLEAR #tea USERS")
    alice.say(id=2, op="names", channel="#tea")
    found = alice.hear()
    assert [each.get("event") for each in found] == ["kick", "kick", "kick", None, None]
    assert found[3]["ok"]["answers"] == ["Putting 3 users out of #tea."]
    assert [each["nick"] for each in found[4]["ok"]["members"]] == ["alice"]


def test_what_was_said_is_played_as_lines(world: World) -> None:
    alice = owner(world)
    alice.ok(op="join", channel="#tea")
    alice.ok(op="send", target="#tea", text="The kettle is on")
    alice.ok(op="send", target="#tea", text="pours", kind="action")
    answers = told(alice, "HistServ", "PLAY #tea")
    assert "<alice> [00:00] The kettle is on" in answers
    assert "* alice [00:00] pours" in answers
    assert answers[-1] == "That was all: 2 messages of #tea."


def test_a_long_list_is_cut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "MOST_LINES", 3)
    alice = operator(world)
    for name in ("a1", "a2", "a3", "a4", "a5"):
        world.account(name)
    answers = told(alice, "NickServ", "LIST *")
    assert [each.strip()[:2] for each in answers[:-1]] == ["a1", "a2", "a3"]
    assert answers[-1] == TOO_MANY


def test_nobody_else_hears_it_and_nothing_is_kept(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    bob.hear()
    posts = world.node.posts
    ok = alice.ok(op="send", target="NickServ", text="IDENTIFY sesame", key="k1")
    assert ok["stored"] is False
    assert world.node.posts == posts
    assert bob.hear() == []
    # The key was not used, so that nothing about the line is remembered by it.
    alice.ok(op="join", channel="#x")
    assert "msgid" in alice.ok(op="send", target="#x", text="another", key="k1")


@pytest.mark.parametrize("fields", [{"kind": "notice", "text": "HELP"}, {"kind": "tag", "typing": "active"}])
def test_what_programs_say_to_one_another_is_not_answered(world: World, fields: dict[str, str]) -> None:
    assert world.json("alice").ok(op="send", target="NickServ", **fields) == {"stored": False}


def test_a_service_is_told_one_line_that_is_not_too_long(world: World) -> None:
    alice = world.json("alice")
    assert error(alice, op="send", target="NickServ", text="a\nb") == {"code": "bad_text", "at": "$.text"}
    assert error(alice, op="send", target="NickServ", text="a" * 5000)["code"] == "too_long"


@pytest.mark.parametrize(
    "limits", [{}, {"verbs": ["send"]}, {"verbs": ["*", "token_create"]}, {"channels": ["@"]}]
)
def test_whoever_has_come_by_a_token_commands_no_service(world: World, limits: dict[str, list[str]]) -> None:
    alice = owner(world)
    secret = alice.ok(**{"op": "token_create", "name": "bot", **limits})["secret"]
    bot = world.connect_json()
    bot.ok(op="login", token=secret)
    bot.ok(op="hello", nick="alice")
    for service in ("NickServ", "nickserv@irc.test", "ChanServ"):
        assert error(bot, op="send", target=service, text="TOKEN ADD more") == {
            "code": "out_of_scope",
            "at": "$.target",
        }
    assert list(world.realm.tokens) == [digest_of(secret)]
    # Who proves by the password to be its owner has left the token behind.
    bot.ok(op="login", account="alice", password="sesame")
    assert told(bot, "NickServ", "STATUS") == ["STATUS alice 3 alice"]


def test_who_leaves_meanwhile_leaves_nothing_behind() -> None:
    world = World(late=0.5)
    alice = world.json("alice")
    alice.arrive(b'{"op":"send","target":"NickServ","text":"REGISTER open-sesame"}\n')
    alice.vanish()
    world.settle()
    assert world.realm.account("alice") is None


def test_who_is_lost_meanwhile_goes_on_behind_it() -> None:
    world = World(late=0.5)
    alice = world.connect_json()
    token = alice.ok(op="hello", nick="alice", resume=True)["resume"]
    alice.arrive(b'{"op":"send","target":"NickServ","text":"REGISTER open-sesame"}\n')
    alice.vanish()
    again = world.connect_json()
    assert again.ok(op="hello", nick="alice", resume={"token": token})["resumed"] is True
    assert told(again, "NickServ", "HELP")
