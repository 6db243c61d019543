"""An IRC client and a JSON client in one channel: each sees what the other does, with the same id and time."""

from __future__ import annotations

from typing import Any

import pytest

from chatdaemon.wire.ircmsg import Message, parse
from tests.world import Client, JSONClient, World

CAPS = (
    "message-tags server-time account-tag away-notify invite-notify extended-join chghost setname "
    "no-implicit-names"
)
ALICE = {"nick": "alice", "username": "alice", "host": "192.0.2.1"}
BOB = {"nick": "bob", "username": "bob", "host": "192.0.2.1"}


@pytest.fixture
def alice(world: World) -> Client:
    """Speaks IRC, and is operator of #tea."""
    client = world.irc("alice", caps=CAPS)
    client.ask("JOIN #tea")
    return client


@pytest.fixture
def bob(world: World, alice: Client) -> JSONClient:
    """Speaks JSON, and is in #tea."""
    client = world.json("bob")
    client.ok(op="join", channel="#tea")
    alice.read()
    return client


def only(client: Client) -> Message:
    """The one line that has come."""
    (line,) = client.read()
    return parse(line.encode())


def words(message: Message) -> str:
    """What a line says, without its tags."""
    return " ".join((message.source, message.command, *message.params))


def same(message: Message, found: dict[str, Any]) -> bool:
    """Whether both tell of the same event."""
    return (message.tags["msgid"], message.tags["time"]) == (found["msgid"], found["time"])


def heard(client: JSONClient, event: str) -> dict[str, Any]:
    """The one event that has come, which is of this name."""
    (found,) = client.hear()
    assert found["event"] == event
    return found


def test_a_json_client_joins(world: World, alice: Client) -> None:
    bob = world.json("bob")
    ok = bob.ok(op="join", channel="#TEA")
    line = only(alice)
    assert words(line) == "bob!bob@192.0.2.1 JOIN #tea * Bob Example"
    assert same(line, ok)
    assert ok["members"] == [{"nick": "alice", "ranks": ["op"]}, {"nick": "bob"}]


def test_an_irc_client_joins(world: World, bob: JSONClient) -> None:
    carol = world.irc("carol", caps=CAPS)
    line = parse(carol.ask("JOIN #tea")[0].encode())
    event = heard(bob, "join")
    assert same(line, event)
    assert event["from"] == {
        "nick": "carol",
        "username": "carol",
        "host": "192.0.2.1",
        "realname": "Carol Example",
    }
    assert (event["channel"], event["created"]) == ("#tea", False)


@pytest.mark.parametrize(("kind", "command"), [("message", "PRIVMSG"), ("notice", "NOTICE")])
def test_what_json_says_irc_reads(alice: Client, bob: JSONClient, kind: str, command: str) -> None:
    ok = bob.ok(op="send", target="#tea", kind=kind, text="häl\U0001f600", tags={"+draft/reply": "a;b c"})
    line = only(alice)
    assert words(line) == f"bob!bob@192.0.2.1 {command} #tea häl\U0001f600"
    assert line.tags["+draft/reply"] == "a;b c"
    assert same(line, ok)


@pytest.mark.parametrize(("kind", "command"), [("message", "PRIVMSG"), ("notice", "NOTICE")])
def test_what_irc_says_json_reads(
    world: World, alice: Client, bob: JSONClient, kind: str, command: str
) -> None:
    carol = world.irc("carol", caps=CAPS)
    carol.ask("JOIN #tea")
    alice.read()
    bob.hear()
    alice.send(f"@+draft/reply=a\\:b\\sc {command} #tea :häl \U0001f600")
    event = heard(bob, "message")
    assert same(only(carol), event)
    assert event["from"] == ALICE
    assert (event["kind"], event["target"], event["text"]) == (kind, "#tea", "häl \U0001f600")
    assert event["tags"] == {"+draft/reply": "a;b c"}


def test_private_messages_go_both_ways(alice: Client, bob: JSONClient) -> None:
    ok = bob.ok(op="send", target="alice", text="psst")
    line = only(alice)
    assert words(line) == "bob!bob@192.0.2.1 PRIVMSG alice psst"
    assert same(line, ok)
    alice.send("PRIVMSG bob :what?")
    event = heard(bob, "message")
    assert (event["from"], event["target"], event["text"]) == (ALICE, "bob", "what?")


def test_an_irc_client_that_asks_for_echoes_has_the_id_that_json_has(world: World, bob: JSONClient) -> None:
    carol = world.irc("carol", caps=f"{CAPS} echo-message")
    carol.ask("JOIN #tea")
    bob.hear()
    carol.send("PRIVMSG #tea :hi")
    assert same(only(carol), heard(bob, "message"))


