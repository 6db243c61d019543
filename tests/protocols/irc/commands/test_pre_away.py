"""AWAY before registration (draft/pre-away)."""

from __future__ import annotations

import pytest

from tests.world import Client, World

NOW_AWAY = "306 {} :You have been marked as being away"
UNAWAY = "305 {} :You are no longer marked as being away"


@pytest.fixture
def stranger(world: World) -> Client:
    client = world.connect_irc()
    client.ask("CAP REQ :draft/pre-away")
    return client


def register(client: Client, nick: str) -> list[str]:
    return client.ask(f"NICK {nick}", f"USER {nick} 0 * :x", "CAP END")


@pytest.mark.parametrize("text", ["gone to lunch", "*"])
def test_who_comes_is_away(world: World, stranger: Client, text: str) -> None:
    assert stranger.ask(f"AWAY :{text}") == [f":irc.test {NOW_AWAY.format('*')}"]
    welcome = register(stranger, "alice")
    assert any(" 001 alice " in line for line in welcome)
    assert not any(" 306 " in line for line in welcome)
    assert world.irc("bob").ask("PRIVMSG alice :hi") == [f":irc.test 301 bob alice :{text}"]


def test_the_last_word_counts(world: World, stranger: Client) -> None:
    assert stranger.ask("AWAY :lunch", "AWAY") == [
        f":irc.test {NOW_AWAY.format('*')}",
        f":irc.test {UNAWAY.format('*')}",
    ]
    register(stranger, "alice")
    assert world.irc("bob").ask("PRIVMSG alice :hi") == []


def test_those_who_watch_the_nick_learn_of_both(world: World, stranger: Client) -> None:
    caps = "extended-monitor away-notify"
    bob = world.irc("bob", caps=caps)
    bob.ask("MONITOR + alice")
    stranger.ask("AWAY :lunch")
    register(stranger, "alice")
    assert bob.read() == [":irc.test 730 bob :alice!alice@192.0.2.1", ":alice!alice@192.0.2.1 AWAY :lunch"]
    stranger.ask("AWAY")
    assert bob.read() == [":alice!alice@192.0.2.1 AWAY"]


def test_without_the_capability_it_waits_for_registration(world: World) -> None:
    carol = world.connect_irc()
    assert carol.ask("AWAY :lunch") == [":irc.test 451 * :You have not registered"]
    register(carol, "carol")
    assert world.irc("bob").ask("PRIVMSG carol :hi") == []
    assert carol.ask("AWAY :lunch") == [f":irc.test {NOW_AWAY.format('carol')}"]


def test_a_nick_that_is_taken_changes_nothing_of_it(world: World, stranger: Client) -> None:
    world.irc("alice")
    stranger.ask("AWAY :lunch")
    assert any(" 433 " in line for line in register(stranger, "alice"))
    stranger.ask("NICK alicia")
    assert world.irc("bob").ask("PRIVMSG alicia :hi") == [":irc.test 301 bob alicia :lunch"]
