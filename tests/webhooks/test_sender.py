"""What is on its way to hooks: order, other attempts, limits, ends."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock

from chatdaemon.outgoing.addresses import InternalAddress
from chatdaemon.outgoing.posting import Answer
from chatdaemon.realm.hooks import Webhook
from chatdaemon.webhooks.sender import LaneKey, Sender
from chatdaemon.webhooks.settings import WebhookSettings

SECRET = "s" * 20
NOW = 1767225600.0


@dataclass
class Sent:
    """A request that is not answered yet."""

    url: str
    headers: dict[str, str]
    body: bytes
    answer: Deferred[Answer]


class Scene:
    """A sender whose requests the test answers. Hooks are called by their channel, "a" or "b"."""

    def __init__(self, lifetime: float = 3600.0, queue: int = 1000) -> None:
        self.clock = Clock()
        self.sent: list[Sent] = []
        self.hooks: dict[LaneKey, Webhook] = {
            (channel, "log"): Webhook("log", f"https://{channel}.example/x", SECRET, ("message",), "alice", 1)
            for channel in ("a", "b")
        }
        self.removed: list[LaneKey] = []
        self.sender = Sender(
            self.clock, self, WebhookSettings(lifetime=lifetime, queue=queue), self.hooks.get, self.gone,
            lambda: NOW + self.clock.seconds(), lambda: 0.0,
        )  # fmt: skip

    def gone(self, key: LaneKey) -> None:
        self.removed.append(key)

    def post(self, endpoint: str, headers: dict[str, str], body: bytes) -> Deferred[Answer]:
        answer: Deferred[Answer] = Deferred()
        self.sent.append(Sent(endpoint, headers, body, answer))
        return answer

    def send(self, body: bytes, channel: str = "a") -> None:
        self.sender.send((channel, "log"), f"id-{body.decode()}", "message", body)

    def bodies(self) -> list[bytes]:
        return [each.body for each in self.sent]

    def answer(self, status: int, retry_after: float = 0.0) -> None:
        """Of the last request."""
        self.sent[-1].answer.callback(Answer(status, retry_after))

    def fail(self, why: Exception) -> None:
        self.sent[-1].answer.errback(why)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_what_is_sent_is_signed_with_its_time_and_named(scene: Scene) -> None:
    scene.send(b"one")
    (sent,) = scene.sent
    assert (sent.url, sent.body) == ("https://a.example/x", b"one")
    signed = hmac.new(SECRET.encode(), b"1767225600.one", hashlib.sha256).hexdigest()
    assert sent.headers == {
        "Content-Type": "application/json",
        "User-Agent": "chatdaemon",
        "X-Chatdaemon-Timestamp": "1767225600",
        "X-Chatdaemon-Signature": f"sha256={signed}",
        "X-Chatdaemon-Delivery": "id-one",
        "X-Chatdaemon-Event": "message",
    }


def test_one_hook_gets_one_after_the_other_and_another_does_not_wait(scene: Scene) -> None:
    for body in (b"1", b"2"):
        scene.send(body)
    scene.send(b"3", "b")
    assert scene.bodies() == [b"1", b"3"]
    scene.sent[0].answer.callback(Answer(204, 0.0))
    assert scene.bodies() == [b"1", b"3", b"2"]
    scene.answer(200)
    assert (scene.sender.sent, scene.sender.waiting) == (2, 1)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_who_is_busy_is_asked_again_ever_later(scene: Scene, status: int) -> None:
    scene.send(b"1")
    for delay in (1, 2, 4, 8):
        scene.answer(status)
        scene.clock.advance(delay - 0.1)
        before = len(scene.sent)
        scene.clock.advance(0.1)
        assert len(scene.sent) == before + 1
    assert {each.headers["X-Chatdaemon-Delivery"] for each in scene.sent} == {"id-1"}
    times = [each.headers["X-Chatdaemon-Timestamp"] for each in scene.sent]
    assert times == sorted(set(times)), "each attempt is signed anew"
    scene.answer(200)
    assert scene.sender.waiting == 0


def test_who_does_not_answer_is_asked_again_before_anything_else(scene: Scene) -> None:
    scene.send(b"1")
    scene.send(b"2")
    scene.fail(ConnectionLost())
    assert scene.bodies() == [b"1"]
    scene.clock.advance(1)
    assert scene.bodies() == [b"1", b"1"]
    scene.answer(200)
    assert scene.bodies() == [b"1", b"1", b"2"]


def test_who_says_when_is_asked_then_but_not_never() -> None:
    scene = Scene(lifetime=10_000.0)
    scene.send(b"1")
    scene.answer(503, 30)
    scene.clock.advance(29)
    assert len(scene.sent) == 1
    scene.clock.advance(1)
    assert len(scene.sent) == 2
    scene.answer(503, 10**9)
    scene.clock.advance(3600)
    assert len(scene.sent) == 3


def test_chance_brings_an_attempt_forward(scene: Scene) -> None:
    scene.sender._chance = lambda: 0.5
    scene.send(b"1")
    scene.answer(500)
    scene.clock.advance(0.75)
    assert len(scene.sent) == 2


@pytest.mark.parametrize("status", [301, 400, 404, 413])
def test_who_will_never_take_it_is_not_asked_again(scene: Scene, status: int) -> None:
    scene.send(b"1")
    scene.send(b"2")
    scene.answer(status)
    assert scene.bodies() == [b"1", b"2"]
    assert scene.sender.failed == 1
    assert scene.removed == []


def test_who_is_gone_is_removed_with_what_waits(scene: Scene) -> None:
    scene.send(b"1")
    scene.send(b"2")
    scene.answer(410)
    assert scene.removed == [("a", "log")]
    assert (len(scene.sent), scene.sender.waiting) == (1, 0)


def test_nothing_goes_to_an_internal_address(scene: Scene) -> None:
    scene.send(b"1")
    scene.fail(InternalAddress("a.example is not in the public internet"))
    scene.clock.advance(3600)
    assert (len(scene.sent), scene.sender.failed, scene.sender.waiting) == (1, 1, 0)


def test_after_its_lifetime_it_is_given_up() -> None:
    scene = Scene(lifetime=5.0)
    scene.send(b"1")
    for delay in (1, 2):
        scene.answer(500)
        scene.clock.advance(delay)
    scene.answer(500)  # another attempt would be four seconds later
    assert (scene.sender.failed, scene.sender.waiting) == (1, 0)
    scene.clock.advance(100)
    assert len(scene.sent) == 3


def test_what_has_waited_too_long_behind_another_is_not_sent() -> None:
    scene = Scene(lifetime=5.0)
    scene.send(b"1")
    scene.send(b"2")
    scene.clock.advance(6)
    scene.answer(200)
    assert scene.bodies() == [b"1"]
    assert scene.sender.failed == 1


def test_with_too_much_waiting_the_oldest_makes_room_but_not_what_is_under_way() -> None:
    scene = Scene(queue=3)
    for body in (b"1", b"2", b"3", b"4", b"5"):
        scene.send(body)
    assert scene.sender.dropped == 2
    for _ in range(3):
        scene.answer(200)
    assert scene.bodies() == [b"1", b"4", b"5"]


def test_a_hook_that_was_removed_is_sent_nothing_more(scene: Scene) -> None:
    scene.send(b"1")
    scene.send(b"2")
    scene.hooks.clear()
    scene.answer(200)
    assert (len(scene.sent), scene.sender.waiting) == (1, 0)
    scene.send(b"3")
    assert len(scene.sent) == 1


def test_no_more_than_so_many_are_under_way_at_once(scene: Scene) -> None:
    for number in range(40):
        scene.hooks[f"c{number}", "log"] = scene.hooks["a", "log"]
        scene.send(b"x", f"c{number}")
    assert len(scene.sent) == 32
    scene.sent[0].answer.callback(Answer(200, 0.0))
    assert len(scene.sent) == 33


def test_stopped_it_sends_nothing_more(scene: Scene) -> None:
    scene.send(b"1")
    scene.send(b"2")
    scene.answer(500)
    scene.send(b"3", "b")
    scene.sender.stop()
    scene.clock.advance(3600)
    assert (len(scene.sent), scene.sender.waiting) == (2, 0)
    assert scene.clock.getDelayedCalls() == []
