"""What clients are told of history that is in a database, after a restart too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.logger import LogLevel, capturedLogs

from chatdaemon.storage.engine import Engine
from tests.protocols.irc.commands.test_chathistory import msgid, said, texts
from tests.protocols.irc.given import log_in
from tests.storage.databases import Database
from tests.world import Client, JSONClient, World

CAPS = (
    "draft/chathistory draft/event-playback batch message-tags server-time account-tag soju.im/search"
    " draft/multiline draft/message-redaction echo-message"
)
EVER = "timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z"


@pytest.fixture(params=[0.0, 0.3], ids=["at once", "late"])
def late(request: pytest.FixtureRequest) -> float:
    seconds: float = request.param
    return seconds


class Disk:
    """A database that one world after the other is made with."""

    def __init__(self, database: Database, late: float) -> None:
        self._database = database
        self._late = late
        self._engine: Engine | None = None

    def world(self) -> World:
        """A server that starts; the one before it has ended."""
        self.close()
        self._engine = self._database.engine()
        self._engine.open()
        return World(database=self._engine, late=self._late)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()


@pytest.fixture
def disk(database: Database, late: float) -> Iterator[Disk]:
    disk = Disk(database, late)
    yield disk
    disk.close()


def ask(client: Client, *lines: str) -> list[str]:
    """What a question is answered with when the disk has had its time."""
    client.read()
    client.send(*lines)
    client.world.pass_time(3)
    return client.read()


def talk(world: World) -> tuple[Client, Client, list[str]]:
    """alice and bob, who are logged in, talk in #x and with one another; and what alice was sent of it."""
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob", caps=CAPS)
    log_in(alice, "alice")
    log_in(bob, "bob")
    alice.send("JOIN #x")
    bob.send("JOIN #x")
    alice.read()
    for number in range(5):
        world.pass_time(1)
        bob.send(f"@+draft/reply=x PRIVMSG #x :green {number}", f"PRIVMSG alice :private {number}")
    alice.send("BATCH +r draft/multiline #x", "@batch=r PRIVMSG #x :a", "@batch=r PRIVMSG #x :b", "BATCH -r")
    alice.send("PRIVMSG bob :\x01ACTION nods\x01", "TOPIC #x :tea", "NOTICE #x :over")
    world.pass_time(1)
    return alice, bob, alice.read()


def test_all_is_told_as_it_was_sent_whether_stored_or_waiting(disk: Disk) -> None:
    world = disk.world()
    alice, bob, live = talk(world)
    first = ask(alice, "CHATHISTORY LATEST #x * 100", "CHATHISTORY LATEST bob * 100")
    channel = [line for line in live if " #x" in line or " BATCH -" in line or line.startswith("@batch")]
    told = [line for line in first if "batch=b1" in line or line.startswith("@batch=0")]
    bare = [line.replace("batch=b1;", "").replace("@batch=b1 ", "") for line in told]
    assert [line for line in bare if "JOIN" not in line] == channel
    # And the same when it is on the disk, and some of it has only just been said.
    world.pass_time(10)
    bob.send("PRIVMSG #x :the very last")
    again = ask(alice, "CHATHISTORY LATEST #x * 100")
    assert [text for text in said(again) if text != "the very last"] == said(told)
    assert said(again)[-1] == "the very last"


