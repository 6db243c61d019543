"""The client library in a program of its own, with real daemons that are killed and connections that are TLS."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.daemon import PATIENCE, Client, Daemon, environment
from tests.end_to_end.programs import JSONLine, owner

CHATDAEMON = [sys.executable, "-c", "import sys; from chatdaemon.cli import main; sys.exit(main())"]
SENDS = 200
# A bot that says numbered things, one after the other, and prints what others say and what it has missed.
BOT = """
import json, os, sys
from chatdaemon.client import Client, Event, run
from twisted.internet.defer import Deferred

client = Client(os.environ["SERVER"], account="robot", password="sesame sesame", protocol=sys.argv[1])

def tell(**what):
    print(json.dumps(what), flush=True)

def is_told(message):
    if message["from"]["nick"] != client.nick:
        tell(heard=message["text"])

async def listen():
    async for event in client:
        if event["event"] == "message":
            is_told(event)
        elif event["event"] == "connected":
            tell(resumed=event["resumed"])
        elif event["event"] == "gap":
            async for message in client.missed(event):
                is_told(message)
            tell(filled=True)

async def main():
    async with client:
        await client.join("#tea")
        Deferred.fromCoroutine(listen())
        for number in range(int(sys.argv[2])):
            sent = await client.send("#tea", f"robot {number}")
            tell(said=number, msgid=sent["msgid"])
        await Deferred()  # until it is killed

run(main)
"""


def unused() -> int:
    """A port on which nobody listens, for a daemon that is to come back to it."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def config(port: int) -> str:
    return f"""
[limits]
flood-rate = off
[accounts]
registration-interval = off
login-interval = off
[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[listener json]
protocol = json
endpoint = tcp:0:interface=127.0.0.2
[listener web]
protocol = web
endpoint = tcp:{port}:interface=127.0.0.1
"""


@contextmanager
def program(server: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The bot, running; ended at the latest when all patience is."""
    process = subprocess.Popen(
        [sys.executable, "-c", BOT, *arguments],
        env=environment(SERVER=server),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    patience = threading.Timer(3 * PATIENCE, process.kill)
    patience.start()
    try:
        yield process
    finally:
        patience.cancel()
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class Told:
    """What a program has told, so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[dict[str, Any]] = []
        self._process = process

    def until(self, **wanted: Any) -> None:
        """Read until it tells this."""
        assert self._process.stdout is not None
        while wanted.items() - (self.lines[-1] if self.lines else {}).items():
            line = self._process.stdout.readline()
            assert line, f"it has ended: {self.lines[-5:]}"
            self.lines.append(json.loads(line))

    def all(self, name: str) -> list[Any]:
        return [line[name] for line in self.lines if name in line]


@pytest.mark.parametrize("protocol", ["json", "binary"])
def test_over_a_daemon_that_is_killed_nothing_is_said_twice_and_nothing_is_missed(
    tmp_path: Path, protocol: str
) -> None:
    port = unused()
    with ExitStack() as stack:
        with Daemon(tmp_path, config(port)) as daemon:
            alice = owner(daemon, "alice")
            alice.ok(op="join", channel="#tea")
            alice.ok(op="channel_register", channel="#tea")
            JSONLine(daemon).ok(op="register", account="robot", password="sesame sesame")
            told = Told(stack.enter_context(program(f"ws://127.0.0.1:{port}", protocol, str(SENDS))))
            told.until(said=SENDS // 4)
            alice.ok(op="send", target="#tea", text="alice before")
            daemon.process.kill()
            daemon.process.wait()
            assert daemon.complaints() == []
        with Daemon(tmp_path, config(port)) as daemon:
            alice = JSONLine(daemon)
            alice.ok(op="login", account="alice", password="sesame sesame")
            alice.ok(op="hello", nick="alice")
            alice.ok(op="join", channel="#tea")
            alice.ok(op="send", target="#tea", text="alice after")
            told.until(filled=True)
            told.until(said=SENDS - 1)
            alice.ok(op="send", target="#tea", text="alice at the end")
            told.until(heard="alice at the end")
            said = alice.ok(op="history", target="#tea", limit=SENDS + 10)["messages"]
            assert daemon.complaints() == []
    own = [(each["text"], each["msgid"]) for each in said if each["from"]["nick"] == "robot"]
    assert own == [(f"robot {line['said']}", line["msgid"]) for line in told.lines if "said" in line]
    assert len(own) == SENDS
    assert sorted(told.all("heard")) == ["alice after", "alice at the end", "alice before"]
    assert told.all("resumed") == [False]


TLS = """
[listener json]
protocol = json
endpoint = tcp:0:interface=127.0.0.2
tls = yes
[listener binary]
protocol = binary
endpoint = tcp:0:interface=127.0.0.3
tls = yes
[listener web]
protocol = web
endpoint = tcp:0:interface=127.0.0.1
tls = yes
"""


def test_a_certificate_is_pinned_over_tls_and_over_websocket(tmp_path: Path) -> None:
    with Daemon(tmp_path, TLS) as daemon:
        # Whoever shows it to us here is the daemon.
        shown = hashlib.sha256(Client(daemon.port("web"), tls=True).certificate).hexdigest()

        def send(address: str, listener: str, digest: str, *options: str) -> tuple[int, str]:
            done = subprocess.run(
                [*CHATDAEMON, "send", "--fingerprint", digest, *options, "--nick", "tom", "tom", "hello"],
                env=environment(CHATDAEMON_SERVER=address.format(daemon.port(listener))),
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            return done.returncode, done.stderr

        assert send("tls:127.0.0.2:{}", "json", shown) == (0, "")
        assert send("tls:127.0.0.3:{}", "binary", shown, "--binary") == (0, "")
        assert send("wss://127.0.0.1:{}", "web", shown) == (0, "")
        assert send("wss://localhost:{}/ws", "web", shown, "--binary") == (0, "")
        for address, listener in (("wss://127.0.0.1:{}", "web"), ("tls:127.0.0.2:{}", "json")):
            status, complaint = send(address, listener, "0" * 64)
            assert status == 1
            assert complaint.startswith("chatdaemon: ")
            assert "Traceback" not in complaint
        assert daemon.complaints() == []


def test_what_is_typed_goes_over_websocket(tmp_path: Path) -> None:
    with Daemon(tmp_path, config(unused())) as daemon:
        person = Client.registered(daemon.port("irc"), "alice", "#tea")
        done = subprocess.run(
            [
                *CHATDAEMON,
                "talk",
                "--server",
                f"ws://127.0.0.1:{daemon.port('web')}",
                "--nick",
                "tom",
                "#tea",
            ],
            env=environment(),
            input="hello\n",
            text=True,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert person.expect("PRIVMSG #tea").endswith(":hello")
        person.close()
