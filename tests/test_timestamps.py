from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.timestamps import from_iso, iso


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_767_225_600_123, "2026-01-01T00:00:00.123Z"),
        (1_767_225_600_045, "2026-01-01T00:00:00.045Z"),
        (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(at: int, text: str) -> None:
    assert iso(at) == text


@given(st.lists(st.integers(0, 10_000_000_000_000), min_size=1, max_size=5))
def test_times_are_as_the_standard_library_has_them_in_any_order(times: list[int]) -> None:
    for at in (*times, *times):
        second, millis = divmod(at, 1000)
        expected = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        assert iso(at) == f"{expected}.{millis:03d}Z"


@given(st.integers(0, 10_000_000_000_000), st.integers(0, 10_000_000_000_000))
def test_times_sort_as_their_texts(one: int, other: int) -> None:
    assert (one < other) == (iso(one) < iso(other))


@given(st.integers(0, 253402300799999))
def test_a_time_is_read_as_it_is_written(at: int) -> None:
    assert from_iso(iso(at)) == at


@pytest.mark.parametrize(
    "text",
    ["", "*", "2026-01-01", "2026-01-01T00:00:00Z", "2026-02-30T00:00:00.000Z", "1969-12-31T23:59:59.999Z",
     "2026-01-01T00:00:00.000", "2026-01-01T00:00:00.000Z ", "٢026-01-01T00:00:00.000Z"],
)  # fmt: skip
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|day|date"):
        from_iso(text)
