"""Looking up access tokens: whose they are, and whether they are good."""

from __future__ import annotations

from collections.abc import Iterator

from chatdaemon.realm.entry import AccountId
from chatdaemon.realm.ownership import check_usable
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import State
from chatdaemon.realm.tokens import Token


def tokens_of(state: State, account: AccountId) -> Iterator[Token]:
    """The tokens of an account, in the order in which they were made."""
    return (token for token in state.tokens.values() if token.account_id == account)


def named(state: State, account: AccountId, name: str) -> Token | None:
    """The account's token of this name."""
    return next((token for token in tokens_of(state, account) if token.name == name), None)


def good_token(state: State, digest: str, at: int) -> Token:
    """The token with this digest, good at this time (ms since 1970). Raises Refusal: BAD_TOKEN when there is
    none or its time is over, and what is wrong with its account."""
    token = state.tokens.get(digest)
    if token is None or token.is_over(at):
        raise Refusal(Reason.BAD_TOKEN)
    check_usable(state.accounts[state.numbered[token.account_id]])
    return token
