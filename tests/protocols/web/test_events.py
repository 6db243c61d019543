"""GET /api/v1/events: what is told, to whom, and how it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.protocols.web import events
from chatdaemon.realm.requests import RevokeToken
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.web.asking import Connection, Stream, Web
from tests.world import Client


def test_a_stream_says_who_one_is_and_then_what_happens(web: Web) -> None:
    secret = web.token()
    alice = web.world.irc("alice", caps="message-tags")
    alice.send("JOIN #x")
    web.ok(secret, "join", channel="#x")
    stream = Stream(web, secret)
    assert "Content-Type: text/event-stream\r\n" in stream.head
    (hello,) = stream.events()
    assert (hello["event"], hello["user"]["nick"], hello["channels"]) == ("hello", "robot", ["#x"])
    alice.send("PRIVMSG #x :one", "PRIVMSG robot :two", "TOPIC #x :three")
    one, two, three = stream.events()
    assert (one["event"], one["target"], one["text"]) == ("message", "#x", "one")
    assert (two["event"], two["target"], two["text"]) == ("message", "robot", "two")
    assert (three["event"], three["channel"]) == ("topic", "#x")


def test_its_data_is_what_clients_of_json_are_sent(web: Web) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    stream, bob = Stream(web, secret), web.world.json("bob")
    bob.ok(op="join", channel="#x")
    web.world.irc("alice").send("JOIN #x", "PRIVMSG #x :\u2603\u2028", "AWAY :gone", "PART #x")
    events = stream.events()[2:]
    assert events == bob.hear()
    assert len(events) == 4


def test_what_the_token_says_and_does_is_told_as_of_another_client(web: Web) -> None:
    secret = web.token()
    stream = Stream(web, secret)
    web.ok(secret, "join", channel="#x")
    said = web.ok(secret, "send", target="#x", text="hi")
    _hello, joined, message = stream.events()
    assert (joined["event"], [each["nick"] for each in joined["members"]]) == ("join", ["robot"])
    assert (message["msgid"], message["text"]) == (said["msgid"], "hi")


def test_the_user_stays_while_there_is_a_stream(web: Web) -> None:
    secret = web.token()
    stream = Stream(web, secret)
    web.ok(secret, "join", channel="#x")
    web.world.pass_time(400)
    assert web.world.realm.user("robot") is not None
    stream.vanish()
    assert web.world.realm.user("robot") is None
    assert not web.api.streams.open_streams


def test_a_token_for_some_channels_is_told_of_those_alone(web: Web) -> None:
    secret = web.token(channels=("#X",))
    robot = web.world.connect_json()
    robot.ok(op="login", account="robot", password="sesame")
    robot.ok(op="hello", nick="robot")
    for channel in ("#x", "#y"):
        robot.ok(op="join", channel=channel)
    stream = Stream(web, secret)
    (hello,) = stream.events()
    assert hello["channels"] == ["#x"]
    alice, bob = web.world.irc("alice"), web.world.irc("bob")
    alice.send("JOIN #y", "PRIVMSG #y :no", "PRIVMSG robot :no", "TOPIC #y :no", "AWAY :no", "NICK alise")
    bob.send("JOIN #x", "PRIVMSG #x :yes", "AWAY :yes", "NICK bobby", "PART #x", "JOIN #x", "QUIT")
    alice.send("QUIT")
    robot.ok(op="join", channel="#z")
    robot.ok(op="part", channel="#x")
    assert [each["event"] for each in stream.events()] == [
        "join", "message", "away", "nick", "part", "join", "quit", "part",
    ]  # fmt: skip


def test_messages_between_people_are_a_scope_of_their_own(web: Web) -> None:
    everything = web.token()
    stream = Stream(web, everything, "?channels=@")
    stream.events()
    alice = web.world.irc("alice")
    web.ok(everything, "join", channel="#x")
    alice.send("JOIN #x", "PRIVMSG #x :no", "PRIVMSG robot :yes")
    assert [each["text"] for each in stream.events()] == ["yes"]


def test_a_stream_may_be_for_less_than_its_token_and_not_for_more(web: Web) -> None:
    secret = web.token(channels=("#x", "#y"))
    for name in ("#x", "#y"):
        web.ok(secret, "join", channel=name)
    narrow = Stream(web, secret, "?channels=%23X")
    narrow.events()
    alice = web.world.irc("alice")
    alice.send("JOIN #x", "JOIN #y", "PRIVMSG #x :yes", "PRIVMSG #y :no")
    assert [each["event"] for each in narrow.events()] == ["join", "message"]
    for channels, status in (("%23z", 403), ("%23x,%23z", 403), ("@", 403), ("x", 422)):
        reply = web.ask("GET", f"/api/v1/events?channels={channels}", authorization=f"Bearer {secret}")
        assert reply.status == status, channels


def test_streams_of_the_same_reach_share_their_bytes(web: Web) -> None:
    first, second = web.token(channels=("#x",)), web.token(name="other", channels=("#X",))
    one, two, three = Stream(web, first), Stream(web, second), Stream(web, web.token(name="all"))
    renderers = [stream.delivered_as for stream in web.api.streams.open_streams]
    assert renderers[0] is renderers[1]
    assert renderers[2] is not renderers[0]
    for stream in (one, two, three):
        stream.vanish()
    del renderers
    assert not web.world.realm.sessions


def test_a_token_without_the_verb_has_no_stream(web: Web) -> None:
    secret = web.token(verbs=("send",))
    reply = web.ask("GET", "/api/v1/events", authorization=f"Bearer {secret}")
    assert (reply.status, reply.json["code"]) == (403, "out_of_scope")


def test_without_a_token_there_is_none(web: Web) -> None:
    assert web.ask("GET", "/api/v1/events").status == 401


def test_a_comment_comes_every_quarter_of_a_minute(web: Web) -> None:
    stream = Stream(web, web.token())
    stream.texts()
    web.world.pass_time(46)
    assert stream.texts() == [":"] * 3


def test_it_ends_when_the_token_is_revoked(web: Web) -> None:
    secret = web.token()
    stream = Stream(web, secret)
    stream.events()
    web.world.node.submit(None, RevokeToken("ci", "robot"))
    (bye,) = stream.events()
    assert bye["event"] == "bye"
    assert web.world.realm.user("robot") is None


def test_it_ends_when_the_time_of_the_token_is_over(web: Web) -> None:
    stream = Stream(web, web.token(expires_in=20))
    stream.events()
    web.world.pass_time(31)
    assert [each["event"] for each in stream.events()] == ["bye"]


def test_it_ends_with_the_server(web: Web) -> None:
    stream = Stream(web, web.token())
    stream.events()
    web.api.stop("Server is stopping")
    (bye,) = stream.events()
    assert (bye["event"], bye["reason"]) == ("bye", "Server is stopping")


def test_who_reads_too_slowly_is_cut_off_at_the_limit_and_nobody_else_notices(make_world: MakeWorld) -> None:
    web = Web(make_world(limits=LineLimits(flood_rate=None, send_queue=5000)))
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    slow, quick = Stream(web, secret), Stream(web, secret)
    quick.events()
    slow.transport.reading = False
    alice = web.world.irc("alice")
    alice.send("JOIN #x")
    for number in range(5):
        alice.send(f"PRIVMSG #x :{number}{'x' * 300}")
    assert not slow.transport.gone
    for _ in range(20):
        alice.send(f"PRIVMSG #x :{'x' * 300}")
    assert slow.transport.gone
    assert len(quick.events()) == 26
    assert len(web.api.streams.open_streams) == 1


def test_who_reads_too_slowly_is_told_so_once_before(make_world: MakeWorld) -> None:
    web = Web(make_world(limits=LineLimits(flood_rate=None, send_queue=5000)))
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    stream = Stream(web, secret)
    stream.events()
    alice = web.world.irc("alice")
    alice.send("JOIN #x")
    for _ in range(2):
        stream.transport.reading = False
        for _ in range(8):
            alice.send(f"PRIVMSG #x :{'x' * 300}")
        stream.transport.read_on()
        (slow,) = [each for each in stream.events() if each["event"] == "slow"]
        assert 2500 < slow["queued"] <= slow["limit"] == 5000


def test_who_reads_again_in_time_gets_everything_in_order(web: Web) -> None:
    secret = web.token()
    web.ok(secret, "join", channel="#x")
    stream = Stream(web, secret)
    stream.events()
    stream.transport.reading = False
    alice = web.world.irc("alice")
    alice.send("JOIN #x", *(f"PRIVMSG #x :{number}" for number in range(50)))
    assert len(stream.events()) == 0
    stream.transport.read_on()
    alice.send("PRIVMSG #x :50")
    assert [each.get("text") for each in stream.events()] == [None, *map(str, range(51))]


def test_a_client_that_has_gone_before_it_was_let_in_leaves_nothing(
    web: Web, failures: Callable[[], int]
) -> None:
    secret = web.token()
    connection = Connection(web)
    connection.send("GET", "/api/v1/events", authorization=f"Bearer {secret}")
    connection.vanish()
    assert web.world.realm.user("robot") is None
    assert not web.api.streams.open_streams
    assert not failures()


def test_no_more_than_so_many_at_once(web: Web) -> None:
    secret = web.token()
    most = web.world.realm.settings.sessions_per_user
    streams = [Stream(web, secret) for _ in range(most)]
    reply = web.ask("GET", "/api/v1/events", authorization=f"Bearer {secret}")
    assert (reply.status, reply.json["code"]) == (429, "too_many_sessions")
    streams[0].vanish()
    Stream(web, secret)


def talk(web: Web) -> tuple[str, Client]:
    """A token whose user stays in #x, whoever listens to what alice says there."""
    secret = web.token()
    robot = web.world.connect_json()
    robot.ok(op="login", account="robot", password="sesame")
    robot.ok(op="hello", nick="robot")
    robot.ok(op="join", channel="#x")
    alice = web.world.irc("alice")
    alice.send("JOIN #x")
    return secret, alice


