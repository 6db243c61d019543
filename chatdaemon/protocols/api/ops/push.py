"""Being told of messages by a push service (RFC 8030), while no client is connected."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op


class Push(Op):
    """Tells the server's public key (VAPID, RFC 8292), with which browsers subscribe."""


class PushSubscribe(Op):
    """Has your account told of messages by a push service, in the form that IRC clients know (draft/webpush).

    :param endpoint: the subscription's address.
    :param p256dh: the key of the subscription, base64url.
    :param auth: its secret, base64url.
    """

    endpoint: str
    p256dh: str
    auth: str


class PushUnsubscribe(Op):
    """Has it told nothing there any more."""

    endpoint: str
