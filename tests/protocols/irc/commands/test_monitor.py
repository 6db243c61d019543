from __future__ import annotations

import pytest

from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.realm.settings import Settings
from tests.protocols.irc.conftest import MakeWorld
from tests.world import World


def test_adding_tells_who_is_online_and_who_is_not(world: World) -> None:
    alice = world.irc("alice")
    world.irc("Bob", address="192.0.2.2")
    assert alice.ask("MONITOR + bob,zed,alice,yan") == [
        ":irc.test 730 alice :Bob!Bob@192.0.2.2,alice!alice@192.0.2.1",
        ":irc.test 731 alice :zed,yan",
    ]


def test_what_is_watched_already_is_not_added_again(world: World) -> None:
    alice = world.irc("alice")
    alice.send("MONITOR + zed")
    assert alice.ask("MONITOR + ZED,zed") == []
    assert alice.ask("MONITOR L") == [
        ":irc.test 732 alice :zed",
        ":irc.test 733 alice :End of MONITOR list",
    ]


@pytest.mark.parametrize("targets", ["1st", "", ",,", ":a b", "#x", "*", "a!b@c", "é"])
def test_what_can_be_no_nick_is_not_added(world: World, targets: str) -> None:
    alice = world.irc("alice")
    alice.send(f"MONITOR + {targets}")
    assert alice.ask("MONITOR L") == [":irc.test 733 alice :End of MONITOR list"]


def test_removing_answers_nothing_and_watches_no_more(world: World) -> None:
    alice = world.irc("alice")
    alice.send("MONITOR + zed,yan,xia")
    assert alice.ask("MONITOR - YAN,nobody,", "MONITOR - zed,xia") == []
    world.irc("yan")
    assert alice.ask("MONITOR L") == [":irc.test 733 alice :End of MONITOR list"]
    assert alice.ask("MONITOR - yan") == []


def test_clearing_answers_nothing_and_watches_no_more(world: World) -> None:
    alice = world.irc("alice")
    alice.send("MONITOR + zed,yan")
    assert alice.ask("MONITOR C") == []
    world.irc("yan")
    assert alice.ask("monitor l") == [":irc.test 733 alice :End of MONITOR list"]
    assert alice.ask("MONITOR C") == []


def test_the_status_of_all_that_is_watched_is_told(world: World) -> None:
    alice = world.irc("alice")
    alice.send("MONITOR + zed,bob")
    assert alice.ask("MONITOR S") == [":irc.test 731 alice :zed,bob"]
    world.irc("bob")
    assert alice.ask("MONITOR s") == [":irc.test 730 alice :bob!bob@192.0.2.1", ":irc.test 731 alice :zed"]


def test_a_full_list_takes_what_fits_and_names_the_rest(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(monitor_entries=3))
    alice = world.irc("alice")
    alice.send("MONITOR + a")
    assert alice.ask("MONITOR + b,A,c,d,e,b") == [
        ":irc.test 731 alice :b,c",
        ":irc.test 734 alice 3 d,e :Monitor list is full.",
    ]
    assert alice.ask("MONITOR - a", "MONITOR + f") == [":irc.test 731 alice :f"]
    assert alice.ask("MONITOR L")[0] == ":irc.test 732 alice :b,c,f"


def test_without_a_limit_any_number_is_watched(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(monitor_entries=None))
    alice = world.irc("alice")
    for first in range(0, 300, 50):
        alice.send(f"MONITOR + {','.join(f'n{i}' for i in range(first, first + 50))}")
    lines = alice.ask("MONITOR L")
    assert all(len(line) <= 510 for line in lines)
    assert ",".join(line.split(" :")[1] for line in lines[:-1]) == ",".join(f"n{i}" for i in range(300))


def test_long_replies_take_several_lines_none_too_long(make_world: MakeWorld) -> None:
    world = make_world(irc=IRCSettings(monitor_entries=0), settings=Settings(nick_length=120))
    client = world.connect_irc()
    client.send(f"NICK {'z' * 120}", "USER u 0 * :u")
    targets = [letter * 110 for letter in "abcd"]
    lines = client.ask(f"MONITOR + {','.join(targets)}")
    assert len(lines) == 2
    assert all(len(line) <= 510 and line.endswith(" :Monitor list is full.") for line in lines)
    assert ",".join(line.split(" ")[4] for line in lines) == ",".join(targets)


@pytest.mark.parametrize("ask", ["MONITOR", "MONITOR +", "MONITOR -"])
def test_monitor_needs_to_know_what_to_do_and_to_whom(world: World, ask: str) -> None:
    assert world.irc("alice").ask(ask) == [":irc.test 461 alice MONITOR :Not enough parameters"]


def test_an_unknown_subcommand_is_said(world: World) -> None:
    alice = world.irc("alice")
    assert alice.ask("MONITOR X y") == [":irc.test 400 alice MONITOR :There is no MONITOR X"]
    assert alice.ask("MONITOR :") == [":irc.test 400 alice MONITOR :There is no MONITOR *"]


def test_a_labelled_monitor_is_acknowledged(world: World) -> None:
    alice = world.irc("alice", caps="labeled-response batch")
    assert alice.ask("@label=m MONITOR + zed") == ["@label=m :irc.test 731 alice :zed"]
    assert alice.ask("@label=m MONITOR - zed") == ["@label=m :irc.test ACK"]


def test_monitor_needs_registration(world: World) -> None:
    assert world.connect_irc().ask("MONITOR L") == [":irc.test 451 * :You have not registered"]
