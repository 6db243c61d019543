"""What is acknowledged is stored: shown by killing the daemon under load at random moments, again and again.

Each time it is killed by SIGKILL while several people write as fast as they are answered, in a channel and in
private, some over JSON, some over IRC with labelled-response and echo-message, and one who asks for no
acknowledgement. Then it is started again, and somebody reads what is there. Whatever was acknowledged is there once,
under the message id that the acknowledgement gave; what was not is there once or not at all; everything is in
the order in which it was said.

`CHATDAEMON_KILLS` says how often (40; `make proof` 100), for SQLite; PostgreSQL gets a quarter of that.
"""

from __future__ import annotations

import json
import os
import random
import re
import threading
import time
from pathlib import Path

from tests.end_to_end.daemon import PATIENCE, Client, Daemon
from tests.end_to_end.past import Said, logged_in, since
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
[history]
durable-echo = yes
"""
KILLS = int(os.environ.get("CHATDAEMON_KILLS", "40"))
# Acknowledgements after which the daemon may be killed, and seconds after that, at most.
MOST_ANSWERED = 120
LONGEST_WAIT = 0.03
# Messages of one client on their way at a time: so many may be stored without its having been told.
WINDOW = 8
# Messages that the one who asks for nothing writes at once, and seconds until there are more of them.
BURST = 10
PAUSE = 0.01


class Writer:
    """Someone who writes numbered messages, as fast as they are answered, on a thread of their own.

    `answered` are those of which they know that they are stored: (where, text) with the message id.
    """

    def __init__(self, name: str, client: Client, targets: tuple[str, ...]) -> None:
        self.name = name
        self.client = client
        self.targets = targets
        self.answered: dict[tuple[str, str], str] = {}
        self.error: Exception | None = None
        self._written: list[tuple[str, str]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def next(self) -> tuple[str, str]:
        """Where the next message goes, and what it says."""
        number = len(self._written)
        message = (self.targets[number % len(self.targets)], f"{self.name} {number}")
        self._written.append(message)
        return message

    def write(self) -> None:
        """Write messages until the connection ends."""
        for _ in range(WINDOW):
            self.ask(len(self._written))
        while True:
            line = self.client.line()
            if found := self.answer(line):
                number, msgid = found
                self.answered[self._written[number]] = msgid
                self.ask(len(self._written))

    def ask(self, number: int) -> None:
        """Send the next message, to be answered under this number."""
        raise NotImplementedError

    def answer(self, line: str) -> tuple[int, str] | None:
        """The number and the message id, if this is the answer to one of ours."""
        raise NotImplementedError

    def _run(self) -> None:
        try:
            self.write()
        except (EOFError, ConnectionError):
            pass
        except Exception as error:
            self.error = error

    def end(self) -> None:
        """The daemon is gone: read what it still sent. Raises what went wrong."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        self.client.close()
        if self.error is not None:
            raise self.error


class JSONWriter(Writer):
    def ask(self, number: int) -> None:
        target, text = self.next()
        self.client.send(json.dumps({"id": number, "op": "send", "target": target, "text": text}))

    def answer(self, line: str) -> tuple[int, str] | None:
        said = json.loads(line)
        if "event" in said:
            return None
        return said["id"], said["ok"]["msgid"]


class IRCWriter(Writer):
    def ask(self, number: int) -> None:
        target, text = self.next()
        self.client.send(f"@label={number} PRIVMSG {target} :{text}")

    def answer(self, line: str) -> tuple[int, str] | None:
        if "label=" not in line:
            return None
        assert " PRIVMSG " in line, line
        label, msgid = re.search(r"label=(\d+)", line), re.search(r"msgid=(\w+)", line)
        assert label is not None
        assert msgid is not None
        return int(label[1]), msgid[1]


class CarelessWriter(Writer):
    """Asks for no acknowledgement, and goes on when the server has taken what was written."""

    def write(self) -> None:
        while True:
            messages = [self.next() for _ in range(BURST)]
            self.client.send(*(f"PRIVMSG {target} :{text}" for target, text in messages))
            self.client.settled()
            time.sleep(PAUSE)


def json_client(daemon: Daemon, name: str) -> Client:
    """Somebody who has logged in and is in #hall."""
    client = Client(daemon.port("json"))
    first: tuple[dict[str, object], ...] = (
        {"op": "login", "account": name, "password": PASSWORD},
        {"op": "hello", "nick": name},
        {"op": "join", "channel": "#hall", "members": False},
    )
    for number, op in enumerate(first):
        client.send(json.dumps({"id": number, **op}))
        while "id" not in (said := json.loads(client.line())):
            pass
        assert "ok" in said, said
    return client


