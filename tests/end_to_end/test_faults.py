"""Whatever happens to the database: two people go on talking, operators are told once, who asked whether a message
is stored is not lied to, and storing goes on by itself when it can."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chatdaemon.storage.sqlite import ROOM
from tests.end_to_end.daemon import PATIENCE, Client, Daemon
from tests.end_to_end.past import logged_in, since
from tests.end_to_end.prefork import Prefork
from tests.end_to_end.test_storage import PASSWORD, person, register, with_url
from tests.storage.databases import PostgreSQLSchema
from tests.storage.postgres import Server

CONFIG = """[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[listener json]
protocol = json
endpoint = tcp:0:127.0.0.1
[accounts]
registration-interval = off
[limits]
flood-rate = off
[history]
durable-echo = yes
"""


class Hall:
    """#hall, which is registered, with two who talk there as irssi does, and two who want to know that what they
    write is stored: one over IRC, one over JSON."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self._said = 0
        owner = person(daemon, "alice")
        assert " SUCCESS " in register(owner)
        owner.send("JOIN #hall", "CS REGISTER #hall", "QUIT")
        owner.rest()
        self.one, self.two = (Client.registered(daemon.port("irc"), nick, "#hall") for nick in ("one", "two"))
        self.irc = Client(daemon.port("irc"))
        self.irc.send(
            "CAP LS 302", "CAP REQ :batch message-tags labeled-response echo-message standard-replies"
        )
        self.irc.send("NICK carol", "USER carol 0 * :Carol", "CAP END", "JOIN #hall")
        self.irc.expect(" 366 ")
        self.json = Client(daemon.port("json"))
        self.ask({"op": "hello", "nick": "dora"})
        self.ask({"op": "join", "channel": "#hall"})

    def ask(self, op: dict[str, object]) -> dict[str, object]:
        """What JSON is answered."""
        self.json.send(json.dumps({"id": 1, **op}))
        while "id" not in (said := json.loads(self.json.line())):
            pass
        assert isinstance(said, dict)
        return said

    def talk(self) -> list[str]:
        """They talk, and each hears the other; what was said."""
        said = []
        for speaker, hearer in ((self.one, self.two), (self.two, self.one)):
            self._said += 1
            said.append(f"said {self._said}")
            speaker.send(f"PRIVMSG #hall :{said[-1]}")
            assert hearer.expect(f":{said[-1]}").endswith(f" PRIVMSG #hall :{said[-1]}")
        return said

    def asked(self) -> list[tuple[str, bool]]:
        """Those who want to know write; what they wrote and whether it is stored, as they are told."""
        found = []
        self._said += 1
        text = f"said {self._said}"
        self.irc.send(f"@label=L{self._said} PRIVMSG #hall :{text}")
        line = self.irc.expect(f"label=L{self._said}")
        stored = " PRIVMSG #hall " in line
        assert stored or " FAIL PRIVMSG NOT_STORED " in line
        found.append((text, stored))
        self._said += 1
        text = f"said {self._said}"
        answer = self.ask({"op": "send", "target": "#hall", "text": text})
        if "ok" not in answer:
            error = answer["error"]
            assert isinstance(error, dict)
            assert error["code"] == "not_stored"
        found.append((text, "ok" in answer))
        # Stored or not, they are heard.
        self.one.expect(f":{text}")
        return found

    def until(self, stored: bool) -> list[str]:
        """Write until those who ask are told that their messages are stored, or are not; what was written."""
        end = time.monotonic() + PATIENCE
        said: list[str] = []
        while True:
            assert time.monotonic() < end
            found = self.asked()
            said += [text for text, _ in found]
            if all(each == stored for _, each in found):
                return said
            time.sleep(0.05)

    def history(self) -> list[str]:
        """What somebody reads who comes now."""
        alice = logged_in(self.daemon.port("irc"), "alice", PASSWORD)
        alice.send("JOIN #hall")
        alice.expect(" 366 ")
        found = [said.text for said in since(alice, "#hall", None)]
        alice.send("QUIT")
        alice.rest()
        return found


def endure(hall: Hall, times: int = 3) -> list[str]:
    """It fails: they talk all the same, and nobody is told that something is stored. What was said."""
    said = hall.until(stored=False)
    for _ in range(times):
        said += hall.talk()
        found = hall.asked()
        assert [stored for _, stored in found] == [False, False]
        said += [text for text, _ in found]
    return said


def recovered(hall: Hall, said: list[str]) -> None:
    """It works again: all that was ever said is in the history, and the log has said twice what happened."""
    said += hall.until(stored=True)
    said += hall.talk()
    assert hall.history() == said
    log = hall.daemon.log.read_text()
    assert (log.count("cannot be written to"), log.count("works again")) == (1, 1)
    assert "Traceback" not in log


def begun(hall: Hall) -> list[str]:
    """All is well: what was said."""
    found = hall.asked()
    assert [stored for _, stored in found] == [True, True]
    return [*(text for text, _ in found), *hall.talk()]


def test_a_file_that_may_not_grow(tmp_path: Path, prefork: Prefork) -> None:
    with Daemon(tmp_path, CONFIG, prefork=prefork) as daemon:
        hall = Hall(daemon)
        said = begun(hall)
        assert daemon.log.stat().st_size < ROOM // 4
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
        said += endure(hall)
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, unlimited)
        recovered(hall, said)


