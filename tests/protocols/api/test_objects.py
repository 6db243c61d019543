"""Events as objects: every event has a form, made from its fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.api.objects import (
    EVENTS,
    RANK_WORDS,
    UNTOLD,
    APIRenderer,
    details,
    event_object,
    plain,
    refusal_object,
    user_object,
)
from chatdaemon.protocols.jsonlines import JSON
from chatdaemon.realm.accounts import Code, Standing
from chatdaemon.realm.events import (
    AccessChanged,
    AccountRegistered,
    ChannelRenamed,
    CodeRenewed,
    EmailChanged,
    Event,
    Joined,
    Kicked,
    ModesChanged,
    PartlyRefused,
    Posted,
    PostedLines,
    Quit,
    ReadMarkerSet,
    Stamp,
    TopicChanged,
    Who,
)
from chatdaemon.realm.modes import ChannelFlag, ChannelRank, ModeChange, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind

STAMP = Stamp(1767225600123, "0000010000000007")
ALICE = Who(1, "alice", "al", "192.0.2.1", None, "Alice Example", False, "alice!al@192.0.2.1")
BOB = Who(2, "bob", "bob", "192.0.2.2", "bobby", "Bob Example", True, "bob!bob@192.0.2.2")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
@given(data=st.data())
def test_every_event_is_one_line_with_its_name_and_stamp(event: type[Any], data: st.DataObject) -> None:
    times = {"at": st.integers(0, 2**42)} if event is ReadMarkerSet else {}
    line = APIRenderer(JSON).render(STAMP, data.draw(st.builds(event, **times)))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    found = json.loads(line)
    assert found["event"] == EVENTS[event]
    assert (found["msgid"], found["time"]) == (STAMP.msgid, "2026-01-01T00:00:00.123Z")
    assert None not in found.values()
    assert not {"audience", "channels", "who"} & set(found)


def test_no_two_events_have_the_same_name() -> None:
    assert set(EVENTS) | set(UNTOLD) == set(get_args(Event))
    # To a program, a message of several lines is a message.
    assert EVENTS[Posted] == EVENTS[PostedLines] == "message"
    assert len(set(EVENTS.values())) == len(EVENTS) - 1
    assert not {"ping", "bye"} & set(EVENTS.values())


@pytest.mark.parametrize("event", UNTOLD, ids=lambda event: event.__name__)
@given(data=st.data())
def test_what_concerns_one_client_of_a_user_is_told_to_none(event: type[Any], data: st.DataObject) -> None:
    assert event not in EVENTS
    assert APIRenderer(JSON).render(STAMP, data.draw(st.builds(event))) == b""


def test_a_message_says_who_where_and_what() -> None:
    event = Posted("c1", BOB, "#x", "hi", Kind.NOTICE, {"+reply": "5"}, Rank.OP)
    assert event_object(STAMP, event) == {
        "event": "message",
        "msgid": "0000010000000007",
        "time": "2026-01-01T00:00:00.123Z",
        "from": {
            "nick": "bob",
            "username": "bob",
            "host": "192.0.2.2",
            "account": "bobby",
            "bot": True,
        },
        "target": "#x",
        "text": "hi",
        "kind": "notice",
        "reply": "5",
        "tags": {"+reply": "5"},
        "rank": "op",
    }


def test_what_has_no_value_is_left_out() -> None:
    assert details(Posted("c1", ALICE, "#x", "hi", Kind.MESSAGE, None, Rank.NONE)) == {
        "from": {"nick": "alice", "username": "al", "host": "192.0.2.1"},
        "target": "#x",
        "text": "hi",
        "kind": "message",
    }


def test_what_is_empty_is_said() -> None:
    assert details(TopicChanged("c1", ALICE, "c1", "#x", ""))["text"] == ""


def test_the_server_itself_is_nobody() -> None:
    found = details(Kicked("c1", None, "c1", "#x", BOB, "spam"))
    assert "from" not in found
    assert found["user"] == user_object(BOB)


def test_somebody_who_joins_is_introduced_with_the_realname() -> None:
    found = details(Joined("c1", ALICE, "c1", "#x", None, True))
    assert found["from"] == {**user_object(ALICE), "realname": "Alice Example"}
    assert found["created"] is True


def test_where_somebody_was_who_quits_is_not_told() -> None:
    assert set(details(Quit("c1", ALICE, "bye", ("c1", "c2")))) == {"from", "reason"}


def test_what_is_sent_by_mail_is_not_told_here() -> None:
    code = Code("123456", 7)
    for event in (
        AccountRegistered((1,), ALICE, "alice", Standing.UNVERIFIED, "a@x", code),
        CodeRenewed((1,), BOB, "alice", "a@x", code),
        EmailChanged((1,), ALICE, "alice", "a@x", code),
    ):
        found = details(event)
        assert set(found) <= {"from", "account", "standing"}
        assert "123456" not in str(found)
        assert "a@x" not in str(found)


def test_mode_changes_say_whether_they_add() -> None:
    changes = (ModeChange(ChannelFlag.MODERATED, False), ModeChange(ChannelRank.OP, True, "bob"))
    assert details(ModesChanged("c1", ALICE, "c1", "#x", changes))["changes"] == [
        {"mode": "moderated", "add": False},
        {"mode": "op", "add": True, "value": "bob"},
    ]


def test_refusals_in_an_event_are_as_those_in_an_error() -> None:
    refusal = Refusal(Reason.OUTRANKED, "#x", "bob")
    assert details(PartlyRefused((1,), (refusal,))) == {"refusals": [refusal_object(refusal)]}


def test_a_refused_mode_change_is_named() -> None:
    change = ModeChange(ChannelRank.OP, True, "bob")
    assert refusal_object(Refusal(Reason.NEEDS_OP, "#x", "", change))["change"] == {
        "mode": "op",
        "add": True,
        "value": "bob",
    }


def test_ranks_are_said_highest_first() -> None:
    assert RANK_WORDS[Rank.VOICE | Rank.OP] == ["op", "voice"]
    assert RANK_WORDS[Rank.NONE] == []
    assert plain(Rank.FOUNDER | Rank.VOICE) == "founder"


def test_access_names_all_of_its_ranks_and_none_too() -> None:
    given = AccessChanged((1,), ALICE, "c1", "#tea", "bobby", Rank.OP | Rank.VOICE)
    assert details(given)["ranks"] == ["op", "voice"]
    assert details(AccessChanged((1,), None, "c1", "#tea", "bobby", Rank.NONE))["ranks"] == []


def test_who_is_in_a_renamed_channel_is_not_told() -> None:
    event = ChannelRenamed("c1", ALICE, "c1", "#tea", "#coffee", "", (1, 2))
    assert set(details(event)) == {"from", "channel_id", "channel", "name", "reason"}


def test_what_has_no_form_is_an_error_and_not_left_out() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: object

    with pytest.raises(TypeError, match="no form in JSON for object"):
        plain(Odd(object()))
