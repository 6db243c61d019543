from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatdaemon.history.settings import HistorySettings
from chatdaemon.protocols.api.verbs.history import MAX_ANSWER, USUALLY
from chatdaemon.protocols.line import LineLimits
from tests.history.broken import BrokenArchive
from tests.protocols.irc.conftest import MakeWorld
from tests.world import JSONClient, World


@pytest.fixture
def alice(world: World) -> JSONClient:
    """alice and bob are in #x, where bob has said one, two, three, four and five."""
    alice, bob = world.json("alice"), world.irc("bob")
    alice.ok(op="join", channel="#x")
    bob.send("JOIN #x")
    for text in ("one", "two", "three", "four", "five"):
        world.pass_time(1)
        bob.send(f"PRIVMSG #x :{text}")
    return alice


def texts(answer: Any) -> list[str]:
    return [message.get("text") for message in answer["messages"]]


def test_a_message_is_told_again_as_the_event_was(alice: JSONClient) -> None:
    events = [found for found in alice.hear() if found.get("event") == "message"]
    assert alice.ok(op="history", target="#X") == {"target": "#x", "messages": events, "more": False}


@pytest.mark.parametrize(
    ("asked", "answer", "more"),
    [
        ({}, "one two three four five", False),
        ({"limit": 2}, "four five", True),
        ({"limit": 5}, "one two three four five", False),
        ({"before": 2}, "one two", False),
        ({"before": 4, "limit": 2}, "three four", True),
        ({"after": 2}, "four five", False),
        ({"after": 0, "limit": 2}, "two three", True),
        ({"after": 0, "before": 4}, "two three four", False),
        ({"after": 0, "before": 4, "limit": 1}, "two", True),
        ({"around": 2, "limit": 3}, "two three four", None),
    ],
)
@pytest.mark.parametrize("by", ["msgid", "time"])
def test_what_is_asked_for_is_found(
    alice: JSONClient, by: str, asked: dict[str, int], answer: str, more: bool | None
) -> None:
    said = [found for found in alice.hear() if found.get("event") == "message"]
    op = {key: value if key == "limit" else said[value][by] for key, value in asked.items()}
    found = alice.ok(op="history", target="#x", **op)
    assert texts(found) == answer.split()
    assert found.get("more") is more


def test_there_is_an_end_to_what_one_gets_at_once(make_world: MakeWorld) -> None:
    world = make_world(history=HistorySettings(limit=60))
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    for number in range(70):
        alice.ok(op="send", target="#x", text=str(number))
    assert len(alice.ok(op="history", target="#x")["messages"]) == USUALLY
    assert len(alice.ok(op="history", target="#x", limit=1000)["messages"]) == 60
    assert len(alice.ok(op="search", limit=1000)["messages"]) == 60


