"""Clients of one user, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeeDevice:
    """The acting session has told its client all up to `at` (ms since 1970)."""

    at: int


@dataclass(frozen=True, slots=True)
class ForgetDevice:
    """Forget one of the devices of the acting user's account; the least recently seen where there are too
    many goes by itself."""

    device: str


@dataclass(frozen=True, slots=True)
class ExpirePresence:
    """The server: an always-on user of this account has had no client for too long."""

    account: str


@dataclass(frozen=True, slots=True)
class ResumePresence:
    """The server has started: those who were loaded have no clients now, whatever they had when it ended; and
    those leave who may no longer stay without."""
