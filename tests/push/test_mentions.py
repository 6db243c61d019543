from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.push.mentions import words_of


@pytest.mark.parametrize(
    "text",
    [
        "alice", "alice: hi", "hi alice", "hi @alice!", "(alice)", "alice's", "hey,alice", "“alice”", "<alice>",
        "\x02alice\x02", "\x0304alice\x03", "\x0304,12alice", "\x04ff0000alice", "alice/bob", "see alice.",
    ],
)  # fmt: skip
def test_a_name_that_stands_alone_is_a_word(text: str) -> None:
    assert "alice" in words_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "malice", "alice2", "alice_", "alice-smith", "|alice|", "alices", "éalice", "https://alice.example/",
        "see https://example.net/alice and so on", "irc+tls://alice", "x" * 100 + "alice",
    ],
)  # fmt: skip
def test_a_name_within_something_else_is_none(text: str) -> None:
    assert "alice" not in words_of(text)


@pytest.mark.parametrize("nick", ["[bob]", "b\\o`b", "{b}^", "_bob-", "bob|away", "Ωμέγα", "b[]b"])
def test_names_may_have_any_characters_that_nicknames_have(nick: str) -> None:
    assert nick in words_of(f"hello {nick}, how are you")
    assert nick in words_of(nick)


@given(st.text(max_size=300))
def test_any_text_has_words_no_longer_than_a_nickname(text: str) -> None:
    assert all(0 < len(word) <= 64 for word in words_of(text))
