"""HistServ: playing, searching and deleting what was said."""

from __future__ import annotations

import re

import pytest
from twisted.internet.defer import Deferred, fail

from chatdaemon.history.query import Query, Search
from chatdaemon.history.record import Record
from chatdaemon.protocols.irc.server import IRCSettings
from chatdaemon.protocols.irc.services import HISTSERV
from chatdaemon.protocols.irc.services.histserv import Span, moment, span_of
from chatdaemon.realm.settings import Cutoff, Settings
from chatdaemon.storage.failure import StorageFailed
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.night import calm, come, said
from tests.protocols.irc.services.said import says
from tests.world import NEW_YEAR, Client, World

NOW = NEW_YEAR * 1000 + 22 * 3600 * 1000
HOUR = 3600 * 1000


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return calm(make_world)


@pytest.fixture
def ann(world: World) -> Client:
    """In #tea, with ben."""
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    return ann


@pytest.fixture
def ben(world: World, ann: Client) -> Client:
    ben = come(world, "ben", "draft/message-redaction message-tags")
    ben.send("JOIN #tea", "PRIVMSG #tea :one cup", "PRIVMSG #tea :\x01ACTION waves\x01")
    world.clock.advance(7200)
    ben.send("PRIVMSG #tea :three cups", "PRIVMSG ann :only you")
    ann.send("PRIVMSG ben :and you")
    ann.read()
    ben.read()
    return ben


def tell(client: Client, words: str) -> list[str]:
    return says(client, "HistServ", words)


# PLAY


def test_the_last_of_a_channel_are_played_where_they_were_said(ann: Client, ben: Client) -> None:
    assert tell(ann, "PLAY #tea") == [
        "The last 3 messages, with times in UTC:",
        ":ben!ben@192.0.2.1 PRIVMSG #tea :[00:00] one cup",
        ":ben!ben@192.0.2.1 PRIVMSG #tea :\x01ACTION [00:00] waves\x01",
        ":ben!ben@192.0.2.1 PRIVMSG #tea :[02:00] three cups",
        "That was all: 3 messages of #tea.",
    ]


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("#TEA 1", ["[02:00] three cups"]),
        ("#tea 90m", ["[02:00] three cups"]),
        ("#tea 1d", ["[00:00] one cup", "\x01ACTION [00:00] waves\x01", "[02:00] three cups"]),
        ("#tea 01:30", ["[02:00] three cups"]),
        ("#tea 2026-01-01T01:30 1m", ["[02:00] three cups"]),
        ("#tea 2026-01-01 2026-01-01T01:30:00.000Z", ["[00:00] one cup", "\x01ACTION [00:00] waves\x01"]),
        ("#tea 2d 1d", []),
    ],
)
def test_how_many_and_since_when_is_asked_for(
    world: World, ann: Client, ben: Client, words: str, texts: list[str]
) -> None:
    world.clock.advance(120)
    assert said(ann.ask(f"HISTSERV PLAY {words}")) == texts


def test_what_is_older_can_be_asked_for_then(make_world: MakeWorld) -> None:
    world = calm(make_world, irc=IRCSettings(history_limit=2))
    ann = come(world, "ann")
    ann.send("JOIN #tea")
    for number in range(5):
        world.clock.advance(10)
        ann.send(f"PRIVMSG #tea :{number}")
    heard: list[str] = []
    words = "PLAY #tea 1h"
    for _ in range(6):
        lines = ann.ask(f"HISTSERV {words}")
        heard = [*(text.split(" ")[1] for text in said(lines)), *heard]
        more = [line for line in lines if "There are older ones" in line]
        if not more:
            break
        words = more[0].partition("/msg HistServ ")[2]
    # The one by which the rest is found is told again.
    assert list(dict.fromkeys(heard)) == [str(number) for number in range(5)]


def test_what_two_have_written_to_one_another(ann: Client, ben: Client) -> None:
    """Who would take its own messages for those of the other is told by notices."""
    assert tell(ann, "PLAY ben") == [
        "[2026-01-01 02:00] <ben> only you",
        "[2026-01-01 02:00] <ann> and you",
        "That was all: 2 messages of ben.",
    ]
    other = come(ann.world, "ann", "echo-message")
    other.read()
    assert other.ask("HISTSERV PLAY ben")[1:3] == [
        ":ben!ben@192.0.2.1 PRIVMSG ann :[02:00] only you",
        ":ann!ann@192.0.2.1 PRIVMSG ben :[02:00] and you",
    ]


def test_with_tags_and_batches_it_is_as_it_was(world: World, ann: Client, ben: Client) -> None:
    other = come(world, "ann", "batch server-time labeled-response")
    other.read()
    lines = other.ask("@label=x HISTSERV PLAY #tea 1h")
    shown = [re.sub(r"time=[^ ;]*", "time=T", line) for line in lines]
    assert shown == [
        "@label=x;time=T :irc.test BATCH +b3 labeled-response",
        "@batch=b3;time=T :irc.test BATCH +b2 chathistory #tea",
        "@batch=b2;time=T :ben!ben@192.0.2.1 PRIVMSG #tea :three cups",
        "@batch=b3;time=T :irc.test BATCH -b2",
        "@batch=b3;time=T :HistServ!HistServ@irc.test NOTICE ann :That was all: 1 message of #tea.",
        "@time=T :irc.test BATCH -b3",
    ]


