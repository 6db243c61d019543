"""The HTTP API of a real daemon: requests that its description allows, and many that it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.end_to_end.daemon import Client, Daemon
from tests.end_to_end.programs import CONFIG, ask, owner

# A stream does not end; and without push services they cannot be had, which is a 503, and right.
NOT_HERE = ("events", "push", "push_subscribe")
# What would take away from the token what it asks by, or from the next run its account.
KEPT = {"ping", "token_revoke", "account_drop"}
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth"
)


def test_no_request_gets_an_answer_that_is_not_in_the_description(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as daemon:
        _, described = ask(daemon, "GET", "/api/v1/openapi.json")
        verbs = sorted(path.rpartition("/")[2] for path in described["paths"] if path.startswith("/api/v1/"))
        robot = owner(daemon)
        robot.ok(op="join", channel="#x")
        verbs = [verb for verb in verbs if verb not in {*KEPT, "openapi.json"}]
        secret = robot.ok(op="token_create", name="fuzz", verbs=verbs)["secret"]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run"),
                f"http://127.0.0.3:{daemon.port('web')}/api/v1/openapi.json",
                *("--header", f"Authorization: Bearer {secret}"),
                *("--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", "8"),
                *(part for each in NOT_HERE for part in ("--exclude-operation-id", each)),
                *("--seed", "1", "--max-time", "50"),
                *("--suppress-health-check", "all", "--no-color", "--warnings", "off"),
            ],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert daemon.complaints() == []
        # And it goes on working, for everybody.
        alice = Client.registered(daemon.port("irc"), "alice", "#y")
        alice.send("PRIVMSG #y :hi")
        alice.settled()
