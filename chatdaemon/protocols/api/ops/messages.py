"""Messages."""

from __future__ import annotations

from chatdaemon.protocols.api.ops.op import Op
from chatdaemon.realm.modes import ChannelRank
from chatdaemon.realm.requests import Kind


class Send(Op):
    """Say something to a channel or a nick; `rank`: only to members of that rank and above."""

    target: str
    text: str = ""
    kind: Kind = Kind.MESSAGE
    tags: dict[str, str] | None = None
    rank: ChannelRank | None = None
