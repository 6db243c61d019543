"""Messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import stamp_object
from chatdaemon.protocols.api.table import Result, answers, performs
from chatdaemon.realm import requests
from chatdaemon.realm.events import PartlyRefused, Posted
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.requests import CLIENT_TAGS, Kind

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# Bytes of all tags of a message: so that they fit into an IRC line even when each needs an escape.
MAX_TAGS = 1024


@performs(ops.Send)
def send(session: APISession, op: ops.Send) -> Result:
    most = session.server.settings.text_length
    if most is not None and len(op.text) * 4 > most and len(op.text.encode()) > most:
        raise Fault(Code.TOO_LONG, f"A text has {most} bytes at most", "$.text")
    if op.tags:
        _check_tags(op.tags)
    if op.kind is Kind.TAG:
        if op.text:
            raise Fault(Code.BAD_REQUEST, "What is of kind tag has no text", "$.text")
        if not op.tags:
            raise Fault(Code.BAD_REQUEST, "What is of kind tag has tags", "$.tags")
    rank = op.rank.rank if op.rank is not None else Rank.NONE
    return requests.Post(op.target, op.text, op.kind, op.tags or None, rank)


def _check_tags(tags: dict[str, str]) -> None:
    size = 0
    for name, value in tags.items():
        if name not in CLIENT_TAGS:
            raise Fault(Code.UNKNOWN_TAG, f"Tags are {', '.join(CLIENT_TAGS)}", "$.tags")
        size += len(name) + len(value.encode())
    if size > MAX_TAGS:
        raise Fault(Code.TOO_LONG, f"Tags have {MAX_TAGS} bytes at most", "$.tags")


@answers(ops.Send)
def sent(session: APISession, op: ops.Send, happenings: Sequence[Happening]) -> Object:
    """The id and time that all others see, and what the sender could not know."""
    found: Object = {}
    for stamp, event in happenings:
        found.update(stamp_object(stamp))
        if isinstance(event, PartlyRefused):
            # Somebody was told that there is a message, not what it says.
            raise event.refusals[0]
        if isinstance(event, Posted):
            found.update(_unforeseen(session, op, event))
    return found


def _unforeseen(session: APISession, op: ops.Send, event: Posted) -> Object:
    """What became of a message that its sender could not know."""
    found: Object = {}
    if event.text != op.text:
        found["text"] = event.text
    if op.kind is Kind.MESSAGE and not isinstance(event.audience, str) and not event.rank:
        # Not by the audience: who is silenced is in there alone.
        receiver = session.realm.user(event.target)
        if receiver is not None and receiver.away is not None:
            found["away"] = receiver.away
    return found
