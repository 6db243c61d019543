"""The control socket: what the operator of the machine has a running daemon do, by the command line."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from chatdaemon.accounts.tokens import digest_of
from chatdaemon.config import load
from chatdaemon.control import NAME, reach
from chatdaemon.daemon import Daemon
from chatdaemon.realm.accounts import ChannelRecord, Credentials, Registration
from chatdaemon.realm.records import channel_from
from chatdaemon.realm.requests import RegisterAccount
from tests.world import RecordedControl


class ControlSocketTest(TestCase):
    timeout = 60.0

    def setUp(self) -> None:
        # A path that is longer than a socket's address may be.
        self.data = Path(tempfile.mkdtemp()) / ("d" * 100)
        self.addCleanup(shutil.rmtree, self.data.parent)

    def start(self) -> Daemon:
        file = self.data.parent / "chatdaemon.ini"
        file.write_text(
            f"[chatdaemon]\ndata-directory = {self.data}\n"
            "[listener irc]\nprotocol = irc\nendpoint = tcp:0:interface=127.0.0.1\n"
        )
        config = load(file, environ={})
        daemon = Daemon(reactor, config, RecordedControl())
        daemon.use(config, {})
        daemon.start()
        realm = daemon.node.realm
        if realm.account("alice") is None:
            daemon.node.submit(None, RegisterAccount("alice", Credentials("x"), granted=True))
            record = ChannelRecord("00000000000000aa", "#x", 1, Registration("alice", 1))
            channel = realm.channels["#x"] = channel_from(realm, record)
            realm.founded["alice"] = {channel: None}
        return daemon

    async def run_cli(self, *words: str) -> str:
        """What the command says, by its first line and whether it went well."""
        said = self.data.parent / "said"
        with said.open("w") as out:
            status = await deferToThread(_main, (*words, "--data-directory", str(self.data)), out.fileno())
        text = said.read_text().strip()
        return text if status == 0 else f"! {text}"

    async def test_tokens_are_made_listed_and_revoked(self) -> None:
        daemon = self.start()
        made = await self.run_cli(
            "token", "add", "alice", "--name", "bot", "--verbs", "send,events", "--channels", "#x"
        )
        assert made.startswith("chd_")
        token = daemon.node.realm.tokens[digest_of(made)]
        assert (token.account, token.verbs, token.channels) == ("alice", ("send", "events"), ("#x",))
        assert await self.run_cli("token", "list") == "alice bot: send,events in #x, never used"
        again = await self.run_cli("token", "add", "alice", "--name", "bot")
        assert again == "! chatdaemon: There is a token bot already"
        wrong = await self.run_cli("token", "add", "alice", "--name", "x", "--verbs", "sned")
        assert wrong == '! chatdaemon: There is no verb "sned"'
        await daemon.stop("Over")
        daemon = self.start()
        assert digest_of(made) in daemon.node.realm.tokens
        revoked = await self.run_cli("token", "revoke", "alice", "bot")
        assert revoked == "the token bot of alice is good no longer"
        assert await self.run_cli("token", "list", "alice") == "there are no tokens"
        assert await self.run_cli("token", "list", "bob") == "! chatdaemon: There is no account bob"
        await daemon.stop("Over")

    async def test_hooks_are_made_listed_and_removed(self) -> None:
        daemon = self.start()
        made = await self.run_cli("hook", "add", "#x", "--name", "ci")
        assert digest_of(made.removeprefix("/hook/")) in daemon.node.realm.hooks
        url = "https://example.org/"
        out = await self.run_cli("hook", "add", "#x", "--name", "log", "--url", url, "--events", "join,part")
        assert out.startswith("chd_")
        listed = (await self.run_cli("hook", "list", "#x")).splitlines()
        assert listed[0].startswith("in ci, by server, ")
        assert listed[1].endswith(f": join,part to {url}")
        assert await self.run_cli("hook", "remove", "#x", "ci") == "the hook ci of #x is removed"
        assert daemon.node.realm.hooks == {}
        assert "no such hook" in await self.run_cli("hook", "remove", "#x", "ci")
        assert "no channel" in await self.run_cli("hook", "list", "#y")
        await daemon.stop("Over")

    async def test_only_the_daemons_user_can_connect_and_nothing_is_left_behind(self) -> None:
        daemon = self.start()
        path = self.data / NAME
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        await daemon.stop("Over")
        assert not path.exists()
        assert "no daemon runs with the data directory" in await self.run_cli("token", "list")

    async def test_what_another_daemon_left_behind_is_in_nobodys_way(self) -> None:
        daemon = self.start()
        await daemon.stop("Over")
        directory = os.open(self.data, os.O_RDONLY)
        self.addCleanup(os.close, directory)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(f"/proc/self/fd/{directory}/{NAME}")
        assert "no daemon runs" in await self.run_cli("token", "list")
        daemon = self.start()
        assert await self.run_cli("token", "list") == "there are no tokens"
        await daemon.stop("Over")

    async def test_what_makes_no_sense_is_answered_and_one_connection_may_ask_several_things(self) -> None:
        daemon = self.start()

        def ask() -> list[bytes]:
            with reach(self.data) as connected:
                connected.sendall(b'nonsense\n{"do":"fly"}\n{"do":"status"}\n' + b"x" * 70000 + b"\n")
                lines = connected.makefile("rb")
                return [lines.readline() for _ in range(4)]

        first, second, third, fourth = await deferToThread(ask)
        assert first.startswith(b'{"error":"this is not understood')
        assert second.startswith(b'{"error":"this is not understood')
        assert b'"version"' in third
        assert fourth == b'{"error":"this is too long"}\n'
        await daemon.stop("Over")


def _main(words: tuple[str, ...], out: int) -> int:
    """Run the command in a process of its own."""
    command = [sys.executable, "-c", "import sys; from chatdaemon.cli import main; sys.exit(main())", *words]
    return subprocess.run(command, stdout=out, stderr=out, check=False).returncode
