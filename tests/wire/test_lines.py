from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.wire.lines import TOO_LONG, LineSplitter


def split(data: bytes, limit: int = 10) -> list[bytes]:
    return LineSplitter(limit).feed(data)


def test_lines_end_in_cr_lf_or_in_lf() -> None:
    assert split(b"one\r\ntwo\nthree\r\n") == [b"one", b"two", b"three"]


def test_a_line_without_newline_is_kept_until_it_ends() -> None:
    lines = LineSplitter(10)
    assert lines.feed(b"on") == []
    assert lines.feed(b"e") == []
    assert lines.pending == 3
    assert lines.feed(b"\r") == []
    assert lines.feed(b"\ntwo\nth") == [b"one", b"two"]
    assert lines.pending == 2
    assert lines.feed(b"ree\n") == [b"three"]
    assert lines.pending == 0


def test_empty_lines_are_left_out() -> None:
    assert split(b"\r\n\n\r\r\none\n\n\r\n") == [b"one"]
    assert LineSplitter(10).feed(b"\n" * 100_000) == []
    assert LineSplitter(10).feed(b"\r\n" * 100_000) == []


def test_every_cr_before_the_lf_belongs_to_the_line_end_and_others_to_the_line() -> None:
    assert split(b"a\rb\r\r\n") == [b"a\rb"]


def test_a_line_of_just_the_limit_fits_with_either_line_end() -> None:
    assert split(b"0123456789\r\n0123456789\n") == [b"0123456789", b"0123456789"]


def test_a_line_over_the_limit_is_marked_in_its_place() -> None:
    [before, marker, after] = split(b"before\n01234567890\r\nafter\n")
    assert (before, after) == (b"before", b"after")
    assert marker is TOO_LONG


def test_a_line_over_the_limit_is_marked_once_as_soon_as_it_is_known_to_be() -> None:
    lines = LineSplitter(10)
    assert lines.feed(b"01234567890") == [], "a CR might follow, but this is no CR"
    [marker] = lines.feed(b"1")
    assert marker is TOO_LONG
    assert lines.feed(b"2" * 50) == []
    assert lines.feed(b"3\nnext\n") == [b"next"]


def test_the_first_chunk_of_a_line_can_show_that_it_is_too_long() -> None:
    lines = LineSplitter(10)
    assert lines.feed(b"one\n" + b"x" * 12) == [b"one", TOO_LONG]
    assert lines.pending == 0


def test_a_line_over_the_limit_by_what_comes_with_its_end_is_marked() -> None:
    lines = LineSplitter(10)
    assert lines.feed(b"0123456") == []
    assert lines.feed(b"7890\nnext\n") == [TOO_LONG, b"next"]


def test_line_ends_beyond_measure_are_too_long_as_well() -> None:
    assert split(b"\r" * 12 + b"\n") == [TOO_LONG]


def test_memory_is_bounded_for_a_line_that_never_ends() -> None:
    lines = LineSplitter(512)
    markers = 0
    for _ in range(4096):
        markers += len(lines.feed(b"x" * 1024))
        assert lines.pending <= 513
    assert markers == 1


def test_the_limit_can_be_changed_between_chunks() -> None:
    lines = LineSplitter(4)
    assert lines.feed(b"01234\n") == [TOO_LONG]
    lines.limit = 10
    assert lines.feed(b"0123456789\n012345") == [b"0123456789"]
    lines.limit = 4
    assert lines.feed(b"\n0123\n") == [TOO_LONG, b"0123"]


def test_the_marker_is_nothing_that_a_line_can_be() -> None:
    assert b"\n" in TOO_LONG


pieces = st.lists(
    st.sampled_from([b"a", b"bc", b"\r", b"\n", b"\r\n", b"0123456789", b"\x00", b"\xff"]), max_size=40
)


@given(pieces, st.integers(1, 12), st.data())
def test_every_chunking_gives_the_same_lines(parts: list[bytes], limit: int, data: st.DataObject) -> None:
    stream = b"".join(parts)
    whole = split(stream, limit)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    lines = LineSplitter(limit)
    got = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += lines.feed(stream[start:end])
        assert lines.pending <= limit + 1
    assert got == whole

    bytewise = LineSplitter(limit)
    assert [line for byte in stream for line in bytewise.feed(bytes([byte]))] == whole


@given(st.lists(st.binary(max_size=15).filter(lambda b: b"\n" not in b)), st.sampled_from([b"\n", b"\r\n"]))
def test_the_lines_are_those_that_were_joined(given_lines: list[bytes], end: bytes) -> None:
    joined = b"".join(line + end for line in given_lines)
    plain = [line.rstrip(b"\r") for line in given_lines]
    assert split(joined, 20) == [line for line in plain if line]
