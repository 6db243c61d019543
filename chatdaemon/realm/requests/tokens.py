"""Access tokens. Secrets never come here: the node makes them, and their digests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CreateToken:
    """Let whoever knows the secret with this digest be the account, within limits (realm.tokens.Token).

    `channels` are as they were typed; `expires_at` in ms since 1970, None: never. `account` None is the
    actor's own; another's needs an operator with the privilege `accounts`, or the server.
    """

    name: str
    digest: str
    verbs: tuple[str, ...] = ("*",)
    channels: tuple[str, ...] = ()
    expires_at: int | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """The token is good no longer; `account` as above."""

    name: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class ExpireToken:
    """Time has passed: let a token go. Only the server itself asks."""

    digest: str


@dataclass(frozen=True, slots=True)
class UseToken:
    """Somebody has come by a token: note when. Only the server itself asks."""

    digest: str
