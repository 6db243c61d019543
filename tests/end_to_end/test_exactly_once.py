"""What is sent by a key is said once, and what others say is heard once, wherever connections are cut.

alice sends numbered messages, several on their way at a time, by way of a proxy that cuts her connections at random
places; she goes on with her session each time, and sends again what was not answered. bob, on IRC, is not cut
and writes down what is said; carol talks all the while, and alice writes down what she hears.
`CHATDAEMON_SENDS` says how many messages (10,000); the seed of all chance is shown when something is wrong.
"""

from __future__ import annotations

import json
import os
import random
import socket
import threading
import time
from pathlib import Path
from typing import Any

from tests.end_to_end.cutting import Cutting
from tests.end_to_end.daemon import PATIENCE, Client, Daemon
from tests.end_to_end.past import logged_in, since
from tests.end_to_end.prefork import Prefork
from tests.end_to_end.test_storage import PASSWORD, person, register

CONFIG = """[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[listener json]
protocol = json
endpoint = tcp:0:127.0.0.1
[accounts]
registration-interval = off
login-interval = off
[limits]
flood-rate = off
"""
SENDS = int(os.environ.get("CHATDAEMON_SENDS", "10000"))
# Messages that are on their way at a time.
WINDOW = 32
# Messages of which some wait for answers when the daemon is killed, and how often it is.
KILLED_SENDS = 1500
KILLS = 6


class Sender:
    """A program that wants each of its messages said once, and hears all that others say.

    `answered` are the ids of its messages, by number; `heard` what others have said.
    """

    def __init__(self, port: int, sends: int, login: tuple[str, str] | None = None) -> None:
        self.port = port
        self.sends = sends
        self.answered: dict[int, str] = {}
        self.heard: list[str] = []
        self.resumed = 0
        self.begun = 0  # sessions
        self.refused: list[Any] = []
        self._login = login
        self._token: str | None = None
        self._after: str | None = None
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._next = 0

    def come(self) -> None:
        """Connect, and go on where it was. Raises OSError or EOFError when that is cut."""
        if self._socket is not None:
            self._socket.close()
        self._buffer = b""
        self._socket = socket.create_connection(("127.0.0.1", self.port))
        self._socket.settimeout(PATIENCE)
        if self._login is not None:
            account, password = self._login
            self._ask(op="login", account=account, password=password)
        resume: Any = True
        if self._token is not None:
            resume = {"token": self._token} | ({} if self._after is None else {"after": self._after})
        ok = self._ask(op="hello", nick="alice", resume=resume)
        self._token = ok["resume"]
        if ok.get("resumed"):
            self.resumed += 1
        else:
            self.begun += 1
            self._ask(op="join", channel="#x")

    def go_on(self, until: int) -> None:
        """Send what was not answered, and more, up to this number of answers. Raises as `come` does."""
        for number in range(self._next):
            if number not in self.answered:
                self._send(number)
        while len(self.answered) < until:
            while self._next < self.sends and self._next - len(self.answered) < WINDOW:
                self._send(self._next)
                self._next += 1
            found = self._line()
            if isinstance(found.get("id"), int):
                assert "ok" in found, found
                self.answered[found["id"]] = found["ok"]["msgid"]

    def listen(self, last: str) -> None:
        """Hear what others say up to this text."""
        while last not in self.heard:
            self._line()

    def _send(self, number: int) -> None:
        self._write(id=number, op="send", target="#x", text=f"number {number}", key=f"k{number}")

    def _ask(self, **op: Any) -> Any:
        self._write(id="asked", **op)
        while (found := self._line()).get("id") != "asked":
            pass
        if "ok" not in found:
            # The one before, of whose token nothing is known, may be there still.
            self.refused.append(found)
            raise EOFError(found)
        return found["ok"]

    def _write(self, **op: Any) -> None:
        assert self._socket is not None
        self._socket.sendall(json.dumps(op).encode() + b"\n")

    def _line(self) -> Any:
        assert self._socket is not None
        while b"\n" not in self._buffer:
            data = self._socket.recv(65536)
            if not data:
                raise EOFError
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        found = json.loads(line)
        if found.get("event") == "message":
            self.heard.append(found["text"])
        if "msgid" in found:
            self._after = found["msgid"]
        return found