def test_who_goes_on_behind_an_event_is_told_what_came_since_and_then_what_comes(web: Web) -> None:
    secret, alice = talk(web)
    stream = Stream(web, secret)
    alice.send("PRIVMSG #x :one")
    last = stream.events()[-1]["msgid"]
    stream.vanish()
    alice.send("PRIVMSG #x :two", "PRIVMSG robot :three")
    web.ok(secret, "part", channel="#x")
    alice.send("PRIVMSG #x :unheard")
    web.ok(secret, "join", channel="#x")
    alice.send("PRIVMSG #x :four")
    again = Stream(web, secret, after=last)
    alice.send("PRIVMSG #x :five")
    told = again.events()
    assert [each.get("text", each["event"]) for each in told] == [
        "hello", "two", "three", "part", "join", "four", "five",
    ]  # fmt: skip
    assert [each["nick"] for each in told[4]["members"]] == ["alice", "robot"]


def test_nothing_is_missed_or_told_twice_however_often_it_is_cut(web: Web) -> None:
    secret, alice = talk(web)
    heard: list[str] = []
    last = None
    said = 0
    for _ in range(12):
        stream = Stream(web, secret, after=last)
        for _ in range(3):
            alice.send(f"PRIVMSG #x :{said}")
            said += 1
        for each in stream.events():
            if "text" in each:
                heard.append(each["text"])
            last = each.get("msgid", last)
        stream.vanish()
        alice.send(f"PRIVMSG #x :{said}")
        said += 1
    assert heard == [str(number) for number in range(said - 1)]


