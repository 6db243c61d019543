"""Coming and going, and what people say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatdaemon.realm.accounts import NOTHING
from chatdaemon.realm.modes import UserModeChange


@dataclass(frozen=True, slots=True)
class Connect:
    """Make a user and attach the acting session to it; or attach it to the user that is here already, where
    that is of the same account and has the nick that this one would get.

    `host` is the host that others see, `real_host` the address that operators see. `account` is the one that
    the client has logged in to; `exempt`: it may come in without one, where that is not so for everybody.
    `away` and `metadata` are what it has said of itself so far; metadata that may not be is left out.
    `device` is what the account's owner calls the client (account@device), "" where it has no name.
    """

    nick: str
    username: str
    realname: str
    host: str
    real_host: str
    account: str | None = None
    secure: bool = False
    certificate: str | None = None  # SHA-256 of the client certificate, hex
    exempt: bool = False
    away: str | None = None
    metadata: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    device: str = ""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Detach the acting session; its user leaves with it when it was the last, unless it is always on.

    `seen_at` is when the client has surely read what it was sent (ms since 1970); None: now.
    """

    reason: str
    seen_at: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeNick:
    nick: str


@dataclass(frozen=True, slots=True)
class SetAway:
    """Go away with a text, or come back (None)."""

    text: str | None


@dataclass(frozen=True, slots=True)
class SetRealname:
    realname: str


@dataclass(frozen=True, slots=True)
class ChangeUserModes:
    changes: tuple[UserModeChange, ...]


@dataclass(frozen=True, slots=True)
class SetAccount:
    """The acting user has logged in to an account, or out of it (None). `device` is what the account's owner
    calls the acting session, "" where it has no name."""

    account: str | None
    device: str = ""
