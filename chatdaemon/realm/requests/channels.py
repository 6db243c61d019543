"""Membership of channels, and what is set on them."""

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


@dataclass(frozen=True, slots=True)
class Invite:
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


@dataclass(frozen=True, slots=True)
class ChangeModes:
    """Change channel modes; what cannot be done is said in the events, the rest is done.

    `override` asks as an operator with that privilege (SAMODE).
    """

    channel: str
    changes: tuple[ModeChange, ...]
    override: bool = False
