"""Accounts and registered channels, as the realm knows them and storage keeps them.

All are values: a rule replaces them whole (`dataclasses.replace`), and no mapping in them is ever changed, so
that whoever holds one (the writer thread, say) may keep it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from chatdaemon.realm.entry import AccountId, ChannelId, UserId
from chatdaemon.realm.hooks import AnyHook
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, ListEntry, Rank, UserMode

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Standing(StrEnum):
    """Whether an account can be used."""

    ACTIVE = "active"
    UNVERIFIED = "unverified"  # its e-mail address is still to be confirmed (VerifyAccount)
    AWAITING = "awaiting"  # an operator is still to approve of it (ApproveAccount)
    SUSPENDED = "suspended"  # by an operator


class AccountSetting(StrEnum):
    """What the owner of an account can set; "on" or "off", and absent for the server's default."""

    ENFORCE = "enforce"  # nobody else may use the account's nicks
    ALWAYS_ON = "always-on"  # the user stays when the last client leaves
    AUTO_AWAY = "auto-away"  # an always-on user is away while it has no client
    PRIVATE = "private"  # others learn nothing but that it is registered


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against; each is None where it cannot be.

    `password` is encoded as its scheme has it ("$argon2id$...", "$2b$..." of an import). `scram` is
    "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>", base64 as RFC 5803 has it.
    """

    password: str | None = None
    scram: str | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """What was sent to an e-mail address to confirm it; `until` in ms since 1970."""

    text: str
    until: int


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `id` is the index of the entry that registered it; times are ms since 1970.

    `nicks` are the nicknames that belong to it beside its name; `certificates` SHA-256 fingerprints, hex.
    `email` is confirmed; `asked_email` is not yet, and `code` confirms it. `asked_vhost` awaits an operator.
    """

    id: AccountId
    name: str
    registered_at: int
    standing: Standing = Standing.ACTIVE
    credentials: Credentials = Credentials()
    certificates: tuple[str, ...] = ()
    nicks: tuple[str, ...] = ()
    email: str | None = None
    asked_email: str | None = None
    code: Code | None = None
    settings: Mapping[AccountSetting, str] = field(default_factory=lambda: NOTHING)
    metadata: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    vhost: str | None = None
    asked_vhost: str | None = None
    last_seen_at: int = 0
    note: str = ""  # why it is suspended


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who knows `code` may register an account, `uses` times more, until `until` (ms since 1970; 0: ever)."""

    code: str
    by: str
    uses: int = 1
    until: int = 0


class RegistrationSetting(StrEnum):
    """What the founder of a registered channel can set beside its modes."""

    DESCRIPTION = "description"
    URL = "url"
    EMAIL = "email"
    ENTRY_MESSAGE = "entry-message"  # sent to everybody who joins
    KEEP_MODES = "keep-modes"  # modes that stay as they are but for the founder: the realm's words, spaced
    PRIVATE = "private"  # others learn nothing but that it is registered
    HISTORY = "history"  # "off": nothing that is said is kept
    CUTOFF = "cutoff"  # from where on members may read (settings.Cutoff)
    MAX_AGE = "max-age"  # seconds for which messages are kept
    MAX_MESSAGES = "max-messages"  # how many are


@dataclass(frozen=True, slots=True)
class Access:
    """The ranks that an account has in a channel from the moment that it joins."""

    account: str
    ranks: Rank
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Registration:
    """What makes a channel a registered one. `access` is by folded account name; the founder is not in it."""

    founder: str
    at: int
    access: Mapping[str, Access] = field(default_factory=lambda: NOTHING)
    settings: Mapping[RegistrationSetting, str] = field(default_factory=lambda: NOTHING)
    hooks: tuple[AnyHook, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """A channel without its members: what outlives them, and the server. One that is not registered is there
    as long as somebody is in it who is always on."""

    id: ChannelId
    name: str
    created_at: int
    registration: Registration | None = None
    topic: str = ""
    topic_by: str = ""
    topic_at: int = 0
    flags: tuple[ChannelFlag, ...] = ()
    settings: Mapping[ChannelSetting, str] = field(default_factory=lambda: NOTHING)
    lists: Mapping[ChannelList, tuple[ListEntry, ...]] = field(default_factory=lambda: NOTHING)
    metadata: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Marker:
    """How far an account has read (draft/read-marker): `target` is a folded channel name or nick."""

    account: AccountId
    target: str
    at: int


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user who is always on, without the channels that it is in. Times are ms since 1970.

    Accounts that it has accepted are by name, whom it silences by mask. It is operator of the server no more.
    """

    id: UserId
    account: AccountId
    nick: str
    username: str
    realname: str
    host: str
    plain_host: str
    real_host: str
    connected_at: int
    exempt: bool = False
    away: str | None = None
    auto_away: bool = False
    left_at: int = 0
    modes: tuple[UserMode, ...] = ()
    accepted: tuple[str, ...] = ()
    silences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MembershipRecord:
    """Such a user in a channel, by the entry with the index `entry`."""

    user: UserId
    channel: ChannelId
    ranks: Rank
    joined_at: int
    entry: int


@dataclass(frozen=True, slots=True)
class Device:
    """How far an account's client of this name has been told (ms since 1970)."""

    account: AccountId
    name: str
    seen_at: int
