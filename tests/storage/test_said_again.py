"""Messages that are sent again by their keys, when the disk is slow, fails, or the server was killed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from chatdaemon.history.settings import Channels, HistorySettings
from chatdaemon.storage.engine import Engine
from tests.storage.databases import Database
from tests.world import JSONClient, World

Start = Callable[..., World]


@pytest.fixture(params=[0.0, 0.3], ids=["at once", "late"])
def start(request: pytest.FixtureRequest) -> Start:
    def make(engine: Engine, history: HistorySettings | None = None) -> World:
        world = World(late=request.param, database=engine, history=history)
        world.settle()
        return world

    return make


def log_in(world: World, name: str) -> JSONClient:
    world.account(name)
    client = world.connect_json(secure=True)
    client.ok(op="login", account=name, password="sesame")
    client.ok(op="hello", nick=name)
    client.ok(op="join", channel="#x")
    return client


def test_a_key_answers_with_the_same_message_after_the_server_was_killed(
    start: Start, engine: Engine, database: Database
) -> None:
    alice = log_in(start(engine), "alice")
    sent = [alice.ok(op="send", target="#x", text=key, key=key) for key in ("a", "b")]
    assert "stored" not in sent[0]
    engine.close()
    with closing(database.engine()) as second:
        second.open()
        world = start(second)
        bob = world.json("bob")
        bob.ok(op="join", channel="#x")
        alice = log_in(world, "alice")
        bob.hear()
        assert [alice.ok(op="send", target="#x", text=key, key=key) for key in ("a", "b")] == sent
        assert bob.hear() == []
        assert alice.do(op="send", target="#x", text="c", key="a")["error"]["code"] == "key_reused"
        later = alice.ok(op="send", target="#x", text="c", key="c")
        assert later["msgid"] > sent[1]["msgid"]


def test_keys_go_with_their_account(start: Start, engine: Engine, database: Database) -> None:
    world = start(engine)
    alice = log_in(world, "alice")
    alice.ok(op="send", target="#x", text="hi", key="a")
    assert len(database.ask("SELECT * FROM message_keys")) == 1
    alice.ok(op="bye")
    irc = world.irc("someone", secure=True)
    irc.send("NS IDENTIFY alice sesame", "NS DROP alice")
    code = next(line.split()[-1] for line in irc.read() if "DROP" in line)
    irc.send(f"NS DROP alice {code.rstrip('.')}")
    world.pass_time(1)
    assert database.ask("SELECT * FROM message_keys") == []


def test_of_guests_no_keys_are_stored(start: Start, engine: Engine, database: Database) -> None:
    guest = start(engine).json("guest")
    guest.ok(op="join", channel="#x")
    sent = guest.ok(op="send", target="#x", text="hi", key="a")
    assert "stored" not in sent
    assert guest.ok(op="send", target="#x", text="hi", key="a") == sent
    assert database.ask("SELECT * FROM message_keys") == []


def test_what_is_not_kept_is_said_to_be_so_each_time(start: Start, engine: Engine) -> None:
    alice = log_in(start(engine, HistorySettings(channels=Channels.NONE)), "alice")
    sent = alice.ok(op="send", target="#x", text="hi", key="a")
    assert sent["stored"] is False
    assert alice.ok(op="send", target="#x", text="hi", key="a") == sent


def test_an_answer_waits_for_the_first_one_to_be_stored(engine: Engine) -> None:
    world = World(late=0.3, database=engine)
    world.settle()
    alice = log_in(world, "alice")
    bob = world.json("bob")
    bob.ok(op="join", channel="#x")
    bob.hear()
    # Two clients: the second asks while the first waits.
    other = world.connect_json(secure=True)
    other.ok(op="login", account="alice", password="sesame")
    other.ok(op="hello", nick="alice")
    alice.hear()
    other.hear()
    op = b'{"id":1,"op":"send","target":"#x","text":"hi","key":"a"}\n'
    alice.connection.dataReceived(op)
    other.connection.dataReceived(op)
    world.clock.advance(0.3)
    assert [event["text"] for event in bob.hear()] == ["hi"]
    assert alice.hear() == []
    assert [event["event"] for event in other.hear()] == ["message"]
    world.settle()
    (one,), (two,) = alice.hear(), other.hear()
    assert one == two
    assert "stored" not in one["ok"]
