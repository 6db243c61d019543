"""A client whose connection is lost goes on: nothing is missed, nothing is said twice, and gaps can be filled."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from chatdaemon.client import Client, Disconnected, Event, Refused
from chatdaemon.client.session import FIRST_DELAY, LONGEST_DELAY, MOST_REFUSALS, PATIENCE, STEADY
from chatdaemon.client.standing import Standing
from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.requests import Kill
from tests.client.scene import Server, result_of
from tests.world import Client as Person
from tests.world import World


class Heard:
    """Reads the events of a client, until it ends."""

    def __init__(self, server: Server, client: Client) -> None:
        self.events: list[Event] = []
        self.ended: Deferred[None] = Deferred.fromCoroutine(self._read(client))
        server.world.settle()

    async def _read(self, client: Client) -> None:
        async for event in client:
            self.events.append(event)

    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    def texts(self) -> list[str]:
        return [event["text"] for event in self.events if event["event"] == "message"]

    def last(self, name: str) -> Event:
        return [event for event in self.events if event["event"] == name][-1]


def in_tea(server: Server, guest: bool = False, **options: Any) -> tuple[Client, Heard, Person]:
    """A client in #tea, what it hears, and alice, who was there before."""
    alice = server.world.irc("alice", address="192.0.2.2")
    alice.send("JOIN #tea")
    if guest:
        options["nick"] = "bot"
    else:
        # What was said before one came is for those who have an account.
        server.world.account("bot")
        options |= {"account": "bot", "password": "sesame"}
    client = server.client(**options)
    server.do(client.start())
    server.do(client.join("#tea"))
    alice.read()
    return client, Heard(server, client), alice


def said(person: Person) -> list[str]:
    """What somebody on IRC has heard."""
    return [line.partition(" :")[2] for line in person.read() if " PRIVMSG " in line]


async def everything(client: Client, *gap: Any) -> list[str]:
    return [message["text"] async for message in client.missed(*gap)]


@pytest.mark.parametrize("after", range(1, 16))
def test_wherever_connections_are_cut_all_is_heard_and_said_once_in_order(server: Server, after: int) -> None:
    client, heard, alice = in_tea(server)
    server.wires[-1].left = after
    # Those that come next are cut while the client logs in, and a little later each.
    server.cuts = [2, 3, 5, 6, 7, 8]
    asked: list[Deferred[Event]] = []
    while server.cuts:
        number = len(asked)
        assert number < 60
        alice.send(f"PRIVMSG #tea :alice {number}")
        asked.append(server.begin(client.send("#tea", f"bot {number}")))
        server.wait(2)
    server.wait(*[2] * 40)
    assert all(result_of(each)["msgid"] for each in asked)
    assert heard.texts() == [f"alice {number}" for number in range(len(asked))]
    assert said(alice) == [f"bot {number}" for number in range(len(asked))]
    assert "gap" not in heard.names()
    assert {event["resumed"] for event in heard.events if event["event"] == "connected"} == {True}


def test_a_message_whose_answer_was_lost_is_said_once(server: Server) -> None:
    client, _, alice = in_tea(server)
    # What the client writes arrives, and what the server writes does not.
    server.wires[-1].near.paused = True
    sent = server.begin(client.send("#tea", "hello"))
    assert not sent.called
    assert said(alice) == ["hello"]
    server.cut()
    server.wait(FIRST_DELAY, FIRST_DELAY)
    assert result_of(sent)["msgid"]
    assert said(alice) == []


def live(server: Server, seconds: float, *people: Person) -> None:
    """Time passes, in which these people stay."""
    for _ in range(int(seconds / 30)):
        server.world.pass_time(30)
        for person in people:
            person.send("PING :alive")


def too_late(server: Server, alice: Person, *lines: str) -> None:
    """The client can come back only when its session was given up; alice says something meanwhile."""
    server.down = True
    server.cut()
    live(server, 150, alice)
    alice.send(*lines)
    server.down = False
    live(server, LONGEST_DELAY)


def test_after_its_time_there_is_a_gap_and_what_was_said_in_it_can_be_had(server: Server) -> None:
    client, heard, alice = in_tea(server)
    alice.send("PRIVMSG #tea :seen")
    too_late(server, alice, *[f"PRIVMSG #tea :{number}" for number in range(120)])
    alice.send("PRIVMSG #tea :afterwards")
    assert heard.last("connected")["resumed"] is False
    assert heard.texts() == ["seen", "afterwards"]
    assert client.channels == ("#tea",)
    gap = heard.last("gap")
    assert server.do(everything(client, gap)) == [str(number) for number in range(120)]
    assert server.do(everything(client, gap, "#tea")) == [str(number) for number in range(120)]
    assert server.do(everything(client, gap, "#elsewhere")) == []
    assert server.do(everything(client, {"event": "gap", "until": gap["until"]})) == []


