"""Which events go to which hooks, over a whole world."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from chatdaemon.accounts.tokens import digest_of
from chatdaemon.protocols.api.hooked import event_name, hooked
from chatdaemon.realm.hooks import Direction, hooks_of
from chatdaemon.realm.requests import (
    AddHook,
    AddWebhook,
    DropChannel,
    PostByHook,
    RegisterChannel,
    RenameChannel,
    SetAccount,
)
from chatdaemon.webhooks.sender import LaneKey, Sender
from chatdaemon.webhooks.watcher import Watcher
from tests.protocols.api.acting import apply
from tests.world import JSONClient, World


class Sent:
    """A sender that only remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def send(self, key: LaneKey, id: str, event: str, body: bytes) -> None:
        found = json.loads(body)
        assert (found["msgid"], found["event"], found["hook"]) == (id, event, key[1])
        self.events.append((key[1], found))

    def take(self) -> list[tuple[str, str, str]]:
        events, self.events = self.events, []
        return [(hook, event["event"], event.get("text", "")) for hook, event in events]


class Scene:
    """Alice's registered #x, with a hook for messages and one for everything."""

    def __init__(self) -> None:
        self.world = World()
        self.sent = Sent()
        self.watcher = Watcher(self.world.node, event_name, hooked)
        self.watcher.sender = cast(Sender, self.sent)
        self.alice = self.world.json("alice")
        self.world.account("alice")
        apply(self.alice, SetAccount("alice"))
        self.alice.ok(op="join", channel="#x")
        apply(self.alice, RegisterChannel("#x"))
        for name, events in (("log", ("message",)), ("all", ("*",))):
            request = AddWebhook("#x", name, "https://example.org/", "s" * 20, events)
            self.world.node.submit(None, request)
        self.channel = self.world.realm.channels["#x"]
        self.sent.take()

    def come(self, nick: str) -> JSONClient:
        client = self.world.json(nick)
        client.ok(op="join", channel="#x")
        return client


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_message_is_sent_as_json_clients_see_it(scene: Scene) -> None:
    bob = scene.come("bob")
    scene.sent.take()
    ok = scene.alice.ok(op="send", target="#x", text="hi")
    (seen,) = bob.hear()
    assert seen["msgid"] == ok["msgid"]
    assert [event for _, event in scene.sent.events] == [{**seen, "hook": "log"}, {**seen, "hook": "all"}]


def test_a_hook_is_sent_the_events_that_it_names(scene: Scene) -> None:
    bob = scene.come("bob")
    scene.alice.ok(op="topic", channel="#x", text="Tea")
    bob.ok(op="part", channel="#x")
    assert scene.sent.take() == [("all", "join", ""), ("all", "topic", "Tea"), ("all", "part", "")]


def test_nothing_of_other_channels_and_of_people_is_sent(scene: Scene) -> None:
    bob = scene.come("bob")
    scene.sent.take()
    bob.ok(op="join", channel="#y")
    bob.ok(op="send", target="#y", text="hi")
    bob.ok(op="send", target="alice", text="hi")
    bob.ok(op="nick", nick="rob")
    assert scene.sent.take() == []


def test_what_is_not_for_all_members_is_not_sent(scene: Scene) -> None:
    scene.alice.ok(op="send", target="#x", text="psst", rank="op")
    assert scene.sent.take() == []


def test_what_is_fleeting_is_not_sent(scene: Scene) -> None:
    scene.alice.ok(op="send", target="#x", kind="tag", tags={"+typing": "active"})
    assert scene.sent.take() == []


def test_what_came_in_by_a_hook_does_not_go_out_by_the_one_of_its_name(scene: Scene) -> None:
    node = scene.world.node
    node.submit(None, AddHook("#x", "all", digest_of("1")))
    node.submit(None, AddHook("#x", "other", digest_of("2")))
    scene.sent.take()
    node.submit(None, PostByHook(digest_of("1"), ("mine",)))
    node.submit(None, PostByHook(digest_of("2"), ("theirs",)))
    assert scene.sent.take() == [("all", "relay", "theirs")]


def test_a_renamed_channel_keeps_its_hooks_and_a_dropped_one_has_none(scene: Scene) -> None:
    apply(scene.alice, RenameChannel("#x", "#z"))
    key = (scene.channel.id, "log")
    assert scene.watcher.hook_of(key) is not None
    scene.sent.take()
    scene.alice.ok(op="send", target="#z", text="hi")
    assert len(scene.sent.take()) == 2
    apply(scene.alice, DropChannel("#z"))
    assert scene.watcher.hook_of(key) is None
    scene.alice.ok(op="send", target="#z", text="hi")
    assert scene.sent.take() == []


def test_a_hook_whose_address_is_gone_is_removed_and_its_founder_told(scene: Scene) -> None:
    scene.watcher.gone((scene.channel.id, "log"))
    scene.world.settle()
    assert [hook.name for hook in hooks_of(scene.channel)] == ["all"]
    told = scene.alice.hear()[-1]
    assert (told["event"], told["name"], told["direction"]) == ("hook_removed", "log", Direction.OUT)
    scene.watcher.gone(("nowhere", "log"))


def test_while_it_is_off_nothing_is_sent(scene: Scene) -> None:
    scene.watcher.sender = None
    scene.alice.ok(op="send", target="#x", text="hi")
    scene.alice.ok(op="topic", channel="#x", text="hi")
    assert scene.sent.take() == []
