"""A real daemon and its database: what was answered is there, whatever happens next."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatdaemon.storage.sqlite import ROOM
from tests.end_to_end.daemon import Client, Daemon, run_twistd
from tests.storage.databases import PostgreSQLSchema, SQLiteFile
from tests.storage.postgres import Server

CONFIG = """[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[accounts]
registration-interval = off
[limits]
flood-rate = off
"""

PASSWORD = "correct-horse"


@pytest.fixture
def config(storage: str) -> str:
    return CONFIG + storage


def with_url(url: str) -> str:
    return f"{CONFIG}[storage]\nurl = {url}\n"


def person(daemon: Daemon, nick: str) -> Client:
    """Someone who can register."""
    client = Client(daemon.port("irc"))
    client.send("CAP LS 302", "CAP REQ :draft/account-registration standard-replies")
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
    client.expect(" 001 ")
    return client


def register(client: Client) -> str:
    client.send(f"REGISTER * * {PASSWORD}")
    return client.expect(" REGISTER ")


def identified(daemon: Daemon, name: str) -> None:
    client = Client.registered(daemon.port("irc"), f"{name}_")
    client.send(f"NS IDENTIFY {name} {PASSWORD}")
    client.expect(" 900 ")
    client.close()


def test_what_was_answered_survives_being_killed_that_moment(tmp_path: Path, config: str) -> None:
    known: list[str] = []
    for round_ in range(3):
        with Daemon(tmp_path, config) as daemon:
            for name in known:
                identified(daemon, name)
            for number in range(3):
                name = f"p{round_}{number}"
                client = person(daemon, name)
                assert " SUCCESS " in register(client)
                known.append(name)
            daemon.process.kill()
            daemon.process.wait()
            assert daemon.complaints() == []
    with Daemon(tmp_path, config) as daemon:
        for name in known:
            identified(daemon, name)
        assert daemon.stop() == 0


def test_a_channel_and_its_topic_survive_an_ordinary_stop(tmp_path: Path, config: str) -> None:
    with Daemon(tmp_path, config) as daemon:
        alice = person(daemon, "alice")
        register(alice)
        alice.send("JOIN #hall", "CS REGISTER #hall", "TOPIC #hall :what stays")
        alice.expect(" TOPIC #hall ")
        assert daemon.stop() == 0
    with Daemon(tmp_path, config) as daemon:
        bob = Client.registered(daemon.port("irc"), "bob")
        bob.send("JOIN #hall")
        bob.expect(" 332 bob #hall :what stays")
        assert daemon.complaints() == []


def test_a_full_disk_is_said_once_and_chat_goes_on(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as daemon:
        for name in ("p1", "p2", "p3"):
            assert " SUCCESS " in register(person(daemon, name))
        alice, bob = person(daemon, "alice"), Client.registered(daemon.port("irc"), "bob", "#x")
        alice.send("JOIN #x")
        alice.expect(" 366 ")
        # No file may be larger; the daemon's own log is far smaller.
        assert daemon.log.stat().st_size < ROOM // 4
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
        for _ in range(3):
            assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE" in register(alice)
        alice.send("PRIVMSG #x :still here")
        bob.expect("PRIVMSG #x :still here")
        resource.prlimit(
            daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )
        assert " SUCCESS " in register(alice)
        said = [line for line in daemon.log.read_text().splitlines() if "chatdaemon.db" in line]
        assert "cannot be written to: the disk is full or failing" in said[0]
        assert "works again" in said[1]
        assert len(said) == 2
        assert "Traceback" not in daemon.log.read_text()
        daemon.stop()
    with Daemon(tmp_path, CONFIG) as daemon:
        for name in ("p1", "p2", "p3", "alice"):
            identified(daemon, name)


def test_a_database_server_that_is_stopped_and_started_costs_nobody_the_chat(
    tmp_path: Path, server: Server
) -> None:
    with Daemon(tmp_path, with_url(PostgreSQLSchema(server, "stopped").url)) as daemon:
        alice, bob = person(daemon, "alice"), Client.registered(daemon.port("irc"), "bob", "#x")
        alice.send("JOIN #x")
        alice.expect(" 366 ")
        server.stop()
        try:
            for _ in range(2):
                assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE" in register(alice)
            alice.send("PRIVMSG #x :still here")
            bob.expect("PRIVMSG #x :still here")
        finally:
            server.start()
        assert " SUCCESS " in register(alice)
        log = daemon.log.read_text()
        assert (log.count("cannot be written to"), log.count("works again")) == (1, 1)
        assert "Traceback" not in log


def test_a_daemon_that_cannot_use_its_database_says_why_and_ends(tmp_path: Path, server: Server) -> None:
    ini = tmp_path / "other.ini"

    def attempt(config: str, directory: str = "var") -> str:
        ini.write_text(f"[chatdaemon]\ndata-directory = {directory}\n{config}")
        ini.chmod(0o600)
        status, said = run_twistd("--config", str(ini), cwd=tmp_path)
        assert status == 1
        assert "Traceback" not in said
        return said

    with Daemon(tmp_path, CONFIG):
        assert "a daemon uses the data directory" in attempt(CONFIG)
    url = PostgreSQLSchema(server, "taken").url
    with Daemon(tmp_path, with_url(url)):
        assert "another daemon or program has locked it" in attempt(with_url(url), "other")
    # What was written last would mend it.
    (tmp_path / "var" / "chatdaemon.db-wal").unlink()
    (tmp_path / "var" / "chatdaemon.db").write_bytes(b"no database at all" * 1000)
    said = attempt(CONFIG)
    assert "chatdaemon.db cannot be used: it is damaged" in said
    assert "chatdaemon restore" in said
    assert "cannot be reached" in attempt(with_url("postgresql:///x?host=/nowhere"))


def test_a_backup_of_a_running_daemon_is_restored(tmp_path: Path) -> None:
    def chatdaemon(*words: str) -> str:
        done = subprocess.run(
            [Path(sys.executable).with_name("chatdaemon"), *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return f"{done.returncode} {done.stdout}{done.stderr}"

    with Daemon(tmp_path, CONFIG) as daemon:
        register(person(daemon, "alice"))
        config = ("--config", str(daemon.ini))
        assert chatdaemon("backup", "copy.db", *config) == "0 copy.db: accounts 1, channels 0\n"
        register(person(daemon, "bob"))
        assert chatdaemon("restore", "copy.db", "--force", *config).startswith("1 chatdaemon: a daemon uses")
        assert daemon.stop(signal.SIGTERM) == 0
    assert chatdaemon("restore", "copy.db", "--force", *config).endswith(
        "chatdaemon.db: accounts 1, channels 0\n"
    )
    assert SQLiteFile(tmp_path / "var").ask("SELECT name FROM accounts") == [("alice",)]
    with Daemon(tmp_path, CONFIG) as daemon:
        identified(daemon, "alice")
