"""What becomes of what is to be sent: order, limits, failures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from twisted.internet.error import ConnectionLost
from twisted.logger import ILogObserver, globalLogPublisher

from chatdaemon.outgoing.addresses import InternalAddress
from chatdaemon.outgoing.posting import Answer
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.settings import Settings
from tests.push.scene import PushScene, Sent
from tests.world import Client, World

HERE, THERE = "https://push.example/secret-1", "https://push.example/secret-2"


class Desk:
    """alice has subscribed, bob writes to her, and the test answers for the push service."""

    def __init__(self) -> None:
        settings = Settings(nick_is_account=False, reserve_nicks=False)
        self.world = World(settings=settings, limits=LineLimits(flood_rate=None, ping_interval=None))
        self.scene = PushScene(self.world)
        self.services = self.scene.services
        self.alice: Client = self.scene.irc("alice")
        self.receiver = self.scene.subscribe(self.alice, HERE)
        self.bob = self.world.irc("bob")
        self.services.patient = True
        self.logged: list[str] = []

    def write(self, *texts: str) -> None:
        for text in texts:
            self.bob.send(f"PRIVMSG alice :{text}")

    def sent(self) -> list[str]:
        """The texts of all requests up to now."""
        return [self.text(each) for each in self.services.sent]

    def text(self, sent: Sent) -> str:
        line = self.scene.receivers[sent.endpoint].read(sent.body).decode()
        return line.partition(" PRIVMSG alice :")[2]

    def answer(self, status: int, retry_after: float = 0.0) -> None:
        self.services.sent[-1].answer.callback(Answer(status, retry_after))
        self.world.settle()

    def fail(self, error: Exception) -> None:
        self.services.sent[-1].answer.errback(error)
        self.world.settle()

    def subscribed(self) -> list[str]:
        return [each for known in self.world.realm.subscriptions.values() for each in known]

    def note(self, event: Any) -> None:
        if event.get("log_namespace") == "chatdaemon.push":
            self.logged.append(event.get("what", "a failure"))


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    note = cast(ILogObserver, desk.note)
    globalLogPublisher.addObserver(note)
    yield desk
    globalLogPublisher.removeObserver(note)


def test_a_request_says_what_rfc_8030_asks_for_and_hides_how_long_it_is(desk: Desk) -> None:
    desk.write("hi")
    (sent,) = desk.services.sent
    assert sent.endpoint == HERE
    assert sent.headers["Authorization"].startswith("vapid t=")
    assert {name: value for name, value in sent.headers.items() if name != "Authorization"} == {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(7 * 86400),
        "Urgency": "high",
    }
    desk.answer(201)
    desk.write("x" * 400)
    assert [len(each.body) for each in desk.services.sent] == [2048, 2048]


def test_one_subscription_is_served_in_order_and_another_does_not_wait_for_it(desk: Desk) -> None:
    desk.write("one", "two")
    assert desk.sent() == ["one"]
    desk.scene.subscribe(desk.alice, THERE)
    desk.write("three")
    assert [(each.endpoint, desk.text(each)) for each in desk.services.sent[1:]] == [(THERE, "three")]
    desk.services.sent[0].answer.callback(Answer(200, 0.0))
    assert (desk.services.sent[-1].endpoint, desk.sent()[-1]) == (HERE, "two")
    desk.answer(200)
    assert (desk.services.sent[-1].endpoint, desk.sent()[-1]) == (HERE, "three")


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_forgotten_with_what_waits_for_it(desk: Desk, status: int) -> None:
    desk.write("one", "two")
    desk.answer(status)
    assert desk.subscribed() == []
    desk.world.pass_time(60)
    assert desk.sent() == ["one"]
    desk.scene.subscribe(desk.alice, HERE)
    desk.write("three")
    assert len(desk.services.sent) == 2
    assert desk.text(desk.services.sent[-1]) == "three"


def test_a_subscription_that_was_renewed_meanwhile_stays(desk: Desk) -> None:
    desk.write("one")
    desk.world.pass_time(1)
    desk.scene.subscribe(desk.alice, HERE)
    desk.answer(410)
    assert desk.subscribed() == [HERE]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_push_service_that_is_busy_is_tried_again_ever_later_and_then_no_more(
    desk: Desk, status: int
) -> None:
    desk.write("one")
    for delay in (2, 10, 60, 300, 900):
        count = len(desk.services.sent)
        desk.answer(status)
        desk.world.pass_time(delay - 1)
        assert len(desk.services.sent) == count
        desk.world.pass_time(1)
        assert len(desk.services.sent) == count + 1
    desk.answer(status)
    desk.world.pass_time(3600)
    assert desk.sent() == ["one"] * 6
    assert desk.logged == [f"a push to push.example is given up: it answers {status}"]
    desk.write("two")
    assert desk.sent()[6:] == ["two"]
    assert desk.subscribed() == [HERE]


def test_it_waits_as_long_as_it_is_asked_to_but_not_for_ever(desk: Desk) -> None:
    desk.write("one")
    desk.answer(429, 30.0)
    desk.world.pass_time(29)
    assert len(desk.services.sent) == 1
    desk.world.pass_time(1)
    assert len(desk.services.sent) == 2
    desk.answer(429, 10.0**9)
    desk.world.pass_time(3599)
    assert len(desk.services.sent) == 2
    desk.world.pass_time(1)
    assert len(desk.services.sent) == 3


def test_a_connection_that_fails_is_tried_again_and_what_follows_keeps_its_order(desk: Desk) -> None:
    desk.write("one", "two")
    desk.fail(ConnectionLost())
    desk.write("three")
    assert desk.sent() == ["one"]
    desk.world.pass_time(2)
    for _ in range(3):
        desk.answer(201)
    assert desk.sent() == ["one", "one", "two", "three"]


def test_what_was_refused_is_not_sent_again(desk: Desk) -> None:
    desk.write("one", "two")
    desk.answer(413)
    assert desk.sent() == ["one", "two"]
    assert desk.subscribed() == [HERE]
    # The rest of an endpoint is a secret.
    assert desk.logged == ["push.example does not take a push: it answers 413"]


def test_internal_addresses_are_not_tried_again(desk: Desk) -> None:
    desk.write("one", "two")
    desk.fail(InternalAddress("push.example is not in the public internet"))
    assert desk.sent() == ["one", "two"]
    assert desk.logged == ["push.example is sent nothing: push.example is not in the public internet"]


def test_what_is_too_old_is_not_sent(desk: Desk) -> None:
    desk.scene.use(lifetime=60.0)
    desk.write("one")
    desk.world.pass_time(30)
    desk.write("two")
    desk.answer(503, 40.0)
    desk.world.pass_time(40)
    assert desk.sent() == ["one", "two"]
    assert desk.services.sent[-1].headers["TTL"] == "20"


def test_who_has_unsubscribed_is_sent_nothing_that_still_waits(desk: Desk) -> None:
    desk.write("one", "two")
    desk.alice.send(f"WEBPUSH UNREGISTER {HERE}")
    desk.answer(201)
    desk.write("three")
    assert desk.sent() == ["one"]


def test_what_waits_is_encrypted_with_the_keys_of_the_moment(desk: Desk) -> None:
    desk.write("one", "two")
    first = desk.scene.receivers[HERE]
    desk.scene.subscribe(desk.alice, HERE)
    desk.answer(201)
    one, two = desk.services.sent
    assert first.read(one.body).endswith(b":one")
    assert desk.text(two) == "two"


def test_of_too_many_for_one_the_oldest_make_room(desk: Desk) -> None:
    desk.write(*map(str, range(55)))
    while not desk.services.sent[-1].answer.called:
        desk.answer(201)
    # The first was under way.
    assert desk.sent() == ["0", *map(str, range(6, 55))]


def test_whoever_is_flooded_is_told_of_no_more_than_so_many(desk: Desk) -> None:
    desk.services.patient = False
    desk.write(*map(str, range(100)))
    assert len(desk.services.sent) == 60
    desk.world.pass_time(2)
    desk.write("later")
    assert desk.sent()[60:] == ["later"]


def test_only_so_many_are_under_way_at_once(desk: Desk) -> None:
    desk.world.realm.settings = Settings(
        nick_is_account=False, reserve_nicks=False, subscriptions_per_account=100
    )
    for number in range(40):
        desk.scene.subscribe(desk.alice, f"https://push.example/{number}")
    desk.write("hi")
    assert len(desk.services.sent) == 32
    desk.answer(201)
    assert len(desk.services.sent) == 33


def test_a_key_that_is_none_costs_nobody_else_anything(desk: Desk) -> None:
    # A point that is not on the curve, as only somebody who writes to the database can make one.
    (known,) = desk.world.realm.subscriptions.values()
    known[HERE] = replace(known[HERE], public_key="B" + "x" * 86)
    desk.scene.subscribe(desk.alice, THERE)
    desk.write("hi", "again")
    assert [each.endpoint for each in desk.services.sent] == [THERE]
    desk.answer(201)
    assert desk.sent() == ["hi", "again"]
    assert desk.logged == ["a failure", "a failure"]


def test_at_the_end_requests_are_given_up(desk: Desk) -> None:
    desk.write("one", "two")
    desk.scene.off()
    assert desk.services.cancelled == 1
    desk.world.settle()
    assert desk.world.clock.getDelayedCalls() == [desk.world.deadlines._loop.call]
    desk.world.pass_time(100)
    assert desk.sent() == ["one"]


def test_at_the_end_nothing_is_tried_again(desk: Desk) -> None:
    desk.write("one")
    desk.answer(503)
    desk.scene.off()
    desk.world.pass_time(100)
    assert desk.sent() == ["one"]
    assert desk.logged == []


def test_another_contact_makes_other_tokens_with_the_same_key(desk: Desk) -> None:
    key = desk.scene.push.public_key
    desk.scene.use(contact="https://example.net/contact")
    assert desk.scene.push.public_key == key
    desk.write("one")
    assert desk.sent() == ["one"]


def test_what_waits_is_bounded_in_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatdaemon.push.sender._MOST_WAITING", 2)
    desk.write("one", "two", "three")
    assert desk.logged == ["too many pushes wait to be sent: some are not sent at all"]
    desk.answer(201)
    desk.answer(201)
    desk.write("four")
    assert desk.sent() == ["one", "two", "four"]
