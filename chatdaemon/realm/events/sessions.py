"""Clients of one user: they come and go, and nobody else hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import AccountId, SessionId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class Attached:
    """One more session speaks for a user that is here. The audience is nobody but the session itself; the
    user's other sessions are not told."""

    audience: Audience
    who: Who
    session: SessionId


@dataclass(frozen=True, slots=True)
class Detached:
    """A session has left its user, who stays: with other sessions, or with none, being always on."""

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
