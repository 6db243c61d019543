"""BuntDB's file: changes are replayed in order, and an end that was never finished is forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.importing.buntdb import read
from chatdaemon.importing.found import NotImportable
from tests.importing.files import command, database

keys = st.sampled_from(["a", "account.name alice", "1 x", ""])
values = st.text(max_size=20)
steps = st.one_of(
    st.tuples(st.just("set"), keys, values),
    st.tuples(st.just("del"), keys),
    st.tuples(st.just("flushdb")),
)


def replayed(several: list[tuple[str, ...]]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, *rest in several:
        if name == "set":
            kept[rest[0]] = rest[1]
        elif name == "del":
            kept.pop(rest[0], None)
        else:
            kept.clear()
    return kept


@given(st.lists(steps, max_size=12))
def test_what_was_set_last_counts(several: list[tuple[str, ...]]) -> None:
    assert read(b"".join(command(*step) for step in several)) == replayed(several)


@given(st.lists(steps, min_size=1, max_size=6), st.data())
def test_a_file_cut_anywhere_holds_what_was_whole_by_then(
    several: list[tuple[str, ...]], data: st.DataObject
) -> None:
    written = [command(*step) for step in several]
    whole = data.draw(st.integers(0, len(several) - 1))
    cut = data.draw(st.integers(0, len(written[whole]) - 1))
    assert read(b"".join(written[:whole]) + written[whole][:cut]) == replayed(several[:whole])


@given(st.binary(max_size=60))
def test_no_bytes_do_harm(data: bytes) -> None:
    for before in (b"", b"*3\r\n$3\r\nset\r\n", b"*1\r\n$"):
        try:
            read(before + data)
        except NotImportable:
            pass


def test_what_was_kept_for_a_time_is_over_when_that_is() -> None:
    data = command("SET", "a", "1", "EX", "100") + command("set", "b", "1", "ae", "1050")
    assert read(data, changed_at=1000, now=1049) == {"a": "1", "b": "1"}
    assert read(data, changed_at=1000, now=1060) == {"a": "1"}
    assert read(data, changed_at=1000, now=1100) == {}


def test_what_is_over_has_taken_the_place_of_what_was_there() -> None:
    assert read(database({"a": "1"}) + command("set", "a", "2", "ex", "5"), changed_at=0, now=9) == {}


def test_nothing_between_commands_is_passed_over() -> None:
    assert read(b"\0\0" + command("set", "a", "1") + b"\0" + command("del", "b") + b"\0\0") == {"a": "1"}


def test_an_empty_command_is_none() -> None:
    assert read(b"*0\r\n" + command("set", "a", "1")) == {"a": "1"}


@pytest.mark.parametrize(
    "data",
    [
        b"SQLite format 3\0", b"x", b"*a\r\n", b"*1\n$3\r\nset\r\n", b"*1\r\n$3\r\nsetxx", b"*1\r\n#3\r\nset\r\n",
        b"*" + b"9" * 40 + b"\r\n", command("get", "a"), command("set", "a"), command("del"),
        command("set", "a", "1", "in", "5"), command("set", "a", "1", "ex", "soon"), b"*1\r\n$3\r\nset\r\n\0x",
    ],
)  # fmt: skip
def test_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(NotImportable, match="no database of Ergo, or damaged"):
        read(data)
