"""The programs in examples/: short, and they do what they say against a real daemon."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.daemon import PATIENCE, Client, Daemon, environment
from tests.end_to_end.programs import CONFIG as WITH_WEB
from tests.end_to_end.programs import owner

EXAMPLES = Path(__file__).parents[2] / "examples"
CHATDAEMON = [sys.executable, "-c", "import sys; from chatdaemon.cli import main; sys.exit(main())"]
CONFIG = """
[listener irc]
endpoint = tcp:0:interface=127.0.0.1
[listener json]
protocol = json
endpoint = tcp:port=0:interface=127.0.0.1
[listener binary]
protocol = binary
endpoint = tcp:0:127.0.0.1
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("daemon"), CONFIG) as running:
        yield running
        assert running.complaints() == []


@contextmanager
def example(daemon: Daemon, name: str, *arguments: str) -> Iterator[None]:
    """The program, running; ended afterwards, if it has not failed before."""
    server = f"tcp:127.0.0.1:{daemon.port('json')}"
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / name), *arguments], env=environment(CHATDAEMON_SERVER=server)
    )
    try:
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def alice(daemon: Daemon, channel: str) -> Client:
    """Somebody on IRC, in the channel."""
    return Client.registered(daemon.port("irc"), f"alice-{channel[1:]}", channel)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: str(path.name))
def test_an_example_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 40


def test_the_json_bot_rolls_dice(daemon: Daemon) -> None:
    person = alice(daemon, "#dice")
    with example(daemon, "json_bot.py", "#dice"):
        person.expect("JOIN")
        person.send("PRIVMSG #dice :!roll")
        assert person.expect("PRIVMSG #dice").rstrip()[-1] in "123456"
    person.send("QUIT")


def test_the_binary_bot_greets(daemon: Daemon) -> None:
    first = alice(daemon, "#door")
    with example(daemon, "binary_bot.py", "#door", str(daemon.port("binary"))):
        first.expect(":doorman!")
        bob = Client.registered(daemon.port("irc"), "bob", "#door")
        assert bob.expect("PRIVMSG #door").endswith(":Welcome, bob!")
        bob.send("QUIT")
    first.send("QUIT")


def test_the_irc_bot_tells_the_time(daemon: Daemon) -> None:
    person = alice(daemon, "#clock")
    with example(daemon, "irc_bot.py", "#clock", str(daemon.port("irc"))):
        person.expect(":clock!")
        person.send("PRIVMSG #clock :!time")
        assert person.expect("PRIVMSG #clock").endswith(" UTC")
    person.send("QUIT")


def test_the_webhook_logs_what_is_said_and_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with Daemon(tmp_path, WITH_WEB + "[hooks]\nallow-internal = yes\n") as daemon:
        robot = owner(daemon)
        robot.ok(op="join", channel="#news")
        robot.ok(op="channel_register", channel="#news")
        address = f"http://127.0.0.1:{port}/"
        to_it = robot.ok(op="hook_add", channel="#news", name="echo", direction="out", url=address)
        from_it = robot.ok(op="hook_add", channel="#news", name="echo")
        process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / "webhook.py"), str(port)],
            env=environment(
                HOOK_SECRET=to_it["secret"],
                HOOK_URL=f"http://127.0.0.3:{daemon.port('web')}{from_it['path']}",
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        # Whatever happens, reading its log comes to an end.
        patience = threading.Timer(PATIENCE, process.kill)
        patience.start()
        try:
            person = alice(daemon, "#news")
            # The hook is tried again until the program is there to answer.
            msgid = robot.ok(op="send", target="#news", text="!hello")["msgid"]
            assert person.expect("echo/hook!hook@irc.test PRIVMSG").endswith("PRIVMSG #news :Hello, robot!")
            assert process.stdout is not None
            assert process.stdout.readline() == f"{msgid} <robot> !hello\n"
        finally:
            patience.cancel()
            process.kill()
            process.wait()
        assert daemon.complaints() == []


@pytest.mark.parametrize("text", [["hello", "there"], []])
def test_chatdaemon_send_says_it(daemon: Daemon, text: list[str]) -> None:
    channel = f"#news{len(text)}"
    person = alice(daemon, channel)
    done = subprocess.run(
        [*CHATDAEMON, "send", "-v", "--nick", "script", channel, *text],
        env=environment(CHATDAEMON_SERVER=f"tcp:127.0.0.1:{daemon.port('json')}"),
        input="one\ntwo\n",
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    wanted = ["hello there"] if text else ["one", "two"]
    assert len(done.stdout.splitlines()) == len(wanted)
    for line in wanted:
        assert person.expect(f"PRIVMSG {channel}").endswith(f":{line}")
    person.send("QUIT")


def test_chatdaemon_send_says_what_is_wrong(daemon: Daemon) -> None:
    done = subprocess.run(
        [*CHATDAEMON, "send", "nobody", "hello"],
        env=environment(CHATDAEMON_SERVER=f"tcp:127.0.0.1:{daemon.port('json')}"),
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("chatdaemon: There is no user and no channel nobody")


def test_chatdaemon_talk_sends_a_pipe(daemon: Daemon) -> None:
    person = alice(daemon, "#talk")
    done = subprocess.run(
        [*CHATDAEMON, "talk", "--nick", "tom", "#talk"],
        env=environment(CHATDAEMON_SERVER=f"tcp:127.0.0.1:{daemon.port('json')}"),
        input="hello\n/me waves\n",
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert person.expect("PRIVMSG #talk").endswith(":hello")
    assert "\x01ACTION waves\x01" in person.expect("PRIVMSG #talk")
    person.expect("QUIT")
    person.send("QUIT")
