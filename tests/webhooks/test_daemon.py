"""The whole: a daemon, a hook, a server on this machine that takes what happens, a restart."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from chatdaemon.config import load
from chatdaemon.daemon import Daemon
from chatdaemon.realm.accounts import ChannelRecord, Credentials, Registration
from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.hooks import Direction, hook_of
from chatdaemon.realm.records import channel_from
from chatdaemon.realm.requests import AddHook, AddWebhook, PostByHook, RegisterAccount
from chatdaemon.transports.certificates import ensure_self_signed
from chatdaemon.webhooks.signing import signature
from tests.push.https import PushService
from tests.world import RecordedControl

DIGEST = "d" * 64


async def pause() -> None:
    waiting: Deferred[None] = Deferred()
    reactor.callLater(0.01, waiting.callback, None)
    await waiting


class WebhooksTest(TestCase):
    timeout = 60.0

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.certificate, _ = ensure_self_signed(self.directory, ["localhost"])

    def start(self, outgoing: str = "yes") -> Daemon:
        file = self.directory / "chatdaemon.ini"
        file.write_text(
            f"[chatdaemon]\ndata-directory = {self.directory}/data\n"
            "[listener irc]\nprotocol = irc\nendpoint = tcp:0:interface=127.0.0.1\n"
            f"[hooks]\noutgoing = {outgoing}\nallow-internal = yes\nca-file = {self.certificate}\n"
        )
        config = load(file, environ={})
        daemon = Daemon(reactor, config, RecordedControl())
        daemon.use(config, {})
        daemon.start()
        return daemon

    async def test_what_comes_in_by_one_hook_goes_out_by_another_also_after_a_restart(self) -> None:
        service = PushService(self.certificate)
        await service.start()
        self.addCleanup(service.stop)
        daemon = self.start()
        channel = await registered(daemon)
        node = daemon.node
        node.submit(None, AddHook("#x", "ci", DIGEST))
        events = ("message", "relay")
        node.submit(None, AddWebhook("#x", "log", service.url("/in?a=b"), "s" * 20, events))
        await daemon.stop("Over")
        daemon = self.start()
        service.answers.append((500, {}))
        daemon.node.submit(None, PostByHook(DIGEST, ("Built.",)))
        await service.until(2)
        first, second = service.taken
        assert first.body == second.body
        told = json.loads(second.body)
        assert (told["event"], told["nick"], told["text"]) == ("relay", "ci/hook", "Built.")
        assert (told["hook"], told["channel_id"]) == ("log", channel)
        assert second.path == "/in?a=b"
        at = int(second.headers["x-chatdaemon-timestamp"])
        assert second.headers["x-chatdaemon-signature"] == signature("s" * 20, at, second.body)
        assert second.headers["x-chatdaemon-delivery"] == told["msgid"]
        service.answers.append((410, {}))
        daemon.node.submit(None, PostByHook(DIGEST, ("Gone.",)))
        await service.until(3)
        found: Any = daemon.node.realm.channels["#x"]
        while hook_of(found, "log", Direction.OUT) is not None:
            await pause()
        await daemon.stop("Over")

    async def test_while_it_is_off_nothing_leaves(self) -> None:
        daemon = self.start("no")
        assert daemon.webhooks.watcher.sender is None
        await daemon.stop("Over")


async def registered(daemon: Daemon) -> ChannelId:
    """The id of #x, which is alice's."""
    node = daemon.node
    node.submit(None, RegisterAccount("alice", Credentials("x"), granted=True))
    record = ChannelRecord("00000000000000aa", "#x", 1, Registration("alice", 1))
    channel = channel_from(node.realm, record)
    node.realm.channels["#x"] = channel
    node.realm.founded["alice"] = {channel: None}
    return channel.id