class Talker:
    """Somebody who says numbered things until they are to stop, on a thread of their own."""

    def __init__(self, client: Client) -> None:
        self.said = 0
        self._client = client
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            self._client.send(f"PRIVMSG #x :carol {self.said}")
            self.said += 1
            self._over.wait(0.01)

    def stop(self) -> str:
        """The last thing that was said."""
        self._over.set()
        self._thread.join()
        return f"carol {self.said - 1}"


class Observer:
    """Writes down what is said, on a thread of their own, until they are told to stop."""

    def __init__(self, client: Client) -> None:
        self.heard: list[str] = []
        self._client = client
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            line = self._client.line()
            if line.startswith(":alice!"):
                command, _, text = line.partition(" ")[2].partition(" :")
                # Nothing of alice's coming and going is seen.
                self.heard.append(text if command == "PRIVMSG #x" else line)
            if line.endswith(" :that is all"):
                return

    def wait(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


def test_each_of_ten_thousand_is_said_once_and_in_order_and_nothing_of_others_is_missed(
    tmp_path: Path,
) -> None:
    seed = random.randrange(1 << 32)
    with Daemon(tmp_path, CONFIG) as daemon, Cutting(daemon.port("json"), seed) as proxy:
        bob = Observer(Client.registered(daemon.port("irc"), "bob", "#x"))
        sender = Sender(proxy.port, SENDS)
        sender.come()
        carol = Client.registered(daemon.port("irc"), "carol", "#x")
        talker = Talker(carol)
        proxy.calm = False
        sender_ends(sender, SENDS)
        proxy.calm = True
        # The last connection may be one that will be cut.
        last = talker.stop()
        sender.come()
        sender.listen(last)
        carol.send("PRIVMSG #x :that is all")
        bob.wait()
        numbers = [f"number {number}" for number in range(SENDS)]
        joined = [line for line in bob.heard if " JOIN " in line]
        assert [line for line in bob.heard if line not in joined] == numbers, seed
        assert len(joined) == 1, seed
        assert sender.heard == [f"carol {number}" for number in range(talker.said)], seed
        assert sorted(sender.answered) == list(range(SENDS)), seed
        msgids = [sender.answered[number] for number in range(SENDS)]
        assert msgids == sorted(set(msgids)), seed
        assert sender.begun == 1, seed
        assert sender.refused == [], seed
        assert proxy.cuts > SENDS // 200, seed
        assert sender.resumed > SENDS // 200, seed
        assert daemon.complaints() == []


def sender_ends(sender: Sender, until: int) -> None:
    """Have so many messages answered, however often the connection is lost."""
    end = time.monotonic() + 10 * PATIENCE
    while len(sender.answered) < until:
        assert time.monotonic() < end
        try:
            sender.come()
            sender.go_on(until)
        except (OSError, EOFError):
            time.sleep(0.001)


def test_a_key_says_once_over_kill_9_as_well(tmp_path: Path, storage: str, prefork: Prefork) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    with Daemon(tmp_path, CONFIG + storage, prefork=prefork) as daemon:
        alice = person(daemon, "alice")
        assert " SUCCESS " in register(alice)
        # Of a registered channel everything is kept, also while nobody is there.
        alice.send("JOIN #x", "PRIVMSG ChanServ :REGISTER #x")
        alice.expect("ChanServ!")
    sender = Sender(0, KILLED_SENDS, ("alice", PASSWORD))
    for life in range(1, KILLS + 1):
        with (
            Daemon(tmp_path, CONFIG + storage, prefork=prefork) as daemon,
            Cutting(daemon.port("json"), chance.randrange(1 << 32)) as proxy,
        ):
            sender.port = proxy.port
            proxy.calm = False
            sender_ends(sender, KILLED_SENDS * life // KILLS)
            if life == KILLS:
                break
            # While some wait for their answers.
            daemon.process.kill()
            daemon.process.wait()
            assert daemon.complaints() == []
    with Daemon(tmp_path, CONFIG + storage, prefork=prefork) as daemon:
        reader = logged_in(daemon.port("irc"), "alice", PASSWORD)
        reader.send("JOIN #x")
        reader.expect(" 366 ")
        said = since(reader, "#x", None)
    assert [each.text for each in said] == [f"number {number}" for number in range(KILLED_SENDS)], seed
    assert {number: said[number].msgid for number in sender.answered} == sender.answered, seed
    assert sender.begun >= KILLS
