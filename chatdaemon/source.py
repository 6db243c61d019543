"""Addresses: what limits for each of them go by, and which are meant in the configuration."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from twisted.internet.interfaces import IAddress

from chatdaemon.realm.masks import glob_match


@lru_cache(maxsize=4096)
def source_of_host(host: str) -> str | None:
    """The address itself, an IPv6 address's /64 (what one customer of a provider has at least), or None for
    this machine. What is no address stands for itself."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif not address.is_loopback:
            return str(ipaddress.IPv6Network((address, 64), strict=False))
    return None if address.is_loopback else str(address)


def address_text(address: IAddress) -> str:
    """The host of an address, for people; a Unix socket is this host."""
    host = getattr(address, "host", None)
    return host if isinstance(host, str) else "localhost"


def is_local(host: str) -> bool:
    """Whether a connection comes from this machine: over loopback, or by a Unix socket ("localhost")."""
    return host == "localhost" or source_of_host(host) is None


def is_among(address: str, several: Sequence[str]) -> bool:
    """Whether an address, or the name that stands for one, is among these: addresses, networks
    (192.0.2.0/24), names, with * and ? in any of them."""
    return any(_covers(each, address) for each in several)


@lru_cache(maxsize=4096)
def _covers(each: str, address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
        network = ipaddress.ip_network(each, strict=False)
    except ValueError:
        # One of the two is no address.
        return glob_match(each.lower(), address.lower())
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found in network
