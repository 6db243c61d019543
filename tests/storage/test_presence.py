"""Who is always on, over restarts and kills of the server: on both databases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from chatdaemon.realm.presence import ALONE
from chatdaemon.realm.settings import Custom, Settings
from chatdaemon.storage.changes import PutAccount
from chatdaemon.storage.engine import Engine
from chatdaemon.storage.migrations import migrations
from tests.realm.keeping import kept_of
from tests.storage.anything import ALICE, written
from tests.storage.databases import Database
from tests.world import Client, World

Start = Callable[[Engine], World]


@pytest.fixture(params=[0.0, 0.3], ids=["at once", "late"])
def start(request: pytest.FixtureRequest) -> Start:
    """A server with this database, and answers that come at once or late."""

    def make(engine: Engine) -> World:
        world = World(late=request.param, database=engine, settings=Settings(always_on=Custom.ALWAYS))
        world.settle()
        return world

    return make


def log_in(world: World, name: str) -> Client:
    """A client of this account that logs in to it and is called so."""
    client = world.irc(f"{name}_")
    client.send(f"NS IDENTIFY {name} sesame")
    client.read()
    return client


def test_who_is_here_when_the_server_is_killed_is_here_when_it_starts(
    start: Start, engine: Engine, database: Database
) -> None:
    world = start(engine)
    for name in ("alice", "bob"):
        world.account(name)
    alice, bob = log_in(world, "alice"), log_in(world, "bob")
    alice.send("JOIN #unregistered", "MODE #unregistered +mk secret", "TOPIC #unregistered :tea")
    alice.read()
    bob.send("JOIN #unregistered secret", "SILENCE +x!*@*", "AWAY :lunch", "SETNAME :Bobby")
    bob.read()
    alice.send("MODE #unregistered +v bob", "MODE #unregistered +b *!*@bad")
    alice.read()
    guest = world.irc("guest")
    guest.send("JOIN #guests")
    guest.read()
    before = kept_of(world.realm)
    engine.close()
    second = database.engine()
    second.open()
    with closing(second):
        assert second.load().users == before.users
        again = start(second)
        assert [channel.name for channel in again.realm.channels.values()] == ["#unregistered"]
        now = kept_of(again.realm)
        assert (now.channels, now.memberships, now.accounts) == (
            before.channels,
            before.memberships,
            before.accounts,
        )
        # Of the two only bob had gone away; now neither has a client.
        assert [(user.nick, user.away) for user in again.realm.users.values()] == [
            ("alice", ALONE),
            ("bob", "lunch"),
        ]
        carol = again.irc("carol")
        carol.send("PRIVMSG alice :are you there?", "JOIN #unregistered secret", "LUSERS", "WHOIS alice")
        lines = carol.read()
        assert f":irc.test 301 carol alice :{ALONE}" in lines
        assert ":irc.test 353 carol = #unregistered :@alice +bob carol" in [
            " ".join(line.split()) for line in lines
        ]
        assert ":irc.test 332 carol #unregistered :tea" in lines
        # What storage holds is again what the realm has.
        assert second.load().users == kept_of(again.realm).users


def test_who_leaves_for_good_is_not_there_after_a_restart(
    start: Start, engine: Engine, database: Database
) -> None:
    world = start(engine)
    world.account("alice")
    alice = log_in(world, "alice")
    alice.send("JOIN #here")
    alice.read()
    alice.send("NS LOGOUT")
    alice.read()
    world.settle()
    kept = engine.load()
    assert (kept.users, kept.memberships, kept.channels) == ((), (), ())


def test_what_was_stored_before_there_were_such_users_stays(database: Database) -> None:
    first = database.engine()
    with pytest.MonkeyPatch.context() as patch:
        dialect = "postgresql" if database.url else "sqlite"
        scripts = migrations(dialect)[:2]
        patch.setattr("chatdaemon.storage.migrations.migrations", lambda _: scripts)
        first.open()
        # Channels need tables that are newer: their hooks'.
        first.apply([written(1, PutAccount(ALICE))])
        first.close()
    with closing(database.engine()) as engine:
        engine.open()
        kept = engine.load()
        assert (kept.accounts, kept.channels) == ((ALICE,), ())
