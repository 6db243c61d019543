"""Saying something."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, fail

from chatdaemon.history.history import Archive
from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.api.verbs.messages import MAX_TAGS
from chatdaemon.realm.modes import ChannelFlag, ModeChange
from chatdaemon.realm.requests import ChangeModes
from chatdaemon.realm.settings import Settings
from chatdaemon.storage.failure import StorageFailed
from tests.protocols.api.acting import apply, error
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World


def test_send_is_answered_with_the_id_that_others_see(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    ok = alice.ok(op="send", target="#X", text="hé \U0001f600 ❤")
    (event,) = bob.hear()[-1:]
    assert ok == {"msgid": event["msgid"], "time": event["time"], "stored": False}
    assert (event["target"], event["text"], event["kind"]) == ("#x", "hé \U0001f600 ❤", "message")
    assert alice.hear() == []


def test_send_reaches_a_user_and_nobody_else(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    alice.ok(op="send", target="BOB", text="psst", kind="notice")
    (event,) = bob.hear()
    assert (event["target"], event["text"], event["kind"]) == ("bob", "psst", "notice")
    assert carol.hear() == []


def test_what_one_sends_to_oneself_is_in_the_answer_only(world: World) -> None:
    alice = world.json("alice")
    assert set(alice.ok(op="send", target="alice", text="milk")) == {"msgid", "time", "stored"}
    assert alice.hear() == []


def test_send_tells_that_the_receiver_is_away_of_messages_only(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    bob.ok(op="away", text="lunch")
    assert alice.ok(op="send", target="bob", text="hi")["away"] == "lunch"
    assert "away" not in alice.ok(op="send", target="bob", text="hi", kind="notice")
    assert len(bob.hear()) == 2


def test_send_tells_what_the_channel_made_of_the_text(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    apply(alice, ChangeModes("#x", (ModeChange(ChannelFlag.NO_FORMATTING, True),)))
    assert alice.ok(op="send", target="#x", text="\x02loud\x02")["text"] == "loud"
    assert "text" not in alice.ok(op="send", target="#x", text="quiet")


def test_send_to_a_rank_reaches_those_of_that_rank(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    for each in (alice, bob, carol):
        each.ok(op="join", channel="#x")
    alice.hear()
    bob.hear()
    ok = carol.ok(op="send", target="#x", text="help", rank="op")
    (event,) = alice.hear()
    assert (event["msgid"], event["rank"], event["target"]) == (ok["msgid"], "op", "#x")
    assert bob.hear() == []


def test_send_passes_on_tags(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    tags = {"+reply": "0000010000000001", "+draft/react": "\U0001f600; \\"}
    alice.ok(op="send", target="bob", text="hi", tags=tags)
    alice.ok(op="send", target="bob", kind="tag", tags={"+typing": "active"})
    alice.ok(op="send", target="bob", text="hi", tags={})
    first, second, third = bob.hear()
    assert first["tags"] == tags
    assert (second["kind"], second["text"], second["tags"]) == ("tag", "", {"+typing": "active"})
    assert "tags" not in third


@pytest.mark.parametrize(
    ("op", "found"),
    [
        ({"target": "nobody", "text": "hi"}, {"code": "no_such_target", "subject": "nobody"}),
        ({"target": "#nowhere", "text": "hi"}, {"code": "no_such_target", "subject": "#nowhere"}),
        ({"target": "#x", "text": "hi"}, {"code": "cannot_speak", "subject": "#x"}),
        ({"target": "alice"}, {"code": "no_text"}),
        ({"target": "alice", "text": ""}, {"code": "no_text"}),
        ({"target": "alice", "text": "x" * 4097}, {"code": "too_long", "at": "$.text"}),
        ({"target": "alice", "text": "é" * 2049}, {"code": "too_long", "at": "$.text"}),
        ({"target": "alice", "kind": "tag"}, {"code": "bad_request", "at": "$.tags"}),
        ({"target": "alice", "kind": "tag", "tags": {}}, {"code": "bad_request", "at": "$.tags"}),
        (
            {"target": "alice", "kind": "tag", "text": "x", "tags": {"+typing": "done"}},
            {"code": "bad_request", "at": "$.text"},
        ),
        (
            {"target": "alice", "text": "x", "tags": {"+evil tag": "1"}},
            {"code": "unknown_tag", "at": "$.tags"},
        ),
        ({"target": "alice", "text": "x", "tags": {"time": "1"}}, {"code": "unknown_tag", "at": "$.tags"}),
        (
            {"target": "alice", "text": "x", "tags": {"+reply": "x" * MAX_TAGS}},
            {"code": "too_long", "at": "$.tags"},
        ),
    ],
)
def test_send_refuses_what_cannot_be_sent(world: World, op: dict[str, Any], found: dict[str, Any]) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    assert error(bob, op="send", **op) == found
    assert alice.hear() == []


@pytest.mark.parametrize("text", ["x" * 4096, "é" * 2048, "❤" * 1365])
def test_send_takes_a_text_that_just_fits(world: World, text: str) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="send", target="bob", text=text)
    assert bob.hear()[0]["text"] == text


def test_lines_of_a_text_are_one_message(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    plain, modern = world.irc("carol"), world.irc("dave", caps="batch draft/multiline message-tags")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    for irc in (plain, modern):
        irc.send("JOIN #x")
    bob.hear()
    plain.read()
    modern.read()
    text = "one\n\nthree"
    ok = alice.ok(op="send", target="#x", text=text)
    (event,) = bob.hear()
    assert ok == {"msgid": event["msgid"], "time": event["time"], "stored": False}
    assert (event["event"], event["kind"], event["text"]) == ("message", "message", text)
    assert [line.rpartition(":")[2] for line in plain.read()] == ["one", "three"]
    assert re.findall(r"BATCH|PRIVMSG.*", "\n".join(modern.read())) == [
        "BATCH", "PRIVMSG #x :one", "PRIVMSG #x :", "PRIVMSG #x :three", "BATCH",
    ]  # fmt: skip


def test_what_one_says_of_oneself_is_an_action_everywhere(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.irc("carol")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    carol.send("JOIN #x")
    carol.read()
    bob.hear()
    assert "text" not in alice.ok(op="send", target="#x", text="waves", kind="action")
    (event,) = bob.hear()
    assert (event["kind"], event["text"]) == ("action", "waves")
    assert carol.read() == [":alice!alice@192.0.2.1 PRIVMSG #x :\x01ACTION waves\x01"]
    carol.send("PRIVMSG #x :\x01ACTION nods\x01", "PRIVMSG #x :\x01ACTION", "NOTICE #x :\x01ACTION x\x01")
    assert [(each["kind"], each["text"]) for each in bob.hear()] == [
        ("action", "nods"),
        ("action", ""),
        ("notice", "\x01ACTION x\x01"),
    ]


def test_a_long_action_is_several_on_irc(world: World) -> None:
    alice, carol = world.json("alice"), world.irc("carol")
    text = "é" * 400
    alice.ok(op="send", target="carol", text=text, kind="action")
    said = [line.partition(" :")[2] for line in carol.read()]
    assert len(said) == 2
    assert all(each.startswith("\x01ACTION ") and each.endswith("\x01") for each in said)
    assert "".join(each[8:-1] for each in said) == text


@pytest.mark.parametrize(
    ("fields", "tags"),
    [
        ({"reply": "0000010000000001", "text": "hi"}, {"+draft/reply": "0000010000000001"}),
        ({"reply": "1", "react": "\U0001f44d"}, {"+draft/reply": "1", "+draft/react": "\U0001f44d"}),
        ({"reply": "1", "unreact": "x"}, {"+draft/reply": "1", "+draft/unreact": "x"}),
        ({"typing": "paused"}, {"+typing": "paused"}),
    ],
)
def test_what_programs_call_otherwise_is_a_tag_for_irc(
    world: World, fields: dict[str, str], tags: dict[str, str]
) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="send", target="bob", **fields)
    alice.ok(
        op="send",
        target="bob",
        tags=tags,
        text=fields.get("text", ""),
        kind=None if "text" in fields else "tag",
    )
    first, second = bob.hear()
    for event in (first, second):
        assert event["tags"] == tags
        assert event["kind"] == ("message" if "text" in fields else "tag")
        assert {name: event[name] for name in fields} == fields


def test_a_text_with_a_reaction_is_a_message(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="send", target="bob", text="lol", react="lol", reply="1")
    (event,) = bob.hear()
    assert (event["kind"], event["text"], event["react"]) == ("message", "lol", "lol")


@pytest.mark.parametrize(
    ("op", "found"),
    [
        ({"text": "a\rb"}, {"code": "bad_text", "at": "$.text"}),
        ({"text": "\n\n"}, {"code": "no_text"}),
        ({"text": "x" * 4095 + "\nx"}, {"code": "too_long", "at": "$.text"}),
        ({"text": "x\n" * 100}, {"code": "too_long", "at": "$.text"}),
        ({"text": "a\nb", "kind": "action"}, {"code": "bad_text", "at": "$.text"}),
        ({"text": "a\u0001b", "kind": "action"}, {"code": "bad_text", "at": "$.text"}),
        ({"text": "", "kind": "action"}, {"code": "no_text"}),
        ({"react": "x"}, {"code": "bad_request", "at": "$.reply"}),
        ({"unreact": "x"}, {"code": "bad_request", "at": "$.reply"}),
        ({"typing": "x"}, {"code": "bad_request", "at": "$.typing"}),
        ({"text": "x", "reply": ""}, {"code": "bad_request", "at": "$.reply"}),
        (
            {"text": "x", "reply": "1", "tags": {"+draft/reply": "2"}},
            {"code": "bad_request", "at": "$.tags"},
        ),
    ],
)
def test_send_says_what_is_wrong_with_what_it_has_for_programs(
    world: World, op: dict[str, Any], found: dict[str, Any]
) -> None:
    alice = world.json("alice")
    assert error(alice, op="send", target="alice", **op) == found


def test_lines_are_as_many_as_the_configuration_says(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(multiline_lines=None, multiline_bytes=6000))
    alice, bob = world.json("alice"), world.json("bob")
    text = "x\n" * 2999
    alice.ok(op="send", target="bob", text=text)
    assert bob.hear()[0]["text"] == text


def test_redact_takes_back_for_everybody(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    carol = world.irc("carol", caps="message-tags draft/message-redaction")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    carol.send("JOIN #x")
    msgid = bob.ok(op="send", target="#x", text="oops")["msgid"]
    carol.read()
    alice.hear()
    ok = bob.ok(op="redact", target="#X", message_id=msgid, reason="typo")
    (event,) = alice.hear()
    assert event.pop("event") == "redact"
    assert event.pop("from")["nick"] == "bob"
    assert event == ok
    assert (ok["target"], ok["message_id"], ok["reason"]) == ("#x", msgid, "typo")
    assert carol.read()[0].endswith(f"REDACT #x {msgid} :typo")
    # It says as little as before, once more.
    assert error(bob, op="redact", target="#x", message_id=msgid)["code"] == "unknown_message"


def test_redact_refuses(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    msgid = alice.ok(op="send", target="#x", text="mine")["msgid"]
    assert error(bob, op="redact", target="#x", message_id=msgid) == {
        "code": "cannot_redact",
        "subject": "#x",
        "detail": msgid,
    }
    assert error(bob, op="redact", target="#y", message_id=msgid)["code"] == "nothing_to_redact"
    assert error(bob, op="redact", target="#x", message_id="x")["code"] == "unknown_message"
    assert error(bob, op="redact", target="#x") == {"code": "bad_request", "at": "$.message_id"}


def test_what_cannot_be_looked_up_cannot_be_taken_back(world: World) -> None:
    class Broken:
        def find(self, point: object) -> Deferred[None]:
            return fail(StorageFailed("the disk is gone"))

    alice = world.json("alice")
    world.history.archive = cast(Archive, Broken())
    refused = error(alice, op="redact", target="alice", message_id="0000010000000099")
    assert refused == {"code": "unavailable"}
    alice.say(op="redact", target="alice", message_id="0000010000000099")
    assert alice.ok(op="ping")


def test_relay_speaks_for_somebody_elsewhere(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.irc("carol")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    carol.send("JOIN #x")
    carol.read()
    bob.hear()
    ok = alice.ok(op="relay", channel="#x", nick="dora/net", text="waves", action=True, reply="1")
    (event,) = bob.hear()
    assert (event["event"], event["nick"], event["from"]["nick"]) == ("relay", "dora/net", "alice")
    assert (event["kind"], event["text"], event["reply"]) == ("action", "waves", "1")
    assert (ok["msgid"], ok["target"], ok["kind"]) == (event["msgid"], "#x", "action")
    assert carol.read() == [":dora/net!alice@192.0.2.1 PRIVMSG #x :\x01ACTION waves\x01"]
    alice.ok(op="relay", channel="#x", nick="dora/net", text="hi")
    (plain,) = bob.hear()
    assert (plain["kind"], plain["text"], "tags" in plain) == ("message", "hi", False)
    assert error(bob, op="relay", channel="#x", nick="dora/net", text="hi")["code"] == "cannot_relay"
    assert error(alice, op="relay", channel="#x", nick="dora", text="hi")["code"] == "bad_relayed_nick"
    assert error(alice, op="relay", channel="#x", nick="d/n", text="x" * 4097)["code"] == "too_long"


def test_portray_speaks_as_somebody_who_is_not_there(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(roleplay=True))
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    assert error(alice, op="portray", channel="#x", text="hi")["code"] == "cannot_portray"
    alice.ok(op="mode", channel="#x", changes=[{"mode": "roleplay"}])
    bob.hear()
    ok = alice.ok(op="portray", channel="#x", character="Gandalf", text="nods", action=True)
    alice.ok(op="portray", channel="#x", text="The door opens")
    first, second = bob.hear()
    assert (first["event"], first["character"], first["action"]) == ("portrayed", "Gandalf", True)
    assert (first["text"], first["msgid"]) == ("nods", ok["msgid"])
    assert "character" not in second
