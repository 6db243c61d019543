"""Sessions that lose their connection and go on over another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.error import ConnectionLost

from chatdaemon.protocols.api.server import APISettings
from chatdaemon.protocols.line import LineLimits
from chatdaemon.realm.requests import Kill, RevokeToken
from chatdaemon.realm.settings import Settings
from tests.disk import Disk
from tests.protocols.api.acting import error
from tests.protocols.irc.conftest import MakeWorld
from tests.world import Client, JSONClient, World

Found = dict[str, Any]


def hello(world: World, nick: str = "alice", **more: Any) -> tuple[JSONClient, Found]:
    """A client that says hello as one that can be resumed, and the `ok`."""
    client = world.connect_json(address=more.pop("address", "192.0.2.1"))
    return client, client.ok(op="hello", nick=nick, **{"resume": True, **more})


def go_on(
    world: World, token: str, after: str | None = None, **more: Any
) -> tuple[JSONClient, Found, list[Found]]:
    """A client that wants to go on with a session: the `ok`, and what it is told behind it."""
    client = world.connect_json(address=more.pop("address", "192.0.2.1"))
    resume = {"token": token} if after is None else {"token": token, "after": after}
    client.say(id=1, op="hello", nick="alice", resume=resume, **more)
    answer, *told = client.hear()
    assert answer["id"] == 1
    return client, answer["ok"], told


# Answers of a late log take their time, of which many make much.
PATIENT = APISettings(resume_time=10_000)


@pytest.fixture
def patient(make_world: MakeWorld) -> World:
    """A server that keeps sessions for long."""
    return make_world(api=PATIENT)


def in_x(world: World) -> Client:
    bob = world.irc("bob", address="192.0.2.2")
    bob.send("JOIN #x")
    bob.read()
    return bob


@pytest.fixture
def bob(world: World) -> Client:
    return in_x(world)


def joined(world: World, **more: Any) -> tuple[JSONClient, str]:
    """alice, who can be resumed and is in #x, and her token."""
    alice, ok = hello(world, **more)
    alice.ok(op="join", channel="#x")
    return alice, ok["resume"]


def test_only_who_asks_for_a_token_gets_one(world: World) -> None:
    assert "resume" not in world.connect_json().ok(op="hello", nick="alice")
    first, second = hello(world, "bob")[1], hello(world, "carol")[1]
    assert len(first["resume"]) >= 32
    assert first["resume"] != second["resume"]
    assert "resumed" not in first


def test_who_is_lost_is_there_for_all_others_and_goes_on_with_what_was_said_meanwhile(
    world: World, bob: Client
) -> None:
    alice, token = joined(world)
    bob.send("PRIVMSG #x :one")
    (seen,) = alice.hear()
    bob.read()
    alice.vanish(ConnectionLost())
    bob.send("PRIVMSG #x :two", "PRIVMSG alice :three", "WHOIS alice", "NAMES #x")
    lines = bob.read()
    assert not any("QUIT" in line for line in lines)
    assert any(" 311 " in line for line in lines)
    again, ok, told = go_on(world, token, seen["msgid"])
    assert ok["resumed"] is True
    assert ok["resume"] == token
    assert ok["session"] == "a2"
    assert [channel["channel"] for channel in ok["channels"]] == ["#x"]
    assert {member["nick"] for member in ok["channels"][0]["members"]} == {"alice", "bob"}
    assert [event["text"] for event in told] == ["two", "three"]
    again.ok(op="send", target="#x", text="I am back")
    bob.send("PRIVMSG #x :welcome")
    assert [event["text"] for event in again.hear()] == ["welcome"]
    assert bob.read() == [":alice!alice@192.0.2.1 PRIVMSG #x :I am back"]


def test_without_the_last_seen_all_is_told_since_the_session_began(world: World, bob: Client) -> None:
    bob.send("PRIVMSG #x :before")
    alice, token = joined(world)
    bob.send("PRIVMSG #x :one")
    alice.vanish()
    bob.send("PRIVMSG #x :two")
    assert [event["text"] for event in go_on(world, token)[2]] == ["one", "two"]
    # What was there before the session was not for it, whatever somebody claims to have seen.
    assert [event["text"] for event in go_on(world, token, "0" * 16)[2]] == ["one", "two"]


