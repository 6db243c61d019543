"""Logging in to a real daemon, by a password that a program of the operator's knows."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from tests.end_to_end.daemon import Client, Daemon

PLAIN = "[listener irc]\nendpoint = tcp:0:interface=127.0.0.1\n"
SCRIPT = (
    f"#!{sys.executable}\nimport json, sys\nasked = json.loads(sys.stdin.readline())\n"
    "print(json.dumps({'success': asked == {'accountName': 'alice', 'passphrase': 'sesame'}}))\n"
)


def test_a_script_knows_who_somebody_is_and_the_log_who_nobody_is(tmp_path: Path) -> None:
    script = tmp_path / "check"
    script.write_text(SCRIPT)
    script.chmod(stat.S_IRWXU)
    checker = f"[accounts]\nregistration = closed\n[checker x]\ntype = script\noptions = command = {script}\n"
    with Daemon(tmp_path, PLAIN + checker) as daemon:
        alice = Client(daemon.port("irc"))
        alice.send("PASS alice:sesame", "NICK alice", "USER a 0 * :A")
        assert " alice :" in alice.expect(" 900 ")
        alice.expect(" 001 ")
        alice.close()
        for password in ("alice:my-secret", "my-secret:alice"):
            other = Client(daemon.port("irc"))
            other.send(f"PASS {password}", "NICK other", "USER a 0 * :A", "QUIT")
            assert not any(" 900 " in line for line in other.rest())
        assert daemon.stop() == 0
        log = daemon.log.read_text()
        assert [line.partition(": ")[2] for line in log.splitlines() if "failed login" in line] == [
            "failed login to alice from 127.0.0.1",
            "failed login to * from 127.0.0.1",
        ]
        assert "my-secret" not in log
        assert "sesame" not in log
        assert daemon.complaints() == []
