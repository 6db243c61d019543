"""A real daemon with more people than it has room for, and what it tells its service manager."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chatdaemon.passwords import hash_password
from tests.end_to_end.daemon import PATIENCE, TWISTD, Client, Daemon, environment

PLAIN = "[listener irc]\nendpoint = tcp:0:interface=127.0.0.1\n"
TLS = "[listener ircs]\nendpoint = tcp:port=0:interface=127.0.0.1\ntls = yes\n"
JSON = "[listener json]\nprotocol = json\nendpoint = tcp:0:127.0.0.1\n"


def test_a_full_server_says_so_in_each_protocol_until_somebody_leaves(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN + TLS + JSON + "[limits]\nconnections = 2\n") as daemon:
        port = daemon.port("irc")
        alice = Client.registered(port, "alice", "#hall")
        bob = Client.registered(port, "bob", "#hall")
        assert Client(port).rest() == ["ERROR :Closing Link: (The server is full)"]
        assert Client(daemon.port("ircs"), tls=True).rest() == ["ERROR :Closing Link: (The server is full)"]
        (bye,) = Client(daemon.port("json")).rest()
        assert '"event":"bye"' in bye
        assert '"reason":"The server is full"' in bye
        bob.send("QUIT")
        bob.rest()
        alice.expect(" QUIT ")
        Client.registered(port, "carol")
    assert daemon.complaints() == []


def test_with_no_descriptor_left_the_rest_is_refused_in_order(tmp_path: Path) -> None:
    few = ["bash", "-c", 'ulimit -n 100 && exec "$@"', "bash"]
    with Daemon(tmp_path, PLAIN, command=few) as daemon:
        port = daemon.port("irc")
        alice = Client.registered(port, "alice")
        crowd = [Client(port) for _ in range(200)]
        said = [client.rest() for client in crowd[100:]]
        assert ["ERROR :Closing Link: (The server is full)"] in said
        for client in crowd:
            client.close()
        alice.send("PRIVMSG alice :still here")
        alice.expect("PRIVMSG alice :still here")
    assert daemon.complaints() == []


def test_too_many_passwords_at_once_are_refused_kindly(tmp_path: Path) -> None:
    config = f"password-hash = {hash_password('sesame')}\n" + PLAIN + JSON
    with Daemon(tmp_path, config) as daemon:
        crowd = []
        for number in range(100):
            client = Client(daemon.port("irc"))
            client.send("PASS wrong", f"NICK n{number}", "USER n 0 * :n")
            crowd.append(client)
        programs = []
        for number in range(100):
            program = Client(daemon.port("json"))
            program.send(f'{{"id":1,"op":"hello","v":1,"nick":"p{number}","password":"wrong"}}')
            programs.append(program)
        for client in crowd:
            assert client.rest()[-1].startswith("ERROR :Closing Link: 127.0.0.1 (")
        for program in programs:
            assert '"error"' in program.line()
            program.close()
        alice = Client(daemon.port("irc"))
        alice.send("PASS sesame", "NICK alice", "USER a 0 * :a")
        alice.expect(" 001 alice ")
    assert daemon.complaints() == []
    assert "sesame" not in daemon.log.read_text()


def test_people_meet_over_ipv6_and_over_a_unix_socket(tmp_path: Path) -> None:
    config = f"[listener six]\nendpoint = tcp6:0:interface=\\:\\:1\n[listener local]\nendpoint = unix:{tmp_path}/s\n"
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Daemon(tmp_path, config) as daemon:
        with socket.create_connection(("::1", daemon.port("six")), PATIENCE) as six:
            six.sendall(b"NICK alice\r\nUSER a 0 * :a\r\nJOIN #hall\r\n")
            read_until(six, b" 366 ")
            with socket.socket(socket.AF_UNIX) as local:
                local.settimeout(PATIENCE)
                local.connect(str(tmp_path / "s"))
                local.sendall(b"NICK bob\r\nUSER b 0 * :b\r\nJOIN #hall\r\n")
                assert b":bob!b@localhost JOIN #hall\r\n" in read_until(six, b"#hall\r\n")
                assert b":alice!a@0::1 QUIT" not in read_until(local, b" 366 ")
                six.close()
                assert b":alice!a@0::1 QUIT :Connection closed\r\n" in read_until(local, b"QUIT :")
        assert daemon.stop() == 0
    assert daemon.complaints() == []


def test_it_tells_systemd_that_it_still_turns(tmp_path: Path) -> None:
    with Daemon(tmp_path, PLAIN, environ={"WATCHDOG_USEC": "400000"}) as daemon:
        for _ in range(3):
            daemon.expect_state("WATCHDOG=1")


def test_twistd_puts_it_into_the_background_with_a_log_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "chatdaemon.ini").write_text(PLAIN)
    command = [*TWISTD, "--pidfile=pid", "--logfile=log", "chatdaemon", "--config=chatdaemon.ini"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    pid = int((tmp_path / "pid").read_text())
    wait = "import os, sys, time\nwhile os.path.exists('/proc/' + sys.argv[1]): time.sleep(0.05)"
    try:
        log = (tmp_path / "log").read_text()
        assert "[listener irc] IRC on 127.0.0.1:" in log
        port = int(log.partition("IRC on 127.0.0.1:")[2].split()[0])
        alice = Client.registered(port, "alice")
    finally:
        subprocess.run(["kill", str(pid)], check=True)
    assert alice.rest()[-1].startswith("ERROR :")
    subprocess.run([sys.executable, "-c", wait, str(pid)], timeout=PATIENCE, check=True)
    assert not (tmp_path / "pid").exists()
    assert "Traceback" not in (tmp_path / "log").read_text()


def read_until(sock: socket.socket, wanted: bytes) -> bytes:
    """All that comes, up to the line that holds `wanted`."""
    data = b""
    while wanted not in data or not data.endswith(b"\n"):
        more = sock.recv(65536)
        assert more, f"closed after {data[-200:]!r}"
        data += more
    return data
