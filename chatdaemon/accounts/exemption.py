"""Addresses that need no account where everybody else does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

from chatdaemon.realm.masks import glob_match


def is_exempt(address: str, exempt: Sequence[str]) -> bool:
    """Whether an address, or the name that stands for one, is among these: addresses, networks
    (192.0.2.0/24), names, with * and ? in any of them."""
    return any(_covers(each, address) for each in exempt)


@lru_cache(maxsize=4096)
def _covers(each: str, address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]) in ip_network(each, strict=False)
    except ValueError:
        # One of the two is no address.
        return glob_match(each.lower(), address.lower())
