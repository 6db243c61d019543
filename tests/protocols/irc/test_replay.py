"""What is told by itself to clients that cannot ask for what they have missed."""

from __future__ import annotations

import re

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionLost

from chatdaemon.history.query import Query
from chatdaemon.history.record import Record
from chatdaemon.history.settings import HistorySettings
from chatdaemon.protocols.irc.replay import LATEST
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Custom, Cutoff, Settings
from chatdaemon.storage.failure import StorageFailed
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import log_in, make_operator
from tests.protocols.irc.night import ALWAYS, behind_names, calm, come, said
from tests.world import Client, World

NIGHT = 8 * 3600
OPT_IN = Settings(channel_flags=(), user_modes=())


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return calm(make_world)


@pytest.fixture
def ben(world: World) -> Client:
    """In #tea, all night."""
    ben = come(world, "ben")
    ben.send("JOIN #tea")
    return ben


def sleep(world: World, seconds: float = NIGHT) -> None:
    """Time passes, in one go."""
    world.clock.advance(seconds)
    world.settle()


def leave(world: World, client: Client) -> None:
    """The client says goodbye, a minute after and before all else."""
    sleep(world, 60)
    client.send("QUIT :good night")
    sleep(world, 60)


# A night away


def test_whoever_comes_back_after_a_night_has_missed_nothing(world: World, ben: Client) -> None:
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    ben.send("PRIVMSG #tea :before")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one", "NOTICE #tea :two", "PRIVMSG ann :only you")
    sleep(world)
    ben.send("PRIVMSG #tea :\x01ACTION waves\x01")
    sleep(world, 60)
    assert behind_names(come(world, "ann").read()) == [
        ":HistServ!HistServ@irc.test NOTICE #tea :3 messages since 2026-01-01 00:01, with times in UTC:",
        ":ben!ben@192.0.2.1 PRIVMSG #tea :[00:02] one",
        ":ben!ben@192.0.2.1 NOTICE #tea :[00:02] two",
        ":ben!ben@192.0.2.1 PRIVMSG #tea :\x01ACTION [08:02] waves\x01",
        ":HistServ!HistServ@irc.test NOTICE ann :ben: 1 message since 2026-01-01 00:01, with times in UTC:",
        ":ben!ben@192.0.2.1 PRIVMSG ann :[00:02] only you",
    ]


def test_what_was_said_on_another_day_has_its_day(world: World, ben: Client) -> None:
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one")
    sleep(world, 86400)
    assert said(come(world, "ann").read()) == ["[2026-01-01 00:02] one"]


def test_clients_with_tags_and_batches_have_the_time_there(world: World, ben: Client) -> None:
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one")
    sleep(world)
    lines = behind_names(come(world, "ann", "batch server-time message-tags account-tag").read())
    msgid = lines[1].partition("msgid=")[2].partition(" ")[0]
    assert [re.sub(r"\d\d\.\d\d\dZ", "00.000Z", line) for line in lines] == [
        "@time=2026-01-01T08:02:00.000Z :irc.test BATCH +b1 chathistory #tea",
        f"@batch=b1;time=2026-01-01T00:02:00.000Z;account=ben;msgid={msgid} :ben!ben@192.0.2.1 PRIVMSG #tea :one",
        "@time=2026-01-01T08:02:00.000Z :irc.test BATCH -b1",
    ]


@pytest.mark.parametrize("caps", ["draft/chathistory", "znc.in/playback"])
def test_who_can_ask_is_told_nothing(world: World, ben: Client, caps: str) -> None:
    ann = come(world, "ann", caps)
    ann.send("JOIN #tea")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one")
    assert behind_names(come(world, "ann", caps).read()) == []


def test_nothing_is_told_where_nothing_was_said(world: World, ben: Client) -> None:
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    leave(world, ann)
    assert behind_names(come(world, "ann").read()) == []


def test_night_after_night_nothing_is_missing_nothing_twice_and_all_in_order(
    world: World, ben: Client
) -> None:
    heard: list[str] = []
    expected = []
    ann = come(world, "ann", "server-time batch")
    ann.send("JOIN #tea")
    for night in range(4):
        for number in range(night * 40):
            expected.append(f"{night} {number}")
            ben.send(f"PRIVMSG #tea :{expected[-1]}")
            sleep(world, 1)
            if number == 20:
                # Some of it is heard as it is said.
                heard += said(ann.read())
                leave(world, ann)
        if ann.closed:
            ann = come(world, "ann", "server-time batch")
    heard += said(ann.read())
    assert heard == expected


