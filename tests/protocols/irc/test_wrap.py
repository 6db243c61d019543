from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.irc.wrap import wrap


def test_words_that_fit_are_one_text() -> None:
    assert wrap(["ab", "cd", "ef"], 8) == ["ab cd ef"]


def test_words_that_do_not_fit_begin_another_text() -> None:
    assert wrap(["ab", "cd", "ef"], 7) == ["ab cd", "ef"]


def test_a_word_longer_than_the_room_has_a_text_to_itself() -> None:
    assert wrap(["a", "bbbbb", "c"], 3) == ["a", "bbbbb", "c"]


def test_no_words_are_no_text() -> None:
    assert wrap([], 10) == []


@given(st.lists(st.text("ab", min_size=1, max_size=12)), st.integers(12, 40), st.sampled_from([" ", ","]))
def test_no_word_is_lost_and_no_text_could_have_held_the_next_word(
    words: list[str], room: int, separator: str
) -> None:
    texts = wrap(words, room, separator)
    assert separator.join(texts) == separator.join(words)
    assert all(0 < len(text) <= room for text in texts)
    for text, following in pairwise(texts):
        assert len(text) + len(separator) + len(following.split(separator)[0]) > room
