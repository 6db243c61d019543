"""The examples of docs/http-api.md, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path

from tests.end_to_end.daemon import PATIENCE, Client, Daemon
from tests.end_to_end.programs import CONFIG, owner

DOCUMENT = Path(__file__).parents[2] / "docs" / "http-api.md"
EXAMPLES = re.findall(r"```console\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
HERE = "http://127.0.0.1:8067"


def commands(example: str) -> list[tuple[str, str]]:
    """Each command of an example, and what it writes."""
    found = [part.partition("\n") for part in ("\n" + example).split("\n$ ")[1:]]
    return [(command, output.strip("\n")) for command, _, output in found]


def at_any_time(text: str) -> str:
    """The same, whenever it was written."""
    text = re.sub(r'"time":"[^"]+"', '"time":"T"', text)
    return re.sub(r"\b[0-9a-f]{16}\b", "MSGID", text)


def run(command: str, daemon: Daemon, **secrets: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["bash", "-c", command.replace(HERE, f"http://127.0.0.3:{daemon.port('web')}")],
        env={"PATH": "/usr/bin:/bin", **secrets},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 4


def test_every_example_is_what_happens(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as daemon:
        robot = owner(daemon)
        token = robot.ok(op="token_create", name="ci")["secret"]
        robot.ok(op="bye")
        robot.close()
        doing, errors, hearing, hooks = EXAMPLES
        for command, output in [*commands(doing), *commands(errors)]:
            check(run(command, daemon, TOKEN=token), output)
        alice = Client.registered(daemon.port("irc"), "alice", "#builds")
        hear(hearing, daemon, alice, token)
        alice.settled()
        hook = new_hook(daemon)
        bob = Client.registered(daemon.port("irc"), "bob", "#ci")
        for command, output in commands(hooks):
            check(run(command, daemon, HOOK=hook), output)
        bob.expect(":jenkins/hook!hook@irc.test PRIVMSG #ci :Build 4711 is broken.")
        assert daemon.complaints() == []


def check(process: subprocess.Popen[str], output: str) -> None:
    written, _ = process.communicate(timeout=PATIENCE)
    assert at_any_time(written.strip("\n")) == at_any_time(output)


def hear(example: str, daemon: Daemon, alice: Client, token: str) -> None:
    """The stream does not end by itself: as much is read as the example has."""
    ((command, output),) = commands(example)
    process = run(command, daemon, TOKEN=token)
    limit = threading.Timer(PATIENCE, process.kill)
    limit.start()
    assert process.stdout is not None
    wanted = at_any_time(output).split("\n")
    for number, line in enumerate(wanted):
        if number == wanted.index("") + 1:
            alice.send("PRIVMSG #builds :Thank you.")
        assert at_any_time(process.stdout.readline().rstrip("\n")) == line
    limit.cancel()
    process.kill()
    process.communicate()


def new_hook(daemon: Daemon) -> str:
    founder = owner(daemon, "founder")
    founder.ok(op="join", channel="#ci")
    founder.ok(op="channel_register", channel="#ci")
    made = founder.ok(op="hook_add", channel="#ci", name="ci")
    founder.close()
    return str(made["path"]).removeprefix("/hook/")
