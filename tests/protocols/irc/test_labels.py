from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.irc.labels import closing, labelled, members, opening, tagged
from chatdaemon.wire.ircmsg import parse

TIME = "time=2026-01-01T00:00:00.000Z"
LABEL = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=64)
WORDS = st.text("abc :@;=", max_size=40).map(lambda text: f":irc.test NOTICE me :{text}")


def test_a_tag_goes_before_those_that_are_there() -> None:
    assert tagged(b":s PONG", b"label=1") == b"@label=1 :s PONG"
    assert tagged(b"@time=x :s PONG", b"label=1") == b"@label=1;time=x :s PONG"


def test_no_answer_is_an_acknowledgement() -> None:
    assert labelled("7", [], "b1", "irc.test", "") == b"@label=7 :irc.test ACK\r\n"
    assert labelled("7", [], "b1", "irc.test", TIME) == f"@label=7;{TIME} :irc.test ACK\r\n".encode()


def test_one_line_has_the_label_itself() -> None:
    assert labelled("7", [b":s PONG s :x\r\n"], "b1", "s", "") == b"@label=7 :s PONG s :x\r\n"
    assert labelled("7", [b"@time=x :s PONG\r\n"], "b1", "s", TIME) == b"@label=7;time=x :s PONG\r\n"


def test_several_lines_are_a_batch() -> None:
    answer = labelled("7", [b":s 375 a :-\r\n@time=x :s 372 a :-\r\n", b":s 376 a :-\r\n"], "b1", "s", TIME)
    assert answer.decode().split("\r\n") == [
        f"@label=7;{TIME} :s BATCH +b1 labeled-response",
        "@batch=b1 :s 375 a :-",
        "@batch=b1;time=x :s 372 a :-",
        "@batch=b1 :s 376 a :-",
        f"@{TIME} :s BATCH -b1",
        "",
    ]


def test_a_batch_in_parts_is_the_same_as_one_at_once() -> None:
    collected = [b":s 1\r\n", b":s 2\r\n:s 3\r\n"]
    parts = opening("7", "b1", "s", "") + members(collected[:1], "b1") + members(collected[1:], "b1")
    assert parts + closing("b1", "s", "") == labelled("7", collected, "b1", "s", "")


@given(LABEL, st.lists(WORDS, max_size=4), st.sampled_from(["", TIME]))
def test_the_label_is_on_exactly_one_line_and_comes_back_as_it_was(
    label: str, lines: list[str], time: str
) -> None:
    answer = labelled(label, [f"{line}\r\n".encode() for line in lines], "b1", "irc.test", time)
    found = answer.split(b"\r\n")
    assert found.pop() == b""
    messages = [parse(line) for line in found]
    assert [message.tags["label"] for message in messages if "label" in message.tags] == [label]
    assert "label" in messages[0].tags
    inside = [message for message in messages if "batch" in message.tags]
    assert len(inside) == (len(lines) if len(lines) > 1 else 0)


@pytest.mark.parametrize("label", ["a;b c\\d\r\n", "ä", "x" * 64])
def test_labels_are_escaped(label: str) -> None:
    assert parse(labelled(label, [], "b1", "s", "")[:-2]).tags == {"label": label}


def test_a_batch_with_a_type_of_its_own_is_the_answer() -> None:
    lines = [b":s BATCH +x metadata a\r\n", b"@batch=x :s 761 a a k * :v\r\n", b":s BATCH -x\r\n"]
    assert labelled("7", lines, "b1", "s", "") == b"@label=7 " + b"".join(lines)
    tagged_lines = [b"@time=t :s BATCH +x metadata a\r\n:s BATCH -x\r\n"]
    assert labelled("7", tagged_lines, "b1", "s", "") == b"@label=7;" + tagged_lines[0][1:]


@pytest.mark.parametrize(
    "lines",
    [
        [b":s BATCH +x a\r\n", b":s BATCH -y\r\n"],
        [b":s BATCH +x a\r\n", b":s BATCH -x\r\n", b":s 770 a k\r\n"],
        [b":s 770 a k\r\n", b":s BATCH +x a\r\n", b":s BATCH -x\r\n"],
        [b":s NOTICE a :BATCH +x\r\n", b":s NOTICE a :BATCH -x\r\n"],
        [b":s BATCH\r\n", b":s BATCH\r\n"],
    ],
)
def test_a_batch_among_other_lines_is_within_that_of_the_answer(lines: list[bytes]) -> None:
    answer = labelled("7", lines, "b1", "s", "")
    assert answer.startswith(b"@label=7 :s BATCH +b1 labeled-response\r\n")
    assert all(b"@batch=b1 " + line in answer for line in lines)


def test_the_lines_of_a_batch_within_another_stay_in_their_own() -> None:
    assert members([b"@batch=x :s 761 a\r\n", b":s BATCH -x\r\n"], "b1") == (
        b"@batch=x :s 761 a\r\n@batch=b1 :s BATCH -x\r\n"
    )
