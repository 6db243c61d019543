"""People on a server whose database works, stops working, and works again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import cast

import pytest
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher

from chatdaemon.storage.engine import Engine
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.sqlite import connect
from chatdaemon.storage.store import LONGEST_DELAY
from tests.storage.anything import names
from tests.storage.databases import Database, PostgreSQLSchema, SQLiteFile
from tests.world import Client, World

CAPS = "standard-replies draft/account-registration"

MakeWorld = Callable[..., World]


@pytest.fixture(params=[0.0, 0.3], ids=["at once", "late"])
def make_world(request: pytest.FixtureRequest) -> MakeWorld:
    """A server with this database, and answers that come at once or late."""

    def make(engine: Engine) -> World:
        return World(late=request.param, database=engine)

    return make


@pytest.fixture
def world(make_world: MakeWorld, engine: Engine) -> World:
    return make_world(engine)


@pytest.fixture
def said() -> Iterator[Callable[[], list[str]]]:
    """What operators were told of storage since they last looked."""
    events: list[LogEvent] = []

    def observe(event: LogEvent) -> None:
        if str(event.get("log_namespace")).startswith("chatdaemon.storage."):
            events.append(event)

    def lines() -> list[str]:
        found = [event["log_format"].format(**event) for event in events]
        events.clear()
        return found

    observer = cast(ILogObserver, observe)
    globalLogPublisher.addObserver(observer)
    yield lines
    globalLogPublisher.removeObserver(observer)


def register(client: Client) -> str:
    """The answer."""
    client.send("REGISTER * * correct-horse")
    (line,) = [line for line in client.read() if " REGISTER " in line]
    return line


def test_accounts_and_channels_are_there_after_a_restart(
    make_world: MakeWorld, engine: Engine, database: Database
) -> None:
    world = make_world(engine)
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob", caps=CAPS)
    assert " REGISTER SUCCESS alice " in register(alice)
    assert " REGISTER SUCCESS bob " in register(bob)
    alice.send("JOIN #hall", "CS REGISTER #hall", "TOPIC #hall :what stays", "MODE #hall +bk *!*@bad secret")
    alice.send("AMODE #hall +v bob")
    alice.read()
    engine.close()
    # The server is gone as by kill -9: nobody has left, nothing was said to it.
    second = database.engine()
    second.open()
    with closing(second):
        again = make_world(second)
        alice, bob = again.irc("alice2"), again.irc("bob2")
        for client, name in ((alice, "alice"), (bob, "bob")):
            client.send(f"NS IDENTIFY {name} correct-horse", "JOIN #hall secret")
        assert ":irc.test 332 alice #hall :what stays" in alice.read()
        names_line = next(line for line in bob.read() if " 353 " in line)
        # The founder, and bob, whom access gives a voice.
        assert set(names_line.split(":")[2].split()) == {"~alice", "+bob"}
        bob.send("MODE #hall b")
        assert any(" 367 bob #hall *!*@bad " in line for line in bob.read())


def test_with_a_database_that_fails_chat_goes_on_and_nothing_is_registered(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch, said: Callable[[], list[str]]
) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")

    def fail(*_: object) -> None:
        raise StorageFailed("the disk is full; make room")

    with monkeypatch.context() as broken:
        broken.setattr(engine, "check", fail)
        broken.setattr(engine, "apply", fail)
        line = register(alice)
        assert line.startswith(":irc.test FAIL REGISTER TEMPORARILY_UNAVAILABLE alice :Nothing can be stored")
        assert world.realm.accounts == {}
        (line,) = said()
        assert line.startswith(
            f"{engine.where} cannot be written to: the disk is full; make room. Chat goes on"
        )
        alice.send("PRIVMSG bob :still here?")
        assert bob.read() == [":alice!alice@192.0.2.1 PRIVMSG bob :still here?"]
        assert "TEMPORARILY_UNAVAILABLE" in register(alice)
        assert said() == []
    assert " REGISTER SUCCESS alice " in register(alice)
    assert said() == [f"{engine.where} works again; 0 changes that waited are stored"]
    assert names(engine.load()) == ["alice"]


def test_what_fails_only_when_it_is_done_is_told_and_stored_as_soon_as_possible(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = world.irc("alice", caps=CAPS)

    def fail(batch: object) -> None:
        raise StorageFailed("just now")

    with monkeypatch.context() as broken:
        broken.setattr(engine, "apply", fail)
        line = register(alice)
        assert line.endswith(
            " :It is done, but could not be stored yet; it will be as soon as that is possible"
        )
        assert list(world.realm.accounts) == ["alice"]
    assert names(engine.load()) == []
    world.pass_time(LONGEST_DELAY)
    assert names(engine.load()) == ["alice"]


def test_changes_that_nobody_waits_for_are_stored_when_it_works_again(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = world.irc("alice", caps=CAPS)
    register(alice)
    alice.send("JOIN #hall", "CS REGISTER #hall")
    alice.read()

    def fail(*_: object) -> None:
        raise StorageFailed("no")

    with monkeypatch.context() as broken:
        broken.setattr(engine, "apply", fail)
        alice.send("TOPIC #hall :one", "TOPIC #hall :two", "MODE #hall +s")
        assert len(alice.read()) == 3
    world.pass_time(LONGEST_DELAY)
    (channel,) = engine.load().channels
    assert (channel.topic, "secret" in channel.flags) == ("two", True)


def test_a_file_that_is_locked(make_world: MakeWorld, file: SQLiteFile) -> None:
    with closing(file.engine()) as engine:
        engine.open()
        alice = make_world(engine).irc("alice", caps=CAPS)
        with closing(connect(file.path)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert "TEMPORARILY_UNAVAILABLE" in register(alice)
        assert " REGISTER SUCCESS alice " in register(alice)


def test_a_disk_that_is_full(make_world: MakeWorld, file: SQLiteFile) -> None:
    with closing(file.engine()) as engine:
        engine.open()
        alice = make_world(engine).irc("alice", caps=CAPS)
        (pages,) = engine._open.execute("PRAGMA page_count").fetchone()
        engine._open.execute(f"PRAGMA max_page_count = {pages}")
        assert "TEMPORARILY_UNAVAILABLE" in register(alice)
        engine._open.execute("PRAGMA max_page_count = 100000")
        assert " REGISTER SUCCESS alice " in register(alice)


def test_a_server_that_is_stopped_and_started(make_world: MakeWorld, schema: PostgreSQLSchema) -> None:
    with closing(schema.engine()) as engine:
        engine.open()
        world = make_world(engine)
        alice, bob = world.irc("alice", caps=CAPS), world.irc("bob", caps=CAPS)
        assert " REGISTER SUCCESS bob " in register(bob)
        schema.server.stop()
        try:
            for _ in range(2):
                assert "TEMPORARILY_UNAVAILABLE" in register(alice)
            alice.send("PRIVMSG bob :hello")
            assert bob.read() == [":alice!alice@192.0.2.1 PRIVMSG bob :hello"]
        finally:
            schema.server.start()
        assert " REGISTER SUCCESS alice " in register(alice)
        assert names(engine.load()) == ["bob", "alice"]


def test_ids_are_never_used_twice_over_restarts(make_world: MakeWorld, engine: Engine) -> None:
    for name in ("alice", "bob"):
        register(make_world(engine).irc(name, caps=CAPS))
    first, second = engine.load().accounts
    assert second.id > first.id + 1000
    assert engine.index() >= second.id
