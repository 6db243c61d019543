"""Every way in which a connection ends, and every way to be a nuisance, while two calm people talk.

One daemon serves them all. Whatever happens, what the two say arrives once and in order, and at the end the
log holds nothing that is ours to answer for, and the memory has come back.
"""

from __future__ import annotations

import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.end_to_end.daemon import PATIENCE, Client, Daemon, trusting

CONFIG = """
[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[listener ircs]
endpoint = tcp:port=0:interface=127.0.0.1
tls = yes
[listener json]
protocol = json
endpoint = tcp:0:127.0.0.1
[limits]
flood-rate = off
registration-timeout = 3
ping-interval = 4
ping-timeout = 3
send-queue = 256K
"""
# Resident bytes that may stay behind all of it: freed memory is not all given back to the system.
KEPT = 24 << 20


class Conversation:
    """Two people who go on talking, on a thread of their own."""

    def __init__(self, daemon: Daemon) -> None:
        self._one = Client.registered(daemon.port("irc"), "carla", "#calm")
        self._two = Client.registered(daemon.port("ircs"), "colin", "#calm", tls=True)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self.said = 0
        self.error: Exception | None = None
        self._thread.start()

    def _talk(self) -> None:
        try:
            while not self._over.wait(0.05):
                for speaker, hearer in ((self._one, self._two), (self._two, self._one)):
                    self.said += 1
                    speaker.send(f"PRIVMSG #calm :{self.said}")
                    assert hearer.expect("PRIVMSG").endswith(f" PRIVMSG #calm :{self.said}")
        except Exception as error:
            self.error = error

    def end(self) -> None:
        """Stop talking; raises what went wrong."""
        self._over.set()
        self._thread.join(2 * PATIENCE)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("ending"), CONFIG) as running:
        conversation = Conversation(running)
        # What the first of everything costs is not what stays behind.
        crowd = [Client.registered(running.port("irc"), f"crowd{number}") for number in range(50)]
        for client in crowd:
            client.close()
        memory = running.memory()
        yield running
        before = conversation.said
        conversation.end()
        assert conversation.said >= before > 0
        assert running.complaints() == []
        assert running.memory() < memory + KEPT
        assert running.stop() == 0
        assert running.complaints() == []


@pytest.fixture
def witness(daemon: Daemon) -> Iterator[Client]:
    """Somebody in #hall."""
    client = Client.registered(daemon.port("irc"), "witness", "#hall")
    yield client
    client.send("QUIT")
    client.rest()
    client.close()


def quits(witness: Client, nick: str) -> str:
    """The reason with which `nick` is seen to leave, once."""
    line = witness.expect(f":{nick}!")
    while " QUIT " not in line:
        line = witness.expect(f":{nick}!")
    again = [line for line in witness.settled() if line.startswith(f":{nick}!")]
    assert again == []
    return line.partition(" QUIT :")[2]


