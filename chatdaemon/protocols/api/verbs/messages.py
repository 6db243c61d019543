"""Messages: saying something, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict
from zlib import crc32

from msgspec import json
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import TAGS_OF_FIELDS, shown, stamp_object
from chatdaemon.protocols.api.ops.messages import SendKind
from chatdaemon.protocols.api.services import Visit
from chatdaemon.protocols.api.table import Result, answers, performs
from chatdaemon.realm import requests
from chatdaemon.realm.events import (
    PartlyRefused,
    Portrayed,
    Posted,
    PostedLines,
    Redacted,
    Relayed,
    Repeated,
)
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import CLIENT_TAGS, Kind, Line
from chatdaemon.realm.text import as_action
from chatdaemon.realm.written import Written
from chatdaemon.storage.failure import StorageFailed

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# Bytes of all tags of a message: so that they fit into an IRC line even when each needs an escape.
MAX_TAGS = 1024


class Sent(TypedDict, total=False):
    """The `ok` of a `send`."""

    msgid: str
    time: str
    stored: bool
    text: str
    away: str
    answers: list[str]


@performs(ops.Send, Sent)
def send(session: APISession, op: ops.Send) -> Result | Deferred[Result]:
    visit = session.server.services(session, op.target)
    if visit is not None:
        return _to_service(session, visit, op)
    post = _post(session, op)
    return post if op.key is None else requests.PostOnce(op.key, _fingerprint(post), post)


def _to_service(session: APISession, visit: Visit, op: ops.Send) -> Result | Deferred[Result]:
    """What a service is told, with its answer. It is kept nowhere, not even by its key: there may be a
    password in it."""
    if session.scope is not None:
        # A service does whatever the account's owner may.
        raise Fault(
            Code.OUT_OF_SCOPE, "A token is not for services: log in by a password for them", "$.target"
        )
    if _kind(op) is not SendKind.MESSAGE:
        return {"stored": False}
    if "\n" in op.text:
        raise Fault(Code.BAD_TEXT, "A service is told one line", "$.text")
    text = _line(session, op.text, action=False)

    def done(answers: list[str]) -> Result:
        session.visit = None
        return {"stored": False, "answers": answers}

    session.visit = visit
    return visit.hear(text).addCallback(done)


def _fingerprint(post: requests.Post | requests.PostLines) -> int:
    """The same for the same message, however it was sent and whoever is asked."""
    text = post.text if isinstance(post, requests.Post) else "\n".join(line.text for line in post.lines)
    tags = sorted((post.tags or {}).items())
    return crc32(json.encode((post.target, text, post.kind, tags, post.rank.value)))


def _post(session: APISession, op: ops.Send) -> requests.Post | requests.PostLines:
    kind = _kind(op)
    tags = _tags(op)
    rank = op.rank.rank if op.rank is not None else Rank.NONE
    if kind is SendKind.TAG:
        if op.text:
            raise Fault(Code.BAD_REQUEST, "What is of kind tag has no text", "$.text")
        if not tags:
            raise Fault(Code.BAD_REQUEST, "What is of kind tag has tags", "$.tags")
        return requests.Post(op.target, "", Kind.TAG, tags, rank)
    if "\n" in op.text:
        return _several(session, op, kind, tags, rank)
    text = _line(session, op.text, action=kind is SendKind.ACTION)
    return requests.Post(op.target, text, KINDS[kind], tags, rank)


KINDS = {
    SendKind.MESSAGE: Kind.MESSAGE,
    SendKind.NOTICE: Kind.NOTICE,
    SendKind.ACTION: Kind.MESSAGE,
}


def _line(session: APISession, text: str, *, action: bool) -> str:
    """A text of one line, as others are sent it. Raises Fault or Refusal where it cannot be."""
    most = session.server.settings.text_length
    if most is not None and len(text) * 4 > most and len(text.encode()) > most:
        raise Fault(Code.TOO_LONG, f"A text has {most} bytes at most", "$.text")
    if not action:
        return text
    if not text:
        raise Refusal(Reason.NO_TEXT)
    if "\x01" in text:
        raise Fault(Code.BAD_TEXT, "What ends an action cannot be in it", "$.text")
    return as_action(text)


def _kind(op: ops.Send) -> SendKind:
    if op.kind is not None:
        return op.kind
    is_sign = op.react is not None or op.unreact is not None or op.typing is not None
    return SendKind.TAG if is_sign and not op.text else SendKind.MESSAGE


def _tags(op: ops.Send | ops.Relay) -> dict[str, str] | None:
    """All client-only tags of a message. Raises Fault for those that cannot be."""
    if (op.react is not None or op.unreact is not None) and op.reply is None:
        raise Fault(Code.BAD_REQUEST, "A reaction says to which message it is", "$.reply")
    tags = {tag: value for field, tag in TAGS_OF_FIELDS if (value := getattr(op, field, None)) is not None}
    for name, value in (op.tags or {}).items():
        if name not in CLIENT_TAGS:
            raise Fault(Code.UNKNOWN_TAG, f"Tags are {', '.join(CLIENT_TAGS)}", "$.tags")
        if tags.setdefault(name, value) != value:
            raise Fault(Code.BAD_REQUEST, f"There are two values for {name}", "$.tags")
    size = sum(len(name) + len(value.encode()) for name, value in tags.items())
    if size > MAX_TAGS:
        raise Fault(Code.TOO_LONG, f"Tags have {MAX_TAGS} bytes at most", "$.tags")
    return tags or None


def _several(
    session: APISession, op: ops.Send, kind: SendKind, tags: dict[str, str] | None, rank: Rank
) -> requests.PostLines:
    """A message of several lines."""
    if kind is SendKind.ACTION:
        raise Fault(Code.BAD_TEXT, "An action is one line", "$.text")
    settings = session.server.settings
    if len(op.text.encode()) > settings.multiline_bytes:
        text = f"A text of several lines has {settings.multiline_bytes} bytes at most"
        raise Fault(Code.TOO_LONG, text, "$.text")
    lines = tuple(map(Line, op.text.split("\n")))
    if settings.multiline_lines is not None and len(lines) > settings.multiline_lines:
        text = f"A text has {settings.multiline_lines} lines at most"
        raise Fault(Code.TOO_LONG, text, "$.text")
    if not any(line.text for line in lines):
        raise Refusal(Reason.NO_TEXT)
    return requests.PostLines(op.target, lines, KINDS[kind], tags, rank)


@answers(ops.Send)
def sent(session: APISession, op: ops.Send, happenings: Sequence[Happening]) -> Object:
    """The id and time that all others see, and what the sender could not know."""
    found: Object = {}
    for stamp, event in happenings:
        if isinstance(event, PartlyRefused):
            # Somebody was told that there is a message, not what it says.
            raise event.refusals[0]
        if isinstance(event, (Posted, PostedLines)):
            found.update(stamp_object(stamp), **_unforeseen(session, op, event))
        elif isinstance(event, Repeated):
            found.update(stamp_object(stamp))
    return found


def _unforeseen(session: APISession, op: ops.Send, event: Posted | PostedLines) -> Object:
    """What became of a message that its sender could not know."""
    found: Object = {}
    kind, text = shown(event.kind, event.text)
    if text != op.text:
        found["text"] = text
    if kind in (Kind.MESSAGE, SendKind.ACTION) and not isinstance(event.audience, str) and not event.rank:
        # Not by the audience: who is silenced is in there alone.
        receiver = session.realm.user(event.target)
        if receiver is not None and receiver.away is not None:
            found["away"] = receiver.away
    return found


@performs(ops.Redact, Redacted)
def redact(session: APISession, op: ops.Redact) -> Deferred[Result]:
    asked: Deferred[Result] = session.node.history.find(op.message_id).addCallbacks(
        _redaction, unreadable, callbackArgs=(op,), errbackArgs=(session,)
    )
    return asked


def _redaction(written: Written | None, op: ops.Redact) -> Result:
    return requests.Redact(op.target, op.message_id, op.reason or "", written)


def unreadable(failure: Failure, session: APISession) -> Result:
    """What is stored cannot be read now: say so."""
    failure.trap(StorageFailed)
    if not session.closing:
        session.refuse(Fault(Code.UNAVAILABLE, "Messages cannot be looked up at the moment"))
    return None


@performs(ops.Relay, Relayed)
def relay(session: APISession, op: ops.Relay) -> Result:
    return requests.Relay(op.channel, op.nick, _line(session, op.text, action=op.action), _tags(op))


@performs(ops.Portray, Portrayed)
def portray(session: APISession, op: ops.Portray) -> Result:
    return requests.Portray(op.channel, op.character, _line(session, op.text, action=False), op.action)