def test_what_is_said_between_coming_back_and_entering_is_in_the_gap(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, heard, alice = in_tea(server)
    server.down = True
    server.cut()
    live(server, 150, alice)
    alice.send("PRIVMSG #tea :before")
    greeted = Standing.greeted

    def join_is_on_its_way(standing: Standing, found: Event) -> None:
        server.wires[-1].far.paused = True
        greeted(standing, found)

    monkeypatch.setattr(Standing, "greeted", join_is_on_its_way)
    server.down = False
    live(server, LONGEST_DELAY, alice)
    assert client.connected
    assert not client.channels
    alice.send("PRIVMSG #tea :between")
    server.wires[-1].far.resumeProducing()
    server.world.settle()
    assert client.channels == ("#tea",)
    alice.send("PRIVMSG #tea :behind")
    assert heard.texts() == ["behind"]
    assert server.do(everything(client, heard.last("gap"))) == ["before", "between"]


def test_who_has_heard_nothing_knows_by_its_own_deeds_where_the_gap_begins(server: Server) -> None:
    client, heard, alice = in_tea(server)
    server.do(client.send("#tea", "mine"))
    too_late(server, alice, "PRIVMSG #tea :missed")
    assert server.do(everything(client, heard.last("gap"))) == ["missed"]


def test_a_gap_is_told_once_however_often_connections_are_lost(server: Server) -> None:
    client, heard, alice = in_tea(server)
    too_late(server, alice, "PRIVMSG #tea :one")
    too_late(server, alice, "PRIVMSG #tea :two")
    first, second = (event for event in heard.events if event["event"] == "gap")
    assert server.do(everything(client, first)) == ["one"]
    assert server.do(everything(client, second)) == ["two"]


@pytest.mark.parametrize("protocol", ["json", "binary"])
def test_where_sessions_are_not_kept_there_is_a_gap_as_well(protocol: str) -> None:
    server = Server(World(api=APISettings(resume_time=0)), protocol)
    client, heard, alice = in_tea(server)
    server.do(client.send("#tea", "mine"))
    server.down = True
    server.cut()
    alice.send("PRIVMSG #tea :missed")
    server.down = False
    live(server, LONGEST_DELAY)
    assert heard.names()[-2:] == ["connected", "gap"]
    assert server.do(everything(client, heard.last("gap"))) == ["missed"]


def test_where_too_much_has_happened_there_is_a_gap_and_then_the_rest(server: Server) -> None:
    server.world.node.recent.resize(5)
    client, heard, alice = in_tea(server)
    alice.send("PRIVMSG #tea :0")
    server.down = True
    server.cut()
    for number in range(1, 10):
        alice.send(f"PRIVMSG #tea :{number}")
    server.down = False
    live(server, LONGEST_DELAY)
    assert heard.last("connected")["resumed"] is True
    assert heard.texts() == ["0", "5", "6", "7", "8", "9"]
    assert server.do(everything(client, heard.last("gap"))) == ["1", "2", "3", "4"]


def test_who_was_kicked_meanwhile_stays_away(server: Server) -> None:
    client, heard, alice = in_tea(server)
    server.cut()
    alice.send("KICK #tea bot :out")
    server.wait(FIRST_DELAY, FIRST_DELAY)
    assert heard.names()[-1] == "kick"
    assert client.channels == ()
    too_late(server, alice)
    assert client.channels == ()
    assert "bot" not in " ".join(alice.ask("NAMES #tea"))


def test_what_was_left_by_another_spelling_is_not_entered_again(server: Server) -> None:
    client, _, alice = in_tea(server)
    server.do(client.part("#TEA", "enough"))
    assert client.channels == ()
    too_late(server, alice)
    assert client.channels == ()
    assert "bot" not in " ".join(alice.ask("NAMES #tea"))


def test_what_cannot_be_entered_again_is_said(server: Server) -> None:
    client, heard, alice = in_tea(server)
    server.do(client.join("#coffee", "sugar"))
    too_late(server, alice, "JOIN #coffee")
    assert sorted(client.channels) == ["#coffee", "#tea"]
    alice.send("MODE #tea +i")
    too_late(server, alice)
    assert client.channels == ("#coffee",)
    refused = heard.last("not_rejoined")
    assert (refused["channel"], refused["error"]["code"]) == ("#tea", "invite_only")


def test_a_channel_with_a_key_is_entered_again_by_it(server: Server) -> None:
    alice = server.world.irc("alice", address="192.0.2.2")
    alice.send("JOIN #tea", "MODE #tea +k sugar")
    client = server.client("bot")
    server.do(client.start())
    server.do(client.join("#tea", "sugar"))
    too_late(server, alice)
    assert client.channels == ("#tea",)


def test_channels_are_entered_before_what_is_said_in_them_though_the_next_connection_is_cut_too(
    server: Server,
) -> None:
    client, _, alice = in_tea(server)
    server.down = True
    server.cut()
    sent = server.begin(client.send("#tea", "late"))
    live(server, 150, alice)
    server.down = False
    server.cuts = [5]
    live(server, 150, alice)
    assert not server.cuts
    assert result_of(sent)["msgid"]
    assert said(alice) == ["late"]


def test_what_is_asked_because_of_an_event_of_the_loss_is_asked_once(server: Server) -> None:
    alice = server.world.irc("alice")
    client = server.client("bot")
    server.do(client.start())
    asked: list[str] = []

    async def remark() -> None:
        async for event in client:
            await client.ask("send", target="alice", text=event["event"])
            asked.append(event["event"])

    Deferred.fromCoroutine(remark())
    server.cut()
    server.wait(FIRST_DELAY, FIRST_DELAY)
    assert asked == ["disconnected", "connected"]
    assert said(alice) == asked


def test_one_that_was_removed_comes_back_and_enters_its_channels(server: Server) -> None:
    client, heard, _ = in_tea(server)
    server.world.node.submit(None, Kill("bot", "spam"))
    server.world.settle()
    server.wait(FIRST_DELAY, FIRST_DELAY)
    assert "spam" in heard.last("disconnected")["why"]
    assert heard.last("connected")["resumed"] is False
    assert client.channels == ("#tea",)


def usurped(server: Server) -> Person:
    """Somebody else has the client's nick before it can come back."""
    server.down = True
    server.cut()
    server.world.pass_time(130)
    server.down = False
    return server.world.irc("bot", address="192.0.2.3")


def test_a_nick_that_is_held_is_waited_for(server: Server) -> None:
    client, heard, _ = in_tea(server, guest=True)
    usurper = usurped(server)
    live(server, 180, usurper)
    assert heard.names() == ["disconnected"]
    usurper.send("QUIT")
    live(server, 90)
    assert client.nick == "bot"
    assert client.connected


def test_a_hello_that_is_refused_for_ever_ends_it(server: Server) -> None:
    client, heard, _ = in_tea(server, guest=True)
    usurper = usurped(server)
    live(server, MOST_REFUSALS * LONGEST_DELAY, usurper)
    with pytest.raises(Refused) as caught:
        result_of(heard.ended)
    assert caught.value.code == "nick_in_use"
    assert not client.connected


def test_a_server_that_drops_it_at_once_is_tried_more_and_more_rarely(server: Server) -> None:
    client, _, _ = in_tea(server)

    def seconds_until_it_is_back() -> int:
        server.cut()
        seconds = 0
        while not client.connected:
            server.wait(1)
            seconds += 1
        return seconds

    waits = [seconds_until_it_is_back() for _ in range(9)]
    assert waits[0] <= 2
    assert waits[-1] >= LONGEST_DELAY / 2 - 5
    server.wait(STEADY)
    assert seconds_until_it_is_back() <= 2


def test_one_that_is_not_to_be_kept_ends_with_its_connection(server: Server) -> None:
    client, heard, _ = in_tea(server, keep=False)
    server.cut()
    assert heard.names() == ["disconnected"]
    result_of(heard.ended)
    with pytest.raises(Disconnected):
        server.do(client.send("#tea", "hello"))


def test_what_is_asked_of_a_server_that_has_stopped_reading_is_done_once(server: Server) -> None:
    client, _, alice = in_tea(server)
    server.wires[-1].far.paused = True
    sent = server.begin(client.send("#tea", "hello"))
    live(server, 180, alice)
    assert len(server.wires) == 2
    assert result_of(sent)["msgid"]
    assert said(alice) == ["hello"]


@pytest.mark.parametrize("protocol", ["json", "binary"])
def test_a_server_that_does_not_answer_the_hello_is_given_up(protocol: str) -> None:
    server = Server(World(), protocol)
    starting = Deferred.fromCoroutine(server.client("bot").start())
    server.wires[-1].far.paused = True
    server.wait(0, PATIENCE)
    with pytest.raises(Disconnected, match="does not answer"):
        result_of(starting)


@pytest.mark.parametrize("protocol", ["json", "binary"])
def test_one_that_reads_too_slowly_is_dropped_and_misses_nothing(protocol: str) -> None:
    server = Server(World(limits=LineLimits(flood_rate=None, send_queue=4000)), protocol)
    client, heard, alice = in_tea(server)
    server.wires[-1].far.reading = False
    for number in range(40):
        alice.send(f"PRIVMSG #tea :{number} {'x' * 100}")
    server.wait(FIRST_DELAY, FIRST_DELAY)
    assert [int(text.split()[0]) for text in heard.texts()] == list(range(40))
    assert client.connected
