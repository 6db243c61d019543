"""What was said before."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Limit, Op


class History(Op):
    """Tells what was said in a channel in which you are, or with somebody: the last messages, or those after,
    before or around a message id or a time. See "What was said before".

    :param around: stands alone.
    :param events: also who came, went and so on.
    """

    target: str
    after: str | None = None
    before: str | None = None
    around: str | None = None
    limit: Limit | None = None
    events: bool = False


class Targets(Op):
    """Tells in which channels and with whom something was said, and when the last time was.

    :param after: a time.
    :param before: a time.
    """

    after: str | None = None
    before: str | None = None
    limit: Limit | None = None


class Search(Op):
    """Finds messages that you may read: by words, where, by whom and when.

    :param text: words that all have to be there, `"a phrase"`, `begin*`.
    :param target: without it, everywhere.
    :param sender: a nick or an account.
    """

    text: str = ""
    target: str | None = None
    sender: str | None = None
    after: str | None = None
    before: str | None = None
    limit: Limit | None = None
