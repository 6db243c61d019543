import zlib
from hashlib import sha256
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.wire.frames import (
    COMPRESSED,
    COMPRESSED_FROM,
    NO_PREFACE,
    PREFACE,
    FrameError,
    FrameSplitter,
    FrameTooLong,
    framed,
    unpacked,
)
from chatdaemon.wire.lines import TOO_LONG


def plain(payload: bytes) -> bytes:
    return pack(">IB", len(payload) + 1, 0) + payload


def split(data: bytes, limit: int = 10) -> list[bytes]:
    return FrameSplitter(limit, b"").feed(data)


def test_a_frame_is_a_length_flags_and_the_payload() -> None:
    assert framed(b"abc") == b"\x00\x00\x00\x04\x00abc"
    assert split(b"\x00\x00\x00\x04\x00abc\x00\x00\x00\x02\x01d") == [b"\x00abc", b"\x01d"]


def test_a_long_payload_is_compressed_where_that_makes_it_shorter() -> None:
    payload = b"a" * COMPRESSED_FROM
    frame = framed(payload)
    assert len(frame) < 40
    assert frame[4] == COMPRESSED
    assert unpacked(frame[4:], len(payload)) == payload
    assert framed(payload, compress=False) == plain(payload)
    assert framed(payload[1:]) == plain(payload[1:])
    noise = b"".join(sha256(bytes([each])).digest() for each in range(32))
    assert framed(noise) == plain(noise)


def test_a_client_begins_with_the_preface() -> None:
    frames = FrameSplitter(10)
    assert frames.feed(PREFACE[:3]) == []
    assert frames.feed(PREFACE[3:] + plain(b"a")) == [b"\x00a"]
    assert frames.feed(plain(b"CHD1")) == [b"\x00CHD1"]


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n", b"CHD2" + plain(b"a"), b"\x16\x03\x01", b"CHd", b"{"]
)
def test_what_does_not_begin_so_is_no_frame_and_nothing_after_it(data: bytes) -> None:
    frames = FrameSplitter(10)
    [marker] = frames.feed(data)
    assert marker is NO_PREFACE
    assert frames.feed(PREFACE + plain(b"a")) == []
    assert frames.pending == 0


def test_a_frame_without_its_end_is_kept_until_it_comes() -> None:
    frames = FrameSplitter(10, b"")
    assert frames.feed(b"\x00\x00") == []
    assert frames.feed(b"") == []
    assert frames.feed(b"\x00\x03\x00a") == []
    assert frames.pending == 6
    assert frames.feed(b"b\x00\x00") == [b"\x00ab"]
    assert frames.pending == 2


def test_empty_frames_are_left_out() -> None:
    assert split(b"\x00\x00\x00\x00" * 3 + plain(b"") + b"\x00\x00\x00\x00") == [b"\x00"]


def test_a_frame_of_just_the_limit_fits() -> None:
    assert split(plain(b"0123456789")) == [b"\x000123456789"]


def test_a_frame_over_the_limit_is_marked_in_its_place_as_soon_as_its_length_is_known() -> None:
    [before, marker, after] = split(plain(b"before") + plain(b"01234567890") + plain(b"after"))
    assert (before, after) == (b"\x00before", b"\x00after")
    assert marker is TOO_LONG
    frames = FrameSplitter(10, b"")
    assert frames.feed(b"\x00\x00\x00") == []
    assert frames.feed(b"\x0c") == [TOO_LONG]
    assert frames.feed(b"\x0001234") == []
    assert frames.feed(b"567890" + plain(b"next")) == [b"\x00next"]


def test_memory_is_bounded_for_a_frame_that_never_ends() -> None:
    frames = FrameSplitter(512, b"")
    assert frames.feed(b"\xff\xff\xff\xff") == [TOO_LONG]
    for _ in range(1000):
        assert frames.feed(b"x" * 1024) == []
        assert frames.pending == 0


def test_the_limit_can_be_changed_between_chunks() -> None:
    frames = FrameSplitter(4, b"")
    assert frames.feed(plain(b"01234")) == [TOO_LONG]
    frames.limit = 10
    assert frames.feed(plain(b"0123456789") + plain(b"012345678")[:-1]) == [b"\x000123456789"]
    frames.limit = 4
    assert frames.feed(b"8" + plain(b"0123")) == [TOO_LONG, b"\x000123"]


def test_a_frame_of_one_byte_is_not_taken_for_the_marker() -> None:
    for byte in range(256):
        [frame] = split(pack(">IB", 1, byte))
        assert frame is not TOO_LONG


@pytest.mark.parametrize("flags", [2, 3, 0x80, 0xFF])
def test_there_are_no_other_flags(flags: int) -> None:
    with pytest.raises(FrameError, match="there is no flag"):
        unpacked(bytes([flags]) + zlib.compress(b"a"), 10)


def test_what_zlib_cannot_read_is_refused() -> None:
    whole = zlib.compress(b"0123456789")
    assert unpacked(b"\x01" + whole, 10) == b"0123456789"
    for broken in (b"", whole[:-1], whole + b"x", whole[:-1] + b"x", b"0123456789"):
        with pytest.raises(FrameError):
            unpacked(b"\x01" + broken, 10)


def test_no_more_is_made_of_what_is_compressed_than_is_allowed() -> None:
    bomb = zlib.compress(b"\0" * 50_000_000)
    with pytest.raises(FrameTooLong):
        unpacked(b"\x01" + bomb, 16384)
    with pytest.raises(FrameTooLong):
        unpacked(b"\x01" + zlib.compress(b"01234567890"), 10)


pieces = st.lists(
    st.one_of(
        st.binary(max_size=14).map(plain),
        st.just(b"\x00\x00\x00\x00"),
        st.integers(0, 1 << 32).map(lambda length: pack(">I", length & 0x1F)),
    ),
    max_size=20,
)


@given(pieces, st.integers(1, 12), st.booleans(), st.data())
def test_every_chunking_gives_the_same_frames(
    parts: list[bytes], limit: int, opens: bool, data: st.DataObject
) -> None:
    preface = PREFACE if opens else b""
    stream = preface + b"".join(parts)
    whole = FrameSplitter(limit, preface).feed(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    frames = FrameSplitter(limit, preface)
    got = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += frames.feed(stream[start:end])
        assert frames.pending <= limit + 5
    assert got == whole

    bytewise = FrameSplitter(limit, preface)
    assert [frame for byte in stream for frame in bytewise.feed(bytes([byte]))] == whole


@given(st.lists(st.binary(max_size=2000)))
def test_what_was_framed_is_what_comes_out(payloads: list[bytes]) -> None:
    frames = split(b"".join(map(framed, payloads)), 2000)
    assert [unpacked(frame, 2000) for frame in frames] == payloads