def test_what_a_dead_connection_was_sent_is_told_again(make_world: MakeWorld) -> None:
    world = make_world(settings=ALWAYS)
    ben, ann = come(world, "ben"), come(world, "ann")
    ben.send("JOIN #tea")
    ann.send("JOIN #tea")
    ann.read()
    world.pass_time(5)
    # The laptop is closed; nobody knows.
    ann.transport.reading = False
    for number in range(30):
        ben.send(f"PRIVMSG #tea :{number}", "PING x")
        world.pass_time(10)
    assert ann.closed
    back = said(come(world, "ann").read())
    assert [text.rpartition(" ")[2] for text in back] == [str(number) for number in range(30)]


def test_what_was_written_while_nobody_was_there_is_told_to_who_is_not_always_on(
    make_world: MakeWorld,
) -> None:
    """Between the last sign of life and the end that everybody sees, it seems to be there."""
    world = make_world(settings=OPT_IN)
    ben, ann = come(world, "ben"), come(world, "ann")
    ben.send("JOIN #tea")
    ann.send("JOIN #tea")
    world.pass_time(5)
    ann.transport.reading = False
    world.pass_time(20)
    ben.send("PRIVMSG ann :are you there?", "PRIVMSG #tea :hello")
    for _ in range(20):
        world.pass_time(10)
        ben.send("PING x")
    assert ann.closed
    ben.send("PRIVMSG #tea :gone")
    ann = come(world, "ann")
    assert said(ann.read()) == ["[00:00] are you there?"]
    assert [text.split(" ", 1)[1] for text in said(ann.ask("JOIN #tea"))] == ["hello", "gone"]


# How much


def test_of_more_than_so_much_the_last_are_told_and_how_to_get_the_rest(make_world: MakeWorld) -> None:
    world = calm(make_world, history=HistorySettings(replay=3))
    ben, ann = come(world, "ben"), come(world, "ann")
    ben.send("JOIN #tea")
    ann.send("JOIN #tea")
    leave(world, ann)
    for number in range(5):
        ben.send(f"PRIVMSG #tea :{number}")
        sleep(world, 1)
    ann = come(world, "ann", "server-time")
    lines = behind_names(ann.read())
    assert re.sub(r"\d\d\.\d\d\dZ", "SS.000Z", lines[0]).endswith(
        ":HistServ!HistServ@irc.test NOTICE #tea :More was said than the 3 messages that follow. For the rest:"
        " /msg HistServ PLAY #tea 2026-01-01T00:01:SS.000Z 2026-01-01T00:02:SS.000Z"
    )
    assert said(lines) == ["2", "3", "4"]
    words = lines[0].rpartition("/msg HistServ ")[2]
    assert said(ann.ask(f"HISTSERV {words}")) == ["0", "1", "2"]


def test_nothing_is_told_where_nobody_is_to_be_told(make_world: MakeWorld) -> None:
    world = calm(make_world, history=HistorySettings(replay=0))
    ben, ann = come(world, "ben"), come(world, "ann")
    ben.send("JOIN #tea")
    ann.send("JOIN #tea")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one")
    assert behind_names(come(world, "ann").read()) == []


def test_who_does_not_read_is_sent_no_more_than_it_reads(world: World, ben: Client) -> None:
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    leave(world, ann)
    for number in range(180):
        ben.send(f"PRIVMSG #tea :{number}")
    back = world.connect_irc()
    back.transport.reading = False
    back.transport.waiting = b"x"
    come_as(back, "ann")
    for _ in range(20):
        world.clock.advance(0.1)
    assert b" PRIVMSG #tea" not in back.transport.waiting
    back.transport.waiting = b""
    back.transport.read_on()
    for _ in range(20):
        world.clock.advance(0.1)
    assert len(said(back.read())) == 180


def come_as(client: Client, nick: str) -> None:
    """As `come`, with a connection that is there; nothing is waited for."""
    data = (
        "CAP REQ :sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE AGFubgBzZXNhbWU=\r\n"
        f"NICK {nick}\r\nUSER {nick} 0 * :x\r\nCAP END\r\n"
    )
    client.connection.dataReceived(data.encode())
    for _ in range(40):
        client.world.clock.advance(0.1)


# Devices


def test_each_device_is_told_what_it_has_missed_itself(world: World, ben: Client) -> None:
    for device in ("laptop", "phone"):
        client = come(world, "ann", device=device)
        client.send("JOIN #tea")
        leave(world, client)
    ben.send("PRIVMSG #tea :one")
    phone = come(world, "ann", device="phone")
    assert said(phone.read()) == ["[00:04] one"]
    ben.send("PRIVMSG #tea :two")
    leave(world, phone)
    assert said(come(world, "ann", device="phone").read()) == []
    assert said(come(world, "ann", device="laptop").read()) == ["[00:04] one", "[00:04] two"]


