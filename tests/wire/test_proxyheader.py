"""PROXY headers (HAProxy's doc/proxy-protocol.txt), read in every way that they can arrive."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.wire.proxyheader import LONGEST, Header, ProxyHeaderError, parse

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
LONGEST_TCP6 = b"PROXY TCP6 " + b" ".join([b":".join([b"ffff"] * 8)] * 2) + b" 65535 65535\r\n"


def binary(command: int, family: int, payload: bytes) -> bytes:
    return SIGNATURE + bytes((command, family)) + struct.pack("!H", len(payload)) + payload


def tcp4(source: str, port: int, extras: bytes = b"") -> bytes:
    packed = ipaddress.ip_address(source).packed
    return binary(0x21, 0x11, packed + bytes(4) + struct.pack("!HH", port, 6697) + extras)


def tcp6(source: str, port: int, extras: bytes = b"") -> bytes:
    packed = ipaddress.ip_address(source).packed
    return binary(0x21, 0x21, packed + bytes(16) + struct.pack("!HH", port, 6697) + extras)


def extra(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


TLS = extra(0x20, b"\x01" + bytes(4) + extra(0x21, b"TLSv1.3"))

GOOD = {
    "line of IPv4": (b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n", ("192.0.2.1", 56324), False),
    "line of IPv6": (b"PROXY TCP6 2001:db8::1 2001:DB8::2 0 443\r\n", ("2001:db8::1", 0), False),
    "longest line of IPv6": (LONGEST_TCP6, ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535), False),
    "line of IPv4 as IPv6": (b"PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", ("192.0.2.1", 1), False),
    "line of nobody": (b"PROXY UNKNOWN\r\n", None, False),
    "line of nobody, with words": (b"PROXY UNKNOWN ffff::1 \xff\0 65535\r\n", None, False),
    "IPv4": (tcp4("192.0.2.1", 56324), ("192.0.2.1", 56324), False),
    "IPv6": (tcp6("2001:db8::1", 56324), ("2001:db8::1", 56324), False),
    "IPv4 as IPv6": (tcp6("::ffff:192.0.2.1", 1), ("192.0.2.1", 1), False),
    "with TLS": (tcp4("192.0.2.1", 1, extra(0x02, b"chat.example") + TLS), ("192.0.2.1", 1), True),
    "without TLS": (tcp4("192.0.2.1", 1, extra(0x20, b"\0" + bytes(4))), ("192.0.2.1", 1), False),
    "with nothing of TLS": (tcp4("192.0.2.1", 1, extra(0x20, b"")), ("192.0.2.1", 1), False),
    "with something else": (tcp6("2001:db8::1", 1, extra(0x04, bytes(9))), ("2001:db8::1", 1), False),
    "its own": (binary(0x20, 0x00, b""), None, False),
    "its own, with an address": (binary(0x20, 0x11, bytes(12)), None, False),
    "its own, with anything": (binary(0x20, 0x00, b"anything"), None, False),
    "of no family": (binary(0x21, 0x00, b"anything"), None, False),
    "of UDP": (binary(0x21, 0x12, bytes(12)), None, False),
    "of a Unix socket": (binary(0x21, 0x31, bytes(216)), None, False),
    "as long as may be": (binary(0x20, 0x00, bytes(LONGEST - 16)), None, False),
}

BAD = {
    "HTTP": b"GET / HTTP/1.1\r\n",
    "IRC": b"NICK alice\r\n",
    "TLS": b"\x16\x03\x01",
    "another word": b"PROXX TCP4",
    "no such family": b"PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
    "an unknown word": b"PROXY UNKNOWNS\r\n",
    "two spaces": b"PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
    "a space behind": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
    "the wrong family": b"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
    "two families": b"PROXY TCP4 192.0.2.1 2001:db8::2 1 2\r\n",
    "a zero before": b"PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n",
    "a zero before a port": b"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
    "a great port": b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n",
    "a great port there": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
    "no address": b"PROXY TCP4 1.2.3.256 192.0.2.2 1 2\r\n",
    "a zone": b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
    "other digits": "PROXY TCP4 192.0.2.1 192.0.2.2 ١ 2\r\n".encode(),
    "no CR": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n" + bytes(107),
    "no end": b"PROXY UNKNOWN " + b"x" * 107,
    "an end too far": b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n",
    "version 1 in binary": SIGNATURE + b"\x11\x11\0\0",
    "version 3": SIGNATURE + b"\x31\x11\0\0",
    "another command": binary(0x22, 0x11, bytes(12)),
    "another family": binary(0x21, 0x41, bytes(12)),
    "another transport": binary(0x21, 0x13, bytes(12)),
    "too short": binary(0x21, 0x11, bytes(11)),
    "too short for IPv6": binary(0x21, 0x21, bytes(35)),
    "too long": SIGNATURE + b"\x20\x00" + struct.pack("!H", LONGEST - 15),
    "half of a value's head": tcp4("192.0.2.1", 1, b"\x04\0"),
    "half of a value": tcp4("192.0.2.1", 1, b"\x04\0\x02x"),
}


@pytest.mark.parametrize("case", GOOD)
@pytest.mark.parametrize("behind", [b"", b"NICK alice\r\n", b"\x16\x03\x01"])
def test_a_header_is_read_as_far_as_it_goes(case: str, behind: bytes) -> None:
    data, client, tls = GOOD[case]
    assert parse(data + behind) == Header(len(data), client, tls)


@pytest.mark.parametrize("case", GOOD)
def test_a_header_is_waited_for(case: str) -> None:
    data = GOOD[case][0]
    assert [parse(data[:size]) for size in range(len(data))] == [None] * len(data)


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_header_is_refused(case: str) -> None:
    with pytest.raises(ProxyHeaderError):
        parse(BAD[case])


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21"])
)
def test_anything_is_a_header_or_refused_or_waited_for(data: bytes, start: bytes) -> None:
    try:
        header = parse(start + data)
    except ProxyHeaderError:
        return
    if header is None:
        assert len(start + data) < LONGEST
    else:
        assert header.size <= len(start + data)
        assert parse((start + data)[: header.size]) == header


@given(st.ip_addresses(), st.integers(0, 65535), st.integers(0, 65535))
def test_both_versions_say_the_same(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int, other: int
) -> None:
    packed = address.packed + bytes(len(address.packed)) + struct.pack("!HH", port, other)
    second = parse(binary(0x21, 0x11 if address.version == 4 else 0x21, packed))
    there = "0.0.0.0" if address.version == 4 else "::"
    first = parse(f"PROXY TCP{address.version} {address} {there} {port} {other}\r\n".encode())
    assert first is not None
    assert second is not None
    assert first.client == second.client
