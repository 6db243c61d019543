"""What each op does, and what its `ok` says: the tables, which the modules of `verbs/` fill.

PERFORM has, for each op, a function that returns the request to make of the realm, or the answer at once, or
the place of a session to go on with, or a Deferred of one of these; None when it has answered already. It may
raise Fault or Refusal. ANSWERS has what is answered when the request was applied, where that is more than
what the event says. SAYS has, for the reference and the schema, what an `ok` may say: the events whose fields
it has, without who did it (msgid and time with them), and TypedDicts of what else there is. Tests hold every
answer to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred

from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.objects import details, stamp_object
from chatdaemon.protocols.api.parking import Place
from chatdaemon.realm.events import ServerNoticed
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Request
from chatdaemon.realm.state import User

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

Result = Object | Request | Place | None
AnOp = TypeVar("AnOp", bound=ops.Op)
Perform = Callable[["APISession", AnOp], "Result | Deferred[Result]"]
# It may raise Refusal: what was asked was answered by telling others, and is not done.
Answer = Callable[["APISession", AnOp, Sequence[Happening]], Object]

PERFORM: dict[type, Perform[Any]] = {}
ANSWERS: dict[type, Answer[Any]] = {}
SAYS: dict[type, tuple[type, ...]] = {}


def performs(op: type[AnOp], *says: type) -> Callable[[Perform[AnOp]], Perform[AnOp]]:
    """Enter the decorated function as what `op` does, and what its `ok` says: classes of events,
    TypedDicts."""

    def enter(perform: Perform[AnOp]) -> Perform[AnOp]:
        PERFORM[op] = perform
        SAYS[op] = says
        return perform

    return enter


def answers(op: type[AnOp]) -> Callable[[Answer[AnOp]], Answer[AnOp]]:
    """Enter the decorated function as what is answered to `op`."""

    def enter(answer: Answer[AnOp]) -> Answer[AnOp]:
        ANSWERS[op] = answer
        return answer

    return enter


def what_happened(session: APISession, op: ops.Op, happenings: Sequence[Happening]) -> Object:
    """The answer to ops that have none of their own: the event, without the name of who asked."""
    found: Object = {}
    for stamp, event in happenings:
        # What operators are told of their own doing they know.
        told = {} if isinstance(event, ServerNoticed) else details(event)
        found.update(stamp_object(stamp), **told)
    found.pop("from", None)
    return found


def user_of(session: APISession) -> User:
    """The session's user. Raises Refusal when it is gone."""
    if session.user is None:
        raise Refusal(Reason.NOT_CONNECTED)
    return session.user