def test_what_was_taken_back_meanwhile_is_not_told(world: World) -> None:
    dora = world.json("dora", address="192.0.2.3")
    dora.ok(op="join", channel="#x")
    alice, token = joined(world)
    seen = alice.ok(op="send", target="#x", text="hi")["msgid"]
    alice.vanish()
    dora.ok(op="send", target="#x", text="one")
    slip = dora.ok(op="send", target="#x", text="my password")["msgid"]
    dora.ok(op="redact", target="#x", message_id=slip)
    told = go_on(world, token, seen)[2]
    assert [(event["event"], event.get("text")) for event in told] == [("message", "one"), ("redact", None)]


def test_what_one_has_done_oneself_is_not_told(world: World, bob: Client) -> None:
    alice, token = joined(world)
    alice.say(op="send", target="#x", text="mine")
    alice.say(op="topic", channel="#x", text="tea")
    alice.vanish()
    assert go_on(world, token)[2] == []


def test_what_happens_to_oneself_meanwhile_is_told_as_it_would_have_been(world: World, bob: Client) -> None:
    bob.send("JOIN #y")
    alice, token = joined(world)
    alice.vanish()
    bob.send("KICK #x alice :out", "PRIVMSG #x :unheard", "INVITE alice #y")
    ok, told = go_on(world, token)[1:]
    assert ok["channels"] == []
    assert [event["event"] for event in told] == ["kick", "invite"]


def test_a_session_can_be_taken_over_while_its_connection_only_seems_alive(world: World, bob: Client) -> None:
    alice, token = joined(world)
    alice.hear()
    again, ok, _ = go_on(world, token)
    assert ok["resumed"]
    assert [(each["event"], each["reason"]) for each in alice.hear()] == [("bye", "Resumed elsewhere")]
    assert alice.closed
    bob.read()
    bob.send("PRIVMSG #x :one", "PRIVMSG alice :two")
    assert [event["text"] for event in again.hear()] == ["one", "two"]
    assert alice.hear() == []
    again.ok(op="bye")
    assert bob.read()[-1:] == [":alice!alice@192.0.2.1 QUIT :Quit"]


def test_binary_goes_on_with_what_json_began(world: World, bob: Client) -> None:
    alice, token = joined(world)
    alice.vanish()
    bob.send("PRIVMSG #x :one")
    other = world.connect_binary()
    other.say(op="hello", resume={"token": token})
    answer, event = other.hear()
    assert (answer["ok"]["resumed"], event["text"]) == (True, "one")


def test_after_its_time_the_session_ends_for_the_reason_for_which_it_was_lost(
    world: World, bob: Client
) -> None:
    alice, token = joined(world)
    alice.vanish()
    bob.read()
    world.pass_time(118)
    assert not any("QUIT" in line for line in bob.read())
    world.pass_time(4)
    assert bob.read() == [":alice!alice@192.0.2.1 QUIT :Connection closed"]
    seen = "0000010000000003"
    _, ok, told = go_on(world, token, seen)
    assert ok["resumed"] is False
    assert "resume" in ok
    (gap,) = told
    assert (gap["event"], gap["since"]) == ("gap", seen)
    assert gap["until"] > seen


def test_who_comes_back_in_time_and_is_lost_again_has_its_time_anew(world: World, bob: Client) -> None:
    alice, token = joined(world)
    alice.vanish()
    for _ in range(3):
        world.pass_time(100)
        client, ok, _ = go_on(world, token)
        assert ok["resumed"]
        client.vanish()
    assert not any("QUIT" in line for line in bob.read())


def test_who_says_bye_is_gone(world: World, bob: Client) -> None:
    alice, token = joined(world)
    bob.read()
    alice.ok(op="bye", reason="home")
    assert bob.read() == [":alice!alice@192.0.2.1 QUIT :Quit: home"]
    assert go_on(world, token)[1]["resumed"] is False


def test_a_ping_timeout_is_a_loss(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, ping_interval=10, ping_timeout=10))
    alice, token = joined(world)
    world.pass_time(25)
    assert alice.hear()[-1]["event"] == "bye"
    assert "alice" in world.realm.nicks
    assert go_on(world, token)[1]["resumed"]


def test_a_reader_that_is_dropped_for_being_slow_can_read_on(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, send_queue=4000))
    bob = world.irc("bob")
    bob.send("JOIN #x")
    alice, token = joined(world)
    alice.hear()
    alice.transport.reading = False
    for number in range(40):
        bob.send(f"PRIVMSG #x :{number} {'x' * 100}")
    assert alice.closed
    _, ok, told = go_on(world, token)
    assert ok["resumed"]
    assert [int(event["text"].split()[0]) for event in told if event["event"] == "message"] == list(range(40))