def reset(client: Client) -> None:
    """Close with an RST."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def test_somebody_quits(daemon: Daemon, witness: Client) -> None:
    mallory = Client.registered(daemon.port("irc"), "mallory", "#hall")
    mallory.send("QUIT :see you")
    assert mallory.rest()[-1] == "ERROR :Closing Link: 127.0.0.1 (Quit: see you)"
    assert quits(witness, "mallory") == "Quit: see you"


@pytest.mark.parametrize("tls", [False, True])
def test_the_connection_is_closed(daemon: Daemon, witness: Client, tls: bool) -> None:
    mallory = Client.registered(daemon.port("ircs" if tls else "irc"), "mallory", "#hall", tls=tls)
    mallory.settled()
    if isinstance(mallory.socket, ssl.SSLSocket):
        # It says goodbye, and does not care for the server's last words.
        with suppress(ssl.SSLError):
            mallory.socket.unwrap()
    mallory.close()
    assert quits(witness, "mallory") == "Connection closed"


def test_one_half_of_the_connection_is_closed(daemon: Daemon, witness: Client) -> None:
    mallory = Client.registered(daemon.port("irc"), "mallory", "#hall")
    mallory.send("PRIVMSG #hall :last words")
    mallory.socket.shutdown(socket.SHUT_WR)
    assert mallory.rest()[-1].startswith("ERROR :")
    witness.expect("last words")
    assert quits(witness, "mallory") == "Connection closed"


@pytest.mark.parametrize("tls", [False, True])
def test_the_connection_is_reset_in_the_middle_of_a_line(daemon: Daemon, witness: Client, tls: bool) -> None:
    mallory = Client.registered(daemon.port("ircs" if tls else "irc"), "mallory", "#hall", tls=tls)
    mallory.send_bytes(b"PRIVMSG #hall :half a li")
    reset(mallory)
    assert quits(witness, "mallory") == "Connection reset by peer"
    assert not any("half a li" in line for line in witness.seen)


def test_the_client_is_killed(daemon: Daemon, witness: Client) -> None:
    program = (
        "import socket, sys, time\n"
        "s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
        "s.sendall(b'NICK mallory\\r\\nUSER m 0 * :m\\r\\nJOIN #hall\\r\\n')\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(daemon.port("irc"))])
    witness.expect(":mallory!")
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    # It has not read its welcome, which makes the kernel send an RST.
    assert quits(witness, "mallory") in ("Connection reset by peer", "Connection closed")


def test_tls_ends_without_its_goodbye(daemon: Daemon, witness: Client) -> None:
    mallory = Client.registered(daemon.port("ircs"), "mallory", "#hall", tls=True)
    mallory.settled()
    socket.socket(fileno=mallory.socket.detach()).close()
    assert quits(witness, "mallory")


def test_garbage_inside_tls_ends_it(daemon: Daemon, witness: Client) -> None:
    mallory = Client.registered(daemon.port("ircs"), "mallory", "#hall", tls=True)
    with socket.socket(fileno=mallory.socket.detach()) as raw:
        raw.sendall(b"no TLS record at all, whatever one makes of it\r\n" * 40)
        assert quits(witness, "mallory")


@pytest.mark.parametrize(
    "data", [b"NICK mallory\r\n", b"\0" * 4096, b"\x16\x03\x01\x00\x05hello", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_a_tls_port_is_sent_something_else(daemon: Daemon, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", daemon.port("ircs")), PATIENCE) as raw:
        raw.sendall(data)
        assert len(read_to_the_end(raw)) < 100


def test_a_plain_port_is_sent_tls(daemon: Daemon) -> None:
    raw = socket.create_connection(("127.0.0.1", daemon.port("irc")), PATIENCE)
    with raw, pytest.raises((ssl.SSLError, ConnectionError)):
        trusting().wrap_socket(raw)


def test_who_does_not_answer_a_ping_is_dropped(daemon: Daemon, witness: Client) -> None:
    mallory = Client.registered(daemon.port("irc"), "mallory", "#hall")
    # The socket is read no more; the witness answers PINGs meanwhile.
    assert quits(witness, "mallory").startswith("Ping timeout: ")
    assert mallory.rest()[-1].startswith("ERROR :Closing Link: 127.0.0.1 (Ping timeout")


def test_who_never_registers_is_dropped_however_slowly_they_speak(daemon: Daemon) -> None:
    slow = [Client(daemon.port("irc")) for _ in range(20)]
    silent = [Client(daemon.port("irc")) for _ in range(500)]
    json = Client(daemon.port("json"))
    for character in b"NICK mallory and more":
        for client in slow:
            try:
                client.send_bytes(bytes([character]))
            except ConnectionError:
                pass
        time.sleep(0.2)
    for client in (*slow, *silent):
        assert client.rest()[-1:] in (["ERROR :Closing Link: 127.0.0.1 (Registration timed out)"], [])
        client.close()
    assert silent[0].seen == ["ERROR :Closing Link: 127.0.0.1 (Registration timed out)"]
    assert "Registration timed out" in json.rest()[-1]


def test_sixty_tls_handshakes_stall(daemon: Daemon) -> None:
    stalled = [socket.create_connection(("127.0.0.1", daemon.port("ircs")), PATIENCE) for _ in range(60)]
    for number, raw in enumerate(stalled):
        raw.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[: number % 12])
    Client.registered(daemon.port("ircs"), "quick", tls=True).close()
    for raw in stalled:
        assert len(read_to_the_end(raw)) < 100
        raw.close()


def test_a_hundred_thousand_empty_lines_are_nothing(daemon: Daemon) -> None:
    mallory = Client.registered(daemon.port("irc"), "mallory")
    mallory.settled()
    mallory.send_bytes(b"\r\n" * 50_000 + b"\n" * 50_000)
    assert mallory.settled() == []
    mallory.close()


def test_a_megabyte_without_a_newline_is_one_line_too_long(daemon: Daemon) -> None:
    mallory = Client.registered(daemon.port("irc"), "mallory")
    mallory.settled()
    mallory.send_bytes(b"x" * (1 << 20) + b"\r\n")
    assert [line.split()[1] for line in mallory.settled()] == ["417"]
    mallory.close()


def test_nul_bytes_and_all_the_others_are_no_command(daemon: Daemon) -> None:
    mallory = Client.registered(daemon.port("irc"), "mallory")
    mallory.send_bytes(b"\0" * 10_000 + b"\r\n" + bytes(range(256)) * 100 + b"\r\nPRIVMSG #hall :\0\r\n")
    mallory.settled()
    mallory.close()


def test_who_does_not_read_is_dropped_and_nobody_else_misses_a_line(daemon: Daemon, witness: Client) -> None:
    slow = Client(daemon.port("irc"), receive_buffer=4096)
    slow.send("NICK mallory", "USER m 0 * :m", "JOIN #hall")
    witness.expect(":mallory!")
    speaker = Client.registered(daemon.port("irc"), "speaker", "#hall")
    count, heard, left = 20_000, 0, ""
    for start in range(0, count, 200):
        speaker.send(*(f"PRIVMSG #hall :{number} {'x' * 400}" for number in range(start, start + 200)))
        while heard < start + 200:
            line = witness.line()
            if " PRIVMSG " in line:
                assert line.split()[3] == f":{heard}"
                heard += 1
            elif line.startswith(":mallory!") and " QUIT " in line:
                assert left == ""
                left = line.partition(" QUIT :")[2]
    assert left == "Send queue exceeded"
    speaker.close()
    slow.close()


def test_a_thousand_connections_come_and_go(daemon: Daemon) -> None:
    for number in range(1000):
        client = Client(daemon.port("irc"))
        if number % 3:
            client.send(f"NICK n{number}", "USER n 0 * :n", "JOIN #hall", "PRIVMSG #hall :hello", "PART #ha")
        if number % 2:
            reset(client)
        else:
            client.close()


def read_to_the_end(raw: socket.socket) -> bytes:
    data = b""
    try:
        while more := raw.recv(65536):
            data += more
    except ConnectionError:
        pass
    return data
