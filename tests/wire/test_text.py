import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.wire.text import cut

sendable = st.text(st.characters(exclude_categories=["Cs"]))


def test_text_that_fits_is_itself() -> None:
    short = "short"
    assert cut(short, 100) is short
    assert cut("exact", 5) == "exact"
    assert cut("h\u00e9", 3) == "h\u00e9"


def test_ascii_is_cut_at_the_size() -> None:
    assert cut("abcdef", 3) == "abc"
    assert cut("abcdef", 0) == ""


def test_a_character_that_does_not_fit_whole_is_left_out() -> None:
    assert cut("a\u20ac\u20ac", 5) == "a\u20ac"
    assert cut("\u20ac", 2) == ""


@pytest.mark.parametrize(
    ("text", "size", "left"),
    [
        ("ae\u0301x", 2, "a"),  # a letter and its accent
        ("a\u2764\ufe0f", 4, "a"),  # a heart and its colour
        ("a\U0001f44d\U0001f3fd", 5, "a"),  # a thumb and its skin
        ("a1\u20e3", 2, "a"),  # a keycap
        ("a\U0001f469\u200d\U0001f680", 5, "a"),  # an astronaut is a woman joined to a rocket
        ("a\U0001f469\u200d\U0001f680", 8, "a"),
        ("a\U0001f469\u200d\U0001f680", 11, "a"),
        ("a\U0001f469\u200d\U0001f680", 12, "a\U0001f469\u200d\U0001f680"),
    ],
)
def test_what_is_drawn_as_one_is_not_cut_in_two(text: str, size: int, left: str) -> None:
    assert cut(text, size) == left


def test_marks_without_end_are_cut_between_code_points() -> None:
    assert cut("a" + "\u0301" * 100, 101) == "a" + "\u0301" * 50


def test_a_text_that_would_be_cut_to_nothing_is_cut_between_code_points() -> None:
    assert cut("e\u0301\u0301", 3) == "e\u0301"


@given(sendable, st.integers(0, 40))
def test_what_is_left_is_a_beginning_and_no_longer_than_the_size(text: str, size: int) -> None:
    left = cut(text, size)
    assert text.startswith(left)
    assert len(left.encode()) <= size
    if left == text:
        return
    longest = text.encode()[:size].decode(errors="ignore")
    assert len(longest) - len(left) < 16
    assert bool(left) == bool(longest)


@given(sendable, st.integers(0, 40))
def test_cutting_twice_is_cutting_once(text: str, size: int) -> None:
    assert cut(cut(text, size), size) == cut(text, size)
