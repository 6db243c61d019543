"""How far somebody has read."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import AccountId, UserId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class ReadMarkerSet:
    """Where the read marker of a target is now, `at` in ms since 1970. Told to the user itself, and to nobody
    else; users who are logged in to one account have their markers in common, and each an event. `who` is
    None where nobody is logged in to it."""

    audience: Audience
    who: Who | None
    account_id: AccountId | None
    target: str
    at: int

    @property
    def subject(self) -> UserId | None:
        return None if self.who is None else self.who.id


@dataclass(frozen=True, slots=True)
class ReadMarkerForgotten:
    """An account has no marker for this target (folded) any more: the oldest has made room for another, or
    the channel has another name. Told to nobody."""

    audience: Audience
    account_id: AccountId
    target: str
