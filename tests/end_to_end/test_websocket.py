"""A real daemon and a real WebSocket library: every subprotocol, TLS, compression, and clients that misbehave."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import msgpack
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from chatdaemon.wire.frames import framed, unpacked
from tests.end_to_end.daemon import PATIENCE, Client, Daemon, trusting
from tests.protocols.websocket.browser import handshake
from tests.protocols.websocket.scene import PING, TEXT, sent

CONFIG = """[listener irc]
endpoint = tcp:0:interface=127.0.0.1:backlog=50
[listener web]
protocol = web
endpoint = tcp:0:interface=127.0.0.1:backlog=51
[listener webs]
protocol = web
endpoint = tcp:0:interface=127.0.0.1:backlog=52
tls = yes
[listener binary]
protocol = binary
endpoint = tcp:0:interface=127.0.0.1:backlog=53
[listener binarys]
protocol = binary
endpoint = tcp:0:interface=127.0.0.1:backlog=54
tls = yes
[limits]
flood-rate = off
send-queue = 200k
connections-per-address = off
connection-rate = off
"""
SUBPROTOCOLS = ["text.ircv3.net", "binary.ircv3.net", "json.chatdaemon", "binary.chatdaemon"]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("websocket"), CONFIG) as daemon:
        yield daemon
        assert daemon.complaints() == []


def opened(daemon: Daemon, subprotocol: str, *, tls: bool = False, compress: bool = True) -> ClientConnection:
    """A connection that has shaken hands; the daemon outlives none of them."""
    connecting = connect(
        f"{'wss' if tls else 'ws'}://localhost:{daemon.port('webs' if tls else 'web')}/ws",
        ssl=trusting() if tls else None,
        subprotocols=[Subprotocol(subprotocol)],
        compression="deflate" if compress else None,
        open_timeout=PATIENCE,
        proxy=None,
    )
    return connecting.__enter__()


class Speaker:
    """Somebody in #hall, whatever is spoken."""

    def __init__(self, connection: ClientConnection, nick: str) -> None:
        self.connection = connection
        self.api = not str(connection.subprotocol).endswith("ircv3.net")
        self.bytes = str(connection.subprotocol).startswith("binary")
        if self.api:
            self.op(id=1, op="hello", nick=nick)
            self.op(id=2, op="join", channel="#hall")
            while self._next().get("id") != 2:
                pass
        else:
            for line in (f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP REQ message-tags", "JOIN #hall"):
                self._send(line)
            while " 366 " not in self._next()["line"]:
                pass

    def say(self, text: str) -> None:
        if self.api:
            self.op(op="send", target="#hall", text=text)
        else:
            self._send(f"PRIVMSG #hall :{text}")

    def op(self, **op: Any) -> None:
        if self.bytes:
            self.connection.send(framed(msgpack.encode(op))[4:])
        else:
            self.connection.send(json.dumps(op))

    def hear(self) -> tuple[str, str]:
        """The next message in the channel, and its id."""
        while True:
            found = self._next()
            if found.get("event") == "message":
                return found["text"], found["msgid"]
            line = found.get("line", "")
            if " PRIVMSG #hall :" in line:
                return line.partition(" PRIVMSG #hall :")[2], line.partition("msgid=")[2].split(" ")[0].split(
                    ";"
                )[0]

    def _send(self, line: str) -> None:
        self.connection.send(line.encode() if self.bytes else line)

    def _next(self) -> dict[str, Any]:
        message = self.connection.recv(PATIENCE)
        assert isinstance(message, bytes) == self.bytes
        if self.api:
            data = unpacked(cast(bytes, message), 1 << 20) if self.bytes else message
            return cast(
                "dict[str, Any]", msgpack.decode(cast(bytes, data)) if self.bytes else json.loads(data)
            )
        return {"line": message.decode() if isinstance(message, bytes) else message}


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "deflate"])
def test_all_of_them_talk_in_one_channel(daemon: Daemon, tls: bool, compress: bool) -> None:
    irc = Client.registered(daemon.port("irc"), "irene", "#hall")
    speakers = []
    for number, subprotocol in enumerate(SUBPROTOCOLS):
        connection = opened(daemon, subprotocol, tls=tls, compress=compress)
        assert connection.subprotocol == subprotocol
        assert bool(connection.protocol.extensions) == compress
        speakers.append(Speaker(connection, f"user{number}"))
    for text in ("hi", "häßlich ✓", "long " * 80 + "end"):
        irc.send(f"PRIVMSG #hall :{text}")
        heard = [speaker.hear() for speaker in speakers]
        assert [said for said, _ in heard] == [text] * 4
        assert len({msgid for _, msgid in heard}) == 1
    for number, speaker in enumerate(speakers):
        speaker.say(f"from {number}")
        irc.expect(f" PRIVMSG #hall :from {number}")
        for other in speakers:
            if other is not speaker:
                assert other.hear()[0] == f"from {number}"
    for speaker in speakers:
        assert speaker.connection.ping().wait(PATIENCE)
        speaker.connection.close()
        assert speaker.connection.close_code == 1000
        irc.expect(" QUIT ")
    irc.send("QUIT")
    irc.rest()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_binary_frames_over_a_stream(daemon: Daemon, tls: bool) -> None:
    client = Client(daemon.port("binarys" if tls else "binary"), tls=tls)
    client.send_bytes(b"CHD1" + framed(msgpack.encode({"id": 1, "op": "hello", "nick": "bina"})))
    head = (
        client.socket.recv(5, socket.MSG_WAITALL)
        if not tls
        else b"".join(client.socket.recv(1) for _ in range(5))
    )
    length, flags = struct.unpack(">IB", head)
    payload = b""
    while len(payload) < length - 1:
        payload += client.socket.recv(length - 1 - len(payload))
    assert msgpack.decode(unpacked(bytes([flags]) + payload, 1 << 20))["ok"]["user"]["nick"] == "bina"
    client.socket.close()


