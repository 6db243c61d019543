"""What was said before: history, conversations and search, as objects of the same form as the events were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NotRequired, TypedDict, TypeVar

from msgspec import Raw
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.history.query import Bound, Query, Search, Target, TargetsQuery
from chatdaemon.history.record import Record, point_of
from chatdaemon.history.retelling import retold
from chatdaemon.history.scope import EVER, readings_of
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import event_object
from chatdaemon.protocols.api.table import Result, performs, user_of
from chatdaemon.realm.conversations import Conversation, identity_of
from chatdaemon.realm.reading import Reading, may_read, reading_of, readings
from chatdaemon.realm.state import User
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.timestamps import from_iso, iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# How many there are in an answer where nobody says.
USUALLY = 50
# Bytes of the messages in one answer; but one that is longer is told whole.
MAX_ANSWER = 256 * 1024
# So many records cost a client as much as a line that it sends.
RECORDS_A_TOKEN = 100

T = TypeVar("T")


class Told(TypedDict):
    """Events as they were, oldest first; `more`: there are others within what was asked for."""

    messages: list[Raw]
    more: NotRequired[bool]


class ToldOf(Told):
    """The same of one channel or nick."""

    target: str


class Place(TypedDict):
    """Where something was said the last time."""

    target: str
    time: str


class Places(TypedDict):
    """Where something was said."""

    targets: list[Place]
    more: bool


@performs(ops.History, ToldOf)
def history(session: APISession, op: ops.History) -> Deferred[Result]:
    user = user_of(session)
    reading = may_read(session.realm, user, op.target)
    after, before, around = (
        _bound(text, at) for text, at in ((op.after, "after"), (op.before, "before"), (op.around, "around"))
    )
    limit = _limit(session, op.limit)
    archive = session.node.history
    if around is not None:
        if after is not None or before is not None:
            raise Fault(Code.BAD_REQUEST, "Either around, or after and before", "$.around")
        found = archive.around(Query(reading, limit=limit, events=op.events), around)
        return _answer(session, found.addCallback(_around, session, user, reading))
    # Who says after what goes on from there; who does not, back from the last.
    query = Query(reading, after, before, limit + 1, newest=after is None, events=op.events)
    among = {reading.conversation: reading}
    told = archive.read(query).addCallback(_page, session, user, among, limit, newest=query.newest)
    return _answer(session, told.addCallback(lambda page: {"target": reading.target, **page}))


def _around(records: list[Record], session: APISession, user: User, reading: Reading) -> Object:
    among = {reading.conversation: reading}
    page = _page(records, session, user, among, len(records), newest=False)
    return {"target": reading.target, "messages": page["messages"]}


@performs(ops.Targets, Places)
def targets(session: APISession, op: ops.Targets) -> Deferred[Result]:
    user, realm = user_of(session), session.realm
    after, before = time_of(op.after, "after"), time_of(op.before, "before")
    limit = _limit(session, op.limit)
    query = TargetsQuery(
        identity_of(realm, user),
        readings(realm, user),
        after if after is not None else -1,
        before if before is not None else EVER,
        limit + 1,
        newest=after is None,
    )

    def listed(found: list[Target]) -> Object:
        shown = _first(found, limit, newest=query.newest)
        session.charge(len(shown) / RECORDS_A_TOKEN)
        named = [(reading_of(realm, user, each.conversation), each.at) for each in shown]
        return {
            "targets": [{"target": reading.target, "time": iso(at)} for reading, at in named if reading],
            "more": len(found) > limit,
        }

    return _answer(session, session.node.history.targets(query).addCallback(listed))


@performs(ops.Search, Told)
def search(session: APISession, op: ops.Search) -> Deferred[Result]:
    user, realm, archive = user_of(session), session.realm, session.node.history
    after, before = _bound(op.after, "after"), _bound(op.before, "before")
    limit = _limit(session, op.limit)
    sender = realm.fold(op.sender) if op.sender else None

    def find(mine: tuple[Reading, ...]) -> Deferred[Object]:
        among = {reading.conversation: reading for reading in mine}
        wanted = Search(mine, op.text, sender, after, before, limit + 1, newest=after is None)
        return archive.search(wanted).addCallback(_page, session, user, among, limit, newest=wanted.newest)

    return _answer(session, readings_of(archive, realm, user, op.target).addCallback(find))


def _answer(session: APISession, answer: Deferred[Object]) -> Deferred[Result]:
    def unreadable(failure: Failure) -> None:
        failure.trap(StorageFailed)
        if not session.closing:
            session.refuse(Fault(Code.UNAVAILABLE, "Messages cannot be looked up at the moment"))

    result: Deferred[Result] = answer.addErrback(unreadable)
    return result


def _limit(session: APISession, asked: int | None) -> int:
    most = session.node.history.settings.limit
    return min(asked if asked is not None else USUALLY, most)


def _bound(text: str | None, field: str) -> Bound | None:
    """A message id or a time. Raises Fault."""
    point = point_of(text) if text is not None else None
    return point if point is not None else time_of(text, field)


def time_of(text: str | None, field: str) -> int | None:
    """A time in ms since 1970. Raises Fault."""
    if text is None:
        return None
    try:
        return from_iso(text)
    except ValueError:
        why = "There is no such message, and a time is YYYY-MM-DDThh:mm:ss.sssZ"
        raise Fault(Code.BAD_REQUEST, why, f"$.{field}") from None


def _first(found: list[T], limit: int, *, newest: bool) -> list[T]:
    """Those nearest to where was begun, as many as were asked for."""
    if len(found) <= limit:
        return found
    return found[len(found) - limit :] if newest else found[:limit]


def _page(
    records: list[Record],
    session: APISession,
    user: User,
    among: Mapping[Conversation, Reading],
    limit: int,
    *,
    newest: bool,
) -> Object:
    """As many of the records as were asked for and go into one answer, and whether there are more."""
    shown = _first(records, limit, newest=newest)
    session.charge(len(shown) / RECORDS_A_TOKEN)
    size = 0
    told: list[Raw] = []
    for record in reversed(shown) if newest else shown:
        event = retold(record, among[record.conversation], user.nick)
        found = session.codec.raw(event_object(record.stamp, event))
        size += memoryview(found).nbytes
        if told and size > MAX_ANSWER:
            break
        told.append(found)
    more = len(told) < len(records)
    return {"messages": told[::-1] if newest else told, "more": more}
