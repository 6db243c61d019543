"""Membership of channels, and what is set on them.

`by_access` asks by what the actor's account has access to in a registered channel, whether the actor is there
and of rank or not (ChanServ).
"""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.modes import ModeChange


@dataclass(frozen=True, slots=True)
class Join:
    channel: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    channel: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Kick:
    channel: str
    nick: str
    reason: str | None = None
    by_access: bool = False


@dataclass(frozen=True, slots=True)
class Invite:
    nick: str
    channel: str
    by_access: bool = False


@dataclass(frozen=True, slots=True)
class Uninvite:
    """Take an invitation back."""

    nick: str
    channel: str


@dataclass(frozen=True, slots=True)
class Knock:
    channel: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetTopic:
    channel: str
    text: str
    by_access: bool = False


@dataclass(frozen=True, slots=True)
class ChangeModes:
    """Change channel modes; what cannot be done is said in the events, the rest is done.

    `override` asks as an operator with that privilege (SAMODE).
    """

    channel: str
    changes: tuple[ModeChange, ...]
    override: bool = False
    by_access: bool = False


@dataclass(frozen=True, slots=True)
class ExpireBans:
    """Time has passed: take from the lists of a channel what was good until now. Only the server itself
    asks."""

    channel: str
