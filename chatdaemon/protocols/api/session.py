"""Somebody who asks for ops: ops to requests, what happened and refusals to answers.

It knows of no connection: `connection` has the session that comes over a stream; HTTP has others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.accounts.login import Client
from chatdaemon.history.record import Point
from chatdaemon.node import Happening
from chatdaemon.outbox import Outbox, Renderer
from chatdaemon.protocols.api import (
    ops,
    verbs,  # noqa: F401 - its functions are entered in the table when it is imported
)
from chatdaemon.protocols.api.codec import Codec, Object
from chatdaemon.protocols.api.errors import Code, Fault, fault_object
from chatdaemon.protocols.api.objects import UNTOLD, event_object, refusal_object
from chatdaemon.protocols.api.parking import Place
from chatdaemon.protocols.api.reach import Reach
from chatdaemon.protocols.api.reads import channel_object, members
from chatdaemon.protocols.api.scope import check, reach_of
from chatdaemon.protocols.api.services import Visit
from chatdaemon.protocols.api.table import ANSWERS, PERFORM, Result, what_happened
from chatdaemon.realm.events import Event, Joined, Quit, Stamp
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.state import User
from chatdaemon.realm.tokens import Token
from chatdaemon.source import is_local

if TYPE_CHECKING:
    from chatdaemon.protocols.api.server import APIServer


class APISession:
    """A session of the node that does ops, one after the other. It owns the op that is being done.

    `user` is None until hello is answered.
    """

    log = Logger(namespace="chatdaemon.api")

    id = ""
    user: User | None = None
    # The one that it has logged in to before hello, and what its owner calls the client.
    account: str | None = None
    device = ""
    # The token that it has come by, which limits it.
    scope: Token | None = None
    # Of which channels it is told anything; None: of all.
    reach: Reach | None = None
    # Own events are the answer, never deliveries.
    echoes = False
    # What other clients of its user say reaches it like everything else, with "from" to tell.
    mirrors = True
    # An ok for something said means that it is stored.
    durable = True
    # A secret that was made for the op that is being done: its answer shows it.
    shown_once = ""
    # What is told right behind the answer to the op that is being done.
    behind: Object | None = None
    # The command to a service that is being done, in the place of an op's request.
    visit: Visit | None = None
    _op: ops.Op | None = None

    server: APIServer
    codec: Codec
    renderer: Renderer
    delivered_as: Renderer
    outbox: Outbox
    secure: bool
    # Whether an op is being done, and whether the session is over.
    in_flight: bool
    closing: bool

    def _init(self, server: APIServer, codec: Codec, secure: bool) -> None:
        """Called by the constructor of a subclass."""
        self.server = server
        self.node = server.node
        self.realm = server.realm
        self.codec = codec
        self.renderer = self.delivered_as = server.renderer(codec)
        self.secure = secure

    # What subclasses have.

    @property
    def host(self) -> str:
        """Where the client is, in a form that can stand in an IRC line."""
        raise AssertionError("a subclass knows where its client is")

    @property
    def certificate(self) -> str | None:
        """The SHA-256 fingerprint of the client's certificate, hex, if it has shown one."""
        raise AssertionError("a subclass knows what its client has shown")

    def finish(self, answer: Object) -> None:
        """The op is answered, by {"ok": ...} or {"error": ...}; the next may come."""
        raise AssertionError("a subclass answers")

    def tell(self, found: Object) -> None:
        """Write an event."""
        raise AssertionError("a subclass writes")

    def go_on(self) -> None:
        """Nothing is in flight any more: do what waits."""
        raise AssertionError("a subclass knows what waits")

    def drop(self, reason: str) -> None:
        """End the session, in order."""
        raise AssertionError("a subclass ends")

    def leave(self, reason: str) -> None:
        """The same, for good: nobody can go on with it."""
        self.drop(reason)

    def settled(self) -> None:
        """The session is over, and what it asked for last is answered now."""

    def resumable(self, began: Point) -> str | None:
        """Have the session kept when its connection is lost: the token by which another goes on with it, or
        None where that cannot be. `began`: its user has been here since then."""
        return None

    def claim(self, token: str) -> Place | None:
        """The place of the session with this token, which waits for this one from now on; None where there is
        none for it."""
        return None

    def resume(self, place: Place, op: ops.Op | None) -> None:
        """Go on with the session whose place this is, as was asked for by a hello."""
        raise AssertionError("a subclass can be lost")

    def charge(self, tokens: float) -> None:
        """Have flood control count so many ops more."""
        raise AssertionError("a subclass counts")

    def entered(self, user: User) -> None:
        """Hello was answered: from now on everything is allowed."""
        self.user = user

    @property
    def client(self) -> Client:
        """The session as those see it who check who somebody is."""
        host = self.host
        nick = self.user.nick if self.user is not None else None
        return Client(host, self.secure, is_local(host), self.certificate, nick)

    def attach(self) -> None:
        """Be known to the node, so that something can be asked of the realm."""
        if not self.id:
            self.id = self.node.attach(self)

    def limit_to(self, token: Token | None) -> None:
        """Do and tell from now on what the token allows; None: everything."""
        self.scope = token
        self.reach = reach_of(self)

    # Ops in.

    def perform(self, op: ops.AnyOp) -> None:
        """Do an op: `finish` is called once, now or later. Not to be called while another is being done."""
        self._op = op
        if self.user is None and not isinstance(op, ops.EARLY):
            self.refuse(Fault(Code.HELLO_FIRST, "Say hello first", "$.op"))
            return
        try:
            check(self, op)
            result = PERFORM[type(op)](self, op)
        except (Fault, Refusal) as no:
            self.refuse(no)
        else:
            if isinstance(result, Deferred):
                self.in_flight = True
                result.addCallback(self._resolved)
                result.addErrback(self._broken)
            else:
                self._carry_on(result)

    def _carry_on(self, result: Result) -> None:
        """Do what an op came to."""
        if isinstance(result, dict):
            self.reply(result)
        elif isinstance(result, Place):
            self.resume(result, self._op)
        elif result is not None:
            self.in_flight = True
            self.node.submit(self, result)

    def _resolved(self, result: Result) -> None:
        self.in_flight = False
        if not self.closing:
            self._carry_on(result)
            # Where it was answered already, nothing else goes on with what waits.
            self.go_on()
        else:
            self.settled()

    def _broken(self, failure: Failure) -> None:
        self.in_flight = False
        self.log.failure("an op from {host} could not be finished", failure, host=self.host)
        self.leave("Internal server error")
        self.settled()

    # What the node tells.

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        self.in_flight = False
        op = self._op
        if self.closing:
            self.settled()
            return
        if op is None:
            # It has asked for nothing: that it was seen is known now.
            self.go_on()
            return
        gone = self._end_of_user(happenings)
        if self.visit is not None and gone is None:
            self.in_flight = True
            self.visit.answered(happenings, stored)
            return
        # Nothing else that it has asked for is done by somebody who has removed themselves.
        self.in_flight = gone is not None
        try:
            ok = ANSWERS.get(type(op), what_happened)(self, op, happenings)
        except Refusal as no:
            self.refuse(no)
        else:
            if isinstance(op, ops.Send) and not stored:
                # It is not for nothing that an ok says so much: what is not stored is gone with the server.
                ok["stored"] = False
            self.reply(ok)
        if gone is not None:
            self.in_flight = False
            self._removed(gone)

    def _end_of_user(self, happenings: Sequence[Happening]) -> str | None:
        """Why the session's user was removed, if that is what it has asked for."""
        user = self.user
        return next(
            (
                each.reason
                for _, each in happenings
                if user and isinstance(each, Quit) and each.who.id == user.id
            ),
            None,
        )

    def _removed(self, reason: str) -> None:
        """The user is gone, and the session with it: nobody can go on with it."""
        self.user = None
        self.id = ""
        self.leave(reason)

    def refused(self, refusal: Refusal) -> None:
        self.in_flight = False
        if self.closing:
            self.node.detach(self)
            self.settled()
        elif self._op is None:
            self.go_on()
        elif self.visit is not None:
            self.in_flight = True
            self.visit.refused(refusal)
        else:
            self.refuse(refusal)

    def failed(self) -> None:
        self.in_flight = False
        self.leave("Internal server error")
        self.settled()

    def told(self, stamp: Stamp, event: Event) -> None:
        if self.closing:
            return
        if isinstance(event, Quit):
            self._removed(event.reason)
            return
        if self.reach is not None and not self.reach.shows(event):
            return
        found = event_object(stamp, event)
        if isinstance(event, Joined) and self.user is not None:
            channel = self.realm.channel(event.channel)
            # When it is told late, that may be over, and another channel be called so.
            if channel is not None and channel.id == event.channel_id and self.user in channel.members:
                # What the answer would say, had the user asked for it.
                found.update(channel_object(channel), members=members(channel, self.user))
        self.tell(found)

    def witness(self, stamp: Stamp, event: Event) -> None:
        """Be told of what was done for it, as of what others do."""
        if type(event) not in UNTOLD:
            self.told(stamp, event)

    # Answers.

    def reply(self, ok: Object) -> None:
        """The op is done: say so, and go on with the next."""
        self._finish({"ok": ok})

    def refuse(self, no: Fault | Refusal) -> None:
        """The op is not done: say why, and go on with the next."""
        self._finish({"error": fault_object(no) if isinstance(no, Fault) else refusal_object(no)})

    def _finish(self, answer: Object) -> None:
        op, self._op = self._op, None
        if op is not None and op.id is not None:
            answer = {"id": op.id, **answer}
        self.finish(answer)
