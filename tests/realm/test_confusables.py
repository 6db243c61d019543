import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.realm.confusables import skeleton
from chatdaemon.realm.confusables_data import mapping


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "aIice"),
        ("alice", "a1ice"),
        ("bob", "b0b"),
        ("mary", "rnary"),
        ("a|ice", "Alice"),
        ("paypal", "\u0440\u0430\u0443\u0440\u0430l"),  # Cyrillic
        ("alice", "\uff41lice"),  # full width
        ("alice", "al\u200bice"),  # a space of no width
        ("zo\u00eb", "zoe\u0308"),  # the accent apart
        ("micro", "mi\u0441ro"),
    ],
)
def test_names_that_look_alike_have_the_same_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("alice", "bob"), ("zoe", "zo\u00eb"), ("bob", "bobo"), ("ann", "anne"), ("x", "y")]
)
def test_names_that_look_different_do_not(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@given(st.text("ABCDEFGHJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz23456789-_"))
def test_case_makes_no_difference_but_for_what_looks_like_another_letter(name: str) -> None:
    assert skeleton(name) == skeleton(name.lower())


@given(st.text())
def test_any_text_has_one(name: str) -> None:
    assert skeleton(name) == skeleton(name)


def test_the_table_is_whole() -> None:
    table = mapping()
    assert len(table) > 6000
    assert table[ord("I")] == "l"
    assert table[0x0430] == "a"
    assert all(looks for looks in table.values())
