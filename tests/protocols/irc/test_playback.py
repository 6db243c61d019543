"""*playback: what was said, asked for as with ZNC."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail

from chatdaemon.history.query import Query
from chatdaemon.history.record import Record
from chatdaemon.history.settings import HistorySettings
from chatdaemon.protocols.irc import replay
from chatdaemon.protocols.irc.playback import milliseconds, seconds
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.storage.failure import StorageFailed
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.night import calm, come, said
from tests.protocols.irc.services.said import says
from tests.world import NEW_YEAR, Client, World

CAPS = "znc.in/playback server-time batch"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return calm(make_world)


@pytest.fixture
def ben(world: World) -> Client:
    """Has said "one" in #tea a minute ago, "two" in #tin, and "three" to ann, each ten seconds apart."""
    ben = come(world, "ben")
    ann = come(world, "ann")
    for client in (ben, ann):
        client.send("JOIN #tea,#tin")
    for target, text in (("#tea", "one"), ("#tin", "two"), ("ann", "three")):
        world.clock.advance(10)
        ben.send(f"PRIVMSG {target} :{text}")
    world.clock.advance(60)
    ann.send("QUIT")
    return ben


@pytest.fixture
def ann(world: World, ben: Client) -> Client:
    ann = come(world, "ann", CAPS)
    ann.read()
    return ann


def test_all_is_played_at_first(ann: Client) -> None:
    lines = ann.ask("PRIVMSG *playback :PLAY * 0")
    assert [line.partition(" ")[2] for line in lines if "BATCH +" in line] == [
        ":irc.test BATCH +b1 znc.in/playback #tea",
        ":irc.test BATCH +b2 znc.in/playback #tin",
        ":irc.test BATCH +b3 znc.in/playback ben",
    ]
    assert said(lines) == ["one", "two", "three"]
    assert all("time=2026-01-01T00:00:" in line for line in lines if "PRIVMSG" in line)


def test_what_is_behind_a_time_and_up_to_another(ann: Client) -> None:
    seen = ann.ask("PRIVMSG *playback :PLAY #tea")[1].partition("time=")[2][:24]
    assert seen.startswith("2026-01-01T00:00:1")
    late = milliseconds("1767225610.000")
    assert late == (NEW_YEAR + 10) * 1000
    assert said(ann.ask(f"PRIVMSG *playback :PLAY * {NEW_YEAR + 17}.5")) == ["two", "three"]
    assert said(ann.ask(f"PRIVMSG *playback :PLAY * 0 {NEW_YEAR + 17}.5")) == ["one"]


def test_a_message_that_was_seen_at_that_time_is_not_played_again(world: World, ben: Client) -> None:
    reading = world.history._rings.all()
    (at,) = [each.at for _, ring in reading for each in ring if getattr(each.told, "text", "") == "one"]
    ann = come(world, "ann", CAPS)
    ann.read()
    assert said(ann.ask(f"PRIVMSG *playback :PLAY #tea {seconds(at)}")) == []
    assert said(ann.ask(f"PRIVMSG *playback :PLAY #tea {seconds(at - 1)}")) == ["one"]
    assert said(ann.ask(f"PRIVMSG *playback :PLAY #tea 0 {seconds(at)}")) == ["one"]


@pytest.mark.parametrize(
    ("buffers", "texts"),
    [
        ("#tea", ["one"]),
        ("#TEA,#tin", ["one", "two"]),
        ("#t*", ["one", "two"]),
        ("#t?n,ben", ["two", "three"]),
        ("#tea,#tea,#unknown,nobody", ["one"]),
        ("#unknown", []),
        ("x*", []),
    ],
)
def test_buffers_are_channels_people_and_masks_of_channels(
    ann: Client, buffers: str, texts: list[str]
) -> None:
    assert said(ann.ask(f"PRIVMSG *Playback :play {buffers} 0")) == texts


def test_channels_that_are_joined_later_are_played_then(make_world: MakeWorld) -> None:
    """Clients ask before they join their channels."""
    world = calm(make_world)
    ben = world.irc("ben")
    ben.send("JOIN #tea", "PRIVMSG #tea :one")
    world.clock.advance(60)
    ben.send("PRIVMSG #tea :two")
    dora = world.irc("dora", caps=CAPS)
    assert said(dora.ask("JOIN #tea")) == []
    dora.send("PART #tea")
    assert said(dora.ask(f"PRIVMSG *playback :PLAY * {NEW_YEAR + 30}")) == []
    assert said(dora.ask("PART #tea", "JOIN #tea")) == ["two"]


