"""How far one has read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from twisted.internet.defer import Deferred

from chatdaemon.history.record import point_of
from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.table import Result, answers, performs, user_of
from chatdaemon.protocols.api.verbs.history import time_of
from chatdaemon.protocols.api.verbs.messages import unreadable
from chatdaemon.realm import requests
from chatdaemon.realm.conversations import identity_of
from chatdaemon.realm.markers import check_marker_target, markers_of
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.reading import reading_of
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.written import Written
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


class Marker(TypedDict, total=False):
    """How far one has read a channel or what was said with a nick; without `to` it is not known."""

    target: str
    to: str


class Markers(TypedDict, total=False):
    """The `ok` of a `mark` without a target."""

    markers: list[Marker]


@performs(ops.Mark, Marker, Markers)
def mark(session: APISession, op: ops.Mark) -> Result | Deferred[Result]:
    target = op.target
    if target is None:
        if op.to is not None:
            raise Fault(Code.BAD_REQUEST, "What has been read is somewhere", "$.target")
        markers = markers_of(session.realm, user_of(session))
        return {"markers": [_marker(session, folded) for folded in markers]}
    if op.to is None:
        check_marker_target(session.realm, target)
        return _marker(session, target)
    if point_of(op.to) is None:
        at = time_of(op.to, "to")
        assert at is not None
        return requests.SetReadMarker(target, at)

    def found(written: Written | None, msgid: str) -> Result:
        if session.closing:
            return None
        if written is None or not _was_said_there(session, target, written):
            session.refuse(Refusal(Reason.UNKNOWN_MESSAGE, target, msgid))
            return None
        return requests.SetReadMarker(target, written.at)

    asked: Deferred[Result] = session.node.history.find(op.to).addCallbacks(
        found, unreadable, callbackArgs=(op.to,), errbackArgs=(session,)
    )
    return asked


def _was_said_there(session: APISession, target: str, written: Written) -> bool:
    """Whether it is a message of this target that the user may read: others are told as little of it as of
    one that there is not."""
    realm, user = session.realm, user_of(session)
    conversation = written.conversation
    mine = (identity_of(realm, user), user.id)
    own = written.sender in mine
    if conversation.private:
        # What they said before they logged in is theirs, too.
        among = not {*mine}.isdisjoint(conversation)
        return target[:1] not in CHANTYPES and (own or (among and not written.rank))
    reading = reading_of(realm, user, conversation)
    if reading is None or realm.fold(reading.target) != realm.fold(target):
        return False
    return written.at >= reading.since and (own or written.rank <= reading.rank)


@answers(ops.Mark)
def marked(session: APISession, op: ops.Mark, happenings: Sequence[Happening]) -> Object:
    """Where the marker is now, whether it was moved or not."""
    return _marker(session, op.target or "")


def _marker(session: APISession, target: str) -> Object:
    realm = session.realm
    channel, user = realm.channel(target), realm.user(target)
    at = markers_of(realm, user_of(session)).get(realm.fold(target))
    name = channel.name if channel is not None else user.nick if user is not None else target
    found: Object = {"target": name}
    if at is not None:
        found["to"] = iso(at)
    return found
