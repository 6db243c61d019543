"""Being told of messages where no client is connected (draft/webpush)."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import AccountId


@dataclass(frozen=True, slots=True)
class Subscribe:
    """The actor's account wants to be told of messages by this push service, and in place of what it said of
    the same `endpoint` before. The other fields are as `realm.push.Subscription` has them."""

    endpoint: str
    public_key: str
    secret: str
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """The actor's account wants to be told nothing more there. Where it was told nothing, nothing changes."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class ExpireSubscription:
    """The push service says that there is no such subscription any more: the server's request, about the one
    that was made or renewed at `at`, and no later one."""

    account_id: AccountId
    endpoint: str
    at: int
