"""draft/extended-isupport: ISUPPORT before registration, and 005 in a batch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.protocols.irc.isupport import ROOM
from chatdaemon.protocols.irc.server import IRCSettings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World

CAP = "draft/extended-isupport"


def unbatched(lines: list[str]) -> list[str]:
    """The lines of one batch of what is supported, without what makes them one. Nothing else may be there."""
    first, *within, last = lines
    reference = first.split(" ")[2].removeprefix("+")
    assert first == f":irc.test BATCH +{reference} draft/isupport"
    assert last == f":irc.test BATCH -{reference}"
    assert within
    assert all(line.startswith(f"@batch={reference} ") for line in within)
    return [line.partition(" ")[2] for line in within]


def test_isupport_says_what_the_welcome_says(world: World) -> None:
    alice = world.irc("alice")
    lines = alice.ask("ISUPPORT")
    assert len(lines) > 1
    assert all(line.startswith(":irc.test 005 alice ") for line in lines)
    assert lines == alice.ask("VERSION")[1:]


def test_before_registration_it_is_for_those_who_have_the_capability(world: World) -> None:
    client = world.connect_irc()
    assert client.ask("ISUPPORT") == [":irc.test 451 * :You have not registered"]
    client.send(f"CAP REQ :{CAP}")
    lines = client.ask("ISUPPORT")
    assert all(line.startswith(":irc.test 005 * ") for line in lines)
    client.send("NICK alice")
    assert client.ask("ISUPPORT") == [line.replace(" 005 * ", " 005 alice ") for line in lines]


@pytest.mark.parametrize("caps", [f"batch {CAP}", f"{CAP} batch"])
def test_with_batches_nothing_of_it_comes_outside_of_one(make_world: MakeWorld, caps: str) -> None:
    world = make_world(irc=IRCSettings(motd=("Be kind.",)))
    client = world.connect_irc()
    client.send("CAP LS 302", f"CAP REQ :{caps}")
    early = unbatched(client.ask("ISUPPORT"))
    assert all(line.startswith(":irc.test 005 * ") for line in early)
    welcome = client.ask("NICK alice", "USER alice 0 * :x", "CAP END")
    numbers = [line.split(" ")[1] for line in welcome]
    begin = numbers.index("BATCH")
    end = len(numbers) - 1 - numbers[::-1].index("BATCH")
    assert numbers[:begin] == ["001", "002", "003", "004"]
    assert numbers[end + 1 :][:2] == ["251", "255"]
    assert "005" not in numbers
    supported = unbatched(welcome[begin : end + 1])
    assert supported == [line.replace(" 005 * ", " 005 alice ") for line in early]
    assert unbatched(client.ask("VERSION")[1:]) == supported
    assert unbatched(client.ask("ISUPPORT")) == supported


def test_the_batch_is_the_labelled_answer_itself(world: World) -> None:
    alice = world.irc("alice", caps=f"batch labeled-response {CAP}")
    first, *within, last = alice.ask("@label=a1 ISUPPORT")
    assert first.startswith("@label=a1 :irc.test BATCH +")
    assert unbatched([first.partition(" ")[2], *within, last])


def test_times_go_with_the_batch(world: World) -> None:
    alice = world.irc("alice", caps=f"batch server-time {CAP}")
    lines = alice.ask("ISUPPORT")
    assert all("time=2026-01-01T" in line.partition(" ")[0] for line in lines)
    assert all(line.startswith("@batch=") for line in lines[1:-1])


def test_changes_are_told_in_a_batch_also_before_registration(world: World) -> None:
    early, plain, alice = world.connect_irc(), world.connect_irc(), world.irc("alice", caps=f"batch {CAP}")
    early.send(f"CAP REQ :batch {CAP}")
    for client in (early, plain, alice):
        client.read()
    settings = replace(world.irc_server.settings, network="NewNet", icon_url="https://irc.test/icon.svg")
    world.irc_server.configure(settings)
    world.settle()
    tokens = "NETWORK=NewNet draft/ICON=https://irc.test/icon.svg :are supported by this server"
    assert unbatched(early.read()) == [f":irc.test 005 * {tokens}"]
    assert unbatched(alice.read()) == [f":irc.test 005 alice {tokens}"]
    assert plain.read() == []
    # Nothing new: no batch.
    world.irc_server.configure(settings)
    world.settle()
    assert (early.read(), alice.read()) == ([], [])


def test_the_icon_of_the_network_is_there_where_there_is_one(make_world: MakeWorld) -> None:
    url = f"https://irc.test/{'i' * 280}?size={{size}}"
    world = make_world(irc=IRCSettings(icon_url=url))
    lines = world.irc("n" * 30).ask("ISUPPORT")
    assert sum(f" draft/ICON={url} " in line for line in lines) == 1
    assert all(len(line) <= 510 for line in lines)
    assert len(f"draft/ICON={url}") < ROOM
    assert not any("ICON" in token for token in make_world().irc_server.tokens)
