from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.history.record import MOST_ENTRIES, MOST_EVENTS, Point, point_of
from chatdaemon.realm.entry import message_id

points = st.builds(Point, st.integers(0, MOST_ENTRIES - 1), st.integers(0, MOST_EVENTS - 1))


@given(points)
def test_a_message_id_is_a_place_in_the_log(point: Point) -> None:
    assert point.msgid == message_id(*point)
    assert point_of(point.msgid) == point


@given(points, points)
def test_places_sort_as_what_happened_did(one: Point, other: Point) -> None:
    assert (one < other) == (tuple(one) < tuple(other))
    if one.entry != other.entry:
        assert (one < other) == (one.msgid < other.msgid)


@given(st.text(max_size=20))
def test_no_text_is_another_id(text: str) -> None:
    point = point_of(text)
    assert point is None or point.msgid == text


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "0000010000000001.", "0000010000000001.0", "0000010000000001.01", "0000010000000001.-1",
        "000001000000000A", "-000000000000001", "+000010000000001", "0000_10000000001", "0000010000000001.x", "٠٠٠٠٠١٠٠٠٠٠٠٠٠٠١",
        "8000000000000000", "ffffffffffffffff", "0000010000000001.2147483648", "0000010000000001." + "9" * 5000,
    ],
)  # fmt: skip
def test_what_this_server_can_never_have_given_is_no_id(text: str) -> None:
    assert point_of(text) is None