def test_who_is_removed_while_lost_is_gone(world: World, bob: Client) -> None:
    alice, token = joined(world)
    alice.vanish()
    world.node.submit(None, Kill("alice", "spam"))
    world.settle()
    assert any("QUIT" in line for line in bob.read())
    assert go_on(world, token)[1]["resumed"] is False
    assert not world.api.parking.parked


def test_who_is_removed_while_connected_cannot_go_on(world: World, bob: Client) -> None:
    alice, token = joined(world)
    world.node.submit(None, Kill("alice", "spam"))
    world.settle()
    assert alice.closed
    assert not world.api.parking.places
    ok = go_on(world, token)[1]
    assert (ok["resumed"], ok["session"]) == (False, "a3")


def test_an_unknown_token_begins_a_session_and_says_that_there_is_a_gap(world: World) -> None:
    client, ok, told = go_on(world, "x" * 32)
    assert ok["resumed"] is False
    assert told == [{"event": "gap", "until": f"{world.realm.index:016x}"}]
    client.ok(op="join", channel="#x")


@pytest.mark.parametrize("after", ["x", "0" * 15, "0" * 16 + ".x"])
def test_what_is_no_message_id_is_an_error(world: World, after: str) -> None:
    no = error(world.connect_json(), op="hello", resume={"token": "x", "after": after})
    assert (no["code"], no["at"]) == ("bad_request", "$.resume.after")


def test_where_nothing_is_kept_nobody_gets_a_token(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(resume_time=0))
    alice, ok = hello(world)
    assert "resume" not in ok
    alice.vanish()
    assert "alice" not in world.realm.nicks


def test_where_more_has_happened_than_is_kept_there_is_a_gap_and_then_the_rest(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(resume_events=5))
    bob = world.irc("bob")
    bob.send("JOIN #x")
    alice, token = joined(world)
    bob.send("PRIVMSG #x :0")
    seen = alice.hear()[-1]["msgid"]
    alice.vanish()
    for number in range(1, 10):
        bob.send(f"PRIVMSG #x :{number}")
    ok, told = go_on(world, token, seen)[1:]
    gap, *messages = told
    assert ok["resumed"]
    assert (gap["event"], gap["since"], gap["until"]) == ("gap", seen, messages[0]["msgid"])
    assert [event["text"] for event in messages] == ["5", "6", "7", "8", "9"]


def test_the_longest_lost_of_too_many_of_one_address_ends(make_world: MakeWorld) -> None:
    world = make_world(api=APISettings(resume_sessions=2))
    bob = world.irc("bob")
    clients = [hello(world, name, address="192.0.2.9")[0] for name in ("a", "b", "c")]
    other = hello(world, "d", address="192.0.2.10")[0]
    for client in (*clients, other):
        client.vanish()
    assert list(world.realm.nicks) == ["bob", "b", "c", "d"]
    assert bob.read() == []


def test_lost_sessions_of_an_account_leave_room_for_others(make_world: MakeWorld) -> None:
    world = make_world(settings=Settings(sessions_per_user=4))
    world.account("alice")
    for number in range(10):
        client = world.connect_json()
        client.ok(op="login", account="alice", password="sesame")
        client.ok(op="hello", resume=True)
        client.vanish()
        assert len(world.api.parking.parked) == min(number + 1, 2)


def test_what_is_asked_while_going_on_is_done_when_all_was_told(patient: World) -> None:
    world, bob = patient, in_x(patient)
    alice, token = joined(world)
    alice.vanish()
    for number in range(450):
        bob.send(f"PRIVMSG #x :{number}")
    client = world.connect_json()
    client.send(
        f'{{"id":1,"op":"hello","resume":{{"token":"{token}"}}}}',
        '{"id":2,"op":"send","target":"#x","text":"hi"}',
    )
    first, *told, last = client.hear()
    assert first["id"] == 1
    assert [int(event["text"]) for event in told] == list(range(450))
    assert last["id"] == 2


def test_who_reads_slowly_is_told_what_was_missed_no_faster(make_world: MakeWorld) -> None:
    world = make_world(
        api=PATIENT, limits=LineLimits(flood_rate=None, send_queue=150_000, ping_interval=None)
    )
    bob = world.irc("bob")
    bob.send("JOIN #x")
    alice, token = joined(world)
    alice.vanish()
    for number in range(2000):
        bob.send(f"PRIVMSG #x :{number}")
    client = world.connect_json()
    client.transport.reading = False
    client.say(op="hello", resume={"token": token})
    world.pass_time(5)
    assert not client.closed
    texts: list[str] = []
    for _ in range(60):
        client.transport.read_on()
        texts += [event["text"] for event in client.hear() if event.get("event") == "message"]
        client.transport.reading = False
        world.pass_time(1)
    assert [int(text) for text in texts] == list(range(2000))
    bob.send("PRIVMSG #x :live")
    client.transport.read_on()
    assert [event["text"] for event in client.hear()] == ["live"]