def test_what_is_not_spoken_is_refused(daemon: Daemon) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(daemon, "mqtt")
    assert refused.value.response.status_code == 400


def rest(connection: ClientConnection) -> tuple[list[str | bytes], int | None]:
    """All that comes, and the code of the Close frame behind it."""
    said: list[str | bytes] = []
    try:
        while True:
            said.append(connection.recv(PATIENCE))
    except ConnectionClosed as over:
        return said, over.rcvd.code if over.rcvd is not None else None


def test_the_last_words_come_before_the_end(daemon: Daemon) -> None:
    connection = opened(daemon, "text.ircv3.net")
    Speaker(connection, "parting")
    connection.send("QUIT :bye")
    said, code = rest(connection)
    assert str(said[-1]).startswith("ERROR :Closing Link")
    assert code == 1000


def raw(daemon: Daemon, *lines: str, receive_buffer: int | None = None) -> socket.socket:
    """A socket that has shaken hands, and says these lines of IRC."""
    sock = socket.socket()
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE)
    sock.connect(("127.0.0.1", daemon.port("web")))
    request = handshake("text.ircv3.net", host=f"localhost:{daemon.port('web')}")
    # What comes behind the request in one piece is the session's.
    sock.sendall(request + b"".join(sent(TEXT, line.encode()) for line in lines))
    return sock


def until_closed(sock: socket.socket) -> bytes:
    data = b""
    try:
        while chunk := sock.recv(65536):
            data += chunk
    except ConnectionError:
        pass
    return data


def is_cut(sock: socket.socket, data: bytes) -> bool:
    """Send the same again and again, and read nothing, until the connection is cut."""
    sock.settimeout(0.2)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            sock.sendall(data)
        except TimeoutError:
            pass
        except ConnectionError:
            return True
    return False


def test_what_comes_with_the_handshake_is_heard(daemon: Daemon) -> None:
    with raw(daemon, "NICK eager", "USER e 0 * :e", "QUIT") as sock:
        said = b""
        while b"Closing Link" not in said:
            said += sock.recv(65536)
    assert said.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b" 001 eager " in said


def test_who_misbehaves_disturbs_nobody(daemon: Daemon) -> None:
    """Half-closed, reset amid a frame, a frame a byte at a time, lengths beyond measure, no reader."""
    calm = Speaker(opened(daemon, "json.chatdaemon"), "calm")
    irc = Client.registered(daemon.port("irc"), "quiet", "#hall")
    hello = ("NICK rude", "USER r 0 * :r", "JOIN #hall")
    with raw(daemon, *hello) as half:
        irc.expect(" JOIN ")
        half.shutdown(socket.SHUT_WR)
        assert b"Closing Link" in until_closed(half)
    irc.expect(" QUIT ")
    for cut in (1, 3, 10):
        sock = raw(daemon, *hello)
        irc.expect(" JOIN ")
        sock.sendall(sent(TEXT, b"PRIVMSG #hall :never")[:cut])
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        irc.expect(" QUIT ")
    with raw(daemon, *hello) as slow:
        irc.expect(" JOIN ")
        for byte in sent(TEXT, b"PRIVMSG #hall :byte by byte"):
            slow.sendall(bytes([byte]))
        irc.expect("byte by byte")
        assert calm.hear()[0] == "byte by byte"
        slow.sendall(struct.pack("!BBQ", 0x81, 0xFF, 1 << 40))
        assert struct.pack("!H", 1009) in until_closed(slow)
    irc.expect(" QUIT ")
    with raw(daemon, *hello, receive_buffer=4096) as deaf:
        irc.expect(" JOIN ")
        assert is_cut(deaf, sent(PING, b"x" * 125) * 500)
    assert "Send queue exceeded" in irc.expect(" QUIT ")
    irc.send("PRIVMSG #hall :still here")
    assert calm.hear()[0] == "still here"
    calm.connection.close()
    irc.send("QUIT")
    irc.rest()
    assert daemon.complaints() == []


def test_a_server_that_ends_says_that_it_goes_away(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as daemon:
        speakers = [Speaker(opened(daemon, name), f"user{n}") for n, name in enumerate(SUBPROTOCOLS)]
        dead = raw(daemon, "NICK dead", "USER d 0 * :d")
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 10
        for speaker in speakers:
            assert rest(speaker.connection)[1] == 1001
        dead.close()
        assert daemon.complaints() == []
