"""Accounts whose e-mail address was not confirmed in time: what becomes of them."""

from __future__ import annotations

from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import AccountDropped, Event
from chatdaemon.realm.ownership import is_lapsed
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ExpireAccount
from chatdaemon.realm.rules.accounts import end_account
from chatdaemon.realm.rules.acting import known_account
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies


@applies(ExpireAccount)
def expire_account(state: State, entry: Entry, request: ExpireAccount) -> tuple[Event, ...]:
    """Nothing happens where it has been confirmed meanwhile, or the time is not over by the log's clock.

    Nobody has ever been logged in to such an account, so it has no users; but channels may have let it in.
    """
    if entry.actor is not None:
        raise Refusal(Reason.NOT_AN_OPERATOR)
    account = known_account(state, request.account)
    if not is_lapsed(account, entry.at):
        return ()
    dropped = AccountDropped((), None, account.name, account.id)
    return (dropped, *end_account(state, entry, account))