def test_who_is_lost_while_going_on_goes_on_again(patient: World) -> None:
    world, bob = patient, in_x(patient)
    alice, token = joined(world)
    alice.vanish()
    for number in range(450):
        bob.send(f"PRIVMSG #x :{number}")
    client = world.connect_json()
    client.transport.reading = False
    client.connection.dataReceived(f'{{"op":"hello","resume":{{"token":"{token}"}}}}\n'.encode())
    client.vanish()
    assert "alice" in world.realm.nicks
    ok, told = go_on(world, token)[1:]
    assert ok["resumed"]
    assert [int(event["text"]) for event in told] == list(range(450))


def test_who_is_removed_while_going_on_is_told(patient: World) -> None:
    world, bob = patient, in_x(patient)
    alice, token = joined(world)
    alice.vanish()
    for number in range(450):
        bob.send(f"PRIVMSG #x :{number} {'x' * 300}")
    client = world.connect_json()
    client.transport.reading = False
    client.say(op="hello", resume={"token": token})
    world.node.submit(None, Kill("alice", "spam"))
    world.settle()
    client.transport.read_on()
    assert client.hear()[-1]["event"] == "bye"
    assert client.closed


def test_three_connections_may_want_the_same_session_the_last_has_it(world: World, bob: Client) -> None:
    _, token = joined(world)
    clients = [go_on(world, token)[0] for _ in range(3)]
    assert [client.closed for client in clients] == [True, True, False]
    clients[-1].ok(op="send", target="#x", text="hi")
    assert bob.read()[-1:] == [":alice!alice@192.0.2.1 PRIVMSG #x :hi"]


def test_an_answer_to_the_lost_connection_is_none_to_the_next(world: World, bob: Client) -> None:
    alice, token = joined(world)
    alice.hear()
    alice.connection.dataReceived(b'{"id":9,"op":"send","target":"#x","text":"hi","key":"k"}\n')
    alice.connection.dataReceived(b'{"id":10,"op":"nick","nick":"ally"}\n')
    alice.transport.lose(ConnectionLost())
    client = world.connect_json()
    client.send(
        f'{{"id":1,"op":"hello","resume":{{"token":"{token}"}}}}',
        '{"id":2,"op":"send","target":"#x","text":"hi","key":"k"}',
    )
    assert [answer["id"] for answer in client.hear()] == [1, 2]
    assert [line for line in bob.read() if "PRIVMSG" in line] == [":alice!alice@192.0.2.1 PRIVMSG #x :hi"]


def test_who_has_logged_in_to_another_account_does_not_get_the_session(world: World) -> None:
    world.account("alice")
    world.account("bob")
    alice = world.connect_json()
    alice.ok(op="login", account="alice", password="sesame")
    token = alice.ok(op="hello", resume=True)["resume"]
    alice.vanish()
    other = world.connect_json()
    other.ok(op="login", account="bob", password="sesame")
    other.say(op="hello", resume={"token": token})
    assert other.hear()[0]["ok"]["resumed"] is False
    right = world.connect_json()
    right.ok(op="login", account="alice", password="sesame")
    assert right.ok(op="hello", resume={"token": token})["resumed"] is True


def test_an_encrypted_session_does_not_go_on_without(world: World) -> None:
    alice = world.connect_json(secure=True)
    token = alice.ok(op="hello", nick="alice", resume=True)["resume"]
    alice.vanish()
    client = world.connect_json()
    assert error(client, op="hello", nick="alice", resume={"token": token})["code"] == "nick_in_use"
    assert world.connect_json(secure=True).ok(op="hello", resume={"token": token})["resumed"] is True


def test_what_a_device_was_told_is_known_though_its_session_was_parked(world: World) -> None:
    world.account("alice")
    alice = world.connect_json()
    alice.ok(op="login", account="alice", password="sesame")
    alice.ok(op="hello", resume=True, device="phone")
    lost = int(world.clock.seconds() * 1000)
    alice.vanish()
    world.pass_time(125)
    (seen,) = world.realm.devices.values()
    assert lost - 2000 <= seen["phone"] <= lost


