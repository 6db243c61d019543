"""What became of access tokens. Storage looks up what the one with this digest has become."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import AccountId
from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class TokenCreated:
    """`who` is None where the server itself has made it."""

    audience: Audience
    who: Who | None
    account: str
    account_id: AccountId
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """It is good no longer, since somebody wished so (`who`), its time is over or its account has gone."""

    audience: Audience
    who: Who | None
    account: str
    account_id: AccountId
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class TokenUsed:
    """It was used, for the first time in a while; only storage cares."""

    audience: Audience
    digest: str
