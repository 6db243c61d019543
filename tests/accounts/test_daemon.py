"""Authentication in a daemon: what its configuration makes of it, now and after a reload."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.trial.unittest import TestCase

from chatdaemon.accounts.login import Client
from chatdaemon.config import load
from chatdaemon.daemon import Daemon, tls_contexts
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.reload import reload
from chatdaemon.service import Options, makeService
from chatdaemon.transports.certificates import ensure_self_signed
from tests.accounts.relay import Relay
from tests.world import FakeTransport, RecordedControl

PLAIN = "[listener irc]\nendpoint = tcp:0:interface=127.0.0.1\n"
OPEN = "[accounts]\nplain-without-tls = yes\n"
SCRIPT = (
    f"#!{sys.executable}\nimport json, sys\nasked = json.loads(sys.stdin.readline())\n"
    "print(json.dumps({'success': asked['passphrase'] == 'sesame'}))\n"
)
HERE = Client("127.0.0.1", False, True, None)


class DaemonTest(TestCase):
    timeout = 60.0

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.ini = self.directory / "chatdaemon.ini"
        self.started: list[Daemon] = []
        self.addCleanup(lambda: self.daemon.stop("over") if self.started else None)

    def write(self, text: str) -> None:
        self.ini.write_text(f"[chatdaemon]\nserver-name = irc.test\ndata-directory = var\n{PLAIN}{text}")

    def start(self, text: str) -> None:
        self.write(text)
        config = load(self.ini, environ={})
        self.daemon = Daemon(reactor, config, RecordedControl())
        self.daemon.use(config, tls_contexts(config))
        self.daemon.start()
        self.started.append(self.daemon)

    def reload(self, text: str) -> list[str]:
        self.write(text)
        return reload(self.daemon, {})

    def script(self) -> str:
        path = self.directory / "check"
        path.write_text(SCRIPT)
        path.chmod(stat.S_IRWXU)
        return f"[accounts]\nregistration = closed\n[checker x]\ntype = script\noptions = command = {path}\n"

    def connect(self) -> FakeTransport:
        """An IRC client on a connection in the clear, from elsewhere."""
        make: Any = self.daemon._speeches["irc"].session
        session = make(self.daemon.config.listeners[0])
        assert isinstance(session, IRCSession)
        transport = FakeTransport(cast(Any, reactor), "192.0.2.1")
        transport.protocol = session
        Protocol.makeConnection(session, cast(Any, transport))
        self.addCleanup(session.drop, "over")
        return transport

    async def until(self, transport: FakeTransport, pattern: bytes) -> bytes:
        """All that the client has been sent, when this is in it."""
        while not re.search(pattern, transport.received):
            assert not transport.gone, transport.received
            waiting: Deferred[None] = Deferred()
            reactor.callLater(0.005, waiting.callback, None)
            await waiting
        return transport.received

    async def test_a_code_goes_by_mail_and_makes_the_account_one(self) -> None:
        certificate, _ = ensure_self_signed(self.directory / "relay", ["localhost"])
        relay = Relay("starttls", certificate)
        port = await relay.start()
        self.addCleanup(relay.stop)
        self.start(OPEN)
        mail = (
            f"email-verification = yes\n[mail]\nrelay = localhost\nport = {port}\nsender = chat@example.net\n"
            f"ca-file = {certificate}\n"
        )
        assert self.reload(OPEN + mail) == []
        alice = self.connect()
        alice.protocol.dataReceived(b"NICK alice\r\nUSER a 0 * :A\r\n")
        await self.until(alice, rb" 001 ")
        alice.protocol.dataReceived(b"REGISTER * alice@example.org correct-horse\r\n")
        await self.until(alice, rb"REGISTER VERIFICATION_REQUIRED alice ")
        await relay.until(1)
        (message,) = relay.taken
        assert message.receiver == "alice@example.org"
        found = re.search(rb"VERIFY alice (\w+)", b"\n".join(message.lines))
        assert found is not None
        alice.protocol.dataReceived(b"VERIFY alice %s\r\n" % found[1])
        await self.until(alice, rb"VERIFY SUCCESS alice ")
        account = self.daemon.node.realm.account("alice")
        assert account is not None
        assert account.email == "alice@example.org"

    async def test_a_checker_comes_and_goes_with_the_configuration(self) -> None:
        self.start(self.script())
        authentication = self.daemon.authentication
        assert await authentication.log_in("alice", "sesame", HERE) == "alice"
        before = authentication.checkers.ready
        assert self.reload(self.script() + "[motd]\ntext = hello\n") == []
        assert authentication.checkers.ready[0][1] is before[0][1]
        assert self.reload("") == []
        assert not authentication.checkers

    def test_what_cannot_be_used_changes_nothing(self) -> None:
        self.start(self.script())
        before = self.daemon.authentication.checkers
        wrong = (
            "[checker x]\ntype = script\noptions = command = /nowhere\n[checker y]\ntype = unknown\n"
            "[oauth]\njwt-key = short\n[mail]\nrelay = x.example\nsender = a@example.net\nca-file = chatdaemon.ini\n"
            "[motd]\ntext = hello\n"
        )
        mistakes = self.reload(wrong)
        assert [each.split("]")[0] for each in mistakes] == ["[checker x", "[checker y", "[oauth", "[mail"]
        assert self.daemon.authentication.checkers is before
        assert self.daemon.irc.settings.motd == ()

    def test_tokens_are_taken_or_not_as_it_is_configured(self) -> None:
        self.start(f"[oauth]\njwt-key = {'s' * 32}\n")
        authentication = self.daemon.authentication
        assert "OAUTHBEARER" in authentication.mechanisms(HERE)
        tokens = authentication.tokens
        assert self.reload(f"[oauth]\njwt-key = {'s' * 32}\n[motd]\ntext = hello\n") == []
        assert authentication.tokens is tokens
        assert self.reload("[accounts]\nsasl-mechanisms = plain\n") == []
        assert authentication.mechanisms(HERE) == ("PLAIN",)

    async def test_names_that_nobody_has_look_the_same_after_a_restart(self) -> None:
        self.start("")
        keys = self.daemon.authentication.scram_keys("nobody")
        await self.daemon.stop("over")
        self.start("")
        assert self.daemon.authentication.scram_keys("NOBODY") == keys

    def test_check_looks_at_checkers_and_keys(self) -> None:
        self.write("[checker y]\ntype = unknown\n[oauth]\njwt-key = short\n")
        options: Any = cast(Any, Options)()
        options.parseOptions(["--check", "--config", str(self.ini)])
        said = io.StringIO()
        with contextlib.redirect_stderr(said), pytest.raises(SystemExit) as end:
            makeService(options)
        assert end.value.code == 1
        assert [each.split("]")[0] for each in said.getvalue().splitlines()] == ["[checker y", "[oauth"]
