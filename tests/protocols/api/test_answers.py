"""What each op does, and what its reply says."""

from __future__ import annotations

from typing import Any

import pytest

from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.api.verbs.messages import MAX_TAGS
from chatdaemon.realm.modes import ChannelFlag, ChannelSetting, ModeChange, UserMode, UserModeChange
from chatdaemon.realm.requests import ChangeModes, ChangeUserModes, Request, SetAccount
from chatdaemon.realm.settings import UNLIMITED, Settings
from tests.protocols.api.acting import act
from tests.protocols.irc.conftest import MakeWorld
from tests.world import JSONClient, World


def apply(client: JSONClient, request: Request) -> None:
    """Have the realm do for a client what JSON has no op for."""
    act(client, request)
    client.hear()


def error(client: JSONClient, **op: Any) -> dict[str, Any]:
    reply = client.do(**op)
    assert list(reply) == ["error"], reply
    found = reply["error"]
    assert found.pop("message")
    assert isinstance(found, dict)
    return found


def test_hello_makes_a_user(world: World) -> None:
    client = world.connect_json(secure=True, address="2001:db8::1")
    ok = client.ok(op="hello", v=1, nick="Alice", realname="Alice Example")
    assert ok["user"] == {
        "nick": "Alice",
        "username": "Alice",
        "host": "2001:db8::1",
        "realname": "Alice Example",
    }
    assert (ok["v"], ok["server"], ok["network"]) == (1, "irc.test", "ChatNet")
    assert ok["modes"] == ["invisible", "secure"]
    assert ok["casemapping"] == "ascii"
    assert ok["limits"]["line"] == 16384
    user = world.realm.user("alice")
    assert user is not None
    assert list(user.sessions) == [ok["session"]]


