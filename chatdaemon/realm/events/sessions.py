"""Clients of one user: they come and go, and nobody else hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import AccountId, ChannelId, SessionId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class Attached:
    """One more session speaks for a user that is here. The audience is nobody but the session itself; the
    user's other sessions are not told. It is the last event of its entry: what changes with it (a mode, no
    longer being away) comes before, and is told to the others.

    `seen_at`: how far the session's client had been told before (ms since 1970), as `device` of the account;
    None where that is not known.
    """

    audience: Audience
    who: Who
    session: SessionId
    device: str = ""
    seen_at: int | None = None


@dataclass(frozen=True, slots=True)
class Detached:
    """A session has left its user, who stays: with other sessions, or with none, being always on. `session`
    is "" for all that a user had when the server ended without their leaving."""

    audience: Audience
    who: Who
    session: SessionId


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """One of an account's clients has been told all up to `at` (ms since 1970). `device` is its name, "" for
    those that have given none."""

    audience: Audience
    account: str
    account_id: AccountId
    device: str
    at: int


@dataclass(frozen=True, slots=True)
class DeviceForgotten:
    """Nothing is known of a device any more."""

    audience: Audience
    account: str
    account_id: AccountId
    device: str


@dataclass(frozen=True, slots=True)
class AlwaysOnChanged:
    """From now on a user stays without clients, and with the server's next start; or it does no longer.
    Nobody is told. `channels`: those that are not kept any more, since they are not registered and nobody
    else of their members is always on."""

    audience: Audience
    who: Who
    always_on: bool
    channels: tuple[ChannelId, ...] = ()
