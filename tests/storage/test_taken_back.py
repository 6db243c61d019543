"""What was taken back is found nowhere, wherever it was: stored, about to be, in memory, and after a restart. To whom
history belongs, over renames and new beginnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chatdaemon.history.recent import Recent
from chatdaemon.storage.engine import Engine
from tests.history.broken import BrokenArchive
from tests.storage.databases import Database
from tests.world import Client, World

CAPS = "draft/message-redaction message-tags draft/chathistory soju.im/search batch"

Restart = Callable[[World], World]


@pytest.fixture(params=[0.0, 0.3], ids=["at once", "late"])
def late(request: pytest.FixtureRequest) -> float:
    found: float = request.param
    return found


@pytest.fixture
def world(engine: Engine, late: float) -> World:
    return World(late=late, database=engine)


@pytest.fixture
def restart(engine: Engine, database: Database) -> Iterator[Restart]:
    engines = [engine]

    def again(world: World) -> World:
        world.pass_time(1)
        engines.pop().close()
        engines.append(database.engine())
        engines[0].open()
        return World(late=world.late, database=engines[0])

    yield again
    engines.pop().close()


def somebody(world: World, nick: str) -> Client:
    """Logged in."""
    client = world.irc(f"{nick}2", caps=CAPS)
    world.account(nick)
    client.send(f"NS IDENTIFY {nick} sesame", f"NICK {nick}")
    return client


def told(client: Client, *lines: str) -> list[str]:
    """The texts of the messages that the answer has."""
    return [line.rpartition(" :")[2] for line in client.ask(*lines) if " PRIVMSG " in line]


def read(client: Client, target: str = "#hall") -> list[str]:
    return told(client, f"CHATHISTORY LATEST {target} * 50")


def found(client: Client, words: str, target: str = "#hall") -> list[str]:
    return told(client, f"SEARCH in={target};text={words}")


def ids(client: Client, target: str = "#hall") -> list[str]:
    """Of the messages that can be read, oldest first."""
    lines = client.ask(f"CHATHISTORY LATEST {target} * 50")
    tags = [line.partition(" ")[0][1:].split(";") for line in lines if " PRIVMSG " in line]
    return [tag.removeprefix("msgid=") for several in tags for tag in several if tag.startswith("msgid=")]


def forget_what_is_recent(world: World) -> None:
    """As when enough else has been said."""
    world.history.recent = Recent()


@pytest.fixture
def people(world: World) -> tuple[Client, Client]:
    """alice has #hall, bob is there; both have said something, and all of it is stored."""
    alice, bob = somebody(world, "alice"), somebody(world, "bob")
    alice.send("JOIN #hall", "CS REGISTER #hall")
    bob.send("JOIN #hall")
    bob.send("PRIVMSG #hall :oops, a secret", "PRIVMSG #hall :hello")
    world.pass_time(1)
    return alice, bob


@pytest.mark.parametrize("recent", [True, False])
def test_what_is_stored_is_gone_and_does_not_come_back(
    world: World, people: tuple[Client, Client], restart: Restart, recent: bool
) -> None:
    alice, bob = people
    assert (read(alice), found(alice, "secret")) == (["oops, a secret", "hello"], ["oops, a secret"])
    secret, _ = ids(alice)
    if not recent:
        forget_what_is_recent(world)
    assert any(f"REDACT #hall {secret}" in line for line in bob.ask(f"REDACT #hall {secret}"))
    for _ in range(2):
        assert (read(alice), found(alice, "secret"), found(alice, "hello")) == (["hello"], [], ["hello"])
        assert bob.ask(f"REDACT #hall {secret}")[-1].split()[1:4] == ["FAIL", "REDACT", "UNKNOWN_MSGID"]
        world = restart(world)
        alice, bob = somebody(world, "alice"), somebody(world, "bob")
        alice.send("JOIN #hall")
        bob.send("JOIN #hall")