@contextmanager
def small_disk(directory: Path, size: str) -> Iterator[None]:
    """A disk of its own."""
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(directory)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


def test_a_disk_that_is_full(tmp_path: Path, prefork: Prefork) -> None:
    with small_disk(tmp_path / "var", "8m"), Daemon(tmp_path, CONFIG, prefork=prefork) as daemon:
        hall = Hall(daemon)
        said = begun(hall)
        filler = tmp_path / "var" / "filler"
        command = ["dd", "if=/dev/zero", f"of={filler}", "bs=4096"]
        assert b"No space left" in subprocess.run(command, capture_output=True, check=False).stderr
        said += endure(hall)
        filler.unlink()
        recovered(hall, said)


def test_a_file_that_another_program_has_locked(tmp_path: Path, prefork: Prefork) -> None:
    with Daemon(tmp_path, CONFIG, prefork=prefork) as daemon:
        hall = Hall(daemon)
        said = begun(hall)
        with closing(sqlite3.connect(tmp_path / "var" / "chatdaemon.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            # The lock is waited for, each time.
            said += endure(hall, 1)
            other.execute("ROLLBACK")
        recovered(hall, said)
        assert "another program has locked it" in daemon.log.read_text()


def test_a_file_that_somebody_moves_away_and_back(tmp_path: Path, prefork: Prefork) -> None:
    with Daemon(tmp_path, CONFIG, prefork=prefork) as daemon:
        hall = Hall(daemon)
        said = begun(hall)
        file = tmp_path / "var" / "chatdaemon.db"
        file.rename(file.with_name("elsewhere"))
        said += endure(hall)
        file.with_name("elsewhere").rename(file)
        recovered(hall, said)
        assert "the file was removed or replaced while it was in use" in daemon.log.read_text()


def test_a_file_that_is_removed_is_never_taken_for_stored(tmp_path: Path, prefork: Prefork) -> None:
    with Daemon(tmp_path, CONFIG, prefork=prefork) as daemon:
        hall = Hall(daemon)
        begun(hall)
        for file in (tmp_path / "var").glob("chatdaemon.db*"):
            file.unlink()
        endure(hall)
        log = daemon.log.read_text()
        assert log.count("cannot be written to") == 1
        assert "Traceback" not in log
        assert daemon.stop() == 0
        assert "could not be stored" in daemon.log.read_text()


def test_a_file_that_is_damaged_is_told_to_whoever_reads_and_restored_from_a_backup(
    tmp_path: Path, prefork: Prefork
) -> None:
    directory = tmp_path / "var"
    with Daemon(tmp_path, CONFIG, prefork=prefork) as daemon:
        hall = Hall(daemon)
        said = begun(hall)
        chatdaemon(daemon, "backup", "copy.db")
        alice = logged_in(daemon.port("irc"), "alice", PASSWORD, "standard-replies")
        alice.send("JOIN #hall")
        alice.expect(" 366 ")
        # All of it, as by a disk that loses what it has in its cache; with what is not in the file yet.
        for file in directory.glob("chatdaemon.db*"):
            if not file.name.endswith("-shm"):
                with file.open("r+b") as open_:
                    open_.write(b"\xa5" * file.stat().st_size)
        alice.send("CHATHISTORY LATEST #hall * 10")
        assert " CHATHISTORY MESSAGE_ERROR " in alice.expect(" FAIL ")
        for _ in range(3):
            hall.talk()
        assert "Traceback" not in daemon.log.read_text()
        daemon.process.kill()
        daemon.process.wait()
    chatdaemon(daemon, "restore", "copy.db", "--force")
    with Daemon(tmp_path, CONFIG, prefork=prefork) as daemon:
        alice = logged_in(daemon.port("irc"), "alice", PASSWORD)
        alice.send("JOIN #hall")
        alice.expect(" 366 ")
        assert [each.text for each in since(alice, "#hall", None)] == said


def chatdaemon(daemon: Daemon, *words: str) -> None:
    """Run the program that operators run."""
    done = subprocess.run(
        [Path(sys.executable).with_name("chatdaemon"), *words, "--config", str(daemon.ini)],
        cwd=daemon.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_database_server_that_is_stopped_and_started(
    tmp_path: Path, server: Server, prefork: Prefork
) -> None:
    config = with_url(PostgreSQLSchema(server, f"faults_{os.getpid()}").url).partition("[storage]")
    with Daemon(tmp_path, CONFIG + "".join(config[1:]), prefork=prefork) as daemon:
        hall = Hall(daemon)
        said = begun(hall)
        server.stop()
        try:
            said += endure(hall)
        finally:
            server.start()
        recovered(hall, said)