def test_typing_goes_both_ways(alice: Client, bob: JSONClient) -> None:
    ok = bob.ok(op="send", target="#tea", kind="tag", tags={"+typing": "active"})
    line = only(alice)
    assert words(line) == "bob!bob@192.0.2.1 TAGMSG #tea"
    assert line.tags["+typing"] == "active"
    assert same(line, ok)
    alice.send("@+typing=done TAGMSG #tea")
    event = heard(bob, "message")
    assert (event["kind"], event["tags"]) == ("tag", {"+typing": "done"})


def test_a_long_text_reaches_irc_whole_and_within_its_lines(alice: Client, bob: JSONClient) -> None:
    text = "äöü " * 500
    ok = bob.ok(op="send", target="#tea", text=text)
    lines = alice.read()
    messages = [parse(line.encode()) for line in lines]
    assert "".join(message.params[1] for message in messages) == text
    assert len(messages) > 1
    assert messages[0].tags["msgid"] == ok["msgid"]
    assert all(len(line.partition(" ")[2].encode()) <= 510 for line in lines)


def test_an_action_is_one_in_both(alice: Client, bob: JSONClient) -> None:
    bob.ok(op="send", target="#tea", text="\x01ACTION waves\x01")
    assert words(only(alice)) == "bob!bob@192.0.2.1 PRIVMSG #tea \x01ACTION waves\x01"
    alice.send("PRIVMSG #tea :\x01ACTION bows\x01")
    event = heard(bob, "message")
    assert (event["kind"], event["text"]) == ("action", "bows")


def test_topics_go_both_ways(alice: Client, bob: JSONClient) -> None:
    line = parse(alice.ask("TOPIC #tea :Green")[0].encode())
    event = heard(bob, "topic")
    assert same(line, event)
    assert (event["from"], event["channel"], event["text"]) == (ALICE, "#tea", "Green")
    assert bob.do(op="topic", channel="#tea", text="Black")["error"]["code"] == "needs_halfop"
    alice.ask("MODE #tea +o bob")
    ok = bob.ok(op="topic", channel="#tea", text="Black")
    line = only(alice)
    assert words(line) == "bob!bob@192.0.2.1 TOPIC #tea Black"
    assert same(line, ok)


def test_modes_are_seen(alice: Client, bob: JSONClient) -> None:
    line = parse(alice.ask("MODE #tea +mv-t+b bob *!*@bad.example")[0].encode())
    event = heard(bob, "modes")
    assert same(line, event)
    assert event["from"] == ALICE
    assert event["changes"] == [
        {"mode": "moderated", "add": True},
        {"mode": "voice", "add": True, "value": "bob"},
        {"mode": "topic_protected", "add": False},
        {"mode": "ban", "add": True, "value": "*!*@bad.example"},
    ]
    assert {"nick": "bob", "ranks": ["voice"]} in bob.ok(op="names", channel="#tea")["members"]


def test_what_modes_forbid_is_forbidden_in_both(world: World, alice: Client, bob: JSONClient) -> None:
    alice.ask("MODE #tea +m")
    bob.hear()
    assert bob.do(op="send", target="#tea", text="hi")["error"]["code"] == "cannot_speak"
    carol = world.irc("carol", caps=CAPS)
    carol.ask("JOIN #tea")
    assert " 404 " in carol.ask("PRIVMSG #tea :hi")[0]
    assert "PRIVMSG" not in "".join(alice.read())


def test_a_kick_is_seen_by_who_is_kicked_and_by_the_others(
    world: World, alice: Client, bob: JSONClient
) -> None:
    carol = world.json("carol")
    carol.ok(op="join", channel="#tea")
    alice.read()
    bob.hear()
    line = parse(alice.ask("KICK #tea bob :Spilt it")[0].encode())
    assert words(line) == "alice!alice@192.0.2.1 KICK #tea bob Spilt it"
    event = heard(bob, "kick")
    assert same(line, event)
    assert (event["from"], event["user"], event["reason"]) == (ALICE, BOB, "Spilt it")
    assert heard(carol, "kick") == event
    alice.send("PRIVMSG #tea :gone?")
    assert bob.hear() == []


def test_nicks_change_on_both_sides(alice: Client, bob: JSONClient) -> None:
    ok = bob.ok(op="nick", nick="rob")
    line = only(alice)
    assert words(line) == "bob!bob@192.0.2.1 NICK rob"
    assert same(line, ok)
    line = parse(alice.ask("NICK ally")[0].encode())
    event = heard(bob, "nick")
    assert same(line, event)
    assert (event["from"], event["nick"]) == (ALICE, "ally")


def test_being_away_is_seen_on_both_sides(alice: Client, bob: JSONClient) -> None:
    ok = bob.ok(op="away", text="Kettle")
    line = only(alice)
    assert words(line) == "bob!bob@192.0.2.1 AWAY Kettle"
    assert same(line, ok)
    assert " 301 alice bob :Kettle" in alice.ask("PRIVMSG bob :there?")[0]
    bob.ok(op="away")
    assert words(only(alice)) == "bob!bob@192.0.2.1 AWAY"
    alice.send("AWAY :Biscuits")
    assert heard(bob, "away")["text"] == "Biscuits"
    assert bob.ok(op="send", target="alice", text="there?")["away"] == "Biscuits"
    alice.send("AWAY")
    assert "text" not in heard(bob, "away")


