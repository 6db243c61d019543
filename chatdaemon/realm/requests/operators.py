"""What operators do, and the server itself."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.settings import Settings


@dataclass(frozen=True, slots=True)
class BecomeOperator:
    """The acting user has proven to be operator `name` (the proof is the node's business).

    `host` replaces the host that others see, when the configuration gives operators one.
    """

    name: str
    privileges: tuple[Privilege, ...]
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Kill:
    nick: str
    reason: str


@dataclass(frozen=True, slots=True)
class SendWallops:
    text: str


@dataclass(frozen=True, slots=True)
class ForceJoin:
    """Make somebody join, past every restriction (SAJOIN)."""

    nick: str
    channel: str


@dataclass(frozen=True, slots=True)
class ForcePart:
    """Make somebody leave (SAPART)."""

    nick: str
    channel: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ForceNick:
    """Have somebody called otherwise, past whom the nick belongs to (SANICK)."""

    nick: str
    new: str


@dataclass(frozen=True, slots=True)
class Configure:
    """The server's settings have changed. Only the server itself may ask."""

    settings: Settings