def test_the_fingerprint_of_a_clients_certificate_is_the_users(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Certificate:
        def digest(self, name: str) -> bytes:
            assert name == "sha256"
            return b"AB:CD:01"

    client = world.connect_json(secure=True)
    monkeypatch.setattr(client.transport, "getPeerCertificate", Certificate)
    client.ok(op="hello", nick="alice")
    user = world.realm.user("alice")
    assert user is not None
    assert user.certificate == "abcd01"


def test_an_address_that_begins_with_a_colon_can_stand_in_an_irc_line(world: World) -> None:
    assert world.connect_json(address="::1").ok(op="hello", nick="a")["user"]["host"] == "0::1"
    assert (
        world.connect_json(address="::ffff:192.0.2.9").ok(op="hello", nick="b")["user"]["host"] == "192.0.2.9"
    )


def test_who_names_no_nick_is_a_guest(world: World) -> None:
    first = world.connect_json().ok(op="hello")["user"]["nick"]
    taken = f"guest-a{len(world.node.sessions) + 2}"
    world.json(taken)
    second = world.connect_json().ok(op="hello")["user"]
    assert first == "guest-a1"
    assert second["nick"] == "guest-a3_" == f"{taken}_"
    assert second["realname"] == "guest-a3_"


def test_a_refused_hello_may_be_tried_again(world: World) -> None:
    world.json("alice")
    client = world.connect_json()
    assert error(client, op="hello", nick="ALICE") == {"code": "nick_in_use", "subject": "ALICE"}
    assert error(client, op="hello", nick="9lives")["code"] == "bad_nick"
    assert error(client, op="hello", nick="bob", realname="\t")["code"] == "bad_realname"
    assert error(client, op="hello", nick="bob", v=2) == {"code": "unsupported_version", "at": "$.v"}
    assert client.ok(op="hello", nick="bob")["user"]["nick"] == "bob"


def test_a_second_hello_is_refused(world: World) -> None:
    assert error(world.json("alice"), op="hello", nick="bob") == {"code": "already_connected"}


def test_the_servers_password_is_asked_for(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(password_hash="hash of sesame"))
    client = world.connect_json()
    assert client.ok(op="hello", nick="alice", password="sesame")["user"]["nick"] == "alice"
    for wrong in ({"password": "open"}, {}):
        client = world.connect_json()
        client.say(id=1, op="hello", nick="bob", **wrong)
        refused, bye = client.hear()
        assert refused["error"]["code"] == "bad_password"
        assert refused["id"] == 1
        assert bye["event"] == "bye"
        assert client.closed
    assert world.realm.user("bob") is None


def test_what_is_not_limited_has_no_limit(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(text_length=None), settings=Settings(topic_length=UNLIMITED))
    limits = world.connect_json().ok(op="hello")["limits"]
    assert not {"text", "topic"} & set(limits)
    assert limits["nick"] == 30


def test_settings_that_change_hold_at_once(world: World) -> None:
    alice = world.json("alice")
    world.api.configure(APISettings(network="Other", text_length=4))
    assert error(alice, op="send", target="alice", text="12345")["code"] == "too_long"
    assert world.connect_json().ok(op="hello")["network"] == "Other"


def test_nick_changes_the_nick(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    ok = alice.ok(op="nick", nick="ally")
    (event,) = bob.hear()[-1:]
    assert (event["event"], event["from"]["nick"], event["nick"]) == ("nick", "alice", "ally")
    assert ok == {"msgid": event["msgid"], "time": event["time"], "nick": "ally"}
    assert alice.ok(op="nick", nick="ally") == {"nick": "ally"}
    assert error(alice, op="nick", nick="bob") == {"code": "nick_in_use", "subject": "bob"}


def test_join_tells_the_topic_and_who_is_there(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    made = alice.ok(op="join", channel="#Tea")
    assert made["created"] is True
    assert made["members"] == [{"nick": "alice", "ranks": ["op"]}]
    assert "topic" not in made
    topic = alice.ok(op="topic", channel="#tea", text="Green")["topic"]
    alice.ok(op="away", text="lunch")
    ok = bob.ok(op="join", channel="#tea")
    assert ok["channel"] == "#Tea"
    assert ok["channel_id"] == made["channel_id"]
    assert ok["created"] is False
    assert ok["topic"] == topic
    assert (topic["text"], topic["by"]) == ("Green", "alice!alice@192.0.2.1")
    assert ok["members"] == [{"nick": "alice", "ranks": ["op"], "away": True}, {"nick": "bob"}]


def test_join_where_one_is_already_tells_the_same_and_changes_nothing(world: World) -> None:
    alice = world.json("alice")
    first = alice.ok(op="join", channel="#x")
    again = alice.ok(op="join", channel="#X")
    assert "msgid" not in again
    assert again == {name: first[name] for name in ("channel", "channel_id", "members")}


def test_join_can_do_without_the_members(world: World) -> None:
    assert "members" not in world.json("alice").ok(op="join", channel="#x", members=False)


def test_join_says_where_a_forward_led(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#a")
    alice.ok(op="join", channel="#b")
    forward = (
        ModeChange(ChannelFlag.INVITE_ONLY, True),
        ModeChange(ChannelSetting.FORWARD, True, "#b"),
    )
    apply(alice, ChangeModes("#a", forward))
    ok = bob.ok(op="join", channel="#a")
    assert (ok["forwarded_from"], ok["channel"]) == ("#a", "#b")
    assert [each["nick"] for each in ok["members"]] == ["alice", "bob"]


def test_join_takes_a_key(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    apply(alice, ChangeModes("#x", (ModeChange(ChannelSetting.KEY, True, "sesame"),)))
    assert error(bob, op="join", channel="#x") == {"code": "bad_key", "subject": "#x"}
    assert bob.ok(op="join", channel="#x", key="sesame")["channel"] == "#x"
    assert error(bob, op="join", channel="tea")["code"] == "bad_channel_name"


def test_part_leaves(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    channel_id = alice.ok(op="join", channel="#x")["channel_id"]
    bob.ok(op="join", channel="#x")
    ok = bob.ok(op="part", channel="#X", reason="tea")
    (event,) = alice.hear()[-1:]
    assert (event["event"], event["from"]["nick"]) == ("part", "bob")
    assert ok == {
        "msgid": event["msgid"],
        "time": event["time"],
        "channel_id": channel_id,
        "channel": "#x",
        "reason": "tea",
    }
    assert error(bob, op="part", channel="#x") == {"code": "not_on_channel", "subject": "#x"}
    assert error(bob, op="part", channel="#y") == {"code": "no_such_channel", "subject": "#y"}


def test_send_is_answered_with_the_id_that_others_see(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    ok = alice.ok(op="send", target="#X", text="hé \U0001f600 ❤")
    (event,) = bob.hear()[-1:]
    assert ok == {"msgid": event["msgid"], "time": event["time"], "stored": False}
    assert (event["target"], event["text"], event["kind"]) == ("#x", "hé \U0001f600 ❤", "message")
    assert alice.hear() == []


def test_send_reaches_a_user_and_nobody_else(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    alice.ok(op="send", target="BOB", text="psst", kind="notice")
    (event,) = bob.hear()
    assert (event["target"], event["text"], event["kind"]) == ("bob", "psst", "notice")
    assert carol.hear() == []


def test_what_one_sends_to_oneself_is_in_the_answer_only(world: World) -> None:
    alice = world.json("alice")
    assert set(alice.ok(op="send", target="alice", text="milk")) == {"msgid", "time", "stored"}
    assert alice.hear() == []


def test_send_tells_that_the_receiver_is_away_of_messages_only(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    bob.ok(op="away", text="lunch")
    assert alice.ok(op="send", target="bob", text="hi")["away"] == "lunch"
    assert "away" not in alice.ok(op="send", target="bob", text="hi", kind="notice")
    assert len(bob.hear()) == 2


def test_send_tells_what_the_channel_made_of_the_text(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    apply(alice, ChangeModes("#x", (ModeChange(ChannelFlag.NO_FORMATTING, True),)))
    assert alice.ok(op="send", target="#x", text="\x02loud\x02")["text"] == "loud"
    assert "text" not in alice.ok(op="send", target="#x", text="quiet")


def test_send_to_a_rank_reaches_those_of_that_rank(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    for each in (alice, bob, carol):
        each.ok(op="join", channel="#x")
    alice.hear()
    bob.hear()
    ok = carol.ok(op="send", target="#x", text="help", rank="op")
    (event,) = alice.hear()
    assert (event["msgid"], event["rank"], event["target"]) == (ok["msgid"], "op", "#x")
    assert bob.hear() == []


def test_send_passes_on_tags(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    tags = {"+reply": "0000010000000001", "+draft/react": "\U0001f600; \\"}
    alice.ok(op="send", target="bob", text="hi", tags=tags)
    alice.ok(op="send", target="bob", kind="tag", tags={"+typing": "active"})
    alice.ok(op="send", target="bob", text="hi", tags={})
    first, second, third = bob.hear()
    assert first["tags"] == tags
    assert (second["kind"], second["text"], second["tags"]) == ("tag", "", {"+typing": "active"})
    assert "tags" not in third


@pytest.mark.parametrize(
    ("op", "found"),
    [
        ({"target": "nobody", "text": "hi"}, {"code": "no_such_target", "subject": "nobody"}),
        ({"target": "#nowhere", "text": "hi"}, {"code": "no_such_target", "subject": "#nowhere"}),
        ({"target": "#x", "text": "hi"}, {"code": "cannot_speak", "subject": "#x"}),
        ({"target": "alice"}, {"code": "no_text"}),
        ({"target": "alice", "text": ""}, {"code": "no_text"}),
        ({"target": "alice", "text": "x" * 4097}, {"code": "too_long", "at": "$.text"}),
        ({"target": "alice", "text": "é" * 2049}, {"code": "too_long", "at": "$.text"}),
        ({"target": "alice", "kind": "tag"}, {"code": "bad_request", "at": "$.tags"}),
        ({"target": "alice", "kind": "tag", "tags": {}}, {"code": "bad_request", "at": "$.tags"}),
        (
            {"target": "alice", "kind": "tag", "text": "x", "tags": {"+typing": "done"}},
            {"code": "bad_request", "at": "$.text"},
        ),
        (
            {"target": "alice", "text": "x", "tags": {"+evil tag": "1"}},
            {"code": "unknown_tag", "at": "$.tags"},
        ),
        ({"target": "alice", "text": "x", "tags": {"time": "1"}}, {"code": "unknown_tag", "at": "$.tags"}),
        (
            {"target": "alice", "text": "x", "tags": {"+reply": "x" * MAX_TAGS}},
            {"code": "too_long", "at": "$.tags"},
        ),
    ],
)
def test_send_refuses_what_cannot_be_sent(world: World, op: dict[str, Any], found: dict[str, Any]) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    assert error(bob, op="send", **op) == found
    assert alice.hear() == []


@pytest.mark.parametrize("text", ["x" * 4096, "é" * 2048, "❤" * 1365])
def test_send_takes_a_text_that_just_fits(world: World, text: str) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="send", target="bob", text=text)
    assert bob.hear()[0]["text"] == text


def test_names_tells_outsiders_of_nobody_who_hides(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    assert bob.ok(op="names", channel="#x")["members"] == []
    apply(alice, ChangeUserModes((UserModeChange(UserMode.INVISIBLE, False),)))
    assert bob.ok(op="names", channel="#x")["members"] == [{"nick": "alice", "ranks": ["op"]}]


def test_names_tells_accounts(world: World) -> None:
    alice = world.json("alice")
    world.account("ally", nicks=("alice",))
    apply(alice, SetAccount("ally"))
    assert alice.ok(op="join", channel="#x")["members"] == [
        {"nick": "alice", "account": "ally", "ranks": ["op"]}
    ]


def test_names_marks_bots(world: World) -> None:
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    apply(alice, ChangeUserModes((UserModeChange(UserMode.BOT, True),)))
    assert alice.ok(op="names", channel="#x")["members"] == [{"nick": "alice", "bot": True, "ranks": ["op"]}]


def test_in_an_auditorium_ordinary_members_see_those_of_rank_only(world: World) -> None:
    alice, bob, carol = world.json("alice"), world.json("bob"), world.json("carol")
    alice.ok(op="join", channel="#x")
    apply(alice, ChangeModes("#x", (ModeChange(ChannelFlag.AUDITORIUM, True),)))
    bob.ok(op="join", channel="#x")
    ok = carol.ok(op="join", channel="#x")
    assert [each["nick"] for each in ok["members"]] == ["alice", "carol"]
    assert bob.hear() == []
    assert [each["from"]["nick"] for each in alice.hear()] == ["bob", "carol"]
    assert len(alice.ok(op="names", channel="#x")["members"]) == 3


@pytest.mark.parametrize("op", [{"op": "names"}, {"op": "topic"}])
def test_outsiders_are_not_told_that_a_secret_channel_exists(world: World, op: dict[str, str]) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    alice.ok(op="join", channel="#x")
    alice.ok(op="topic", channel="#x", text="secret")
    apply(alice, ChangeModes("#x", (ModeChange(ChannelFlag.SECRET, True),)))
    assert error(bob, channel="#x", **op) == {"code": "no_such_channel", "subject": "#x"}
    assert error(bob, channel="#y", **op) == {"code": "no_such_channel", "subject": "#y"}
    assert bob.ok(op="list")["channels"] == []
    assert alice.ok(channel="#x", **op)["channel"] == "#x"
    assert len(alice.ok(op="list")["channels"]) == 1


def test_list_goes_through_the_channels_page_by_page(world: World) -> None:
    alice = world.json("alice")
    for name in ("#c", "#A", "#b"):
        alice.ok(op="join", channel=name)
    alice.ok(op="topic", channel="#b", text="Bees")
    first = alice.ok(op="list", limit=2)
    assert first == {
        "channels": [{"channel": "#A", "members": 1}, {"channel": "#b", "members": 1, "topic": "Bees"}],
        "more": True,
    }
    assert alice.ok(op="list", after="#B", limit=2) == {
        "channels": [{"channel": "#c", "members": 1}],
        "more": False,
    }
    assert [each["channel"] for each in alice.ok(op="list")["channels"]] == ["#A", "#b", "#c"]


def test_topic_is_set_told_and_taken_away(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    ok = alice.ok(op="topic", channel="#x", text="Green")
    (event,) = bob.hear()[-1:]
    assert (event["event"], event["text"], event["msgid"]) == ("topic", "Green", ok["msgid"])
    assert ok["topic"]["time"] == event["time"]
    assert bob.ok(op="topic", channel="#X") == {
        "channel": "#x",
        "channel_id": ok["channel_id"],
        "topic": ok["topic"],
    }
    unchanged = alice.ok(op="topic", channel="#x", text="Green")
    assert unchanged["topic"] == ok["topic"]
    assert "msgid" not in unchanged
    assert "topic" not in alice.ok(op="topic", channel="#x", text="")
    assert bob.hear()[-1]["text"] == ""
    assert error(bob, op="topic", channel="#x", text="Black") == {"code": "needs_halfop", "subject": "#x"}


def test_away_and_back(world: World) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    assert alice.ok(op="away", text="lunch")["text"] == "lunch"
    assert set(alice.ok(op="away")) == {"msgid", "time"}
    gone, back = bob.hear()[-2:]
    assert (gone["event"], gone["text"]) == ("away", "lunch")
    assert back["event"] == "away"
    assert "text" not in back


def test_ping_tells_the_time(world: World) -> None:
    alice = world.json("alice")
    now = alice.ok(op="ping")["time"]
    world.pass_time(2)
    later = alice.ok(op="ping")["time"]
    assert now < later
    assert later.endswith("Z")


@pytest.mark.parametrize(("reason", "said"), [("tea", "Quit: tea"), (None, "Quit")])
def test_bye_is_answered_and_seen(world: World, reason: str | None, said: str) -> None:
    alice, bob = world.json("alice"), world.json("bob")
    for each in (alice, bob):
        each.ok(op="join", channel="#x")
    alice.hear()
    bob.hear()
    alice.say(id=9, op="bye", reason=reason)
    reply, bye = alice.hear()
    assert reply == {"id": 9, "ok": {}}
    assert (bye["event"], bye["reason"]) == ("bye", said)
    assert alice.closed
    (event,) = bob.hear()
    assert (event["event"], event["from"]["nick"], event["reason"]) == ("quit", "alice", said)