def test_all_is_told_again_after_a_restart(disk: Disk) -> None:
    world = disk.world()
    alice, _, _ = talk(world)
    alice.send("MODE #x +P", "PRIVMSG ChanServ :REGISTER #x")
    before = ask(alice, "CHATHISTORY LATEST bob * 100")
    world.pass_time(10)

    world = disk.world()
    alice = world.irc("alice_", caps=CAPS)
    log_in(alice, "alice")
    alice.send("JOIN #x")
    after = ask(alice, "CHATHISTORY LATEST bob * 100")
    told = [line.replace("PRIVMSG alice_ ", "PRIVMSG alice ") for line in after]
    assert [line for line in told if "batch=" in line] == [line for line in before if "batch=" in line]
    assert len(texts(after)) == 6
    everything = ask(alice, "CHATHISTORY LATEST #x * 100")
    greens = [line for line in everything if ":green" in line]
    assert said(greens) == [f"green {number}" for number in range(5)]
    assert said(
        ask(alice, f"CHATHISTORY BETWEEN #x msgid={msgid(greens[4])} msgid={msgid(greens[0])} 2")
    ) == [
        "green 2",
        "green 3",
    ]
    assert said(ask(alice, f"CHATHISTORY AROUND #x msgid={msgid(greens[2])} 3")) == [
        "green 1",
        "green 2",
        "green 3",
    ]
    targets = [line for line in ask(alice, f"CHATHISTORY TARGETS {EVER} 10") if "batch=" in line]
    assert {line.split()[-2] for line in targets} == {"bob", "#x"}
    assert len(targets) == 2
    assert said(ask(alice, "SEARCH text=green;from=bob;limit=2")) == ["green 3", "green 4"]
    assert said(ask(alice, "SEARCH text=private")) == [f"private {number}" for number in range(5)]


def test_what_is_taken_back_is_gone_from_all_answers(disk: Disk) -> None:
    world = disk.world()
    alice, bob, live = talk(world)
    (line,) = [line for line in live if "green 2" in line]
    bob.send(f"REDACT #x {msgid(line)}")
    for _ in range(2):
        assert "green 2" not in said(ask(alice, "CHATHISTORY LATEST #x * 100"))
        assert said(ask(alice, "SEARCH text=green")) == ["green 0", "green 1", "green 3", "green 4"]
        world.pass_time(10)


def test_json_reads_the_same(disk: Disk) -> None:
    world = disk.world()
    talk(world)
    world.pass_time(10)
    carol = world.json("carol")
    carol.ok(op="join", channel="#x")

    def ok(**op: object) -> dict[str, object]:
        carol.say(**op)
        world.pass_time(3)
        (reply,) = [found for found in carol.hear() if "event" not in found]
        return dict(reply["ok"])

    assert isinstance(carol, JSONClient)
    carol.hear()
    found = ok(op="history", target="#x", limit=100)["messages"]
    assert isinstance(found, list)
    assert [message["text"] for message in found] == [
        *(f"green {number}" for number in range(5)),
        "a\nb",
        "over",
    ]
    found = ok(op="search", text="green", limit=1)["messages"]
    assert isinstance(found, list)
    assert [message["text"] for message in found] == ["green 4"]
    # What others said to one another is theirs.
    assert ok(op="search", text="private") == {"messages": [], "more": False}


@pytest.mark.parametrize(
    "question",
    [
        "CHATHISTORY AROUND #x msgid=0000000000000000 5",
        "CHATHISTORY AROUND #x msgid=7fffffffffffffff.2147483647 5",
        "CHATHISTORY AROUND #x msgid=ffffffffffffffff 5",
        "CHATHISTORY BEFORE #x msgid=0000000000000001.99999999999999999999 5",
        "CHATHISTORY AROUND #x timestamp=1970-01-01T00:00:00.000Z 5",
        "CHATHISTORY AROUND #x timestamp=9999-12-31T23:59:59.999Z 5",
        "CHATHISTORY BETWEEN #x msgid=7fffffffffffffff timestamp=1970-01-01T00:00:00.000Z 5",
        "CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=9999-12-31T23:59:59.999Z 5",
        "SEARCH after=1970-01-01T00:00:00.000Z;before=9999-12-31T23:59:59.999Z",
        "SEARCH :text=\"%_\\\\'*();from=*\"'",
        'SEARCH :text="',
        "SEARCH limit=99999999999999999999999999",
        "REDACT #x ffffffffffffffff",
        "REDACT #x 7fffffffffffffff.2147483647",
    ],
)
def test_no_question_breaks_anything(disk: Disk, question: str) -> None:
    world = disk.world()
    alice, _, _ = talk(world)
    with capturedLogs() as events:
        answer = ask(alice, question)
    assert answer
    assert [event for event in events if event["log_level"] is LogLevel.critical] == []
    assert not alice.closed