def test_a_new_device_is_told_the_latest(world: World, ben: Client) -> None:
    ann = come(world, "ann", device="laptop")
    ann.send("JOIN #tea")
    for number in range(LATEST + 5):
        ben.send(f"PRIVMSG #tea :{number}")
    leave(world, ann)
    ben.send("PRIVMSG ann :only you")
    lines = behind_names(come(world, "ann", device="phone").read())
    assert lines[0].endswith(f" NOTICE #tea :The last {LATEST} messages, with times in UTC:")
    texts = [text.split(" ")[1] for text in said(lines)]
    assert texts == [*(str(number) for number in range(5, LATEST + 5)), "only"]


def test_what_one_has_written_with_another_client_is_told_as_far_as_it_can_be(
    world: World, ben: Client
) -> None:
    """In channels to all; to people only to those who know that they may see themselves write."""
    for device in ("old", "new"):
        client = come(world, "ann", device=device)
        client.send("JOIN #tea")
        leave(world, client)
    laptop = come(world, "ann", device="laptop")
    laptop.send("PRIVMSG #tea :to all", "PRIVMSG ben :to you", "PRIVMSG ann :to myself")
    assert said(come(world, "ann", device="old").read()) == ["[00:04] to all", "[00:04] to myself"]
    new = come(world, "ann", "echo-message", device="new").read()
    assert ":ann!ann@192.0.2.1 PRIVMSG ben :[00:04] to you" in new


# Joining


def test_who_is_not_always_on_is_told_when_it_joins(make_world: MakeWorld) -> None:
    world = calm(make_world, OPT_IN)
    ben, ann = come(world, "ben"), come(world, "ann")
    ben.send("JOIN #tea")
    ann.send("JOIN #tea")
    ben.send("PRIVMSG #tea :before")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one")
    sleep(world, 60)
    ann = come(world, "ann")
    ben.send("PRIVMSG #tea :two")
    assert said(ann.read()) == []
    lines = ann.ask("JOIN #tea")
    assert said(lines) == ["[00:02] one", "[00:03] two"]
    # Behind the list of names, and not twice.
    assert said(behind_names(lines)) == said(lines)
    ann.send("PART #tea")
    sleep(world, 60)
    ben.send("PRIVMSG #tea :three")
    assert said(ann.ask("JOIN #tea")) == ["[00:04] three"]


def test_who_logs_in_later_is_told_then(make_world: MakeWorld) -> None:
    world = calm(make_world, OPT_IN)
    ben, ann = come(world, "ben"), come(world, "ann")
    ben.send("JOIN #tea", "JOIN #milk")
    ann.send("JOIN #tea")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one", "PRIVMSG #milk :white")
    sleep(world, 60)
    ann = world.irc("guest")
    ann.send("JOIN #tea")
    sleep(world, 60)
    ben.send("PRIVMSG #tea :heard")
    assert said(ann.read()) == ["heard"]
    assert said(ann.ask("NS IDENTIFY ann sesame")) == ["[00:02] one"]
    assert said(ann.ask("JOIN #milk")) == ["[00:02] white"]


def test_a_cutoff_holds(make_world: MakeWorld) -> None:
    world = calm(make_world, Settings(channel_flags=(), user_modes=(), cutoff=Cutoff.JOIN))
    ben, ann = come(world, "ben"), come(world, "ann")
    ben.send("JOIN #tea")
    ann.send("JOIN #tea")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one")
    sleep(world, 60)
    assert said(come(world, "ann").ask("JOIN #tea")) == []


def test_who_has_no_account_is_told_as_much_as_is_configured(make_world: MakeWorld) -> None:
    world = calm(make_world, history=HistorySettings(replay_on_join=2))
    ben = world.irc("ben")
    ben.send("JOIN #tea", *(f"PRIVMSG #tea :{number}" for number in range(4)))
    dora = world.irc("dora")
    lines = behind_names(dora.ask("JOIN #tea"))
    assert lines[0].endswith(" NOTICE #tea :The last 2 messages, with times in UTC:")
    assert said(lines) == ["[00:00] 2", "[00:00] 3"]
    # What begins now has nothing that was before.
    assert behind_names(dora.ask("JOIN #new")) == []
    nobody = calm(make_world)
    ben = nobody.irc("ben")
    ben.send("JOIN #tea", "PRIVMSG #tea :one")
    assert behind_names(nobody.irc("dora").ask("JOIN #tea")) == []


