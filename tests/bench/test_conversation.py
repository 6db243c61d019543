"""The checks that every recipient gets every line once and in order must themselves be able to fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.conversation import Conversation, Listener
from bench.driver import Client
from bench.figure import BenchError

PREFIX = b":sender!sender@127.0.0.1 "


class FakeClient(Client):
    """A client with no socket, that remembers what is sent."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data


def conversation(lines: int) -> tuple[Conversation, list[bytes]]:
    talk = Conversation(FakeClient("sender"), "#c", text_bytes=20, prefix=PREFIX)
    talk.say(lines)
    return talk, bytes(talk.expected).splitlines(keepends=True)


def listener(talk: Conversation, *leavers: str) -> Listener:
    heard = Listener(talk, frozenset(leavers))
    heard.at = 0
    return heard


def hear(heard: Listener, *pieces: bytes) -> FakeClient:
    client = FakeClient("member")
    for piece in pieces:
        heard.feed(client, memoryview(piece))
    return client


def test_lines_are_numbered_and_as_long_as_said() -> None:
    talk, lines = conversation(2)
    start = PREFIX + b"PRIVMSG #c :"
    assert [line.removeprefix(start)[:8] for line in lines] == [b"00000000", b"00000001"]
    assert {len(line) for line in lines} == {talk.line_bytes}
    assert talk.said == 2


def test_a_sender_to_a_server_that_knows_irc_sends_no_prefix() -> None:
    sender = FakeClient("sender")
    talk = Conversation(sender, "#c", text_bytes=12)
    talk.say()
    assert sender.sent == b"PRIVMSG #c :00000000 the\r\n"
    talk.learn(PREFIX + sender.sent)
    talk.say(2)
    assert talk.expected == b"".join(PREFIX + line for line in sender.sent.splitlines(keepends=True))


def test_a_probe_from_somebody_else_is_refused() -> None:
    talk = Conversation(FakeClient("sender"), "#c")
    with pytest.raises(BenchError):
        talk.learn(b":other!o@h PRIVMSG #c :00000000 the quick\r\n")


def test_a_listener_begins_where_the_conversation_is() -> None:
    talk, _ = conversation(2)
    heard = Listener(talk)
    assert heard.complete
    talk.say()
    assert not heard.complete


def test_everything_in_order_completes() -> None:
    talk, lines = conversation(3)
    heard = listener(talk)
    hear(heard, *lines)
    assert heard.complete


@pytest.mark.parametrize("order", [[1], [0, 2], [0, 0], [1, 0, 2], [0, 1, 1, 2], [0, 1, 2, 2]])
def test_a_line_lost_doubled_or_out_of_order_is_an_error(order: list[int]) -> None:
    talk, lines = conversation(3)
    with pytest.raises(BenchError):
        hear(listener(talk), *(lines[number] for number in order))


def test_a_foreign_line_is_an_error() -> None:
    talk, lines = conversation(2)
    with pytest.raises(BenchError, match="NOTICE"):
        hear(listener(talk), lines[0], b":server NOTICE member :hello\r\n")


def test_a_quit_of_somebody_who_should_stay_is_an_error() -> None:
    talk, lines = conversation(1)
    with pytest.raises(BenchError):
        hear(listener(talk, "slow"), b":quick!q@h QUIT :bye\r\n", *lines)


@given(st.lists(st.integers(1, 60), max_size=40))
def test_strays_are_told_from_the_conversation_in_any_chunking(cuts: list[int]) -> None:
    talk, lines = conversation(4)
    strays = [b"PING :one\r\n", b":server PING :two\r\n", b":slow!s@h QUIT :Sendq exceeded\r\n"]
    stream = b"".join(
        [
            lines[0],
            strays[0],
            lines[1],
            strays[1],
            strays[2],
            lines[2],
            lines[3],
            b":server PONG server :end\r\n",
        ]
    )
    pieces = []
    for cut in cuts:
        pieces.append(stream[:cut])
        stream = stream[cut:]
    heard = listener(talk, "slow")
    client = hear(heard, *(piece for piece in [*pieces, stream] if piece))
    assert heard.complete
    assert heard.gone == ["slow"]
    assert heard.settled
    assert client.sent == b"PONG :one\r\nPONG :two\r\n"


def test_the_end_of_the_connection_is_an_error() -> None:
    talk, _ = conversation(1)
    with pytest.raises(BenchError, match="closed"):
        listener(talk).ended(FakeClient("member"))