def test_realnames_that_change_are_seen(alice: Client, bob: JSONClient) -> None:
    alice.send("SETNAME :Alice of the Teapot")
    event = heard(bob, "realname")
    assert (event["from"], event["realname"]) == (ALICE, "Alice of the Teapot")


def test_an_invitation_reaches_json_and_opens_the_door(world: World, alice: Client, bob: JSONClient) -> None:
    alice.ask("JOIN #cellar", "MODE #cellar +i")
    assert bob.do(op="join", channel="#cellar")["error"]["code"] == "invite_only"
    alice.send("INVITE bob #cellar")
    event = heard(bob, "invite")
    assert (event["from"], event["user"], event["channel"]) == (ALICE, BOB, "#cellar")
    assert bob.ok(op="join", channel="#cellar")["channel"] == "#cellar"


def test_a_knock_is_heard_by_json_operators(world: World, alice: Client, bob: JSONClient) -> None:
    bob.ok(op="join", channel="#attic")
    carol = world.irc("carol", caps=CAPS)
    carol.ask("JOIN #tea")
    alice.ask("MODE #tea +io bob")
    bob.hear()
    dan = world.irc("dan", caps=CAPS)
    dan.send("KNOCK #tea :please")
    event = heard(bob, "knock")
    assert (event["from"]["nick"], event["channel"]) == ("dan", "#tea")


def test_parting_is_seen_on_both_sides(world: World, alice: Client, bob: JSONClient) -> None:
    ok = bob.ok(op="part", channel="#tea", reason="Coffee")
    line = only(alice)
    assert words(line) == "bob!bob@192.0.2.1 PART #tea Coffee"
    assert same(line, ok)
    bob.ok(op="join", channel="#tea")
    line = parse(alice.ask("PART #tea :Cocoa")[-1].encode())
    event = heard(bob, "part")
    assert same(line, event)
    assert (event["from"], event["reason"]) == (ALICE, "Cocoa")


def test_quitting_is_seen_once_on_both_sides(world: World, alice: Client, bob: JSONClient) -> None:
    carol = world.irc("carol", caps=CAPS)
    dan = world.json("dan")
    carol.ask("JOIN #tea")
    dan.ok(op="join", channel="#tea")
    alice.read()
    bob.hear()
    dan.say(op="bye", reason="Home")
    line, event = only(alice), heard(bob, "quit")
    assert words(line) == "dan!dan@192.0.2.1 QUIT Quit: Home"
    assert same(line, event)
    carol.send("QUIT :Home too")
    line, event = only(alice), heard(bob, "quit")
    assert words(line) == "carol!carol@192.0.2.1 QUIT Quit: Home too"
    assert same(line, event)
    assert (event["from"]["nick"], event["reason"]) == ("carol", "Quit: Home too")


def test_a_lost_connection_is_seen_on_the_other_side(alice: Client, bob: JSONClient) -> None:
    bob.vanish()
    assert words(only(alice)) == "bob!bob@192.0.2.1 QUIT Connection closed"


def test_whois_and_who_know_a_json_user(alice: Client, bob: JSONClient) -> None:
    whois = alice.ask("WHOIS bob")
    assert any(" 311 alice bob bob 192.0.2.1 * :Bob Example" in line for line in whois)
    assert any(" 319 alice bob :#tea" in line for line in whois)
    assert any(
        " 352 alice #tea bob 192.0.2.1 irc.test bob H :0 Bob Example" in line
        for line in alice.ask("WHO #tea")
    )


def test_monitor_follows_a_json_user(world: World) -> None:
    alice = world.irc("alice", caps=CAPS)
    alice.ask("MONITOR + bob")
    bob = world.json("bob")
    assert " 730 alice :bob!bob@192.0.2.1" in alice.read()[0]
    bob.say(op="bye")
    assert " 731 alice :bob" in alice.read()[0]


def test_both_together_see_everything_in_one_order(world: World, alice: Client, bob: JSONClient) -> None:
    carol, dan = world.irc("carol", caps=CAPS), world.json("dan")
    carol.ask("JOIN #tea")
    dan.ok(op="join", channel="#tea")
    for each in (alice, carol):
        each.read()
    bob.hear()
    for number in range(5):
        alice.send(f"PRIVMSG #tea :irc {number}")
        bob.say(op="send", target="#tea", text=f"json {number}")
    expected = [f"{who} {number}" for number in range(5) for who in ("irc", "json")]
    events = [event for event in dan.hear() if event["event"] == "message"]
    lines = [parse(line.encode()) for line in carol.read()]
    assert [event["text"] for event in events] == expected
    assert [line.params[1] for line in lines] == expected
    assert all(same(line, event) for line, event in zip(lines, events, strict=True))
    assert [event["msgid"] for event in events] == sorted(event["msgid"] for event in events)
