import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.realm import names, precis


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Alice", "alice"),
        ("ZO\u00cb", "zo\u00eb"),
        ("zoe\u0308", "zo\u00eb"),
        ("\u0396\u039f\u0397", "\u03b6\u03bf\u03b7"),
        ("\uff21\uff22", "ab"),
        ("\u039f\u03a3", "\u03bf\u03c3"),
        ("\u03bf\u03c2", "\u03bf\u03c3"),
        ("[x]~", "[x]~"),
    ],
)
def test_names_fold_in_any_script(name: str, folded: str) -> None:
    assert precis.fold(name) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    folded = precis.fold(text)
    assert precis.fold(folded) == folded


@given(st.text(st.characters(codec="ascii")))
def test_ascii_folds_as_ever(text: str) -> None:
    assert precis.fold(text) == names.fold(text)


@pytest.mark.parametrize(
    "nick", ["zo\u00eb", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u540d\u524d", "a`b", "[x]", "al\u00b7lo"]
)
def test_nicks_of_any_script_are_allowed(nick: str) -> None:
    assert precis.nick_fault(nick, 30) is None


@pytest.mark.parametrize(
    "nick",
    [
        "",
        "1a",
        "-a",
        "a b",
        "a!b",
        "a@b",
        "a.b",
        "a*b",
        "#a",
        "$a",
        "\u2603",
        "a\u200bb",
        "\ufb01",
        "\u05d0a1",
        "a\x00b",
        "\u0301a",
    ],
)
def test_what_is_no_name_is_not(nick: str) -> None:
    assert precis.nick_fault(nick, 30)


def test_lengths_are_in_bytes() -> None:
    assert precis.nick_fault("\u00eb" * 5, 10) is None
    assert precis.nick_fault("\u00eb" * 5, 9) == "A nickname can have 9 bytes at most"
    assert precis.channel_fault("#\u00eb", 3) is None
    assert precis.channel_fault("#\u00eb", 2) == "A channel's name can have 2 bytes at most"


@pytest.mark.parametrize("name", ["#x", "##x", "##", "#\u043a\u0430\u043d\u0430\u043b", "#a.b!c@d"])
def test_channels_of_any_script_are_allowed(name: str) -> None:
    assert precis.channel_fault(name, 50) is None


@pytest.mark.parametrize("name", ["", "x", "#", "#a b", "#a,b", "#a:b", "#a*", "#\u2603", "#a\u0007"])
def test_what_is_no_channel_is_not(name: str) -> None:
    assert precis.channel_fault(name, 50)


@given(st.text(max_size=12))
def test_a_name_that_is_allowed_is_allowed_folded(text: str) -> None:
    if precis.nick_fault(text, 100) is None:
        assert precis.nick_fault(precis.fold(text), 100) is None
