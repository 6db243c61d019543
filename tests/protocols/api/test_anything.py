"""Whatever programs ask: no line that an IRC client is sent has in it what ends one, is too long, or has other
parts than it should; what programs are sent is what the schema says; and nothing fails."""

from __future__ import annotations

from random import Random
from typing import Any, cast

from hypothesis import event, given, note, settings
from hypothesis import strategies as st
from twisted.logger import LogLevel, capturedLogs

from chatdaemon.node import Session
from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.operators import WRONG_DELAY, OperatorAccess
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import BecomeOperator
from chatdaemon.realm.settings import Settings
from chatdaemon.wire.ircmsg import MAX_LINE, parse
from tests.protocols.api.acting import act
from tests.protocols.api.anything import SAID, Anything
from tests.world import Client, JSONClient, World

# Bytes of the tags of a line that a server sends (message-tags, "Size limit").
MAX_TAGS = 8191
EVERY_CAPABILITY = (
    "account-notify account-tag away-notify batch chghost draft/channel-rename draft/chathistory",
    "draft/event-playback draft/message-redaction draft/metadata-3 draft/multiline draft/read-marker",
    "draft/relaymsg extended-join extended-monitor invite-notify message-tags multi-prefix server-time setname",
    "standard-replies userhost-in-names",
)
# How many parameters lines have that always have as many.
PARAMETERS = {
    "ACCOUNT": (1,), "AWAY": (0, 1), "CHGHOST": (2,), "ERROR": (1,), "INVITE": (2,), "JOIN": (1, 3), "KICK": (3,),
    "KILL": (2,), "MARKREAD": (2,), "METADATA": (4,), "NICK": (1,), "NOTICE": (2,), "PART": (1, 2), "PRIVMSG": (2,),
    "QUIT": (1,), "REDACT": (2, 3), "RENAME": (3,), "SETNAME": (1,), "TAGMSG": (1,), "TOPIC": (2,), "WALLOPS": (1,),
    "301": (3,), "311": (6,), "312": (4,), "319": (3,), "322": (4,), "330": (4,), "332": (3,), "333": (4,),
    "341": (3,), "352": (8,), "353": (4,), "354": (10,), "367": (5,), "710": (4,), "761": (5,),
}  # fmt: skip
# What somebody on IRC asks, so that what is kept comes to a line as well.
QUESTIONS = (
    "WHOIS alice", "WHOIS bob", "WHOWAS bob", "WHO #a %tcuhsnfar,1", "WHO #b", "NAMES #a", "LIST", "TOPIC #a",
    "TOPIC #b", "MODE #a", "MODE #a b", "MODE #b", "MODE #b b", "MONITOR S", "METADATA #a LIST",
    "METADATA alice LIST", "CHATHISTORY LATEST #a * 20", "CHATHISTORY LATEST #b * 20",
    "CHATHISTORY LATEST alice * 20", "PRIVMSG NickServ :INFO alice", "PRIVMSG NickServ :TOKEN LIST alice",
    "PRIVMSG ChanServ :INFO #a", "PRIVMSG ChanServ :ACCESS #a LIST", "PRIVMSG ChanServ :HOOK #a LIST",
)  # fmt: skip


class Stage:
    """alice, who has an account and the registered channel #a, and is operator of the server; bob, who has made
    #b; on IRC carol, who has no capabilities, and dave, an operator, who has all that lines look different by."""

    def __init__(self) -> None:
        root = OperatorAccess("root", "hash of of root", (), (), tuple(Privilege))
        self.world = world = World(
            settings=Settings(roleplay=True), api=APISettings(vapid="key", operators={"root": root})
        )
        world.account("alice")
        alice = world.connect_json(secure=True)
        alice.ok(op="login", account="alice", password="sesame")
        alice.ok(op="hello", nick="alice")
        act(alice, BecomeOperator("root", tuple(Privilege)))
        for channel in ("#a", "#b"):
            alice.ok(op="join", channel=channel)
        alice.ok(op="channel_register", channel="#a")
        alice.ok(op="mode", channel="#b", changes=[{"mode": "roleplay"}])
        bob = world.json("bob")
        for channel in ("#a", "#b", "#door"):
            bob.ok(op="join", channel=channel)
        bob.ok(op="mode", channel="#door", changes=[{"mode": "invite_only"}])
        self.programs: tuple[JSONClient, JSONClient] = (alice, bob)
        dave = world.connect_irc()
        dave.send("CAP LS 302", *(f"CAP REQ :{each}" for each in EVERY_CAPABILITY))
        dave.send("NICK dave", "USER dave 0 * :Dave", "CAP END")
        world.node.submit(cast(Session, dave.connection), BecomeOperator("other", tuple(Privilege)))
        self.people = {"carol": world.irc("carol"), "dave": dave}
        for name, person in self.people.items():
            person.send("JOIN #a", "JOIN #b", f"MODE {name} +ws")
        dave.send("MONITOR + alice,bob", "METADATA * SUB avatar")
        self.said = alice.ok(op="send", target="#a", text="hi")["msgid"]
        self.check()

    def do(self, program: JSONClient, op: dict[str, Any]) -> None:
        """Ask for an op, which is answered, and says nothing on IRC that is no line."""
        if program.closed:
            # Killed, or dropped without an account.
            return
        program.hear()
        note(f"{'alice' if program is self.programs[0] else 'bob'}: {op!r}")
        program.say(id=7, **{name: self.said if value == SAID else value for name, value in op.items()})
        if op["op"] == "oper":
            # Who guesses waits.
            self.world.pass_time(WRONG_DELAY)
        (answer,) = [found for found in program.hear() if "event" not in found]
        assert answer["id"] == 7
        event(f"{op['op']} {'ok' if 'ok' in answer else answer['error']['code']}")
        self.said = answer.get("ok", {}).get("msgid", self.said)
        self.check()

    def ask(self) -> None:
        """And nobody is told anything else when they ask for what is kept."""
        for person in self.people.values():
            person.send(*QUESTIONS)
        self.check()

    def check(self) -> None:
        for person in self.people.values():
            for line in lines_of(person):
                check_line(line)


