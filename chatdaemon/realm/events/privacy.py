"""From whom people want to hear."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import UserId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class AcceptedChanged:
    """Names of accounts and nicks. Told only to the user itself."""

    audience: Audience
    who: Who
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SilencesChanged:
    """The masks as they are listed. Told only to the user itself."""

    audience: Audience
    who: Who
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody who is not accepted has written to a user with the mode CALLER_ID, who is told of it in
    place of what was written. The audience is the two."""

    audience: Audience
    who: Who
    target: Who

    @property
    def subject(self) -> UserId:
        return self.target.id
