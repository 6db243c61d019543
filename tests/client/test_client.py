"""A client of ours: it asks, hears, comes back, and says nothing twice."""

from __future__ import annotations

import pytest

from chatdaemon.client import Client, Disconnected, Refused
from chatdaemon.client.heartbeat import GRACE, SILENCE
from chatdaemon.client.session import FIRST_DELAY, MOST_WAITING
from tests.client.scene import Server, result_of


def started(server: Server, nick: str = "bot") -> Client:
    client = server.client(nick)
    server.do(client.start())
    return client


def test_a_client_is_who_it_says(server: Server) -> None:
    client = started(server)
    assert client.nick == "bot"
    assert client.hello["network"] == "ChatNet"


def test_what_it_sends_is_heard_on_irc(server: Server) -> None:
    alice = server.world.irc("alice")
    alice.send("JOIN #tea")
    client = started(server)
    joined = server.do(client.join("#tea"))
    assert [member["nick"] for member in joined["members"]] == ["alice", "bot"]
    alice.read()
    sent = server.do(client.send("#tea", "hello"))
    assert alice.read() == [":bot!bot@192.0.2.9 PRIVMSG #tea :hello"]
    assert set(sent) >= {"msgid", "time"}


def test_it_hears_what_others_do(server: Server) -> None:
    client = started(server)
    server.do(client.join("#tea"))
    alice = server.world.irc("alice")
    alice.send("JOIN #tea", "PRIVMSG #tea :hello")
    joined = server.do(client.__anext__())
    said = server.do(client.__anext__())
    assert (joined["event"], joined["from"]["nick"]) == ("join", "alice")
    assert (said["event"], said["text"]) == ("message", "hello")


def test_who_waits_for_an_event_gets_the_next(server: Server) -> None:
    client = started(server)
    waiting = server.begin(client.__anext__())
    server.world.irc("alice").send("PRIVMSG bot :hello")
    assert result_of(waiting)["text"] == "hello"


def test_only_one_can_read_the_events(server: Server) -> None:
    client = started(server)
    server.begin(client.__anext__()).addErrback(lambda _: None)
    with pytest.raises(RuntimeError):
        server.do(client.__anext__())


def test_a_refusal_has_a_code(server: Server) -> None:
    client = started(server)
    with pytest.raises(Refused, match="tea") as caught:
        server.do(client.send("#tea", "hello"))
    assert caught.value.code == "no_such_target"


def test_a_hello_that_is_refused_ends_it(server: Server) -> None:
    server.world.irc("bot")
    client = server.client("bot")
    with pytest.raises(Refused) as caught:
        server.do(client.start())
    assert caught.value.code == "nick_in_use"
    with pytest.raises(Refused):
        server.do(client.ask("ping"))


def test_nobody_there_is_said_at_once(server: Server) -> None:
    server.down = True
    with pytest.raises(Disconnected):
        server.do(server.client("bot").start())


def test_it_logs_in_before_it_says_hello(server: Server) -> None:
    server.world.account("bot", "a long password")
    client = server.client(account="bot", password="a long password", device="desk")
    server.do(client.start())
    assert client.user["account"] == "bot"


def test_a_wrong_password_ends_it(server: Server) -> None:
    server.world.account("bot", "a long password")
    with pytest.raises(Refused) as caught:
        server.do(server.client(account="bot", password="wrong").start())
    assert caught.value.code == "login_failed"


def test_it_comes_back_and_into_its_channels(server: Server) -> None:
    client = started(server)
    server.do(client.join("#tea"))
    server.cut()
    server.world.clock.advance(FIRST_DELAY)
    server.world.settle()
    assert len(server.wires) == 2
    alice = server.world.irc("alice")
    alice.send("JOIN #tea")
    assert "bot" in alice.read()[-2]
    names = [server.do(client.__anext__())["event"] for _ in range(2)]
    assert names == ["disconnected", "connected"]


def test_what_was_sent_meanwhile_is_sent_when_it_is_back(server: Server) -> None:
    alice = server.world.irc("alice")
    client = started(server)
    server.down = True
    server.cut()
    sent = [server.begin(client.send("alice", text)) for text in ("one", "two")]
    server.down = False
    for _ in range(3):
        server.world.clock.advance(FIRST_DELAY)
        server.world.settle()
    assert [line.partition(" :")[2] for line in alice.read()] == ["one", "two"]
    assert all(result_of(each)["msgid"] for each in sent)


def test_what_may_have_been_done_is_not_asked_twice(server: Server) -> None:
    client = started(server)
    server.wires[-1].whole = False  # the answer never comes
    answer = server.begin(client.ask("nick", nick="robot"))
    server.wires[-1].whole = True
    server.cut()
    with pytest.raises(Disconnected):
        result_of(answer)


def test_a_silent_server_is_given_up(server: Server) -> None:
    client = started(server)
    server.wires[-1].whole = False  # nothing arrives any more, and nobody is told
    for seconds in (SILENCE, GRACE, FIRST_DELAY):
        server.world.clock.advance(seconds)
        server.world.settle()
    assert len(server.wires) == 2
    assert server.do(client.__anext__())["event"] == "disconnected"


def test_pings_are_answered(server: Server) -> None:
    started(server)
    for _ in range(6):
        server.world.clock.advance(60)
        server.world.settle()
    assert len(server.wires) == 1


def test_it_reads_no_more_than_it_can_keep(server: Server) -> None:
    client = started(server)
    for number in range(MOST_WAITING):
        client._session._happened({"event": "message", "text": str(number)})
    assert server.wires[-1].near.paused
    for number in range(MOST_WAITING):
        assert server.do(client.__anext__())["text"] == str(number)
    assert not server.wires[-1].near.paused


def test_who_stops_says_goodbye(server: Server) -> None:
    alice = server.world.irc("alice")
    client = started(server)
    server.do(client.join("#tea"))
    alice.send("JOIN #tea")
    alice.read()
    assert server.do(client.__anext__())["event"] == "join"
    waiting = server.begin(client.__anext__())
    server.do(client.stop("Enough"))
    with pytest.raises(StopAsyncIteration):
        result_of(waiting)
    server.world.settle()
    assert alice.read() == [":bot!bot@192.0.2.9 QUIT :Quit: Enough"]
    with pytest.raises(Disconnected):
        server.do(client.send("#tea", "late"))


def test_a_format_that_there_is_not_is_said(server: Server) -> None:
    with pytest.raises(ValueError, match="format"):
        server.client("bot", protocol="morse")
