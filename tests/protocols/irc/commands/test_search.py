from __future__ import annotations

import pytest
from twisted.logger import LogLevel, capturedLogs

from tests.history.broken import BrokenArchive
from tests.protocols.irc.commands.test_chathistory import msgid, said, texts
from tests.world import Client, World

CAPS = "soju.im/search batch message-tags"


@pytest.fixture
def alice(world: World) -> Client:
    """alice has what it takes, and talks with bob and carol in #tea, with bob in #milk, and with both alone."""
    alice, bob, carol = world.irc("alice", caps=CAPS), world.irc("bob"), world.irc("carol")
    alice.send("JOIN #tea,#milk")
    bob.send("JOIN #tea,#milk,#hidden")
    carol.send("JOIN #tea,#hidden")
    for who, what in (
        (bob, "PRIVMSG #tea :Green tea is good tea"),
        (carol, "NOTICE #tea :Black tea is better"),
        (bob, "PRIVMSG #milk :No milk in green tea"),
        (carol, "PRIVMSG #hidden :green is what she will never know"),
        (carol, "PRIVMSG bob :nor this, green as it is"),
        (carol, "PRIVMSG alice :He drinks it green!"),
        (alice, "PRIVMSG bob :Tea, my friend?"),
    ):
        world.pass_time(1)
        who.send(what)
    alice.read()
    return alice


def found(alice: Client, query: str) -> list[str]:
    lines = alice.ask(f"SEARCH {query}")
    assert lines[0].endswith(" soju.im/search"), lines
    return said(lines)


def test_what_is_found_comes_as_it_was_said_in_a_batch(alice: Client) -> None:
    first, line, last = alice.ask("SEARCH text=better;in=#TEA")
    assert first == ":irc.test BATCH +b1 soju.im/search"
    assert line == f"@batch=b1;msgid={msgid(line)} :carol!carol@192.0.2.1 NOTICE #tea :Black tea is better"
    assert last == ":irc.test BATCH -b1"


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("text=GREEN;in=#tea", ["Green tea is good tea"]),
        ("text=green", ["Green tea is good tea", "No milk in green tea", "He drinks it green!"]),
        ("text=green;in=carol", ["He drinks it green!"]),
        (r"text=green\stea", ["Green tea is good tea", "No milk in green tea"]),
        (r'text="is\sgood"', ["Green tea is good tea"]),
        ("text=frien*", ["Tea, my friend?"]),
        (":text=good tea", ["Green tea is good tea"]),
        ("from=CAROL", ["Black tea is better", "He drinks it green!"]),
        ("from=alice", ["Tea, my friend?"]),
        ("from=carol;in=#milk", []),
        ("text=green;limit=1", ["He drinks it green!"]),
        ("text=green;limit=2", ["No milk in green tea", "He drinks it green!"]),
        ("text=nowhere", []),
        ("in=bob", ["Tea, my friend?"]),
    ],
)
def test_messages_are_found_by_what_they_are(alice: Client, query: str, answer: list[str]) -> None:
    assert found(alice, query) == answer


def test_times_are_part_of_what_is_searched(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} server-time echo-message")
    alice.send("JOIN #x")
    times = []
    for text in ("one", "two", "three"):
        world.pass_time(1)
        (line,) = [line for line in alice.ask(f"PRIVMSG #x :{text}") if "PRIVMSG" in line]
        times.append(line.partition("time=")[2][:24])
    assert said(alice.ask(f"SEARCH after={times[1]}")) == ["two", "three"]
    assert said(alice.ask(f"SEARCH before={times[1]}")) == ["one", "two"]
    assert said(alice.ask(f"SEARCH after={times[1]};before={times[1]}")) == ["two"]
    # From a time on, the first are found; up to one, the last.
    assert said(alice.ask(f"SEARCH after={times[0]};limit=2")) == ["one", "two"]
    assert said(alice.ask(f"SEARCH before={times[2]};limit=2")) == ["two", "three"]


def test_who_left_finds_nothing_any_more(alice: Client) -> None:
    alice.send("PART #tea", "PART #milk")
    assert found(alice, "text=green") == ["He drinks it green!"]
    assert (
        alice.ask("SEARCH in=#tea")
        == alice.ask("SEARCH in=#nowhere")
        == [":irc.test FAIL SEARCH INVALID_PARAMS in :There is nothing of it that you may read"]
    )


def test_what_operators_tell_one_another_is_not_found_by_others(alice: Client) -> None:
    world = alice.world
    alice.send("PRIVMSG @#tea :secretly")
    dora = world.irc("dora", caps=CAPS)
    dora.send("JOIN #tea")
    assert found(dora, "text=secretly") == []
    assert texts(alice.ask("SEARCH text=secretly")) == ["PRIVMSG @#tea :secretly"]


def test_those_who_were_talked_with_are_called_as_they_are_now(world: World) -> None:
    alice, bob = world.irc("alice", caps=CAPS), world.irc("bob")
    alice.send("PRIVMSG bob :Tea, my friend?")
    bob.send("NICK rob")
    assert texts(alice.ask("SEARCH text=friend")) == ["PRIVMSG rob :Tea, my friend?"]


def test_a_label_is_on_the_batch(world: World) -> None:
    alice = world.irc("alice", caps=f"{CAPS} labeled-response")
    alice.send("JOIN #x", "PRIVMSG #x :hi")
    assert alice.ask("@label=L SEARCH text=hi")[0] == "@label=L :irc.test BATCH +b1 soju.im/search"


def test_without_the_capability_there_is_no_such_command(world: World) -> None:
    assert world.irc("alice").ask("SEARCH text=x") == [":irc.test 421 alice SEARCH :Unknown command"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("", "INVALID_PARAMS :It takes attributes such as text=...;in=... in one word"),
        ("text=a b", "INVALID_PARAMS :It takes attributes such as text=...;in=... in one word"),
        ("colour=green", "INVALID_PARAMS colour :Attributes are in, from, after, before, text, limit"),
        ("limit=0", "INVALID_PARAMS limit 0 :How many has to be a number above 0"),
        ("limit", "INVALID_PARAMS limit * :How many has to be a number above 0"),
        ("after=noon", "INVALID_PARAMS after :A time has to be YYYY-MM-DDThh:mm:ss.sssZ"),
        ("before=", "INVALID_PARAMS before :A time has to be YYYY-MM-DDThh:mm:ss.sssZ"),
        ("in=", "INVALID_PARAMS in :There is nothing of it that you may read"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, asked: str, answer: str) -> None:
    alice = world.irc("alice", caps=CAPS)
    assert alice.ask(f"SEARCH {asked}") == [f":irc.test FAIL SEARCH {answer}"]


def test_a_search_that_cannot_be_run_says_so(alice: Client) -> None:
    alice.world.history.archive = BrokenArchive()
    with capturedLogs() as events:
        for asked in ("text=tea", "in=#tea"):
            assert alice.ask(f"SEARCH {asked}") == [
                ":irc.test FAIL SEARCH INTERNAL_ERROR :The search could not be run"
            ]
    assert [event for event in events if event["log_level"] is LogLevel.critical] == []
