"""[history] durable-echo: a labelled message is answered when it is stored, and not before."""

from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from tests.disk import Disk
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, World

CAPS = "batch labeled-response echo-message draft/multiline standard-replies"
NOT_STORED = "It is done, but could not be stored yet; it will be as soon as that is possible"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(irc=IRCSettings(durable_echo=True))


@pytest.fixture
def disk(world: World) -> Disk:
    return Disk.of(world)


def joined(world: World, caps: str) -> Client:
    alice = world.irc("alice", caps=caps)
    alice.send("JOIN #tea")
    alice.read()
    return alice


@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
def test_a_labelled_message_is_echoed_when_it_is_stored(world: World, disk: Disk, verb: str) -> None:
    alice, bob = joined(world, CAPS), joined_as(world, "bob")
    disk.hold()
    alice.read()
    assert alice.ask(f"@label=1 {verb} #tea :hi") == []
    assert len(disk.records) > 0
    # The others have it at once.
    assert bob.read() == [f":alice!alice@192.0.2.1 {verb} #tea :hi"]
    disk.go_on()
    world.settle()
    assert alice.read() == [f"@label=1 :alice!alice@192.0.2.1 {verb} #tea :hi"]


def joined_as(world: World, nick: str) -> Client:
    client = world.irc(nick)
    client.send("JOIN #tea")
    client.read()
    return client


def test_the_next_line_waits_for_it(world: World, disk: Disk) -> None:
    alice = joined(world, CAPS)
    disk.hold()
    assert alice.ask("@label=1 PRIVMSG #tea :hi", "PING x", "PRIVMSG #tea :again") == []
    disk.go_on()
    world.settle()
    assert alice.read() == [
        "@label=1 :alice!alice@192.0.2.1 PRIVMSG #tea :hi",
        ":irc.test PONG irc.test :x",
        ":alice!alice@192.0.2.1 PRIVMSG #tea :again",
    ]


def test_a_message_of_several_lines_is_echoed_when_it_is_stored(world: World, disk: Disk) -> None:
    alice = joined(world, CAPS)
    disk.hold()
    said = (
        "@label=1 BATCH +a draft/multiline #tea",
        "@batch=a PRIVMSG #tea :one",
        "@batch=a PRIVMSG #tea :two",
    )
    assert alice.ask(*said, "BATCH -a") == []
    disk.go_on()
    world.settle()
    first, *others = alice.read()
    assert first.startswith("@label=1 :alice!alice@192.0.2.1 BATCH +")
    assert [line.partition("PRIVMSG ")[2] for line in others[:2]] == ["#tea :one", "#tea :two"]


@pytest.mark.parametrize(
    "said", [("@label=1 PRIVMSG #tea :hi",), ("@label=1 BATCH +a draft/multiline #tea", "@batch=a PRIVMSG #tea :x", "BATCH -a")]
)  # fmt: skip
def test_what_cannot_be_stored_is_said_to_have_been_delivered(
    world: World, disk: Disk, said: tuple[str, ...]
) -> None:
    alice, bob = joined(world, CAPS), joined_as(world, "bob")
    alice.read()
    disk.full = True
    (line,) = alice.ask(*said)
    name = "PRIVMSG" if len(said) == 1 else "BATCH"
    assert line == f"@label=1 :irc.test FAIL {name} NOT_STORED :{NOT_STORED}"
    assert len(bob.read()) == 1
    # And it goes on.
    disk.full = False
    assert len(alice.ask("@label=2 PRIVMSG #tea :hi")) == 1


def test_one_that_fails_later_fails_then(world: World, disk: Disk) -> None:
    alice = joined(world, CAPS)
    disk.hold()
    assert alice.ask("@label=1 PRIVMSG #tea :hi") == []
    disk.full = True
    disk.go_on()
    world.settle()
    assert alice.read() == [f"@label=1 :irc.test FAIL PRIVMSG NOT_STORED :{NOT_STORED}"]


@pytest.mark.parametrize(
    ("caps", "line", "answer"),
    [
        (CAPS, "PRIVMSG #tea :hi", [":alice!alice@192.0.2.1 PRIVMSG #tea :hi"]),
        ("batch labeled-response", "@label=1 PRIVMSG #tea :hi", ["@label=1 :irc.test ACK"]),
        # Nothing of it is stored: one of them has no account.
        (CAPS, "@label=1 PRIVMSG bob :hi", ["@label=1 :alice!alice@192.0.2.1 PRIVMSG bob :hi"]),
    ],
    ids=["without a label", "without an echo", "not to be stored"],
)
def test_all_else_is_answered_at_once(
    world: World, disk: Disk, caps: str, line: str, answer: list[str]
) -> None:
    alice = joined(world, caps)
    world.irc("bob")
    disk.hold()
    assert alice.ask(line) == answer


def test_without_the_setting_nothing_waits(make_world: MakeWorld) -> None:
    world = make_world()
    disk = Disk.of(world)
    alice = joined(world, CAPS)
    disk.hold()
    assert len(alice.ask("@label=1 PRIVMSG #tea :hi")) == 1


def test_who_has_gone_meanwhile_is_not_answered(world: World, disk: Disk) -> None:
    alice = joined(world, CAPS)
    disk.hold()
    alice.send("@label=1 PRIVMSG #tea :hi")
    alice.vanish()
    disk.go_on()
    world.settle()
    assert alice.read() == []
    assert world.realm.user("alice") is None


def test_the_users_other_clients_have_it_at_once(world: World, disk: Disk) -> None:
    world.account("alice")
    clients = [world.connect_irc(), world.connect_irc()]
    for client in clients:
        client.send(f"CAP REQ :{CAPS}", "PASS alice:sesame", "NICK alice", "USER a 0 * :A", "CAP END")
        client.send("JOIN #tea")
    one, other = clients
    one.read(), other.read()
    disk.hold()
    one.send("@label=1 PRIVMSG #tea :hi")
    assert one.read() == []
    assert other.read() == [":alice!a@192.0.2.1 PRIVMSG #tea :hi"]
