"""Which server a browser believes to speak with, which page makes it speak, and who a proxy speaks for."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import NamedTuple

from chatdaemon.source import is_among

# A host as a URL has it (RFC 3986, section 3.2.2), as far as there are such hosts, and a port.
_PLACE = re.compile(
    r"(?P<host>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{0,5}))?"
)
_USUAL_PORTS = {"80": "", "443": ""}
_SCHEMES = ("http://", "https://")
# One parameter of Forwarded (RFC 7239, section 4), its value quoted or not.
_PARAMETER = re.compile(r'([!#$%&\'*+.^_`|~0-9a-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*))\s*(;|,|$)\s*', re.I)


class Place(NamedTuple):
    """A host in small letters, and its port; "" for the one that goes without saying."""

    host: str
    port: str


def place_of(text: str) -> Place | None:
    """What a Host header says, or what stands behind an Origin's scheme; None for what makes no sense."""
    found = _PLACE.fullmatch(text.lower())
    if found is None:
        return None
    port = found["port"] or ""
    return Place(found["host"].removesuffix("."), _USUAL_PORTS.get(port, port))


def is_address(host: str) -> bool:
    """Whether a host is an address, and no name: nobody else can have that point here."""
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def is_called(host: str, names: Sequence[str]) -> bool:
    """Whether a server of these names may be called so. `*.` stands for one label or several, `*` for any."""
    if is_address(host) or host == "localhost" or host.endswith(".localhost"):
        return True
    return any(
        name in ("*", host) or (name.startswith("*.") and host.endswith(name[1:]) and host != name[1:])
        for name in names
    )


def may_come_from(origin: str, here: Place | None, origins: Sequence[str]) -> bool:
    """Whether a page from there may use the server that its browser called `here`.

    :param origin: the Origin header (RFC 6454, section 7).
    """
    if "*" in origins:
        return True
    text = origin.lower()
    if text in origins:
        return True
    scheme = next((each for each in _SCHEMES if text.startswith(each)), None)
    if scheme is None:
        return False  # "null" among them, which any page can have
    place = place_of(text.removeprefix(scheme))
    return place is not None and place == here


class Forwarded(NamedTuple):
    """What proxies say of a request: where it came from, by which scheme, and which host it was for. None
    where that is not said."""

    address: str | None
    scheme: str | None
    host: str | None


def x_forwarded(
    addresses: Sequence[str], schemes: Sequence[str], hosts: Sequence[str], proxies: Sequence[str]
) -> Forwarded:
    """What X-Forwarded-For, -Proto and -Host say; each is a list of the headers' values.

    The address is the last that is no proxy's: what stands before it the client may have made up.
    """
    hops = [_address(each) for each in _listed(addresses)]
    scheme, host = _listed(schemes), _listed(hosts)
    return Forwarded(
        _client(hops, proxies), scheme[-1].lower() if scheme else None, host[-1] if host else None
    )


def forwarded(values: Sequence[str], proxies: Sequence[str]) -> Forwarded:
    """What Forwarded says (RFC 7239)."""
    elements = _elements(", ".join(values))
    hops = [_address(each.get("for", "")) for each in elements]
    last = elements[-1] if elements else {}
    scheme = last.get("proto")
    return Forwarded(_client(hops, proxies), scheme.lower() if scheme else None, last.get("host"))


def _client(hops: Sequence[str | None], proxies: Sequence[str]) -> str | None:
    found = None
    for hop in reversed(hops):
        if hop is None:
            break  # nobody knows who that was; the last proxy is as far as it goes
        found = hop
        if not is_among(hop, proxies):
            break
    return found


def _listed(values: Sequence[str]) -> list[str]:
    return [word for value in values for each in value.split(",") if (word := each.strip())]


def _address(text: str) -> str | None:
    """The address of 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1] or [2001:db8::1]:4711."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        if found.scope_id is not None:
            return None  # the name of an interface means something on one machine only
    return str(found)


def _elements(text: str) -> list[dict[str, str]]:
    """The elements of Forwarded, each the parameters of one proxy. From the last mistake on: what stands
    before it may be made up."""
    elements: list[dict[str, str]] = [{}]
    at = 0
    while at < len(text):
        found = _PARAMETER.match(text, at)
        if found is None:
            # Go on behind the next comma, with nothing known of what was before.
            elements = [{}]
            comma = text.find(",", at)
            if comma < 0:
                return []
            at = comma + 1
            while text[at : at + 1] in (" ", "\t", ","):
                at += 1
            continue
        name, quoted, plain, end = found.groups()
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        elements[-1][name.lower()] = value
        if end == ",":
            elements.append({})
        at = found.end()
    return [each for each in elements if each]