def irc_client(daemon: Daemon, nick: str, capabilities: str) -> Client:
    """Somebody without an account, in #hall."""
    client = Client(daemon.port("irc"))
    client.send("CAP LS 302", f"CAP REQ :{capabilities}")
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END", "JOIN #hall")
    client.expect(" 366 ")
    return client


def writers(daemon: Daemon, round_: int) -> list[Writer]:
    """All who write in one life of the daemon; all are there before the first begins."""
    alice, bob = json_client(daemon, "alice"), json_client(daemon, "bob")
    capabilities = "batch message-tags labeled-response echo-message"
    carol, dave = (irc_client(daemon, nick, capabilities) for nick in ("carol", "dave"))
    eve = irc_client(daemon, "eve", "message-tags")
    return [
        JSONWriter(f"{round_} alice", alice, ("#hall", "bob")),
        JSONWriter(f"{round_} bob", bob, ("alice", "#hall")),
        IRCWriter(f"{round_} carol", carol, ("#hall",)),
        IRCWriter(f"{round_} dave", dave, ("#hall",)),
        CarelessWriter(f"{round_} eve", eve, ("#hall",)),
    ]


class Past:
    """All that was ever acknowledged, and all that was ever found."""

    def __init__(self) -> None:
        self.answered: dict[tuple[str, str], str] = {}
        self.found: dict[str, list[Said]] = {"#hall": [], "private": []}

    def add(self, answered: dict[tuple[str, str], str]) -> None:
        for (target, text), msgid in answered.items():
            self.answered[target if target == "#hall" else "private", text] = msgid

    def read(self, daemon: Daemon) -> None:
        """Read what is new, as alice."""
        alice = logged_in(daemon.port("irc"), "alice", PASSWORD)
        alice.send("JOIN #hall")
        alice.expect(" 366 ")
        for where, target in (("#hall", "#hall"), ("private", "bob")):
            found = self.found[where]
            found += since(alice, target, found[-1].msgid if found else None)
        alice.send("QUIT")
        alice.rest()
        alice.close()

    def check(self) -> None:
        """Everything that was acknowledged is there once, and everything is in order."""
        for where, found in self.found.items():
            msgids = [said.msgid for said in found]
            assert msgids == sorted(set(msgids))
            texts = {said.text: said.msgid for said in found}
            assert len(texts) == len(found)
            acknowledged = {text: msgid for (place, text), msgid in self.answered.items() if place == where}
            assert {text: texts.get(text) for text in acknowledged} == acknowledged
            last: dict[str, int] = {}
            for said in found:
                writer, _, number = said.text.rpartition(" ")
                assert writer.endswith(said.nick)
                assert int(number) > last.get(writer, -1)
                last[writer] = int(number)


def test_whatever_is_acknowledged_survives_kill_9_once_and_in_order(
    tmp_path: Path, storage: str, prefork: Prefork
) -> None:
    config = CONFIG + storage
    kills = KILLS // 4 if storage else KILLS
    moment = random.Random(kills)
    past = Past()
    with Daemon(tmp_path, config, prefork=prefork) as daemon:
        for name in ("alice", "bob"):
            client = person(daemon, name)
            assert " SUCCESS " in register(client)
            if name == "alice":
                client.send("JOIN #hall", "CS REGISTER #hall", "MODE #hall")
                client.expect(" 324 ")
    for round_ in range(kills):
        with Daemon(tmp_path, config, prefork=prefork) as daemon:
            past.read(daemon)
            past.check()
            all_ = writers(daemon, round_)
            enough, limit = moment.randrange(MOST_ANSWERED), time.monotonic() + PATIENCE
            while sum(len(writer.answered) for writer in all_) < enough:
                assert time.monotonic() < limit
                assert daemon.process.poll() is None
                time.sleep(0.001)
            time.sleep(moment.uniform(0, LONGEST_WAIT))
            daemon.process.kill()
            for writer in all_:
                writer.end()
                past.add(writer.answered)
            daemon.process.wait()
            assert daemon.complaints() == []
    with Daemon(tmp_path, config, prefork=prefork) as daemon:
        past.read(daemon)
        past.check()
        # Again from the beginning: what was there once, stays.
        again = Past()
        again.read(daemon)
        assert again.found == past.found
    assert {where for where, _ in past.answered} == set(past.found)
    assert len(past.answered) > kills
