"""The capabilities that clients may ask for (IRCv3 capability negotiation, versions 301 and 302)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from chatdaemon.realm.metadata import KEY_LENGTH
from chatdaemon.realm.settings import UNLIMITED, Policy

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# The first version with values, replies of several lines, and cap-notify without being asked for it.
VALUES_VERSION = 302

# The value of a capability for one client; None where that client is not offered it.
ValueFor = Callable[["IRCSession"], str | None]


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability. `rendered` says that deliveries look different with it; `value` is what CAP LS says
    of it to clients of version 302, or what `value_for` makes of the client and the settings as they are.
    One that is not `requestable` only tells something, to those who see values.
    """

    name: str
    rendered: bool = False
    value: str = ""
    value_for: ValueFor | None = None
    requestable: bool = True

    def offer(self, session: IRCSession, version: int) -> str | None:
        """The capability as CAP LS of this version, and CAP NEW, name it to this client; None where it is not
        for this one."""
        value = self.value if self.value_for is None else self.value_for(session)
        if value is None:
            return None
        if version < VALUES_VERSION:
            return self.name if self.requestable else None
        return f"{self.name}={value}" if value else self.name


def _sasl(session: IRCSession) -> str | None:
    """The mechanisms that there are over this connection (sasl-3.2, "Mechanism list in CAP LS")."""
    return ",".join(session.server.authentication.mechanisms(session.client)) or None


def _sts(session: IRCSession) -> str | None:
    """What the listener says of strict transport security."""
    return session.sts or None


def _account_registration(session: IRCSession) -> str | None:
    """What REGISTER can do, and wants; None where only operators make accounts."""
    server, settings = session.server, session.realm.settings
    if settings.registration is Policy.CLOSED or not server.authentication.settings.passwords:
        return None
    keys = {
        # REGISTER is no way round the server's password (account-registration, "Server considerations").
        "before-connect": server.settings.password_hash is None,
        "email-required": settings.verify_email,
        "custom-account-name": not settings.nick_is_account,
    }
    return ",".join(key for key, holds in keys.items() if holds)


def _webpush(session: IRCSession) -> str | None:
    """There is no value; None where web push is off."""
    return "" if session.server.settings.vapid else None


def _multiline(session: IRCSession) -> str:
    settings = session.server.settings
    lines = "" if settings.multiline_lines is None else f",max-lines={settings.multiline_lines}"
    return f"max-bytes={settings.multiline_bytes}{lines}"


def _metadata_2(session: IRCSession) -> str:
    realm = session.realm.settings
    limits = (
        ("max-subs", session.server.settings.metadata_subscriptions),
        ("max-keys", realm.metadata_keys if realm.metadata_keys < UNLIMITED else None),
        ("max-value-bytes", realm.metadata_value_length),
    )
    return ",".join(["before-connect", *(f"{name}={most}" for name, most in limits if most is not None)])


def _metadata_3(session: IRCSession) -> str:
    return f"{_metadata_2(session)},max-key-bytes={KEY_LENGTH}"


CAPABILITIES = {
    each.name: each
    for each in (
        Capability("account-notify", rendered=True),
        Capability("account-tag", rendered=True),
        Capability("away-notify", rendered=True),
        Capability("batch"),
        Capability("cap-notify"),
        Capability("chghost", rendered=True),
        Capability("draft/channel-rename"),
        Capability("draft/chathistory"),
        Capability("draft/event-playback"),
        Capability("draft/account-registration", value_for=_account_registration),
        Capability("draft/extended-isupport"),
        Capability("draft/message-redaction", rendered=True),
        Capability("draft/metadata-2", value_for=_metadata_2),
        Capability("draft/metadata-3", value_for=_metadata_3),
        Capability("draft/multiline", rendered=True, value_for=_multiline),
        # The name before no-implicit-names was ratified, which clients in use still ask for.
        Capability("draft/no-implicit-names"),
        Capability("draft/oper-tag", rendered=True),
        Capability("draft/persistence"),
        Capability("draft/pre-away"),
        Capability("draft/read-marker"),
        Capability("draft/relaymsg", rendered=True, value="/"),
        Capability("draft/webpush", value_for=_webpush),
        Capability("echo-message"),
        Capability("extended-join", rendered=True),
        Capability("extended-monitor"),
        Capability("invite-notify", rendered=True),
        Capability("labeled-response"),
        Capability("message-tags", rendered=True),
        Capability("multi-prefix"),
        Capability("no-implicit-names"),
        Capability("sasl", value_for=_sasl),
        Capability("server-time", rendered=True),
        Capability("setname", rendered=True),
        Capability("soju.im/search"),
        # As clients in use ask for draft/webpush, which has come from there.
        Capability("soju.im/webpush", value_for=_webpush),
        Capability("standard-replies"),
        # Only told of, and never taken back: who has such a policy keeps it for as long as it was told.
        Capability("sts", value_for=_sts, requestable=False),
        Capability("userhost-in-names"),
        Capability("znc.in/playback"),
        Capability("znc.in/self-message"),
    )
}

RENDERED = frozenset(name for name, each in CAPABILITIES.items() if each.rendered)
# Labels need batches for answers of several lines (labeled-response, "Dependencies").
LABELS = frozenset({"batch", "labeled-response"})
METADATA = frozenset({"draft/metadata-2", "draft/metadata-3"})
WEBPUSH = frozenset({"draft/webpush", "soju.im/webpush"})
# By command: whoever has one of these understands its FAIL, whatever else they asked for.
UNDERSTOOD = {
    "BATCH": frozenset({"draft/multiline"}),
    "CHATHISTORY": frozenset({"draft/chathistory"}),
    "MARKREAD": frozenset({"draft/read-marker"}),
    "METADATA": METADATA,
    "SEARCH": frozenset({"soju.im/search"}),
}
NONE: frozenset[str] = frozenset()


def offered(withheld: frozenset[str]) -> dict[str, Capability]:
    """All capabilities save those that the configuration withholds."""
    return {name: each for name, each in CAPABILITIES.items() if name not in withheld}


def offers(session: IRCSession, version: int) -> Mapping[str, str]:
    """What this client is offered, by name, as CAP LS of this version shows it."""
    found = ((name, each.offer(session, version)) for name, each in session.server.offered.items())
    return _shared(tuple((name, text) for name, text in found if text is not None))


@lru_cache(maxsize=64)
def _shared(offer: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """One mapping for all clients that are offered the same: each of them keeps what it was told."""
    return MappingProxyType(dict(offer))


def may_request(session: IRCSession, name: str) -> bool:
    """Whether this client can have the capability."""
    capability = session.server.offered.get(name)
    return capability is not None and capability.requestable and capability.offer(session, 0) is not None