def test_whom_a_session_watches_it_watches_still(world: World) -> None:
    alice, ok = hello(world)
    alice.ok(op="monitor", add=["bob", "carol"])
    alice.vanish()
    bob = world.irc("bob")
    client, _, told = go_on(world, ok["resume"])
    assert [(each["event"], each.get("nick") or each["user"]["nick"]) for each in told] == [
        ("online", "bob"),
        ("offline", "carol"),
    ]
    bob.send("QUIT")
    assert [each["event"] for each in client.hear()] == ["offline"]


def test_when_the_server_ends_nobody_is_kept(world: World, bob: Client) -> None:
    alice, _ = joined(world)
    other, _ = hello(world, "dora")
    alice.vanish()
    world.around.ending = True
    world.api.parking.stop()
    other.connection.drop("The server ends")
    world.settle()
    assert list(world.realm.nicks) == ["bob"]


def test_a_slow_reader_is_told_once_and_again_when_it_has_caught_up(make_world: MakeWorld) -> None:
    world = make_world(limits=LineLimits(flood_rate=None, send_queue=4000))
    bob = world.irc("bob")
    bob.send("JOIN #x")
    alice = world.json("alice")
    alice.ok(op="join", channel="#x")
    alice.hear()

    def fills() -> None:
        alice.transport.reading = False
        while alice.transport.backlog < 3000:
            bob.send(f"PRIVMSG #x :{'x' * 100}")

    def told() -> list[Found]:
        alice.transport.read_on()
        return [event for event in alice.hear() if event["event"] == "slow"]

    fills()
    (slow,) = told()
    assert slow["limit"] == 4000
    assert 2000 < slow["queued"] < 3000
    fills()
    assert told() == []
    world.pass_time(3)
    fills()
    assert len(told()) == 1
    world.pass_time(1)
    assert not alice.closed


def test_failures_while_telling_end_the_session_and_are_logged(
    world: World, bob: Client, failures: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, token = joined(world)
    alice.vanish()
    bob.send("PRIVMSG #x :one")

    def fail(*_: object) -> bytes:
        raise RuntimeError("a bug")

    monkeypatch.setattr("chatdaemon.missed.Missed.take", fail)
    client, ok, told = go_on(world, token)
    assert ok["resumed"]
    assert told[-1]["reason"] == "Internal server error"
    assert client.closed
    assert failures() == 1
    assert list(world.realm.nicks) == ["bob"]
    assert not world.api.parking.places


def test_who_comes_back_by_a_token_that_is_revoked_meanwhile_is_gone(patient: World) -> None:
    world, bob = patient, in_x(patient)
    world.account("alice")
    owner = world.connect_json()
    owner.ok(op="login", account="alice", password="sesame")
    owner.ok(op="hello", nick="owner")
    secret = owner.ok(op="token_create", name="bot")["secret"]
    owner.ok(op="bye")
    program = world.connect_json()
    program.ok(op="login", token=secret)
    token = program.ok(op="hello", resume=True)["resume"]
    program.ok(op="join", channel="#x")
    program.vanish()
    for number in range(450):
        bob.send(f"PRIVMSG #x :{number} {'x' * 300}")
    client = world.connect_json()
    client.transport.reading = False
    client.say(op="hello", resume={"token": token})
    bob.read()
    world.node.submit(None, RevokeToken("bot", "alice"))
    world.settle()
    assert client.closed
    assert bob.read() == [":alice!alice@192.0.2.1 QUIT :The token was revoked"]
    assert not world.api.parking.places


@pytest.mark.parametrize("lost_first", [False, True])
def test_nobody_goes_on_by_a_token_that_was_revoked_while_they_waited_for_an_answer(
    world: World, lost_first: bool
) -> None:
    world.account("alice")
    disk = Disk.of(world)
    owner = world.connect_json()
    owner.ok(op="login", account="alice", password="sesame")
    owner.ok(op="hello", nick="alice")
    secret = owner.ok(op="token_create", name="bot")["secret"]
    program = world.connect_json()
    program.ok(op="login", token=secret)
    token = program.ok(op="hello", resume=True)["resume"]
    disk.hold()
    program.say(op="send", target="alice", text="hi")
    if lost_first:
        program.vanish()
    client = world.connect_json()
    client.say(op="hello", nick="other", resume={"token": token})
    world.node.submit(None, RevokeToken("bot", "alice"))
    world.settle()
    disk.go_on()
    world.settle()
    answer, gap = client.hear()
    assert (answer["ok"]["resumed"], gap["event"]) == (False, "gap")
    assert not world.api.parking.parked
