"""The capabilities that clients may ask for (IRCv3 capability negotiation, versions 301 and 302)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability. `rendered` says that deliveries look different with it; `value` is what CAP LS says
    of it to clients of version 302."""

    name: str
    rendered: bool = False
    value: str = ""

    def text(self, version: int) -> str:
        """The capability as CAP LS and CAP NEW name it to a client of this version."""
        return f"{self.name}={self.value}" if self.value and version >= 302 else self.name


CAPABILITIES = {
    each.name: each
    for each in (
        Capability("account-notify", rendered=True),
        Capability("account-tag", rendered=True),
        Capability("away-notify", rendered=True),
        Capability("batch"),
        Capability("cap-notify"),
        Capability("chghost", rendered=True),
        # The name before no-implicit-names was ratified, which clients in use still ask for.
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
# Labels need batches for answers of several lines (labeled-response, "Dependencies").
LABELS = frozenset({"batch", "labeled-response"})
NONE: frozenset[str] = frozenset()


def offered(withheld: frozenset[str]) -> dict[str, Capability]:
    """All capabilities save those that the configuration withholds."""
    return {name: each for name, each in CAPABILITIES.items() if name not in withheld}
