"""Being told of messages by a push service."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.table import Result, performs
from chatdaemon.push.encryption import check_keys, decoded, encoded
from chatdaemon.realm import events, requests

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# What is pushed is a line of IRC: with all that tells who said it, and when.
CAPABILITIES = ("account-tag", "draft/read-marker", "message-tags", "server-time")


class PublicKey(TypedDict):
    """The server's public key, base64url."""

    vapid: str


@performs(ops.Push, PublicKey)
def push(session: APISession, op: ops.Push) -> Result:
    return {"vapid": _key(session)}


@performs(ops.PushSubscribe, events.Subscribed)
def push_subscribe(session: APISession, op: ops.PushSubscribe) -> Result:
    _key(session)
    try:
        key, secret = decoded(op.p256dh), decoded(op.auth)
        check_keys(key, secret)
    except ValueError as error:
        raise Fault(Code.BAD_REQUEST, str(error), "$.p256dh") from None
    return requests.Subscribe(op.endpoint, encoded(key), encoded(secret), CAPABILITIES)


@performs(ops.PushUnsubscribe, events.Unsubscribed)
def push_unsubscribe(session: APISession, op: ops.PushUnsubscribe) -> Result:
    return requests.Unsubscribe(op.endpoint)


def _key(session: APISession) -> str:
    key = session.server.settings.vapid
    if not key:
        raise Fault(Code.UNAVAILABLE, "This server tells nobody by push services", "$.op")
    return key
