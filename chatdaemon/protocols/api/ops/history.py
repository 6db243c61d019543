"""What was said before."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Limit, Op


class History(Op):
    """Ask what was said in a channel or with somebody: the last messages, or those after, before or around a
    message id or a time. `events`: also who came, went and so on."""

    target: str
    after: str | None = None
    before: str | None = None
    around: str | None = None
    limit: Limit | None = None
    events: bool = False


class Targets(Op):
    """Ask in which channels and with whom something was said, the last time after and before these times."""

    after: str | None = None
    before: str | None = None
    limit: Limit | None = None


class Search(Op):
    """Look for messages: by words, by who said them, where (everywhere, without `target`) and when."""

    text: str = ""
    target: str | None = None
    sender: str | None = None
    after: str | None = None
    before: str | None = None
    limit: Limit | None = None
