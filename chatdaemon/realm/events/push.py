"""Who is told of messages where no client is connected."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import AccountId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An account is told of messages by this push service from now on, or still. Told to who asked, and to
    nobody else: whoever knows an endpoint can write there."""

    audience: Audience
    who: Who
    account_id: AccountId
    endpoint: str


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """An account is told nothing more there, as it wished (`who`), or because a newer subscription has taken
    the place of the oldest, or because the push service knows it no more (None). It may never have been."""

    audience: Audience
    who: Who | None
    account_id: AccountId
    endpoint: str
