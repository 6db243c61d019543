"""Access tokens: made, used and revoked. They are an account's."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm.accounts import Account
from chatdaemon.realm.bearers import named, tokens_of
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, TokenCreated, TokenRevoked, TokenUsed
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import CreateToken, ExpireToken, RevokeToken, UseToken
from chatdaemon.realm.rules.acting import account_asked, told
from chatdaemon.realm.rules.notices import notice
from chatdaemon.realm.state import State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.tokens import PEOPLE, USE_NOTED, Token, token_fault


@applies(CreateToken)
def create_token(state: State, entry: Entry, request: CreateToken) -> tuple[Event, ...]:
    by, account = account_asked(state, entry, request.account)
    name, digest = request.name, request.digest
    fault = token_fault(name, digest, request.verbs, request.channels) or _channels_fault(state, request)
    if fault is None and request.expires_at is not None and request.expires_at <= entry.at:
        fault = "It would be over before it has begun"
    if fault is not None:
        raise Refusal(Reason.BAD_TOKEN_SETTING, name, fault)
    if named(state, account.id, name) is not None or digest in state.tokens:
        raise Refusal(Reason.TOKEN_EXISTS, name)
    if sum(1 for _ in tokens_of(state, account.id)) >= state.settings.tokens_per_account:
        raise Refusal(Reason.TOO_MANY_TOKENS, account.name)
    state.tokens[digest] = Token(
        id=entry.index,
        account_id=account.id,
        account=account.name,
        name=name,
        digest=digest,
        verbs=tuple(dict.fromkeys(request.verbs)),
        channels=tuple(dict.fromkeys(map(state.fold, request.channels))),
        created_at=entry.at,
        expires_at=request.expires_at,
    )
    audience, who = told(by)
    return (
        TokenCreated(audience, who, account.name, account.id, name, digest),
        *_told_operators(state, by, account, f"made the token {name} for {account.name}"),
    )


@applies(RevokeToken)
def revoke_token(state: State, entry: Entry, request: RevokeToken) -> tuple[Event, ...]:
    by, account = account_asked(state, entry, request.account)
    token = named(state, account.id, request.name)
    if token is None:
        raise Refusal(Reason.NO_SUCH_TOKEN, request.name)
    del state.tokens[token.digest]
    audience, who = told(by)
    return (
        TokenRevoked(audience, who, account.name, account.id, token.name, token.digest),
        *_told_operators(state, by, account, f"revoked the token {token.name} of {account.name}"),
    )


@applies(ExpireToken)
def expire_token(state: State, entry: Entry, request: ExpireToken) -> tuple[Event, ...]:
    """Nothing happens where the time is not over by the log's clock."""
    if entry.actor is not None:
        raise Refusal(Reason.NOT_AN_OPERATOR)
    token = state.tokens.get(request.digest)
    if token is None or not token.is_over(entry.at):
        return ()
    del state.tokens[token.digest]
    return (TokenRevoked((), None, token.account, token.account_id, token.name, token.digest),)


@applies(UseToken)
def use_token(state: State, entry: Entry, request: UseToken) -> tuple[Event, ...]:
    if entry.actor is not None:
        raise Refusal(Reason.NOT_AN_OPERATOR)
    token = state.tokens.get(request.digest)
    if token is None or (token.used_at and entry.at < token.used_at + USE_NOTED):
        return ()
    state.tokens[token.digest] = replace(token, used_at=entry.at)
    return (TokenUsed((), token.digest),)


def tokens_gone(state: State, account: Account) -> tuple[Event, ...]:
    """The account is no more, and neither are its tokens."""
    gone = tuple(tokens_of(state, account.id))
    for token in gone:
        del state.tokens[token.digest]
    return tuple(TokenRevoked((), None, account.name, account.id, token.name, token.digest) for token in gone)


def _channels_fault(state: State, request: CreateToken) -> str | None:
    for channel in request.channels:
        fault = state.naming.channel_fault(channel, state.settings.channel_length)
        if channel != PEOPLE and fault is not None:
            return fault
    return None


def _told_operators(state: State, by: User | None, account: Account, deed: str) -> tuple[Event, ...]:
    """Operators hear of it when it is done to somebody else's account."""
    if by is not None and by.folded_account == state.fold(account.name):
        return ()
    return (notice(state, f"{by.nick if by is not None else 'server'} {deed}"),)
