"""Access tokens: how programs are somebody, without their password."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatdaemon.protocols.api.ops.op import Op
from chatdaemon.realm.tokens import EVERYTHING, MOST_CHANNELS, MOST_VERBS


class TokenCreate(Op, tag="token_create"):
    """Makes a token of your account. Its secret is in the `ok`, and never shown again. Whoever is here by
    a token makes none that allows more or lasts longer.

    :param verbs: the ops that it allows, `*` for all but those about the account, `events` for being told.
    :param channels: where; none for everywhere. `@` stands for what is said between people.
    :param expires: a time: until when it is good. Without it, until it is revoked.
    :param account: somebody else's, for operators with the privilege `accounts`.
    """

    name: str
    verbs: Annotated[tuple[str, ...], Meta(max_length=MOST_VERBS)] = (EVERYTHING,)
    channels: Annotated[tuple[str, ...], Meta(max_length=MOST_CHANNELS)] = ()
    expires: str | None = None
    account: str | None = None


class Tokens(Op):
    """Lists the tokens of your account.

    :param account: of somebody else's, for operators with the privilege `accounts`.
    """

    account: str | None = None


class TokenRevoke(Op, tag="token_revoke"):
    """Has a token be good no longer. Whoever has come by it is disconnected.

    :param account: of somebody else, for operators with the privilege `accounts`.
    """

    name: str
    account: str | None = None
