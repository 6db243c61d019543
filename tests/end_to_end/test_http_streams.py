"""Event streams of a real daemon, over real sockets: slow readers, cut connections, restarts."""

from __future__ import annotations

import json
import signal
import socket
import ssl
from pathlib import Path

import pytest

from tests.end_to_end.daemon import PATIENCE, Client, Daemon, trusting
from tests.end_to_end.programs import CONFIG, ask, owner


class Stream:
    """A program that reads its events."""

    def __init__(
        self,
        daemon: Daemon,
        secret: str,
        *,
        tls: bool = False,
        after: str | None = None,
        buffer: int | None = None,
    ) -> None:
        sock = socket.socket()
        if buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.3", daemon.port("web")))
        self.socket = trusting().wrap_socket(sock) if tls else sock
        last = "" if after is None else f"Last-Event-ID: {after}\r\n"
        head = (
            f"GET /api/v1/events HTTP/1.0\r\nHost: irc.test\r\nAuthorization: Bearer {secret}\r\n{last}\r\n"
        )
        self.socket.sendall(head.encode())
        self.file = self.socket.makefile("rb")
        assert self.file.readline() == b"HTTP/1.0 200 OK\r\n"
        while self.file.readline() != b"\r\n":
            pass

    def event(self) -> dict[str, object]:
        """The next one. Raises EOFError."""
        while True:
            line = self.file.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            if line.startswith(b"data: "):
                found: dict[str, object] = json.loads(line[6:])
                return found

    def read_to_the_end(self) -> None:
        """Raises EOFError when it is there, or whatever ends the connection."""
        while True:
            self.event()

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_program_that_does_not_read_is_cut_off_and_costs_no_more_than_its_limit(
    tmp_path: Path, tls: bool
) -> None:
    config = CONFIG.replace("[limits]", "[limits]\nsend-queue = 64K")
    if tls:
        config = config.replace("protocol = web", "protocol = web\ntls = yes")
    with Daemon(tmp_path, config) as daemon:
        robot = owner(daemon)
        secret = robot.ok(op="token_create", name="ci")["secret"]
        robot.ok(op="join", channel="#x")
        quick = Stream(daemon, secret, tls=tls)
        slow = Stream(daemon, secret, tls=tls, buffer=4096)
        assert (quick.event()["event"], slow.event()["event"]) == ("hello", "hello")
        robot.close()
        alice = Client.registered(daemon.port("irc"), "alice", "#x")
        before = daemon.memory()
        text = "x" * 400
        for number in range(12_000):
            alice.send(f"PRIVMSG #x :{number} {text}")
            if number % 100 == 99:
                alice.settled()
                while True:
                    event = quick.event()
                    if str(event.get("text", "")).startswith(f"{number} "):
                        break
        with pytest.raises((EOFError, ConnectionError, ssl.SSLError)):
            slow.read_to_the_end()
        assert daemon.memory() - before < 40 << 20
        assert daemon.complaints() == []


def test_what_a_program_has_missed_comes_when_it_goes_on_and_a_restart_is_a_gap(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as daemon:
        robot = owner(daemon)
        secret = robot.ok(op="token_create", name="ci")["secret"]
        robot.ok(op="account_set", setting="always-on", value="on")
        robot.ok(op="join", channel="#x")
        alice = Client.registered(daemon.port("irc"), "alice", "#x")
        stream = Stream(daemon, secret)
        alice.send("PRIVMSG #x :one")
        while (event := stream.event()).get("text") != "one":
            pass
        stream.close()
        alice.send("PRIVMSG #x :two")
        alice.settled()
        again = Stream(daemon, secret, after=str(event["msgid"]))
        assert [again.event().get("text") for _ in range(2)] == [None, "two"]
        # Told when applied, acknowledged when stored: what comes later in the log is answered, so it is stored.
        robot.ok(op="send", target="alice", text="stored")
        daemon.stop(signal.SIGKILL)
    with Daemon(tmp_path, CONFIG) as daemon:
        back = Stream(daemon, secret, after=str(event["msgid"]))
        hello, gap = back.event(), back.event()
        assert (hello["event"], hello["channels"], gap["event"]) == ("hello", ["#x"], "gap")
        status, page = ask(
            daemon,
            "POST",
            "/api/v1/history",
            json.dumps({"target": "#x", "after": gap["since"]}).encode(),
            authorization=f"Bearer {secret}",
            content_type="application/json",
        )
        assert (status, [each["text"] for each in page["messages"]]) == (200, ["two"])
