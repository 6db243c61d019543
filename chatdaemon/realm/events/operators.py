"""What operators did, and the server itself."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import UserId
from chatdaemon.realm.events.common import Audience, Who
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.settings import Settings


@dataclass(frozen=True, slots=True)
class BecameOperator:
    """Told only to the user itself."""

    audience: Audience
    who: Who
    name: str


@dataclass(frozen=True, slots=True)
class PartlyRefused:
    """Part of a request that had several was refused. Told only to the one who asked."""

    audience: Audience
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Killed:
    """An operator has removed a user; a Quit of the target follows in the same entry."""

    audience: Audience
    who: Who | None
    target: Who
    reason: str

    @property
    def subject(self) -> UserId:
        return self.target.id


@dataclass(frozen=True, slots=True)
class WallopsSent:
    audience: Audience
    who: Who | None
    text: str


@dataclass(frozen=True, slots=True)
class ServerNoticed:
    """Something that operators who asked for server notices should know."""

    audience: Audience
    text: str


@dataclass(frozen=True, slots=True)
class Configured:
    audience: Audience
    settings: Settings