def test_only_what_one_may_read_is_played(make_world: MakeWorld) -> None:
    world = calm(make_world, Settings(channel_flags=(), user_modes=(), cutoff=Cutoff.JOIN))
    ben = come(world, "ben")
    ben.send("JOIN #tea", "PRIVMSG #tea :one")
    world.clock.advance(60)
    dora = come(world, "dora")
    no = ["There is no history of it that you may read."]
    assert tell(dora, "PLAY #tea") == no
    assert tell(dora, "PLAY #unknown") == no
    assert tell(dora, "PLAY nobody") == no
    dora.send("JOIN #tea")
    assert tell(dora, "PLAY #tea") == ["There is nothing of #tea that you could be told."]
    assert tell(dora, "SEARCH one") == ["Nothing was found."]
    assert tell(dora, "SEARCH one in #unknown") == no


@pytest.mark.parametrize("words", ["#tea soon", "#tea 0", "#tea 25:00", "#tea 2026-02-30", "#tea 1h x"])
def test_what_is_no_time_is_answered_by_the_syntax(ann: Client, words: str) -> None:
    assert tell(ann, f"PLAY {words}")[0] == "Syntax: PLAY <channel or nickname> [<number> | <from> [<to>]]"


# SEARCH


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("cup", ["#tea: <ben> one cup"]),
        ("CUP*", ["#tea: <ben> one cup", "#tea: <ben> three cups"]),
        ("cup* from ben", ["#tea: <ben> one cup", "#tea: <ben> three cups"]),
        ("you", ["ben: <ben> only you", "ben: <ann> and you"]),
        ("you from ANN", ["ben: <ann> and you"]),
        ("you in #tea", []),
        ("you in ben from ben", ["ben: <ben> only you"]),
        ('"three cups"', ["#tea: <ben> three cups"]),
        ('"cups three"', []),
        ("waves", ["#tea: <ben> waves"]),
    ],
)
def test_messages_are_found_by_words_place_and_person(
    ann: Client, ben: Client, words: str, found: list[str]
) -> None:
    told = tell(ann, f"SEARCH {words}")
    if not found:
        assert told == ["Nothing was found."]
        return
    assert [re.sub(r"^[0-9a-f.]{16,} \[2026-01-01 0\d:00\] ", "", line) for line in told] == found


def test_the_last_ten_are_shown_and_no_endless_lines(ann: Client, world: World) -> None:
    for number in range(12):
        ann.send(f"PRIVMSG #tea :tea {number} {'x' * 400}")
    told = tell(ann, "SEARCH tea")
    assert len(told) == 11
    assert told[-1] == "These are the last 10; with more words, or a channel, others are found."
    assert "tea 2 " in told[0]
    assert all(len(line) < 340 for line in told)


# DELETE


def test_a_message_is_deleted_by_the_id_that_search_tells(ann: Client, ben: Client) -> None:
    msgid = tell(ben, "SEARCH three")[0].partition(" ")[0]
    answer = tell(ben, f"DELETE #tea {msgid} too many")
    assert answer[-1] == "The message is deleted."
    assert f" REDACT #tea {msgid} :too many" in answer[0]
    assert tell(ann, "SEARCH three") == ["Nothing was found."]
    assert tell(ben, f"DELETE #tea {msgid}") == ["This message does not exist or is too old."]


def test_the_message_of_somebody_else_stays(ann: Client, ben: Client) -> None:
    ann.send("PRIVMSG #tea :mine")
    msgid = tell(ben, "SEARCH mine")[0].partition(" ")[0]
    assert tell(ben, f"DELETE #tea {msgid}") == ["You may not delete this message."]


# What goes wrong


def test_what_cannot_be_read_is_said_to_be_so(ann: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(query: Query | Search) -> Deferred[list[Record]]:
        return fail(StorageFailed("no disk"))

    monkeypatch.setattr(ann.world.history, "read", broken)
    monkeypatch.setattr(ann.world.history, "search", broken)
    no = ["What was said cannot be read at the moment: try later."]
    assert tell(ann, "PLAY #tea") == no
    assert tell(ann, "SEARCH x in #tea") == no


def test_who_goes_while_it_is_read_is_told_nothing(ann: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for ending in (True, False):
        waiting: Deferred[list[Record]] = Deferred()
        monkeypatch.setattr(ann.world.history, "read", lambda query, waiting=waiting: waiting)
        other = come(ann.world, "ann", "znc.in/playback")
        other.send("HISTSERV PLAY #tea")
        other.vanish()
        other.read()
        if ending:
            waiting.callback([])
        else:
            waiting.errback(StorageFailed("no disk"))
        assert other.read() == []


def test_help_lists_its_commands(ann: Client) -> None:
    assert [line.split()[0] for line in tell(ann, "HELP")[1:-1]] == list(HISTSERV.subcommands)


# Times


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1h", NOW - HOUR),
        ("1D12H", NOW - 36 * HOUR),
        ("2w", NOW - 14 * 24 * HOUR),
        ("999999w", 0),
        ("21:30", NOW - HOUR // 2),
        ("21:30:30", NOW - HOUR // 2 + 30_000),
        ("2026-01-01", NEW_YEAR * 1000),
        ("2026-01-01t00:00:00.123z", NEW_YEAR * 1000 + 123),
        ("1960-01-01", 0),
        ("24:30", None),
        ("2026-13-01", None),
        ("2026-01-01T", None),
        ("h", None),
        ("1", None),
        ("\u0661h", None),
    ],
)
def test_moments(text: str, at: int | None) -> None:
    assert moment(text, NOW) == at


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ([], Span(50)),
        (["7"], Span(7)),
        (["7000"], Span(1000)),
        (["0"], None),
        (["1h"], Span(1000, NOW - HOUR)),
        (["1h", "30m"], Span(1000, NOW - HOUR, NOW - HOUR // 2)),
        (["7", "1h"], None),
        (["9999999999"], None),
    ],
)
def test_spans(words: list[str], span: Span | None) -> None:
    assert span_of(words, NOW, 1000) == span
