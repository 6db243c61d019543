"""Access tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

from chatdaemon.accounts.tokens import digest_of, new_secret
from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.scope import check_lesser, check_verbs
from chatdaemon.protocols.api.table import Result, answers, performs, user_of, what_happened
from chatdaemon.protocols.api.verbs.history import time_of
from chatdaemon.realm import policy, requests
from chatdaemon.realm.bearers import named, tokens_of
from chatdaemon.realm.events import TokenCreated, TokenRevoked
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.tokens import Token
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession
    from chatdaemon.realm.accounts import Account


class TokenObject(TypedDict):
    """A token, without its secret."""

    name: str
    verbs: list[str]
    channels: list[str]
    created: str
    expires: NotRequired[str]
    used: NotRequired[str]


class TokenList(TypedDict):
    """The tokens of an account."""

    account: str
    tokens: list[TokenObject]


class Secret(TypedDict):
    """What is shown once."""

    secret: str


@performs(ops.TokenCreate, TokenCreated, Secret)
def token_create(session: APISession, op: ops.TokenCreate) -> Result:
    check_verbs(op.verbs)
    until = time_of(op.expires, "expires")
    check_lesser(session, op.verbs, op.channels, until)
    secret = session.shown_once = new_secret()
    return requests.CreateToken(op.name, digest_of(secret), op.verbs, op.channels, until, op.account)


@answers(ops.TokenCreate)
def token_created(session: APISession, op: ops.TokenCreate, happenings: Sequence[Happening]) -> Object:
    secret, session.shown_once = session.shown_once, ""
    return {**what_happened(session, op, happenings), "secret": secret}


@performs(ops.Tokens, TokenList)
def tokens(session: APISession, op: ops.Tokens) -> Result:
    account = asked_account(session, op.account)
    found = [token_object(token) for token in tokens_of(session.realm, account.id)]
    return {"account": account.name, "tokens": found}


@performs(ops.TokenRevoke, TokenRevoked)
def token_revoke(session: APISession, op: ops.TokenRevoke) -> Result:
    account = asked_account(session, op.account)
    if named(session.realm, account.id, op.name) is None:
        raise Refusal(Reason.NO_SUCH_TOKEN, op.name)
    return requests.RevokeToken(op.name, op.account)


def asked_account(session: APISession, name: str | None) -> Account:
    """One's own account, or somebody else's for who may know of it. Raises Refusal."""
    user = user_of(session)
    own = session.realm.account_of(user)
    if name is not None and (own is None or session.realm.fold(name) != session.realm.fold(own.name)):
        policy.check_privilege(user, Privilege.ACCOUNTS)
        other = session.realm.account(name)
        if other is None:
            raise Refusal(Reason.NO_SUCH_ACCOUNT, name)
        return other
    if own is None:
        raise Refusal(Reason.NOT_LOGGED_IN)
    return own


def token_object(token: Token) -> TokenObject:
    """A token, for whoever may know of it."""
    found = TokenObject(
        name=token.name,
        verbs=list(token.verbs),
        channels=list(token.channels),
        created=iso(token.created_at),
    )
    if token.expires_at is not None:
        found["expires"] = iso(token.expires_at)
    if token.used_at:
        found["used"] = iso(token.used_at)
    return found
