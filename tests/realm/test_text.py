import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.realm.text import (
    action_text,
    as_action,
    cut,
    is_action,
    is_ctcp,
    is_one_line,
    strip_formatting,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("plain, 5 of 10", "plain, 5 of 10"),
        ("\x02b\x02 \x1di\x1d \x1fu\x1f \x1es\x1e \x11m\x11 \x16r\x16\x0f", "b i u s m r"),
        ("\x033green\x03 plain", "green plain"),
        ("\x0313,9cool", "cool"),
        ("\x03,text", ",text"),
        ("\x034,text", ",text"),
        ("\x034,\x02\x021", ",1"),
        ("\x03123", "3"),
        ("\x0312,345", "5"),
        ("\x0313,8,6\x03,7,8", ",6,7,8"),
        ("\x03\u0661x", "\u0661x"),
        ("\x04FF00aared", "red"),
        ("\x04ff0000,00FF00both", "both"),
        ("\x04ff0000,00FFtext", ",00FFtext"),
        ("\x04f00x\x04", "f00x"),
        ("\x01ACTION \x02waves\x02\x01", "\x01ACTION waves\x01"),
    ],
)
def test_formatting_is_taken_out(text: str, plain: str) -> None:
    assert strip_formatting(text) == plain


@given(st.text("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f,0123fFx"))
def test_no_formatting_is_left(text: str) -> None:
    plain = strip_formatting(text)
    assert not set(plain) & set("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")
    assert strip_formatting(plain) == plain


@pytest.mark.parametrize(
    "text",
    ["\x01VERSION\x01", "\x01PING 1\x01", "\x01VERSION", "\x01ACTIONS x\x01", "\x01action x\x01", "\x01"],
)
def test_a_ctcp_query_is_no_action(text: str) -> None:
    assert is_ctcp(text)
    assert not is_action(text)


@pytest.mark.parametrize("text", ["\x01ACTION waves\x01", "\x01ACTION waves", "\x01ACTION\x01", "\x01ACTION"])
def test_an_action_is_known_even_when_it_was_cut_off(text: str) -> None:
    assert is_ctcp(text)
    assert is_action(text)


@pytest.mark.parametrize("text", ["", "hello", "say \x01VERSION\x01", "ACTION waves"])
def test_what_only_mentions_ctcp_is_none(text: str) -> None:
    assert not is_ctcp(text)
    assert not is_action(text)


@pytest.mark.parametrize("text", ["", "plain", "caf\u00e9", "\x01\x02\t\x7f\u2028"])
def test_a_line_can_be_said_in_every_protocol(text: str) -> None:
    assert is_one_line(text)


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", "\n", "a\ud800b"])
def test_what_irc_cannot_say_is_no_line(text: str) -> None:
    assert not is_one_line(text)


def test_text_is_cut_between_characters() -> None:
    assert cut("caf\u00e9", 5) == "caf\u00e9"
    assert cut("caf\u00e9", 4) == "caf"
    assert cut("abc", 2) == "ab"
    assert cut("abc", 100) == "abc"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 40))
def test_what_is_left_is_the_longest_beginning_that_fits(text: str, size: int) -> None:
    left = cut(text, size)
    assert text.startswith(left)
    assert len(left.encode()) <= size
    assert left == text or len(text[: len(left) + 1].encode()) > size


@pytest.mark.parametrize("text", ["waves", "", "says \x02hi\x02"])
def test_what_is_an_action_says_what_is_done(text: str) -> None:
    assert is_action(as_action(text))
    assert action_text(as_action(text)) == text
    assert action_text(as_action(text).removesuffix("\x01")) == text


def test_an_action_with_nothing_in_it_says_nothing() -> None:
    assert action_text("\x01ACTION") == action_text("\x01ACTION\x01") == ""
