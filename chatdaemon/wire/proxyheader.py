"""The header of the PROXY protocol, versions 1 and 2 (HAProxy's doc/proxy-protocol.txt): whose connection a
load balancer passes on."""

from __future__ import annotations

import ipaddress
import re
from struct import Struct
from typing import Final, NamedTuple

__all__ = ["LONGEST", "Header", "ProxyHeaderError", "parse"]

LONGEST: Final = 4096
"""Bytes of the longest header that is taken: those of version 2 could be longer, and never are."""

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_LONGEST_LINE = 107
_NUMBER = r"(?:0|[1-9][0-9]{0,4})"
_LINE = re.compile(rf"PROXY TCP([46]) ([0-9a-fA-F.:]+) ([0-9a-fA-F.:]+) ({_NUMBER}) ({_NUMBER})", re.ASCII)
_UNKNOWN = re.compile(rb"PROXY UNKNOWN(?: .*)?", re.DOTALL)

_HEAD = Struct("!12sBBH")
_LOCAL, _PROXY = 0x20, 0x21
_FAMILIES, _PROTOCOLS = 0x3, 0x2  # the greatest that there are
_TCP4, _TCP6 = 0x11, 0x21
_ADDRESSES = {_TCP4: Struct("!4s4sHH"), _TCP6: Struct("!16s16sHH")}
_EXTRA = Struct("!BH")
_TLS = 0x20  # PP2_TYPE_SSL
_CLIENT_TLS = 0x01  # PP2_CLIENT_SSL


class ProxyHeaderError(Exception):
    """The connection does not begin with a header that makes sense; the text says what is wrong."""


class Header(NamedTuple):
    """A whole header: its size in bytes; where the client is, host and port, or None where that is not said,
    as of a connection of the load balancer's own; whether the client speaks TLS with the load balancer."""

    size: int
    client: tuple[str, int] | None
    tls: bool = False


def parse(data: bytes) -> Header | None:
    """The header that a connection begins with; None as long as it is not whole, and then all of `data` is
    part of it. Raises ProxyHeaderError."""
    if data[:12] == _SIGNATURE[: len(data)]:
        return _binary(data)
    if data[:6] == b"PROXY "[: len(data)]:
        return _line(data)
    raise ProxyHeaderError("it does not begin with a PROXY header")


def _line(data: bytes) -> Header | None:
    end = data.find(b"\r\n", 0, _LONGEST_LINE)
    if end < 0:
        if len(data) >= _LONGEST_LINE:
            raise ProxyHeaderError("its PROXY line does not end")
        return None
    line = data[:end]
    if _UNKNOWN.fullmatch(line):
        return Header(end + 2, None)
    found = _LINE.fullmatch(line.decode("latin-1"))
    if found is None:
        raise ProxyHeaderError("its PROXY line makes no sense")
    family, source, destination, *ports = found.groups()
    try:
        addresses = [ipaddress.ip_address(each) for each in (source, destination)]
    except ValueError:
        raise ProxyHeaderError("its PROXY line has no such addresses") from None
    if any(each.version != int(family) for each in addresses) or any(int(port) > 65535 for port in ports):
        raise ProxyHeaderError("its PROXY line has no such addresses")
    return Header(end + 2, (_host(addresses[0]), int(ports[0])))


def _binary(data: bytes) -> Header | None:
    if len(data) < _HEAD.size:
        return None
    _, command, family, length = _HEAD.unpack_from(data)
    if command not in (_LOCAL, _PROXY) or family >> 4 > _FAMILIES or family & 0xF > _PROTOCOLS:
        raise ProxyHeaderError("its PROXY header says what there is not")
    size = _HEAD.size + length
    if size > LONGEST:
        raise ProxyHeaderError(f"its PROXY header is longer than {LONGEST} bytes")
    if len(data) < size:
        return None
    layout = _ADDRESSES.get(family)
    if command == _LOCAL or layout is None:
        return Header(size, None)
    if length < layout.size:
        raise ProxyHeaderError("its PROXY header is too short")
    source, _, port, _ = layout.unpack_from(data, _HEAD.size)
    tls = _says_tls(data[_HEAD.size + layout.size : size])
    return Header(size, (_host(ipaddress.ip_address(source)), port), tls)


def _says_tls(extras: bytes) -> bool:
    """Whether the values behind the addresses (section 2.2) say that the client speaks TLS."""
    at = 0
    while at < len(extras):
        if at + _EXTRA.size > len(extras):
            raise ProxyHeaderError("its PROXY header ends within a value")
        kind, length = _EXTRA.unpack_from(extras, at)
        at += _EXTRA.size
        value = extras[at : at + length]
        if len(value) < length:
            raise ProxyHeaderError("its PROXY header ends within a value")
        if kind == _TLS:
            return bool(value) and bool(value[0] & _CLIENT_TLS)
        at += length
    return False


def _host(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
