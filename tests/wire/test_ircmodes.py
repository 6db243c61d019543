from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.wire.ircmodes import Change, Changes, Kind, format_changes, parse_changes

KINDS = {
    "b": Kind.LIST,
    "e": Kind.LIST,
    "k": Kind.ALWAYS_PARAM,
    "l": Kind.PARAM_WHEN_SET,
    "n": Kind.FLAG,
    "t": Kind.FLAG,
    "o": Kind.RANK,
    "v": Kind.RANK,
}


def parsed(text: str, *params: str, max_params: int | None = None) -> Changes:
    return parse_changes(text, params, KINDS, max_params)


def changed(text: str, *params: str) -> list[Change]:
    found = parsed(text, *params)
    assert found[1:] == ([], [], [])
    return found.changes


def test_signs_hold_until_the_next_one_and_plus_is_the_first() -> None:
    assert changed("n-t+-+n") == [Change(True, "n"), Change(False, "t"), Change(True, "n")]


def test_parameters_go_to_the_letters_that_take_one_in_order() -> None:
    assert changed("+nok-lv+l", "alice", "key", "bob", "5") == [
        Change(True, "n"),
        Change(True, "o", "alice"),
        Change(True, "k", "key"),
        Change(False, "l"),
        Change(False, "v", "bob"),
        Change(True, "l", "5"),
    ]


def test_a_list_mode_without_a_mask_asks_for_the_list_once() -> None:
    assert changed("b") == [Change(True, "b")]
    assert changed("+bb-be", "*!*@x") == [Change(True, "b", "*!*@x"), Change(True, "b"), Change(False, "e")]


def test_a_key_is_removed_without_being_named() -> None:
    assert changed("-k") == [Change(False, "k", "*")]
    assert changed("-k", "key") == [Change(False, "k", "key")]


def test_unknown_letters_are_named_once_each() -> None:
    found = parsed("+xnyx-y \u00e9", "unused")
    assert found == ([Change(True, "n")], ["x", "y", " ", "\u00e9"], [], [])


def test_letters_without_their_parameter_are_named_once_each() -> None:
    assert parsed("+okl-o+o") == ([], [], ["o", "k", "l"], [])


def test_an_empty_parameter_counts_as_none() -> None:
    assert parsed("+kb", "", "") == ([Change(True, "b")], [], ["k"], [])
    assert parsed("+ko", "", "nick") == ([Change(True, "o", "nick")], [], ["k"], [])


def test_changes_with_a_parameter_beyond_the_limit_are_left_out() -> None:
    found = parsed("+onvovb-k", "a", "b", "c", "d", max_params=2)
    assert found.changes == [
        Change(True, "o", "a"),
        Change(True, "n"),
        Change(True, "v", "b"),
        Change(True, "b"),
        Change(False, "k", "*"),
    ]
    assert found.excess == ["o", "v"]


def test_no_changes_make_no_line() -> None:
    assert format_changes([], 100) == []


def test_signs_are_written_where_they_change() -> None:
    changes = [
        Change(True, "o", "alice"),
        Change(True, "v", "bob"),
        Change(False, "b", "*!*@x"),
        Change(True, "n"),
    ]
    assert format_changes(changes, 100) == [("+ov-b+n", ["alice", "bob", "*!*@x"])]


def test_a_line_is_full_at_its_room() -> None:
    changes = [Change(True, "o", "alice"), Change(True, "v", "bob")]
    exact = len(" +ov alice bob")
    assert format_changes(changes, exact) == [("+ov", ["alice", "bob"])]
    assert format_changes(changes, exact - 1) == [("+o", ["alice"]), ("+v", ["bob"])]


def test_a_line_has_no_more_parameters_than_allowed() -> None:
    changes = [Change(True, "v", str(n)) for n in range(3)] + [Change(False, "n")]
    assert format_changes(changes, 100, 2) == [("+vv", ["0", "1"]), ("+v-n", ["2"])]


def test_a_change_longer_than_the_room_has_its_own_line() -> None:
    changes = [Change(True, "n"), Change(True, "b", "x" * 50), Change(True, "t")]
    assert format_changes(changes, 10) == [("+n", []), ("+b", ["x" * 50]), ("+t", [])]


params = st.text(
    st.characters(exclude_characters=" \r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=8
)


@st.composite
def one_change(draw: st.DrawFn) -> Change:
    letter = draw(st.sampled_from(sorted(KINDS)))
    add = draw(st.booleans())
    kind = KINDS[letter]
    bare = kind is Kind.FLAG or (kind is Kind.PARAM_WHEN_SET and not add)
    return Change(add, letter, None if bare else draw(params))


@given(st.lists(one_change(), max_size=30), st.integers(1, 60), st.one_of(st.none(), st.integers(1, 4)))
def test_what_is_formatted_is_parsed_again(changes: list[Change], room: int, max_params: int | None) -> None:
    again: list[Change] = []
    for text, given_params in format_changes(changes, room, max_params):
        found = parse_changes(text, given_params, KINDS, max_params)
        assert found[1:] == ([], [], [])
        again += found.changes
        size = len(" ".join(["", text, *given_params]).encode())
        assert size <= room or len(found.changes) == 1
    assert again == changes


@given(
    st.text(max_size=30), st.lists(st.text(max_size=5), max_size=6), st.one_of(st.none(), st.integers(0, 4))
)
def test_any_mode_string_is_understood_somehow(
    text: str, given_params: list[str], max_params: int | None
) -> None:
    found = parse_changes(text, given_params, KINDS, max_params)
    named = {change.letter for change in found.changes}.union(found.unknown, found.missing, found.excess)
    assert named == set(text) - set("+-")
    for letters in found[1:]:
        assert len(letters) == len(set(letters))
