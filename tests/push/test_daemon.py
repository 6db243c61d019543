"""The whole: a daemon with [push], a push service on this machine, and a restart."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.trial.unittest import TestCase

from chatdaemon.config import load
from chatdaemon.daemon import CannotStart, Daemon, tls_contexts
from chatdaemon.realm.accounts import Credentials
from chatdaemon.realm.requests import RegisterAccount, SetAccount
from chatdaemon.reload import reload
from chatdaemon.transports.certificates import ensure_self_signed
from tests.push.https import PushService
from tests.push.receiver import Receiver
from tests.push.test_vapid import verified
from tests.world import FakeTransport, RecordedControl


class PushTest(TestCase):
    timeout = 60.0

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.ini = self.directory / "chatdaemon.ini"
        self.certificate, _ = ensure_self_signed(self.directory / "service", ["localhost"])
        self.on = (
            "[push]\nenabled = yes\ncontact = chat@example.net\nallow-internal = yes\ndelay = 0s\n"
            f"ca-file = {self.certificate}\n"
        )
        self.running: list[Daemon] = []
        self.addCleanup(self.end)

    async def service(self) -> PushService:
        service = PushService(self.certificate)
        await service.start()
        self.addCleanup(service.stop)
        return service

    def write(self, text: str) -> None:
        self.ini.write_text(
            "[chatdaemon]\nserver-name = irc.test\ndata-directory = var\nshutdown-timeout = 0s\n"
            "[listener irc]\nendpoint = tcp:0:interface=127.0.0.1\n[accounts]\nnick-reservation = no\n" + text
        )

    def start(self, text: str) -> Daemon:
        self.write(text)
        config = load(self.ini, environ={})
        daemon = Daemon(reactor, config, RecordedControl())
        self.running.append(daemon)
        daemon.use(config, tls_contexts(config))
        daemon.start()
        return daemon

    async def end(self) -> None:
        while self.running:
            await self.running.pop().stop("over")

    async def irc(
        self, daemon: Daemon, nick: str, account: str | None = None, caps: str = ""
    ) -> FakeTransport:
        session: Any = daemon._speeches["irc"].session(daemon.config.listeners[0])
        transport = FakeTransport(cast(Any, reactor), "192.0.2.1")
        transport.protocol = session
        Protocol.makeConnection(session, cast(Any, transport))
        self.addCleanup(session.drop, "over")
        self.say(transport, f"CAP REQ :{caps}", f"NICK {nick}", f"USER {nick} 0 * :x", "CAP END")
        await self.until(transport, rb" 001 ")
        if account is not None:
            if daemon.node.realm.account(account) is None:
                daemon.node.submit(None, RegisterAccount(account, Credentials("x"), granted=True))
            session.in_flight = True
            daemon.node.submit(session, SetAccount(account))
            await self.until(transport, rb" 900 ")
        return transport

    def say(self, transport: FakeTransport, *lines: str) -> None:
        transport.protocol.dataReceived("".join(f"{line}\r\n" for line in lines).encode())

    async def until(self, transport: FakeTransport, pattern: bytes) -> bytes:
        while not re.search(pattern, transport.received):
            assert not transport.gone, transport.received
            await self.a_moment()
        return transport.received

    async def a_moment(self) -> None:
        waiting: Deferred[None] = Deferred()
        reactor.callLater(0.005, waiting.callback, None)
        await waiting

    async def test_people_are_told_of_messages_before_and_after_a_restart(self) -> None:
        service, receiver = await self.service(), Receiver()
        endpoint = service.url("/alice")
        daemon = self.start(self.on)
        alice = await self.irc(daemon, "alice", "alice", "draft/webpush")
        assert f"VAPID={daemon.push.public_key} ".encode() in alice.received
        self.say(alice, f"WEBPUSH REGISTER {endpoint} {receiver.keys}")
        await self.until(alice, f"WEBPUSH REGISTER {re.escape(endpoint)}".encode())
        self.say(await self.irc(daemon, "bob"), "PRIVMSG alice :one")
        await service.until(1)
        key = daemon.push.public_key
        await self.end()

        daemon = self.start(self.on)
        assert daemon.push.public_key == key
        await self.irc(daemon, "alice", "alice")
        self.say(await self.irc(daemon, "bob"), "PRIVMSG alice :two")
        await service.until(2)
        assert [receiver.read(taken.body) for taken in service.taken] == [
            b":bob!bob@192.0.2.1 PRIVMSG alice :one",
            b":bob!bob@192.0.2.1 PRIVMSG alice :two",
        ]
        for taken in service.taken:
            assert taken.path == "/alice"
            claims = verified(taken.headers["authorization"], f"https://localhost:{service.port}")
            assert claims["sub"] == "mailto:chat@example.net"
            assert taken.headers["authorization"].endswith(f"k={key}")
            assert taken.headers["content-encoding"] == "aes128gcm"

    async def test_a_subscription_that_the_service_does_not_know_is_forgotten_on_the_disk_as_well(
        self,
    ) -> None:
        service, receiver = await self.service(), Receiver()
        daemon = self.start(self.on)
        alice = await self.irc(daemon, "alice", "alice", "draft/webpush")
        self.say(alice, f"WEBPUSH REGISTER {service.url('/1')} {receiver.keys}")
        await self.until(alice, b"WEBPUSH REGISTER")
        service.answers = [(410, {})]
        self.say(await self.irc(daemon, "bob"), "PRIVMSG alice :one")
        while daemon.node.realm.subscriptions:
            await self.a_moment()
        await self.end()
        assert self.start(self.on).node.realm.subscriptions == {}

    async def test_it_is_switched_on_and_off_while_the_daemon_runs(self) -> None:
        daemon = self.start("")
        alice = await self.irc(daemon, "alice", "alice", "cap-notify")
        assert b"VAPID" not in alice.received
        self.say(alice, "CAP LS 302")
        assert b"webpush" not in alice.received
        assert not (self.directory / "var" / "vapid.pem").exists()
        self.write(self.on)
        assert reload(daemon, {}) == []
        await self.until(alice, rb"CAP alice NEW :.*draft/webpush")
        await self.until(alice, rb" 005 alice .*VAPID=")
        assert (self.directory / "var" / "vapid.pem").exists()
        self.write("")
        assert reload(daemon, {}) == []
        await self.until(alice, rb"CAP alice DEL :.*draft/webpush")
        await self.until(alice, rb" 005 alice .*-VAPID")

    async def test_what_cannot_be_used_changes_nothing(self) -> None:
        daemon = self.start(self.on)
        key = daemon.push.public_key
        (self.directory / "var" / "vapid.pem").write_text("nonsense")
        self.write(self.on)
        (mistake,) = reload(daemon, {})
        assert "vapid.pem does not hold" in mistake
        assert daemon.push.public_key == key
        await self.end()
        with self.assertRaisesRegex(CannotStart, r"vapid\.pem"):
            self.start(self.on)