def test_who_is_made_to_join_is_told_too_with_all_clients(make_world: MakeWorld) -> None:
    world = calm(make_world, history=HistorySettings(replay_on_join=9))
    ben = world.irc("ben")
    ben.send("JOIN #tea", "PRIVMSG #tea :one")
    clients = [come(world, "ann"), come(world, "ann", "draft/chathistory"), come(world, "ann")]
    for client in clients:
        client.read()
    clients[0].send("JOIN #tea")
    assert [said(client.read()) for client in clients] == [["[00:00] one"], [], ["[00:00] one"]]
    dora = world.irc("dora")
    dora.read()
    make_operator(ben, Privilege.OVERRIDE)
    ben.send("SAJOIN dora #tea")
    assert said(dora.read()) == ["[00:00] one"]


def test_the_answer_to_a_labelled_join_is_whole_before_the_replay(make_world: MakeWorld) -> None:
    world = calm(make_world, history=HistorySettings(replay_on_join=9))
    ben = world.irc("ben")
    ben.send("JOIN #tea", "PRIVMSG #tea :one")
    dora = world.irc("dora", caps="labeled-response batch")
    lines = dora.ask("@label=a JOIN #tea")
    assert lines[0] == "@label=a :irc.test BATCH +b1 labeled-response"
    end = lines.index(":irc.test BATCH -b1")
    assert [line for line in lines[:end] if "PRIVMSG" in line] == []
    assert lines[end + 1 :] == [
        ":HistServ!HistServ@irc.test NOTICE #tea :The last 1 message, with times in UTC:",
        ":irc.test BATCH +b2 chathistory #tea",
        "@batch=b2 :ben!ben@192.0.2.1 PRIVMSG #tea :[00:00] one",
        ":irc.test BATCH -b2",
    ]


# What goes wrong


def test_what_a_guest_has_written_who_is_gone_is_told(make_world: MakeWorld) -> None:
    world = calm(make_world)
    ann = come(world, "ann")
    leave(world, ann)
    guest = world.irc("gus")
    guest.send("PRIVMSG ann :call me", "QUIT")
    sleep(world, 60)
    assert said(come(world, "ann").read()) == ["[00:02] call me"]


def test_who_leaves_a_channel_meanwhile_is_told_nothing_of_it(make_world: MakeWorld) -> None:
    world = calm(make_world, history=HistorySettings(replay_on_join=9))
    ben = world.irc("ben")
    ben.send("JOIN #tea", "PRIVMSG #tea :one")
    lines = world.irc("dora").ask("JOIN #tea", "PART #tea")
    assert said(lines[lines.index(":dora!dora@192.0.2.1 PART #tea") :]) == []


def test_who_goes_in_the_middle_is_told_the_rest_the_next_time(world: World, ben: Client) -> None:
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    leave(world, ann)
    for number in range(120):
        ben.send(f"PRIVMSG #tea :{number}")
    back = world.connect_irc()
    back.transport.reading = False
    back.transport.waiting = b"x"
    come_as(back, "ann")
    world.clock.advance(60)
    back.vanish()
    sleep(world, 60)
    assert len(said(come(world, "ann").read())) == 120


def test_what_cannot_be_read_is_said_to_be_so_and_told_the_next_time(
    world: World, ben: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one")
    sleep(world, 60)

    def broken(query: Query) -> Deferred[list[Record]]:
        return fail(StorageFailed("no disk"))

    with monkeypatch.context() as patch:
        patch.setattr(world.history, "read", broken)
        ann = come(world, "ann")
        assert behind_names(ann.read()) == [
            ":HistServ!HistServ@irc.test NOTICE ann :What you have missed cannot be read at the moment."
        ]
        leave(world, ann)
    assert said(come(world, "ann").read()) == ["[00:02] one"]


def test_a_lost_connection_in_the_middle_leaves_nothing_behind(world: World, ben: Client) -> None:
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    leave(world, ann)
    ben.send("PRIVMSG #tea :one")
    back = come(world, "ann")
    back.vanish(ConnectionLost())
    assert world.irc_server.replays._absences == {}


def test_who_has_a_registered_nick_but_never_was_seen_is_told_nothing(make_world: MakeWorld) -> None:
    world = calm(make_world, Settings(always_on=Custom.OFF, channel_flags=(), user_modes=()))
    ben = world.irc("ben")
    ben.send("JOIN #tea", "PRIVMSG #tea :one")
    ann = world.irc("ann")
    log_in(ann, "ann")
    assert said(ann.ask("JOIN #tea")) == []
