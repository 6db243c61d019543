from __future__ import annotations

from dataclasses import replace

import pytest

from chatdaemon.realm.events import Event, Subscribed, Unsubscribed
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import DropAccount, ExpireSubscription, SetAccount, Subscribe, Unsubscribe
from chatdaemon.realm.snapshot import restore, take
from tests.realm.scene import PLAIN, START, Scene

KEY, SECRET = "B" + "x" * 86, "y" * 22


@pytest.fixture
def scene() -> Scene:
    """alice is logged in, bob is not."""
    scene = Scene(replace(PLAIN, subscriptions_per_account=2))
    scene.connect("alice", "bob")
    scene.account("alice")
    scene("alice", SetAccount("alice"))
    return scene


def subscribe(scene: Scene, endpoint: str, *capabilities: str) -> tuple[Event, ...]:
    scene.at += 1
    return scene("alice", Subscribe(endpoint, KEY, SECRET, capabilities))


def test_an_account_subscribes_and_its_subscription_is_told_to_nobody_else(scene: Scene) -> None:
    alice, account = scene.people["alice"], scene.account("alice").id
    events = subscribe(scene, "https://push.example/1", "server-time")
    assert events == (Subscribed((alice.id,), alice.who, account, "https://push.example/1"),)
    assert scene.realm.subscriptions == {
        account: {
            "https://push.example/1": Subscription(
                account, "https://push.example/1", KEY, SECRET, ("server-time",), START + 1
            )
        }
    }


def test_the_same_endpoint_again_takes_the_place_of_what_was_there(scene: Scene) -> None:
    account = scene.account("alice").id
    subscribe(scene, "https://a/", "server-time")
    assert len(subscribe(scene, "https://a/")) == 1
    assert list(scene.realm.subscriptions[account].values()) == [
        Subscription(account, "https://a/", KEY, SECRET, (), START + 2)
    ]


def test_the_one_that_was_not_renewed_for_the_longest_time_makes_room(scene: Scene) -> None:
    account = scene.account("alice").id
    subscribe(scene, "https://a/")
    subscribe(scene, "https://b/")
    subscribe(scene, "https://a/")
    assert subscribe(scene, "https://c/")[1:] == (Unsubscribed((), None, account, "https://b/"),)
    assert list(scene.realm.subscriptions[account]) == ["https://a/", "https://c/"]


def test_who_unsubscribes_is_told_so_whether_there_was_anything_or_not(scene: Scene) -> None:
    alice, account = scene.people["alice"], scene.account("alice").id
    subscribe(scene, "https://a/")
    subscribe(scene, "https://b/")
    for endpoint in ("https://a/", "https://never/", "https://b/", "https://b/"):
        assert scene("alice", Unsubscribe(endpoint)) == (
            Unsubscribed((alice.id,), alice.who, account, endpoint),
        )
    assert scene.realm.subscriptions == {}


@pytest.mark.parametrize("request_", [Subscribe("https://a/", KEY, SECRET), Unsubscribe("https://a/")])
def test_it_takes_an_account(scene: Scene, request_: Subscribe | Unsubscribe) -> None:
    assert scene.refused("bob", request_) == Refusal(Reason.NOT_LOGGED_IN)
    assert scene.refused("nobody", request_) == Refusal(Reason.NOT_CONNECTED)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Subscribe("http://a/", KEY, SECRET), "https://"),
        (Subscribe("https:///path", KEY, SECRET), "https://"),
        (Subscribe("https://user@host/", KEY, SECRET), "https://"),
        (Subscribe("https://a/b c", KEY, SECRET), "https://"),
        (Subscribe("https://a/é", KEY, SECRET), "https://"),
        (Subscribe("https://a/\n", KEY, SECRET), "https://"),
        (Subscribe("https://a/" + "x" * 400, KEY, SECRET), "longer than 400"),
        (Subscribe("https://a/", "A" + KEY[1:], SECRET), "p256dh"),
        (Subscribe("https://a/", KEY + "=", SECRET), "p256dh"),
        (Subscribe("https://a/", KEY, SECRET[1:]), "auth"),
        (Subscribe("https://a/", KEY, SECRET[1:] + "+"), "auth"),
        (Subscribe("https://a/", KEY, SECRET, ("a b",)), "capabilities"),
        (Subscribe("https://a/", KEY, SECRET, ("x" * 65,)), "capabilities"),
        (Subscribe("https://a/", KEY, SECRET, ("x",) * 51), "capabilities"),
    ],
)
def test_what_is_no_subscription_is_refused(scene: Scene, bad: Subscribe, why: str) -> None:
    refusal = scene.refused("alice", bad)
    assert (refusal.reason, refusal.subject) == (Reason.BAD_SUBSCRIPTION, bad.endpoint)
    assert why in refusal.detail


def test_what_the_push_service_does_not_know_any_more_ends_unless_it_was_renewed(scene: Scene) -> None:
    account = scene.account("alice").id
    subscribe(scene, "https://a/")
    assert scene(None, ExpireSubscription(account, "https://a/", START)) == ()
    assert scene(None, ExpireSubscription(account, "https://b/", START + 1)) == ()
    assert scene(None, ExpireSubscription(404, "https://a/", START + 1)) == ()
    assert scene(None, ExpireSubscription(account, "https://a/", START + 1)) == (
        Unsubscribed((), None, account, "https://a/"),
    )
    assert scene.realm.subscriptions == {}


def test_only_the_server_says_so(scene: Scene) -> None:
    subscribe(scene, "https://a/")
    expire = ExpireSubscription(scene.account("alice").id, "https://a/", START + 1)
    assert scene.refused("alice", expire) == Refusal(Reason.NOT_AN_OPERATOR)


def test_subscriptions_go_with_the_account(scene: Scene) -> None:
    subscribe(scene, "https://a/")
    scene(None, DropAccount("alice"))
    assert scene.realm.subscriptions == {}


def test_a_snapshot_has_them_in_their_order(scene: Scene) -> None:
    for endpoint in ("https://b/", "https://a/", "https://b/"):
        subscribe(scene, endpoint, "server-time")
    restored = restore(take(scene.realm))
    assert restored.subscriptions == scene.realm.subscriptions
    assert [list(known) for known in restored.subscriptions.values()] == [["https://a/", "https://b/"]]
