from __future__ import annotations

from typing import Any

import pytest

from chatdaemon.realm.events import Called, PartlyRefused, PostedLines
from chatdaemon.realm.modes import ChannelFlag, Rank, UserMode
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind, Line, PostLines
from tests.realm.scene import START, Scene, on

LINES = (Line("one"), Line(""), Line("tw"), Line("o", joined=True))


@pytest.fixture
def scene() -> Scene:
    """alice is operator of #x, bob a member, carol outside."""
    scene = Scene()
    scene.join("#x", "alice", "bob")
    scene.connect("carol")
    return scene


def said(scene: Scene, actor: str, target: str, *lines: Line, **more: Any) -> PostedLines:
    (event,) = scene(actor, PostLines(target, lines, **more))
    assert isinstance(event, PostedLines)
    return event


def test_several_lines_are_one_message(scene: Scene) -> None:
    event = said(scene, "bob", "#X", *LINES, tags={"+reply": "1"})
    assert event == PostedLines(
        scene.channel("#x").id,
        scene.people["bob"].who,
        "#x",
        "one\n\ntwo",
        Kind.MESSAGE,
        {"+reply": "1"},
        Rank.NONE,
        LINES,
    )


def test_several_lines_to_a_user_are_for_the_two(scene: Scene) -> None:
    event = said(scene, "bob", "carol", *LINES, kind=Kind.NOTICE)
    assert scene.audience(event) == ["carol", "bob"]
    assert event.kind is Kind.NOTICE


def test_who_says_something_is_active(scene: Scene) -> None:
    scene.at = START + 5000
    said(scene, "bob", "#x", *LINES)
    assert scene.people["bob"].active_at == START + 5000


def test_several_lines_reach_those_of_a_rank(scene: Scene) -> None:
    event = said(scene, "bob", "#x", *LINES, rank=Rank.OP)
    assert scene.audience(event) == ["alice", "bob"]
    assert event.rank is Rank.OP


@pytest.mark.parametrize("lines", [(), (Line(""), Line(""))])
def test_there_has_to_be_text_in_some_line(scene: Scene, lines: tuple[Line, ...]) -> None:
    assert scene.refused("bob", PostLines("#x", lines)) == Refusal(Reason.NO_TEXT)


def test_what_has_no_text_by_its_kind_has_no_lines(scene: Scene) -> None:
    assert scene.refused("bob", PostLines("#x", LINES, Kind.TAG)) == Refusal(Reason.NO_TEXT)


def test_nobody_says_several_lines_where_they_may_not_say_one(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.MODERATED))
    assert scene.refused("bob", PostLines("#x", LINES)) == Refusal(Reason.CANNOT_SPEAK, "#x")
    assert scene.refused("bob", PostLines("nobody", LINES)) == Refusal(Reason.NO_SUCH_TARGET, "nobody")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_ctcp_is_found_in_any_line(scene: Scene, number: int) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.NO_CTCP))
    lines = [Line("one"), Line("\x01ACTION waves\x01"), Line("three")]
    assert said(scene, "bob", "#x", *lines).text == "one\n\x01ACTION waves\x01\nthree"
    lines[number] = Line("\x01VERSION\x01")
    assert scene.refused("bob", PostLines("#x", tuple(lines))) == Refusal(Reason.NO_CTCP, "#x")


def test_formatting_is_taken_out_of_every_line(scene: Scene) -> None:
    scene.mode("alice", "#x", on(ChannelFlag.NO_FORMATTING))
    event = said(scene, "bob", "#x", Line("\x02"), Line("\x0304red"), Line("\x02der", joined=True))
    assert event.text == "\nredder"
    assert [line.text for line in event.lines] == ["", "red", "der"]


def test_formatting_alone_is_no_text_where_it_is_taken_out(scene: Scene) -> None:
    lines = (Line(""), Line("\x02"), Line("\x0f"))
    assert said(scene, "bob", "#x", *lines).lines == lines
    scene.mode("alice", "#x", on(ChannelFlag.NO_FORMATTING))
    assert scene.refused("bob", PostLines("#x", lines)) == Refusal(Reason.NO_TEXT)


def test_whoever_takes_messages_of_some_only_is_told_who_calls(scene: Scene) -> None:
    scene.user_mode("carol", UserMode.CALLER_ID)
    refused, called = scene("bob", PostLines("carol", LINES))
    assert refused == PartlyRefused((scene.id("bob"),), (Refusal(Reason.NOT_ACCEPTED, "carol"),))
    assert isinstance(called, Called)