def test_what_happens_while_much_is_told_again_comes_behind_it(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MISSED_A_TURN", 20)
    secret, alice = talk(web)
    stream = Stream(web, secret)
    (hello,) = stream.events()
    alice.send("PRIVMSG #x :first")
    (first,) = stream.events()
    stream.vanish()
    alice.send(*(f"PRIVMSG #x :{number}" for number in range(150)))
    connection = Stream(web, secret, after=first["msgid"], settled=False)
    connection.transport.reading = False
    alice.send("PRIVMSG #x :150")
    connection.transport.read_on()
    alice.send("PRIVMSG #x :151")
    assert hello["event"] == "hello"
    told = connection.events()
    assert [each.get("text") for each in told] == [None, *map(str, range(152))]


def test_a_scope_holds_for_what_was_missed(web: Web) -> None:
    secret, alice = talk(web)
    stream = Stream(web, secret)
    alice.send("PRIVMSG robot :before")
    last = stream.events()[-1]["msgid"]
    alice.send("PRIVMSG robot :private", "PRIVMSG #x :public")
    narrow = Stream(web, secret, "?channels=%23x", after=last)
    assert [each.get("text") for each in narrow.events()] == [None, "public"]


@pytest.mark.parametrize("after", ["nonsense", "0000000000000000", "0000010000000001", "ffff000000000000"])
def test_who_asks_to_go_on_is_told_of_a_gap_where_that_cannot_be(web: Web, after: str) -> None:
    secret, alice = talk(web)
    stream = Stream(web, secret, after=after)
    hello, gap = stream.events()
    assert (hello["event"], gap["event"], gap["since"]) == ("hello", "gap", after)
    alice.send("PRIVMSG #x :on")
    assert [each["text"] for each in stream.events()] == ["on"]


def test_what_was_long_ago_is_a_gap_up_to_what_is_known(make_world: MakeWorld) -> None:
    web = Web(make_world(api=APISettings(resume_events=10)))
    secret, alice = talk(web)
    stream = Stream(web, secret)
    alice.send("PRIVMSG #x :one")
    last = stream.events()[-1]["msgid"]
    stream.vanish()
    for number in range(30):
        alice.send(f"PRIVMSG #x :{number}")
    _hello, gap, *told = Stream(web, secret, after=last).events()
    assert (gap["event"], gap["since"], gap["until"]) == ("gap", last, told[0]["msgid"])
    assert [each["text"] for each in told][-3:] == ["27", "28", "29"]
