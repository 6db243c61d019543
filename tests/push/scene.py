"""A world in which web push is on, and push services that only remember what they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet.defer import Deferred

from chatdaemon.outgoing.posting import Answer, Poster
from chatdaemon.protocols.irc.push import pushed
from chatdaemon.push.push import Push
from chatdaemon.push.settings import PushSettings
from tests.push.receiver import Receiver
from tests.world import Client, World

CAPS = "draft/webpush message-tags server-time draft/read-marker batch"


@dataclass
class Sent:
    """A request that a push service has not answered yet."""

    endpoint: str
    headers: Mapping[str, str]
    body: bytes
    answer: Deferred[Answer]


class RecordedServices:
    """Takes everything, unless `patient`, which leaves the answers to the test."""

    def __init__(self) -> None:
        self.patient = False
        self.sent: list[Sent] = []
        self.cancelled = 0

    def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Deferred[Answer]:
        sent = Sent(endpoint, headers, body, Deferred(self._cancel))
        self.sent.append(sent)
        if not self.patient:
            sent.answer.callback(Answer(201, 0.0))
        return sent.answer

    def _cancel(self, _: Deferred[Answer]) -> None:
        self.cancelled += 1


class PushScene:
    """`delay` is as configured."""

    def __init__(self, world: World, delay: float = 0.0) -> None:
        self.world = world
        self.services = RecordedServices()
        self.settings = PushSettings("mailto:chat@example.net", delay=delay)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.push = Push(world.clock, world.node, partial(pushed, "irc.test"), world.clock.seconds)
        self.receivers: dict[str, Receiver] = {}
        self.use()

    def use(self, **changed: Any) -> None:
        """Be configured otherwise."""
        self.settings = replace(self.settings, **changed)
        self.push.configure(self.settings, self.key, cast(Poster, self.services))
        self.world.irc_server.configure(replace(self.world.irc_server.settings, vapid=self.push.public_key))

    def off(self) -> None:
        self.push.stop()
        self.world.irc_server.configure(replace(self.world.irc_server.settings, vapid=""))

    def irc(self, nick: str, *, account: str | None = None, caps: str = CAPS) -> Client:
        """Somebody who is logged in (by default, to an account of their name)."""
        name = account or nick
        self.world.account(name, nicks=(nick,))
        client = self.world.irc(nick, caps=caps)
        client.send(f"NICKSERV IDENTIFY {name} sesame")
        client.read()
        return client

    def subscribe(self, client: Client, endpoint: str) -> Receiver:
        receiver = self.receivers[endpoint] = Receiver()
        (line,) = client.ask(f"WEBPUSH REGISTER {endpoint} {receiver.keys}")
        assert line.endswith(f":irc.test WEBPUSH REGISTER {endpoint}")
        return receiver

    def read(self) -> list[tuple[str, str]]:
        """What was sent since the last time, with its endpoint."""
        self.world.settle()
        sent, self.services.sent = self.services.sent, []
        return [(each.endpoint, self.receivers[each.endpoint].read(each.body).decode()) for each in sent]

    def lines(self) -> list[str]:
        """The same, without tags and endpoints."""
        return [line.partition(" :")[2] if line.startswith("@") else line for _, line in self.read()]
