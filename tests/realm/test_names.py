import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.realm.names import (
    CASEMAPPINGS,
    Fold,
    channel_fault,
    clean_realname,
    clean_username,
    fold,
    fold_rfc1459,
    fold_strict_rfc1459,
    nick_fault,
    realname_fault,
)

ASCII = {name: naming.fold for name, naming in CASEMAPPINGS.items() if name != "rfc8265"}
folds = pytest.mark.parametrize("casemapping", ASCII.values(), ids=ASCII)


def test_ascii_letters_have_one_case() -> None:
    assert fold("ABCXYZabcxyz019[]\\~{}|^_") == "abcxyzabcxyz019[]\\~{}|^_"


def test_rfc1459_takes_scandinavian_letters_for_letters() -> None:
    assert fold_rfc1459("Nick[]\\~") == "nick{}|^"
    assert fold_strict_rfc1459("Nick[]\\~") == "nick{}|~"


def test_the_casemappings_are_known_by_their_isupport_names() -> None:
    assert {name: naming.fold("A[~") for name, naming in CASEMAPPINGS.items()} == {
        "ascii": "a[~",
        "rfc1459": "a{^",
        "strict-rfc1459": "a{~",
        "rfc8265": "a[~",
    }


@folds
def test_no_other_character_is_changed(casemapping: Fold) -> None:
    everything = "".join(map(chr, range(0x80, sys.maxunicode + 1)))
    assert casemapping(everything) == everything
    assert casemapping("\u212aELVIN \u0130\u0131") == "\u212aelvin \u0130\u0131"


@folds
@given(name=st.text())
def test_folding_twice_is_folding_once_and_keeps_the_length(casemapping: Fold, name: str) -> None:
    folded = casemapping(name)
    assert casemapping(folded) == folded
    assert len(folded) == len(name)


@folds
@given(name=st.text(st.characters(codec="ascii")), other=st.text())
def test_a_fold_is_made_character_by_character(casemapping: Fold, name: str, other: str) -> None:
    assert casemapping(name + other) == casemapping(name) + casemapping(other)


@pytest.mark.parametrize(
    "nick", ["a", "Alice", "[away]", "`x", "_", "^", "{a}", "|a|", "\\o", "a-1", "x" * 30]
)
def test_a_nickname_can_be(nick: str) -> None:
    assert nick_fault(nick, 30) is None


@pytest.mark.parametrize(
    "nick",
    [
        "",
        "1a",
        "-a",
        "a b",
        "a!b",
        "a@b",
        "a*",
        "a?",
        "#a",
        "$a",
        ":a",
        "@a",
        "+a",
        "~a",
        "&a",
        "%a",
        "a.b",
        "a,b",
        "a\0",
        "a\x02",
        "a\x7f",
        "a\u0430b",
        "\u212a",
        "\uff41",
        "a\u200b",
        "\u00e9",
        "x" * 31,
        "x\n",
    ],
)
def test_a_nickname_cannot_be(nick: str) -> None:
    assert nick_fault(nick, 30) is not None


def test_what_is_wrong_with_a_nickname_is_said() -> None:
    assert nick_fault("abcd", 3) == "A nickname can have 3 characters at most"


@pytest.mark.parametrize("name", ["#a", "##a", "#C++", "#a#b", "#!", "#x'\"y", "#" + "x" * 49])
def test_a_channel_can_be_named(name: str) -> None:
    assert channel_fault(name, 50) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "#",
        "a",
        "&a",
        "+a",
        "!a",
        "#a b",
        "#a,b",
        "#a:b",
        "#a*",
        "#a?",
        "#a\x07",
        "#\x02a",
        "#a\x7f",
        "#\u0430",
        "#a\u00a0b",
        "#a\u200b",
        "#\u00e9",
        "#" + "x" * 50,
    ],
)
def test_a_channel_cannot_be_named(name: str) -> None:
    assert channel_fault(name, 50) is not None


@pytest.mark.parametrize(
    ("text", "username"),
    [
        ("alice", "alice"),
        ("~alice", "alice"),
        ("a@b!c d", "abcd"),
        ("a.b-c_d+e", "a.b-c_d+e"),
        ("\u00e9\u212a", "user"),
        ("", "user"),
        ("0123456789abc", "0123456789"),
    ],
)
def test_a_username_is_made_of_anything(text: str, username: str) -> None:
    assert clean_username(text, 10) == username


@pytest.mark.parametrize("text", ["Alice", "\u00c9lo\u00efse \U0001f600", "a" * 50, " padded "])
def test_a_realname_can_be(text: str) -> None:
    assert realname_fault(text, 50) is None


@pytest.mark.parametrize(
    "text", ["", "  ", "a\x02b", "a\x7f", "a\x85", "a\u202eb", "a\u2066", "a\u2028", "a" * 51, "\u00e9" * 26]
)
def test_a_realname_cannot_be(text: str) -> None:
    assert realname_fault(text, 50) is not None


@pytest.mark.parametrize(
    ("text", "realname"),
    [
        ("Alice", "Alice"),
        ("\x02Al\x03ice\x0f ", "Alice"),
        ("", "user"),
        ("\x02 ", "user"),
        ("\u20ac\u20ac\u20ac\u20ac", "\u20ac\u20ac\u20ac"),
        ("123456789 123", "123456789"),
    ],
)
def test_a_realname_is_made_of_anything(text: str, realname: str) -> None:
    assert clean_realname(text, 10) == realname


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(4, 20))
def test_a_realname_that_was_made_has_no_fault(text: str, size: int) -> None:
    assert realname_fault(clean_realname(text, size), size) is None
