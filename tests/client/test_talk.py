"""Chatting from a terminal: what is typed is done in order, and what happens can be read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from chatdaemon.client.talk import HELP, Talker, line_of, shown
from tests.client.scene import Server, result_of


class Screen:
    """Somebody at a terminal."""

    def __init__(self, server: Server, nick: str = "tom") -> None:
        self.server = server
        self.lines: list[str] = []
        client = server.client(nick)
        server.do(client.start())
        self.talker = Talker(client, None, self.lines.append)
        self.hearing = Deferred.fromCoroutine(self.talker.hear())

    def type(self, *lines: str) -> list[str]:
        """Type lines; what stands on the screen after it, without times."""
        self.lines.clear()
        for line in lines:
            self.talker.typed(line)
        result_of_done = self.talker.done()
        self.server.world.settle()
        result_of(result_of_done)
        return self.read()

    def read(self) -> list[str]:
        return [re.sub(r"^\d\d:\d\d ", "", line).rstrip("\n") for line in self.lines]


@pytest.fixture
def screen(server: Server) -> Screen:
    return Screen(server)


def test_what_is_typed_is_said_in_the_channel_that_was_entered(screen: Screen) -> None:
    alice = screen.server.world.irc("alice")
    alice.send("JOIN #tea", "TOPIC #tea :Green")
    assert screen.type("/join #tea", "hello", "//etc is a folder") == [
        "#tea Green",
        "#tea <tom> hello",
        "#tea <tom> /etc is a folder",
    ]
    assert [line.partition(" :")[2] for line in alice.read()[-2:]] == ["hello", "/etc is a folder"]


def test_what_others_say_can_be_read(screen: Screen) -> None:
    screen.type("/join #tea")
    screen.lines.clear()
    alice = screen.server.world.irc("alice")
    alice.send("JOIN #tea", "PRIVMSG #tea :hello", "PRIVMSG tom :psst", "PART #tea", "QUIT")
    assert screen.read() == [
        "#tea alice is here",
        "#tea <alice> hello",
        "<alice> psst",
        "#tea alice has left",
    ]


def test_a_person_can_be_talked_to(screen: Screen) -> None:
    alice = screen.server.world.irc("alice")
    screen.type("/msg alice hello", "/to alice", "again")
    assert [line.partition(" :")[2] for line in alice.read()] == ["hello", "again"]


def test_commands_do_what_they_say(screen: Screen) -> None:
    assert screen.type("/join #tea", "/topic Black", "/topic", "/names", "/nick tim", "/part Later") == [
        "#tea entered",
        "#tea topic: Black",
        "#tea topic: Black",
        "tom",
        "you are tim now",
        "#tea left",
    ]


def test_what_cannot_be_done_is_said(screen: Screen) -> None:
    assert screen.type("hello", "/dance", "/msg nobody hi")[:2] == [
        "! where to? /join a channel, or /to somebody",
        "! there is no /dance; /help says what there is",
    ]
    assert screen.read()[2].startswith("! There is no user and no channel nobody")


def test_every_command_is_explained(screen: Screen) -> None:
    commands = {name[1:].removesuffix("_command") for name in dir(Talker) if name.endswith("_command")}
    assert {line.split()[0][1:] for line in HELP} == commands - {"help"}
    assert screen.type("/help") == list(HELP)


def test_who_quits_leaves(screen: Screen) -> None:
    screen.type("/quit Enough")
    assert result_of(screen.talker.quit) == "Enough"


EVENTS: list[tuple[dict[str, Any], str | None]] = [
    ({"event": "quit", "from": {"nick": "bob"}}, "bob is gone"),
    (
        {"event": "kick", "channel": "#t", "from": {"nick": "bob"}, "user": {"nick": "eve"}},
        "#t eve was kicked by bob",
    ),
    ({"event": "nick", "from": {"nick": "bob"}, "nick": "rob"}, "bob is rob now"),
    ({"event": "topic", "channel": "#t", "text": "Tea"}, "#t topic: Tea"),
    ({"event": "invite", "channel": "#t", "from": {"nick": "bob"}}, "bob invites to #t"),
    (
        {"event": "message", "kind": "action", "target": "#t", "from": {"nick": "b"}, "text": "sits"},
        "#t * b sits",
    ),
    ({"event": "message", "kind": "tag", "target": "#t", "from": {"nick": "b"}, "text": ""}, None),
    ({"event": "disconnected", "why": "reset"}, "disconnected: reset"),
    ({"event": "connected"}, "connected again"),
    ({"event": "gap"}, "something was missed"),
    ({"event": "away", "from": {"nick": "bob"}}, None),
]


@pytest.mark.parametrize(("event", "line"), EVENTS)
def test_events_are_lines_for_people(event: dict[str, Any], line: str | None) -> None:
    assert line_of(event, "tom") == line


def test_no_message_does_anything_to_the_terminal() -> None:
    assert shown("\x1b[2Jhello\x07\u009b1m") == "[2Jhello1m"