def test_an_answer_that_would_be_too_long_has_fewer_messages(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    for number in range(100):
        alice.ok(op="send", target="#x", text=f"{number} {'x' * 4000}")
    last = alice.ok(op="history", target="#x", limit=100)
    size = sum(len(text) for text in texts(last))
    assert last["more"] is True
    assert size < MAX_ANSWER
    assert texts(last)[-1].startswith("99 ")
    first = alice.ok(op="history", target="#x", limit=100, after="2020-01-01T00:00:00.000Z")
    assert texts(first)[0].startswith("0 ")
    # Going on from where it ended, all of it comes.
    earlier = alice.ok(op="history", target="#x", limit=100, before=last["messages"][0]["msgid"])
    assert earlier["more"] is False
    assert [int(text.split()[0]) for text in texts(earlier) + texts(last)] == list(range(100))


def test_events_are_told_to_those_who_want_them(world: World) -> None:
    alice, bob = world.json("alice"), world.irc("bob")
    alice.ok(op="join", channel="#x")
    bob.send("JOIN #x", "PRIVMSG #x :hi", "PART #x :bye")
    heard = [found for found in alice.hear() if "event" in found]
    found = alice.ok(op="history", target="#x", events=True)["messages"]
    assert found[1:] == heard
    assert [message["event"] for message in found] == ["join", "join", "message", "part"]
    assert texts(alice.ok(op="history", target="#x")) == ["hi"]


def test_conversations_are_listed(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.irc("bob"), world.irc("carol")
    alice.ok(op="join", channel="#x")
    for who, line in ((bob, "PRIVMSG alice :hi"), (bob, "JOIN #x"), (bob, "PRIVMSG #x :hi"), (carol, "PRIVMSG alice :hi")):  # fmt: skip
        world.pass_time(1)
        who.send(line)
    found = alice.ok(op="targets")
    assert [each["target"] for each in found["targets"]] == ["bob", "#x", "carol"]
    assert found["more"] is False
    times = [each["time"] for each in found["targets"]]
    assert times == sorted(times)
    last = alice.ok(op="targets", limit=1)
    assert [each["target"] for each in last["targets"]] == ["carol"]
    assert last["more"] is True
    first = alice.ok(op="targets", after="2020-01-01T00:00:00.000Z", limit=1)
    assert [each["target"] for each in first["targets"]] == ["bob"]
    between = alice.ok(op="targets", after=times[0], before=times[2])
    assert [each["target"] for each in between["targets"]] == ["#x"]


def test_messages_are_searched_for(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.irc("bob"), world.irc("carol")
    alice.ok(op="join", channel="#x")
    bob.send("JOIN #x,#y", "PRIVMSG #x :green tea", "PRIVMSG #y :green milk", "PRIVMSG alice :green you are")
    carol.send("JOIN #x", "PRIVMSG #x :black tea")
    assert texts(alice.ok(op="search", text="GREEN")) == ["green tea", "green you are"]
    assert texts(alice.ok(op="search", text="tea", sender="Carol")) == ["black tea"]
    assert texts(alice.ok(op="search", text="green", target="bob")) == ["green you are"]
    found = alice.ok(op="search", limit=1)
    assert (texts(found), found["more"]) == (["black tea"], True)
    first = alice.ok(op="search", text="tea", after="2020-01-01T00:00:00.000Z", limit=1)
    assert texts(first) == ["green tea"]
    assert texts(alice.ok(op="search", text="tea", after=first["messages"][0]["msgid"])) == ["black tea"]
    assert texts(alice.ok(op="search", text="tea", before=first["messages"][0]["msgid"])) == []


def test_nothing_leaks(alice: JSONClient) -> None:
    carol = alice.world.json("carol")
    for op in ({"op": "history"}, {"op": "search", "text": "one"}):
        there, nowhere = carol.do(target="#x", **op), carol.do(target="#q", **op)
        assert there["error"]["code"] == "no_history"
        assert there == {"error": {**nowhere["error"], "subject": "#x"}}
    assert carol.ok(op="search", text="one")["messages"] == []
    assert carol.ok(op="targets")["targets"] == []
    dora = alice.world.json("dora")
    dora.ok(op="send", target="alice", text="psst")
    assert texts(carol.ok(op="history", target="dora")) == []
    assert texts(alice.ok(op="history", target="dora")) == ["psst"]


@pytest.mark.parametrize(
    ("op", "at"),
    [
        ({"op": "history", "target": "#x", "before": "yesterday"}, "$.before"),
        ({"op": "history", "target": "#x", "after": "00000100000000001"}, "$.after"),
        ({"op": "history", "target": "#x", "around": ""}, "$.around"),
        (
            {
                "op": "history",
                "target": "#x",
                "around": "2020-01-01T00:00:00.000Z",
                "after": "2020-01-01T00:00:00.000Z",
            },
            "$.around",
        ),
        ({"op": "history", "target": "#x", "limit": 0}, "$.limit"),
        ({"op": "history"}, "$.target"),
        ({"op": "targets", "after": "0000010000000001"}, "$.after"),
        ({"op": "search", "before": "noon"}, "$.before"),
    ],
)
def test_what_makes_no_sense_is_refused(alice: JSONClient, op: dict[str, Any], at: str) -> None:
    error = alice.do(**op)["error"]
    assert (error["code"], error["at"]) == ("bad_request", at)


def test_history_that_cannot_be_read_says_so(alice: JSONClient, failures: Callable[[], int]) -> None:
    alice.world.history.archive = BrokenArchive()
    for op in ({"op": "history", "target": "#x"}, {"op": "targets"}, {"op": "search"}):
        assert alice.do(**op)["error"]["code"] == "unavailable"
    assert failures() == 0
    assert alice.ok(op="ping")


def test_much_at_once_counts_as_many_lines(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_burst=10, flood_rate=1.0), history=HistorySettings(ring=500))
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    for number in range(200):
        world.pass_time(1)
        alice.ok(op="send", target="#x", text=str(number))
    world.pass_time(30)
    alice.hear()
    alice.arrive(b'{"op":"history","target":"#x","limit":1000}\n' * 5 + b'{"id":9,"op":"ping"}\n')
    for _ in range(20):
        world.clock.advance(0.1)
    assert not any(found.get("id") == 9 for found in alice.hear())
    world.pass_time(20)
    assert any(found.get("id") == 9 for found in alice.hear())
