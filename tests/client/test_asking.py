"""What a client asks, and what it knows of itself by the answers and by what happens to it."""

from __future__ import annotations

import pytest
from twisted.internet.defer import CancelledError, Deferred

from chatdaemon.client import Client, Disconnected, Refused, TimedOut
from chatdaemon.client.heartbeat import SILENCE
from chatdaemon.client.session import FIRST_DELAY, LONGEST_DELAY, MOST_WAITING
from chatdaemon.realm.requests import RevokeToken
from tests.client.scene import Server, result_of


def started(server: Server, nick: str = "bot") -> Client:
    client = server.client(nick)
    server.do(client.start())
    return client


def test_it_can_be_started_once(server: Server) -> None:
    client = started(server)
    with pytest.raises(RuntimeError):
        server.do(client.start())


def test_it_knows_what_it_is_called(server: Server) -> None:
    client = started(server)
    server.do(client.ask("nick", nick="robot"))
    assert client.nick == "robot"
    server.do(client.ask("realname", realname="A robot"))
    assert client.user["realname"] == "A robot"


def test_it_knows_its_account(server: Server) -> None:
    server.world.account("bot", "sesame")
    client = started(server, "somebody")
    assert "account" not in client.user
    server.do(client.ask("login", account="bot", password="sesame"))
    assert client.user["account"] == "bot"
    server.do(client.ask("logout"))
    assert "account" not in client.user


def test_it_learns_what_another_client_of_its_account_does(server: Server) -> None:
    server.world.account("bot", "sesame")
    one, other = (server.client(account="bot", password="sesame") for _ in range(2))
    server.do(one.start())
    server.do(other.start())
    server.do(other.join("#tea"))
    assert list(one.channels) == ["#tea"]
    server.do(other.part("#tea"))
    assert list(one.channels) == []


def test_it_knows_where_it_is(server: Server) -> None:
    alice = server.world.irc("alice")
    alice.send("JOIN #tea")
    client = started(server)
    server.do(client.join("#tea"))
    server.do(client.join("#TEA"))
    server.do(client.join("#coffee"))
    assert list(client.channels) == ["#tea", "#coffee"]
    alice.send("KICK #tea bot :out")
    assert list(client.channels) == ["#coffee"]
    server.do(client.ask("kick", channel="#coffee", nick="bot"))
    assert list(client.channels) == []


def test_a_channel_that_is_renamed_is_the_same(server: Server) -> None:
    server.world.account("alice", "sesame")
    owner, client = server.client(account="alice", password="sesame"), started(server)
    server.do(owner.start())
    server.do(owner.join("#tea"))
    server.do(owner.ask("channel_register", channel="#tea"))
    server.do(client.join("#tea"))
    server.do(owner.ask("channel_rename", channel="#tea", name="#coffee"))
    assert client.channels == owner.channels == ("#coffee",)


def test_what_is_not_answered_in_time_is_said(server: Server) -> None:
    client = server.client("bot", timeout=5)
    server.do(client.start())
    server.wires[-1].far.paused = True
    patient = server.begin(client.ask("list", timeout=20))
    hasty = server.begin(client.send("bot", "hello"))
    server.wait(6)
    with pytest.raises(TimedOut, match="5 seconds"):
        result_of(hasty)
    assert not patient.called
    server.wires[-1].far.resumeProducing()
    server.world.settle()
    assert result_of(patient)["channels"] == []
    # Its time was not over.
    server.wait(20)


def test_who_does_not_want_an_answer_any_more_cancels_it(server: Server) -> None:
    alice = server.world.irc("alice")
    client = started(server)
    server.down = True
    server.cut()
    unwanted = server.begin(client.send("alice", "one"))
    unwanted.cancel()
    with pytest.raises(CancelledError):
        result_of(unwanted)
    server.down = False
    server.wait(1, 1, 1)
    assert client.connected
    assert alice.read() == []


def test_what_is_too_long_for_the_server_is_said_and_nothing_else_suffers(server: Server) -> None:
    client = started(server)
    with pytest.raises(Refused) as caught:
        server.do(client.send("bot", "x" * 100_000))
    assert caught.value.code == "line_too_long"
    assert server.do(client.send("bot", "short"))["msgid"]
    assert len(server.wires) == 1


def test_what_is_too_long_is_found_out_when_the_server_is_there(server: Server) -> None:
    client = server.client("bot")
    sent = Deferred.fromCoroutine(client.send("bot", "x" * 100_000))
    server.do(client.start())
    with pytest.raises(Refused):
        result_of(sent)


def test_what_cannot_be_said_is_an_error_of_the_caller(server: Server) -> None:
    client = started(server)
    with pytest.raises((ValueError, TypeError)):
        server.do(client.send("bot", "\ud800"))
    with pytest.raises((ValueError, TypeError)):
        server.do(client.ask("send", target=object()))
    server.cut()
    server.wait(FIRST_DELAY, FIRST_DELAY)
    assert server.do(client.send("bot", "still here"))["msgid"]


def test_an_answer_behind_more_events_than_are_kept_is_read(server: Server) -> None:
    client = started(server)
    for number in range(MOST_WAITING):
        client._session._happened({"event": "message", "text": str(number)})
    assert server.wires[-1].near.paused
    assert server.do(client.send("bot", "anybody?"))["msgid"]
    # Nothing is waited for any more.
    assert server.wires[-1].near.paused


def test_one_that_does_not_read_stays_connected(server: Server) -> None:
    client = started(server)
    for number in range(MOST_WAITING):
        client._session._happened({"event": "message", "text": str(number)})
    server.wait(*[SILENCE / 4] * 40)
    assert len(server.wires) == 1
    assert not server.wires[-1].far.gone
    server.do(client.stop())
    assert "bot" not in server.world.realm.nicks


def test_a_token_that_is_good_no_longer_ends_it(server: Server) -> None:
    server.world.account("bot", "sesame")
    owner = server.client(account="bot", password="sesame")
    server.do(owner.start())
    token = server.do(owner.ask("token_create", name="desk", verbs=["*", "events"]))["secret"]
    server.do(owner.stop())
    client = server.client(token=token)
    server.do(client.start())
    assert client.user["account"] == "bot"
    coming = server.begin(_all(client))
    server.world.node.submit(None, RevokeToken("desk", "bot"))
    server.world.settle()
    server.wait(FIRST_DELAY, FIRST_DELAY)
    assert len(server.wires) == 3
    with pytest.raises(Refused) as caught:
        result_of(coming)
    assert caught.value.code == "bad_token"
    with pytest.raises(Refused):
        server.do(client.send("bot", "hello"))


async def _all(client: Client) -> None:
    async for _ in client:
        pass


def test_who_stops_while_it_says_hello_is_not_there(server: Server) -> None:
    client = server.client("bot")
    starting = Deferred.fromCoroutine(client.start())
    server.do(client.stop())
    with pytest.raises(Disconnected, match="stopped"):
        result_of(starting)
    assert "bot" not in server.world.realm.nicks


def test_who_stops_while_it_waits_to_come_back_does_not(server: Server) -> None:
    client = started(server)
    server.down = True
    server.cut()
    server.do(client.stop())
    server.down = False
    server.wait(LONGEST_DELAY)
    assert len(server.wires) == 1