def test_no_more_than_one_may_ask_for_at_once_is_played(make_world: MakeWorld) -> None:
    world = calm(make_world, irc=IRCSettings(history_limit=3))
    ben = world.irc("ben")
    ben.send("JOIN #tea", *(f"PRIVMSG #tea :{number}" for number in range(5)))
    dora = world.irc("dora", caps=CAPS)
    dora.send("JOIN #tea")
    lines = dora.ask("PRIVMSG *playback :PLAY #tea")
    assert said(lines) == ["2", "3", "4"]
    assert not [line for line in lines if "HistServ" in line]


def test_who_asks_for_too_much_at_once_has_to_wait(ann: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_WAITING", 3)
    ann.read()
    ann.connection.dataReceived(b"PRIVMSG *playback :PLAY *\r\n" * 3)
    ann.world.settle()
    lines = ann.read()
    waits = [line for line in lines if "Wait until all is played that you have asked for." in line]
    assert len(waits) == 2
    assert said([line for line in lines if line not in waits]) == ["one", "two", "three"]


@pytest.mark.parametrize("words", ["PLAY", "PLAY * yesterday", "PLAY * 1e9", "PLAY * -1", "PLAY * 1 x"])
def test_what_is_no_time_is_answered_by_the_syntax(ann: Client, words: str) -> None:
    lines = ann.ask(f"PRIVMSG *playback :{words}")
    assert lines[0].endswith(" NOTICE ann :Syntax: PLAY <buffer>[,<buffer> ...] [<from> [<to>]]")


def test_list_tells_first_and_last(ann: Client, ben: Client) -> None:
    ann.world.clock.advance(7)
    ben.send("PRIVMSG #tea :four")
    ann.read()
    texts = [line.split(" NOTICE ann :")[1] for line in ann.ask("PRIVMSG *playback :LIST")]
    names = [text.split(" ")[0] for text in texts]
    assert names == ["#tea", "#tin"]
    first, last = map(float, texts[0].split(" ")[1:])
    assert NEW_YEAR + 10 <= first < last
    assert len(ann.ask("PRIVMSG *playback :LIST #tin")) == 1
    (nothing,) = ann.ask("PRIVMSG *playback :LIST #x*")
    assert nothing.endswith(":There is nothing to play.")


def test_what_cannot_be_read_is_said_to_be_so(ann: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(query: Query) -> Deferred[list[Record]]:
        return fail(StorageFailed("no disk"))

    monkeypatch.setattr(ann.world.history, "read", broken)
    (line,) = ann.ask("PRIVMSG *playback :LIST")
    assert line.endswith(":What was said cannot be read at the moment.")
    lines = ann.ask("PRIVMSG *playback :PLAY #tea")
    assert lines[-1].endswith(":What you have missed cannot be read at the moment.")


def test_nothing_is_cleared(ann: Client) -> None:
    (line,) = ann.ask("PRIVMSG *playback :CLEAR #tea")
    assert line.endswith(":Nothing is cleared: what was said is kept for all who may read it.")
    assert said(ann.ask("PRIVMSG *playback :PLAY #tea")) == ["one"]


def test_nobody_is_shown_it(ann: Client) -> None:
    assert ann.ask("WHOIS *playback")[0].endswith("401 ann *playback :No such nick/channel")
    assert ann.ask("ISON *playback")[0].endswith("303 ann :")


def test_it_works_without_the_capability_and_without_tags(world: World, ben: Client) -> None:
    ann = come(world, "ann")
    ann.read()
    lines = ann.ask("PRIVMSG *PLAYBACK :PLAY #tea")
    assert lines[0] == ":HistServ!HistServ@irc.test NOTICE #tea :The last 1 message, with times in UTC:"
    assert said(lines) == ["[00:00] one"]
    assert says(ann, "*playback", "HELP")[0].startswith("*playback: plays what was said")


def test_seconds_are_milliseconds() -> None:
    for at in (0, 1, 999, 1767225600123, 1767225600999):
        assert milliseconds(seconds(at)) == at
    assert milliseconds("1767225600") == 1767225600000
    for text in ("", "-1", "1.", ".5", "1e3", "nan", "1" * 13, "\u0663"):
        assert milliseconds(text) is None


def test_history_can_be_turned_off_for_replay_and_playback_still_works(make_world: MakeWorld) -> None:
    world = calm(make_world, history=HistorySettings(replay=0))
    ben = world.irc("ben")
    ben.send("JOIN #tea", "PRIVMSG #tea :one")
    dora = world.irc("dora", caps=CAPS)
    dora.send("JOIN #tea")
    assert said(dora.ask("PRIVMSG *playback :PLAY #tea")) == ["one"]
