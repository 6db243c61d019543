"""What limits for each address go by."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


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
