"""Records become rows and records again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from chatdaemon.history.projection import PLACES
from chatdaemon.history.record import Record
from chatdaemon.realm.events import Portrayed, Posted, PostedLines
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelRank, ChannelSetting, Rank
from chatdaemon.realm.requests import Kind, Line
from chatdaemon.storage import history_rows
from chatdaemon.storage.history_rows import COLUMNS, lexemes, record_of, row_of, words_of_record
from tests.storage.records import ALICE_IS, HALL_ID, joined, records, said


@given(record=records())
def test_a_record_is_the_same_when_it_has_been_a_row(record: Record) -> None:
    row = row_of(record)
    assert len(row) == len(COLUMNS)
    assert record_of(row) == record


def test_every_event_that_history_keeps_can_be_a_row() -> None:
    assert set(history_rows._OUT) == {Posted, PostedLines, *PLACES}


def test_every_mode_has_a_name_of_its_own() -> None:
    known = [*ChannelFlag, *ChannelSetting, *ChannelList, *ChannelRank]
    assert list(history_rows._MODES.values()) == known


def test_what_is_usual_is_not_written() -> None:
    row = dict(zip(COLUMNS, row_of(said(5, "hello there")), strict=True))
    assert row == {
        "first": 10, "second": 0, "message": 1, "entry": 5, "ordinal": 0, "at": 5, "sender": 7, "rank": 0,
        "kind": "message", "nick": "Alice", "account": "alice", "target": "#hall", "text": "hello there",
        "details": '{"username":"~Alice","host":"host.example","user":1007,"realname":"Alice"}',
    }  # fmt: skip


def test_lines_are_written_once_where_none_is_joined() -> None:
    record = said(5, "one\ntwo")
    event = PostedLines(
        HALL_ID, ALICE_IS, "#hall", "one\ntwo", Kind.MESSAGE, None, Rank.NONE,
        (Line("one"), Line("two")),
    )  # fmt: skip
    assert "lines" not in str(row_of(record._replace(told=event)))
    other = replace(event, text="onetwo", lines=(Line("one"), Line("two", joined=True)))
    assert "lines" in str(row_of(record._replace(told=other)))


def test_many_who_speak_are_not_remembered_for_ever() -> None:
    for number in range(history_rows._MOST_KNOWN + 10):
        row_of(said(5, "hi", by=ALICE_IS._replace(realname=str(number))))
    assert len(history_rows._known) <= history_rows._MOST_KNOWN


@pytest.mark.parametrize(
    ("column", "value"), [("kind", "song"), ("details", "{}"), ("details", "["), ("details", "[]")]
)
def test_what_is_no_row_of_ours_is_said_to_be_none(column: str, value: str) -> None:
    row = list(row_of(said(5, "hi")))
    row[COLUMNS.index(column)] = value
    with pytest.raises(ValueError, match=r"no|history|JSON|Expected|truncated"):
        record_of(row)


def test_words_are_indexed_as_they_are_compared() -> None:
    record = said(5, "\x01ACTION likes Straße_1, it's... Ärger\x01")
    words, place, sender = words_of_record(record)
    assert words == "likes strasse_1 it s ärger"
    assert place == "c10x0"
    assert sender == f"n{b'alice'.hex()}"


def test_what_one_can_call_the_sender_is_nick_and_account() -> None:
    _, _, sender = words_of_record(said(5, "hi", by=ALICE_IS._replace(nick="[Al]")))
    assert sender == f"n{b'[al]'.hex()} n{b'alice'.hex()}"


def test_the_lexemes_of_a_message_have_their_positions() -> None:
    assert lexemes(said(5, "so so it's")) == f"'@c10x0' '%n{b'alice'.hex()}' 'so':1 'so':2 'it':3 's':4"


def test_a_word_without_end_is_cut_for_postgresql() -> None:
    long = "ä" * 5000
    assert history_rows.word_lexeme(long) == "ä" * 1023
    assert history_rows.word_lexeme("ä" * 511) == "ä" * 511


def test_what_is_no_message_has_no_words() -> None:
    assert words_of_record(joined(5))[0] == ""


def test_somebody_who_is_not_there_speaks_in_the_name_of_who_portrays_them() -> None:
    record = said(5, "hi")
    event = Portrayed(HALL_ID, ALICE_IS, "#hall", "Gandalf", "you shall pass", False, Rank.NONE)
    assert dict(zip(COLUMNS, row_of(record._replace(told=event)), strict=True))["nick"] == "Alice"