def test_what_still_waits_to_be_stored_is_gone_too(
    world: World, people: tuple[Client, Client], restart: Restart
) -> None:
    alice, bob = people
    assert world.store is not None
    bob.send("PRIVMSG #hall :not yet stored")
    world.store.write = lambda *_: None  # type: ignore[method-assign]  # the disk is slow
    bob.send("PRIVMSG #hall :never stored")
    forget_what_is_recent(world)
    *_, last = ids(alice)
    assert read(alice)[-1] == "never stored"
    bob.send(f"REDACT #hall {last}")
    assert read(alice)[-1] == "not yet stored"
    assert found(alice, "never") == []


def test_who_wrote_it_takes_it_back_after_a_restart_and_who_looks_after_the_channel_too(
    world: World, people: tuple[Client, Client], restart: Restart
) -> None:
    again = restart(world)
    alice, bob, carol = somebody(again, "alice"), somebody(again, "bob"), somebody(again, "carol")
    for client in (alice, bob, carol):
        client.send("JOIN #hall")
    secret, hello = ids(alice)
    assert carol.ask(f"REDACT #hall {secret}")[-1].split()[3] == "REDACT_FORBIDDEN"
    bob.send(f"REDACT #hall {secret}")
    alice.send(f"REDACT #hall {hello}")
    assert read(carol) == []


def test_private_messages_are_taken_back_by_their_author_and_unknown_to_others(
    world: World, restart: Restart
) -> None:
    alice, bob, carol = somebody(world, "alice"), somebody(world, "bob"), somebody(world, "carol")
    bob.send("PRIVMSG alice :just for you")
    world.pass_time(1)
    (msgid,) = ids(alice, "bob")
    forget_what_is_recent(world)
    assert carol.ask(f"REDACT bob {msgid}")[-1].split()[3] == "UNKNOWN_MSGID"
    assert alice.ask(f"REDACT bob {msgid}")[-1].split()[3] == "REDACT_FORBIDDEN"
    bob.send(f"REDACT alice {msgid}")
    assert read(alice, "bob") == []


def test_a_renamed_channel_keeps_its_history_and_a_new_one_has_none(
    world: World, people: tuple[Client, Client], restart: Restart
) -> None:
    alice, _ = people
    alice.send("RENAME #hall #home")
    world.pass_time(1)
    old, _ = ids(alice, "#home")
    alice.send("JOIN #hall", "PRIVMSG #hall :another hall")
    assert (read(alice, "#home"), read(alice)) == (["oops, a secret", "hello"], ["another hall"])
    assert alice.ask(f"REDACT #hall {old}")[-1].split()[3] == "UNKNOWN_MSGID"
    again = restart(world)
    alice = somebody(again, "alice")
    alice.send("JOIN #home,#hall")
    assert (read(alice, "#home"), read(alice)) == (["oops, a secret", "hello"], [])


def test_a_channel_that_was_dropped_and_made_again_begins_anew(
    world: World, people: tuple[Client, Client]
) -> None:
    alice, bob = people
    old, _ = ids(alice)
    code = (
        [line for line in alice.ask("CS DROP #hall") if "DROP #hall" in line][-1].split()[-1].strip("\x02.")
    )
    alice.send(f"CS DROP #hall {code}", "PART #hall")
    bob.send("PART #hall")
    alice.send("JOIN #hall")
    assert (read(alice), found(alice, "secret")) == ([], [])
    assert alice.ask(f"REDACT #hall {old}")[-1].split()[3] == "UNKNOWN_MSGID"


def test_where_it_cannot_be_looked_up_that_is_said(world: World, people: tuple[Client, Client]) -> None:
    _, bob = people
    secret, _ = ids(bob)
    world.history.archive = BrokenArchive()
    forget_what_is_recent(world)
    assert bob.ask(f"REDACT #hall {secret}")[-1].split(" ", 2)[2] == (
        f"REDACT TEMPORARILY_UNAVAILABLE #hall {secret} :Messages could not be retrieved"
    )
