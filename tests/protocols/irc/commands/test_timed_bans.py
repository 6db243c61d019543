from __future__ import annotations

import pytest

from tests.protocols.irc.given import channel, seconds
from tests.world import Client, World


@pytest.fixture
def people(world: World) -> tuple[World, Client, Client]:
    """alice, the operator of #x, and bob, who is not there."""
    alice, bob = world.irc("alice"), world.irc("bob")
    alice.send("JOIN #x")
    alice.read()
    return world, alice, bob


@pytest.mark.parametrize(
    ("duration", "minutes"), [("60", "1"), ("90", "90s"), ("2h30m", "150"), ("1d", "1440"), ("1W", "10080")]
)
def test_a_ban_for_some_time_has_it_in_its_mask(
    people: tuple[World, Client, Client], duration: str, minutes: str
) -> None:
    _, alice, _ = people
    assert alice.ask(f"TBAN #X {duration} bob") == [f":alice!alice@192.0.2.1 MODE #x +b ~t:{minutes}:bob!*@*"]


def test_it_keeps_people_out_and_is_listed_until_it_ends(people: tuple[World, Client, Client]) -> None:
    world, alice, bob = people
    alice.send("MODE #x +b ~time:1m:bob")
    assert bob.ask("JOIN #x") == [":irc.test 474 bob #x :Cannot join channel (+b): you are banned"]
    alice.read()
    (entry,) = (each for entries in channel(world, "#x").lists.values() for each, _ in entries.values())
    assert alice.ask("MODE #x b") == [
        f":irc.test 367 alice #x ~t:1:bob!*@* alice!alice@192.0.2.1 {seconds(entry.at)}",
        ":irc.test 368 alice #x :End of channel ban list",
    ]
    world.pass_time(62)
    assert alice.ask() == []
    assert bob.ask("JOIN #x")[0] == ":bob!bob@192.0.2.1 JOIN #x"


def test_its_end_is_seen_as_the_servers_doing(people: tuple[World, Client, Client]) -> None:
    world, alice, _ = people
    alice.send("TBAN #x 5 bob", "MODE #x +e ~t:5s:carol")
    alice.read()
    world.pass_time(8)
    # With a late log they were set one after the other, and end so.
    ended = " ".join(line.removeprefix(":irc.test MODE #x ") for line in alice.read())
    assert ended in ("-be ~t:5s:bob!*@* ~t:5s:carol!*@*", "-b ~t:5s:bob!*@* -e ~t:5s:carol!*@*")


@pytest.mark.parametrize("line", ["MODE #x -b bob", "MODE #x -b ~t:5:bob!*@*", "MODE #x -b ~t:1h:BOB"])
def test_it_can_be_taken_away_before(people: tuple[World, Client, Client], line: str) -> None:
    _, alice, _ = people
    alice.send("TBAN #x 1h bob")
    assert alice.ask(line) == [":alice!alice@192.0.2.1 MODE #x -b ~t:60:bob!*@*"]


def test_only_who_may_ban_may_do_so_for_a_time(people: tuple[World, Client, Client]) -> None:
    _, alice, bob = people
    assert bob.ask("TBAN #x 60 alice") == [":irc.test 442 bob #x :You're not on that channel"]
    assert bob.ask("TBAN #none 60 alice") == [":irc.test 403 bob #none :No such channel"]
    bob.send("JOIN #x")
    assert bob.ask("TBAN #x 60 alice") == [":irc.test 482 bob #x :You must be a channel half-operator"]
    assert alice.ask("TBAN #x 60")[-1] == ":irc.test 461 alice TBAN :Not enough parameters"


@pytest.mark.parametrize("mask", ["~t:5:bob", "~z:x"])
def test_what_is_no_mask_is_refused(people: tuple[World, Client, Client], mask: str) -> None:
    _, alice, _ = people
    (line,) = alice.ask(f"TBAN #x 60 {mask}")
    assert line.startswith(f":irc.test 696 alice #x b ~t:60s:{mask} :")
