"""The capabilities that clients may ask for (IRCv3 capability negotiation, versions 301 and 302)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability. `rendered` says that deliveries look different with it."""

    name: str
    rendered: bool = False
    value: str = ""


CAPABILITIES = {
    each.name: each
    for each in (
        Capability("account-notify", rendered=True),
        Capability("account-tag", rendered=True),
        Capability("away-notify", rendered=True),
        Capability("batch"),
        Capability("cap-notify"),
        Capability("chghost", rendered=True),
        Capability("draft/no-implicit-names"),
        Capability("echo-message"),
        Capability("extended-join", rendered=True),
        Capability("extended-monitor"),
        Capability("invite-notify", rendered=True),
        Capability("labeled-response"),
        Capability("message-tags", rendered=True),
        Capability("multi-prefix"),
        Capability("no-implicit-names"),
        Capability("server-time", rendered=True),
        Capability("setname", rendered=True),
        Capability("standard-replies"),
        Capability("userhost-in-names"),
    )
}

RENDERED = frozenset(name for name, each in CAPABILITIES.items() if each.rendered)
NONE: frozenset[str] = frozenset()


def listing(version: int) -> list[str]:
    """The words of CAP LS; values are for clients of version 302."""
    return [
        f"{each.name}={each.value}" if version >= 302 and each.value else each.name
        for each in CAPABILITIES.values()
    ]