def lines_of(person: Client) -> list[bytes]:
    """What has come since the last time, as it came."""
    data, person.transport.received = person.transport.received, b""
    *lines, rest = data.split(b"\r\n")
    assert rest == b""
    return lines


def check_line(line: bytes) -> None:
    """Fail unless it is one line of IRC, and has the parts that it should."""
    assert not {*b"\r\n\0"} & {*line}, line
    text = line
    if line[:1] == b"@":
        tags, _, text = line.partition(b" ")
        assert len(tags) < MAX_TAGS, line
    assert len(text) <= MAX_LINE - 2, line
    message = parse(line)
    assert message.source or message.command == "ERROR", line
    if message.command in PARAMETERS:
        assert len(message.params) in PARAMETERS[message.command], line


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), most=st.integers(1, 40))
def test_whatever_programs_ask_lines_are_lines_and_nothing_fails(seed: int, most: int) -> None:
    random = Random(seed)
    # Those that end something are like `kill`.
    anything = Anything(random, frozenset({"bye", "die", "hello"}))
    with capturedLogs() as logged:
        stage = Stage()
        for _ in range(most):
            stage.do(random.choice(stage.programs), anything.op())
        stage.ask()
    assert [each for each in logged if each["log_level"] is LogLevel.critical] == []


class Limited:
    """alice, who is in #a and in #hush, and a program that is here by a token of hers for #a. What it must not
    come to know has "hush" in it; where it must do nothing dave watches."""

    def __init__(self) -> None:
        self.world = world = World()
        world.account("alice", "nobody guesses this")
        alice = world.connect_json(secure=True)
        alice.ok(op="login", account="alice", password="nobody guesses this")
        alice.ok(op="hello", nick="alice")
        bob, dave = world.json("bob"), world.irc("dave", caps="message-tags")
        for channel in ("#a", "#hush"):
            for client in (alice, bob):
                client.ok(op="join", channel=channel)
            alice.ok(op="channel_register", channel=channel)
        alice.ok(op="topic", channel="#hush", text="hush about the topic")
        alice.ok(op="metadata", target="#hush", key="url", value="hush.example")
        dave.send("JOIN #hush")
        self.said = bob.ok(op="send", target="#hush", text="hush about this")["msgid"]
        self.told = bob.ok(op="send", target="alice", text="hush between us")["msgid"]
        secret = alice.ok(op="token_create", name="t", channels=["#a"])["secret"]
        self.alice, self.bob, self.dave = alice, bob, dave
        self.program = world.connect_json(secure=True)
        self.program.ok(op="login", token=secret)
        self.program.ok(op="hello", nick="alice", resume=True)
        dave.read()

    def happens(self) -> None:
        """What the others do meanwhile."""
        self.bob.say(op="send", target="#hush", text="hush")
        self.bob.say(op="topic", channel="#hush", text="hush")
        self.bob.say(op="send", target="alice", text="hush")
        self.alice.say(op="silence", add=["hush!*@*"])
        self.alice.say(op="token_create", name="hush")


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), most=st.integers(1, 30))
def test_whatever_is_asked_by_a_token_it_stays_where_the_token_is_for(seed: int, most: int) -> None:
    random = Random(seed)
    anything = Anything(random, frozenset({"bye", "hello"}))
    stage = Limited()
    for _ in range(most):
        op = anything.op()
        note(repr(op))
        message = random.choice((stage.said, stage.told))
        stage.program.say(id=7, **{name: message if value == SAID else value for name, value in op.items()})
        stage.happens()
    heard = stage.program.transport.received
    assert b"hush" not in heard
    assert heard.count(b'"id":7') == most
    by_program = [line for line in stage.dave.read() if line.startswith(":alice!") or " :alice!" in line]
    words = {line.split(" :alice!")[-1].split(" ")[1] for line in by_program}
    assert words <= {"AWAY", "INVITE", "NICK", "QUIT", "SETNAME"}, by_program
