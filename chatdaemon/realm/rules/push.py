"""Push subscriptions: made, renewed and ended. They are an account's."""

from __future__ import annotations

from chatdaemon.realm.entry import AccountId, Entry
from chatdaemon.realm.events import Event, Subscribed, Unsubscribed
from chatdaemon.realm.push import Subscription, subscription_fault
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ExpireSubscription, Subscribe, Unsubscribe
from chatdaemon.realm.rules.acting import own_account
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies


@applies(Subscribe)
def subscribe(state: State, entry: Entry, request: Subscribe) -> tuple[Event, ...]:
    """With as many as there may be, the one that was not renewed for the longest time makes room."""
    user, account = own_account(state, entry)
    endpoint = request.endpoint
    fault = subscription_fault(endpoint, request.public_key, request.secret, request.capabilities)
    if fault:
        raise Refusal(Reason.BAD_SUBSCRIPTION, endpoint, fault)
    known = state.subscriptions.setdefault(account.id, {})
    gone: tuple[Event, ...] = ()
    # Behind all the others, so that they stay in the order in which they were renewed.
    if known.pop(endpoint, None) is None and len(known) >= state.settings.subscriptions_per_account:
        oldest = next(iter(known))
        del known[oldest]
        gone = (Unsubscribed((), None, account.id, oldest),)
    known[endpoint] = Subscription(
        account.id, endpoint, request.public_key, request.secret, request.capabilities, entry.at
    )
    return (Subscribed((user.id,), user.who, account.id, endpoint), *gone)


@applies(Unsubscribe)
def unsubscribe(state: State, entry: Entry, request: Unsubscribe) -> tuple[Event, ...]:
    user, account = own_account(state, entry)
    _drop(state, account.id, request.endpoint)
    return (Unsubscribed((user.id,), user.who, account.id, request.endpoint),)


@applies(ExpireSubscription)
def expire_subscription(state: State, entry: Entry, request: ExpireSubscription) -> tuple[Event, ...]:
    if entry.actor is not None:
        raise Refusal(Reason.NOT_AN_OPERATOR)
    known = state.subscriptions.get(request.account_id, {}).get(request.endpoint)
    if known is None or known.at != request.at:
        return ()
    _drop(state, request.account_id, request.endpoint)
    return (Unsubscribed((), None, request.account_id, request.endpoint),)


def _drop(state: State, account: AccountId, endpoint: str) -> None:
    known = state.subscriptions.get(account, {})
    known.pop(endpoint, None)
    if not known:
        state.subscriptions.pop(account, None)
