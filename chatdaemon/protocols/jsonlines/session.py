"""One JSON client: lines to ops, ops to requests, events and refusals to objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.accounts.login import Client
from chatdaemon.node import Happening
from chatdaemon.protocols.jsonlines import (
    accounts,  # noqa: F401 - its ops are entered in the table when it is imported
    history,  # noqa: F401 - the same
    ops,
)
from chatdaemon.protocols.jsonlines.answers import ANSWERS, PERFORM, Result, what_happened
from chatdaemon.protocols.jsonlines.codec import Object, decode, encode
from chatdaemon.protocols.jsonlines.errors import Code, Fault, fault_object
from chatdaemon.protocols.jsonlines.objects import event_object, refusal_object
from chatdaemon.protocols.jsonlines.reads import channel_object, members
from chatdaemon.protocols.line import LineConnection
from chatdaemon.realm.events import Event, Joined, Quit, Stamp
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import Disconnect, SeeDevice
from chatdaemon.realm.state import User
from chatdaemon.source import is_local
from chatdaemon.wire.lines import TOO_LONG

if TYPE_CHECKING:
    from chatdaemon.protocols.jsonlines.server import JSONServer

# Bytes of the longest line before hello was answered, and afterwards.
MAX_FIRST_LINE = 1024
MAX_LINE = 16384


class JSONSession(LineConnection):
    """A connection that speaks JSON. It owns the op that is being done; all others wait behind it.

    `user` is None until hello is answered.
    """

    id = ""
    user: User | None = None
    # The one that it has logged in to before hello, and what its owner calls the client.
    account: str | None = None
    device = ""
    # Own events are the answer, never deliveries.
    echoes = False
    # What other clients of its user say reaches it like everything else, with "from" to tell.
    mirrors = True
    # An ok for something said means that it is stored.
    durable = True
    _op: ops.Op | None = None

    def __init__(self, server: JSONServer, secure: bool) -> None:
        super().__init__(server.around, MAX_FIRST_LINE)
        self.server = server
        self.node = server.node
        self.realm = server.realm
        self.renderer = server.renderer
        self.secure = secure

    def connectionMade(self) -> None:
        super().connectionMade()
        self.server.sessions[self] = None

    @property
    def client(self) -> Client:
        """The connection as those see it who check who somebody is."""
        host = self.host
        nick = self.user.nick if self.user is not None else None
        return Client(host, self.secure, is_local(host), self.certificate, nick)

    def attach(self) -> None:
        """Be known to the node, so that something can be asked of the realm."""
        if not self.id:
            self.id = self.node.attach(self)

    def entered(self, user: User) -> None:
        """Hello was answered: from now on everything is allowed."""
        self.user = user
        self._splitter.limit = MAX_LINE
        self.welcome()

    # Lines in.

    def line_received(self, line: bytes) -> None:
        if line is TOO_LONG:
            most = self._splitter.limit
            self._write_error(
                None, fault_object(Fault(Code.LINE_TOO_LONG, f"A line has {most} bytes at most"))
            )
            return
        try:
            op = decode(line)
        except Fault as fault:
            self._write_error(fault.id, fault_object(fault))
            if fault.code is Code.BAD_JSON and not self.registered:
                # Not our protocol: an HTTP request that a web page made a browser send here, say, with
                # ops in its body. It must not come so far.
                self.drop("This is not JSON")
            return
        self._op = op
        if not self.registered and not isinstance(op, ops.EARLY):
            self.refuse(Fault(Code.HELLO_FIRST, "Say hello first", "$.op"))
            return
        try:
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
        elif result is not None:
            self.in_flight = True
            self.node.submit(self, result)

    def _resolved(self, result: Result) -> None:
        self.in_flight = False
        if not self.closing:
            self._carry_on(result)
            # Where it was answered already, nothing else goes on with the lines that wait.
            if not self._handling:
                self.pump()

    def _broken(self, failure: Failure) -> None:
        self.in_flight = False
        self.log.failure("an op of {peer} could not be finished", failure, peer=self.peer)
        self.drop("Internal server error")

    # What the node tells.

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        self.in_flight = False
        op = self._op
        if self.closing:
            return
        if op is None:
            # It has asked for nothing: that it was seen is known now.
            self.pump()
            return
        try:
            ok = ANSWERS.get(type(op), what_happened)(self, op, happenings)
        except Refusal as no:
            self.refuse(no)
        else:
            if isinstance(op, ops.Send) and not stored:
                # It is not for nothing that an ok says so much: what is not stored is gone with the server.
                ok["stored"] = False
            self.reply(ok)

    def refused(self, refusal: Refusal) -> None:
        self.in_flight = False
        if self.closing:
            self.node.detach(self)
        elif self._op is None:
            self.pump()
        else:
            self.refuse(refusal)

    def failed(self) -> None:
        self.in_flight = False
        self.drop("Internal server error")

    def told(self, stamp: Stamp, event: Event) -> None:
        if self.closing:
            return
        if isinstance(event, Quit):
            # The user was removed: the session ends with it.
            self.user = None
            self.id = ""
            self.drop(event.reason)
            return
        found = event_object(stamp, event)
        channel = self.realm.channel(event.channel) if isinstance(event, Joined) else None
        if channel is not None and self.user is not None:
            # What the answer would say, had the user asked for it.
            found.update(channel_object(channel), members=members(channel, self.user))
        self.outbox.write(encode(found))

    # Objects out.

    def reply(self, ok: Object) -> None:
        """The op is done: say so, and go on with the next."""
        self._finish({"ok": ok})

    def refuse(self, no: Fault | Refusal) -> None:
        """The op is not done: say why, and go on with the next."""
        self._finish({"error": fault_object(no) if isinstance(no, Fault) else refusal_object(no)})

    def _finish(self, found: Object) -> None:
        op, self._op = self._op, None
        if op is not None and op.id is not None:
            found = {"id": op.id, **found}
        self.outbox.write(encode(found))
        if not self._handling:
            self.pump()

    def _write_error(self, id: ops.Id, error: Object) -> None:
        """Answer a line that is no op."""
        found: Object = {} if id is None else {"id": id}
        self.outbox.write(encode({**found, "error": error}))

    # Living and ending.

    def send_ping(self) -> None:
        self.outbox.write(encode({"event": "ping", "time": self.server.time()}))

    def send_goodbye(self, reason: str) -> None:
        self.outbox.write(encode({"event": "bye", "time": self.server.time(), "reason": reason}))

    def seen(self, silence: int) -> bool:
        if self.in_flight or self.user is None:
            return False
        if self.user.account is not None:
            self.in_flight = True
            self.node.submit(self, SeeDevice(int((self.server.now() - silence) * 1000)))
        return True

    def closed(self, reason: str, silence: int) -> None:
        self.server.sessions.pop(self, None)
        self._op = None
        if self.id:
            seen_at = int((self.server.now() - silence) * 1000) if silence else None
            self.node.submit(self, Disconnect(reason, seen_at))
