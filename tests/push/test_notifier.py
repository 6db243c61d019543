"""Who is told of what."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chatdaemon.realm.settings import Settings
from tests.push.scene import PushScene
from tests.world import World

HERE = "https://push.example/alice"


@pytest.fixture(params=[0.0, 0.5], ids=["at once", "late"])
def scene(request: pytest.FixtureRequest) -> PushScene:
    world = World(late=request.param, settings=Settings(nick_is_account=False, reserve_nicks=False))
    return PushScene(world)


def test_a_private_message_is_one_line_as_the_client_would_get_it(scene: PushScene) -> None:
    alice, bob = scene.irc("alice"), scene.world.irc("bob")
    scene.subscribe(alice, HERE)
    bob.send("PRIVMSG alice :hello there")
    ((endpoint, line),) = scene.read()
    assert endpoint == HERE
    delivered = [each for each in alice.read() if "PRIVMSG" in each]
    assert [line] == delivered
    assert re.fullmatch(r"@time=[^ ;]+;msgid=[^ ;]+ :bob!bob@192\.0\.2\.1 PRIVMSG alice :hello there", line)


def test_it_goes_by_the_capabilities_of_the_client_that_subscribed(scene: PushScene) -> None:
    alice, bob = scene.irc("alice", caps="soju.im/webpush account-tag"), scene.irc("bob")
    scene.subscribe(alice, HERE)
    bob.send("PRIVMSG alice :hello")
    assert scene.read() == [(HERE, "@account=bob :bob!bob@192.0.2.1 PRIVMSG alice :hello")]


def test_every_subscription_of_the_account_is_sent_it_and_those_of_others_are_not(scene: PushScene) -> None:
    alice, carol, bob = scene.irc("alice"), scene.irc("carol"), scene.world.irc("bob")
    for endpoint in (HERE, "https://push.example/2"):
        scene.subscribe(alice, endpoint)
    scene.subscribe(carol, "https://push.example/carol")
    bob.send("PRIVMSG alice :hello")
    assert [endpoint for endpoint, _ in scene.read()] == [HERE, "https://push.example/2"]


def test_in_channels_only_what_names_a_member_is_told_to_that_member(scene: PushScene) -> None:
    alice, carol, bob = scene.irc("alice"), scene.irc("carol"), scene.world.irc("bob")
    scene.subscribe(alice, HERE)
    scene.subscribe(carol, "https://push.example/carol")
    for client in (alice, bob):
        client.send("JOIN #x")
    bob.send("PRIVMSG #x :good morning", "PRIVMSG #x :ALICE: look", "PRIVMSG #x :carol is not here")
    assert scene.lines() == ["bob!bob@192.0.2.1 PRIVMSG #x :ALICE: look"]
    bob.send("NOTICE #x :alice, a notice", "PRIVMSG #x :\x01ACTION waves at alice\x01")
    assert scene.lines() == [
        "bob!bob@192.0.2.1 NOTICE #x :alice, a notice",
        "bob!bob@192.0.2.1 PRIVMSG #x :\x01ACTION waves at alice\x01",
    ]
    carol.send("JOIN #y")
    bob.send("PRIVMSG #x :alice!", "PRIVMSG alice :hi", "PART #x", "PRIVMSG #x :alice?")
    assert len(scene.lines()) == 2


def test_what_only_operators_hear_is_told_only_to_them(scene: PushScene) -> None:
    bob, alice, carol = scene.world.irc("bob"), scene.irc("alice"), scene.irc("carol")
    for client in (bob, alice, carol):
        client.send("JOIN #x")
    scene.subscribe(alice, HERE)
    scene.subscribe(carol, "https://push.example/carol")
    bob.send("MODE #x +v alice", "PRIVMSG +#x :alice and carol")
    assert scene.lines() == ["bob!bob@192.0.2.1 PRIVMSG +#x :alice and carol"]


def test_nobody_is_told_of_what_they_said_themselves(scene: PushScene) -> None:
    alice = scene.irc("alice")
    scene.subscribe(alice, HERE)
    alice.send("JOIN #x", "PRIVMSG #x :I am alice", "PRIVMSG alice :note to myself")
    assert scene.read() == []
    phone = scene.irc("phone", account="alice")
    phone.send("PRIVMSG alice :from the phone")
    assert scene.read() == []


def test_programs_and_tags_wake_nobody(scene: PushScene) -> None:
    alice, bob = scene.irc("alice"), scene.world.irc("bob", caps="message-tags")
    scene.subscribe(alice, HERE)
    bob.send("PRIVMSG alice :\x01VERSION\x01", "@+typing=active TAGMSG alice")
    assert scene.read() == []


def test_tags_of_other_clients_are_left_out_so_that_it_fits(scene: PushScene) -> None:
    alice, bob = scene.irc("alice"), scene.world.irc("bob", caps="message-tags")
    scene.subscribe(alice, HERE)
    bob.send(f"@+reply={'x' * 3000} PRIVMSG alice :{'é' * 200}")
    ((_, line),) = scene.read()
    assert "+reply" not in line
    assert line.endswith(f":{'é' * 200}")


def test_of_several_lines_the_first_is_told(scene: PushScene) -> None:
    alice, bob = scene.irc("alice"), scene.world.irc("bob", caps="batch draft/multiline")
    scene.subscribe(alice, HERE)
    bob.send(
        "BATCH +1 draft/multiline alice",
        "@batch=1 PRIVMSG alice :one",
        "@batch=1 PRIVMSG alice :two",
        "BATCH -1",
    )
    assert scene.lines() == ["bob!bob@192.0.2.1 PRIVMSG alice :one"]


def test_who_silences_somebody_is_not_told_of_them(scene: PushScene) -> None:
    alice, bob = scene.irc("alice"), scene.world.irc("bob")
    scene.subscribe(alice, HERE)
    alice.send("SILENCE +bob!*@*")
    bob.send("PRIVMSG alice :hello?")
    assert scene.read() == []


def test_invitations_are_told_whether_the_client_wants_to_hear_of_those_of_others_or_not(
    scene: PushScene,
) -> None:
    alice, bob = scene.irc("alice", caps="draft/webpush"), scene.world.irc("bob")
    scene.subscribe(alice, HERE)
    bob.send("JOIN #x", "INVITE alice #x")
    assert scene.read() == [(HERE, ":bob!bob@192.0.2.1 INVITE alice :#x")]


def test_bridges_and_plays_name_people_as_well(scene: PushScene) -> None:
    world = scene.world
    alice, bob = scene.irc("alice"), world.irc("bob", caps="draft/relaymsg")
    scene.subscribe(alice, HERE)
    for client in (bob, alice):
        client.send("JOIN #x")
    bob.send("RELAYMSG #x carol/there :alice, hello", "RELAYMSG #x carol/there :bye")
    assert scene.lines() == ["carol/there!bob@192.0.2.1 PRIVMSG #x :alice, hello"]
    world.realm.settings = replace(world.realm.settings, roleplay=True)
    bob.send("MODE #x +E", "NPC #x Hamlet :alice, to a nunnery")
    ((_, line),) = scene.read()
    assert line.endswith("PRIVMSG #x :alice, to a nunnery")


def test_without_subscriptions_or_an_account_nothing_is_sent(scene: PushScene) -> None:
    scene.irc("alice")
    guest, bob = scene.world.irc("guest"), scene.world.irc("bob")
    bob.send("PRIVMSG alice :hello", "PRIVMSG guest :hello")
    assert scene.read() == []
    carol = scene.irc("carol")
    scene.subscribe(carol, "https://push.example/carol")
    bob.send("PRIVMSG alice :hello", "PRIVMSG guest :hello")
    guest.send("MARKREAD bob timestamp=2026-01-01T00:00:00.000Z")
    assert scene.read() == []


# Having read it elsewhere.


def test_who_reads_it_in_time_is_not_told(scene: PushScene) -> None:
    scene.use(delay=5.0)
    alice, bob = scene.irc("alice"), scene.world.irc("bob")
    scene.subscribe(alice, HERE)
    bob.send("PRIVMSG alice :one")
    scene.world.pass_time(2)
    assert scene.read() == []
    alice.send("MARKREAD bob timestamp=2027-01-01T00:00:00.000Z")
    scene.world.pass_time(10)
    assert scene.read() == []
    scene.world.pass_time(1)
    bob.send("PRIVMSG alice :two")
    scene.world.pass_time(6)
    assert scene.lines() == ["bob!bob@192.0.2.1 PRIVMSG alice :two"]


def test_what_was_told_and_is_read_is_taken_back_once(scene: PushScene) -> None:
    alice, bob = scene.irc("alice"), scene.world.irc("bob")
    phone = scene.irc("phone", account="alice")
    scene.subscribe(phone, HERE)
    scene.subscribe(scene.irc("pager", account="alice", caps="draft/webpush"), "https://push.example/none")
    alice.send("MARKREAD bob timestamp=2025-01-01T00:00:00.000Z")
    assert scene.read() == []
    bob.send("PRIVMSG alice :hello")
    assert len(scene.read()) == 2
    alice.send("MARKREAD Bob timestamp=2025-02-01T00:00:00.000Z")
    assert scene.read() == []
    scene.world.pass_time(1)
    alice.send("MARKREAD Bob timestamp=2027-01-01T00:00:00.000Z")
    # The other has no draft/read-marker.
    ((endpoint, line),) = scene.read()
    assert endpoint == HERE
    assert re.fullmatch(r":irc\.test MARKREAD Bob timestamp=2026-01-01T00:00:[0-9.]+Z", line)
    scene.world.pass_time(1)
    alice.send("MARKREAD bob timestamp=2027-01-01T00:00:00.000Z")
    assert scene.read() == []


def test_what_waits_when_it_is_switched_off_is_told_to_nobody(scene: PushScene) -> None:
    scene.use(delay=5.0)
    alice, bob = scene.irc("alice"), scene.world.irc("bob")
    scene.subscribe(alice, HERE)
    bob.send("PRIVMSG alice :one")
    scene.off()
    bob.send("PRIVMSG alice :two")
    scene.world.pass_time(6)
    assert scene.read() == []
    scene.use(delay=0.0)
    bob.send("PRIVMSG alice :three")
    assert scene.lines() == ["bob!bob@192.0.2.1 PRIVMSG alice :three"]


def test_with_too_many_waiting_people_are_told_at_once(
    scene: PushScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatdaemon.push.notifier._MOST_WAITING", 1)
    scene.use(delay=60.0)
    alice, bob = scene.irc("alice"), scene.world.irc("bob")
    scene.subscribe(alice, HERE)
    bob.send("PRIVMSG alice :one", "PRIVMSG alice :two")
    assert scene.lines() == ["bob!bob@192.0.2.1 PRIVMSG alice :two"]


def test_of_too_many_conversations_the_oldest_is_not_taken_back(
    scene: PushScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatdaemon.push.notifier._MOST_TOLD", 1)
    alice = scene.irc("alice")
    scene.subscribe(alice, HERE)
    for nick in ("bob", "carol"):
        scene.world.irc(nick).send("PRIVMSG alice :hi")
    scene.world.pass_time(1)
    scene.read()
    for nick in ("bob", "carol"):
        alice.send(f"MARKREAD {nick} timestamp=2027-01-01T00:00:00.000Z")
    ((_, line),) = scene.read()
    assert " MARKREAD carol " in line
