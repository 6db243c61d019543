"""How far one has read."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op


class Mark(Op):
    """Says that you have read a channel, or what you and somebody have said, and tells how far; your other
    clients are told, IRC clients as well. Without `to` it only tells, and without `target` of everything.

    :param to: a message id or a time. A marker only moves forward.
    """

    target: str | None = None
    to: str | None = None
