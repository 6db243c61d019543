"""One connection that speaks a format of the API: messages in, answers and events out."""

from __future__ import annotations

from collections.abc import Callable

from chatdaemon.history.record import Point, point_of
from chatdaemon.missed import Missed
from chatdaemon.protocols.api.codec import Codec, Object
from chatdaemon.protocols.api.errors import Code, Fault, fault_object
from chatdaemon.protocols.api.ops import Hello, Id, Op, Resume
from chatdaemon.protocols.api.parking import Place
from chatdaemon.protocols.api.scope import ScopedRenderer
from chatdaemon.protocols.api.server import MAX_MESSAGE, APIServer
from chatdaemon.protocols.api.session import APISession
from chatdaemon.protocols.api.verbs.connection import gap_object, welcome_back
from chatdaemon.protocols.line import LineConnection, Splitter
from chatdaemon.realm.requests import Disconnect, SeeDevice
from chatdaemon.realm.state import User
from chatdaemon.realm.tokens import Token
from chatdaemon.wire.lines import TOO_LONG

# Bytes of the longest message before hello was answered.
MAX_FIRST_MESSAGE = 1024
# Of what was missed, events that are looked at in one turn.
MISSED_A_TURN = 200
# No more of it is written while so many bytes wait for the client; and how long until it is looked at again,
# seconds.
MUCH_WAITS = 65536
LOOK_AGAIN = 0.5
# How often it is looked whether a slow reader has caught up, seconds.
SLOW_LOOK = 1.0


class APIConnection(LineConnection, APISession):
    """A session over a stream. All ops but the one that is being done wait behind it."""

    log = LineConnection.log

    # Where it can be resumed; and what it is still to be told when it is the one to do so.
    place: Place | None = None
    _missed: Missed | None = None

    def __init__(
        self, server: APIServer, codec: Codec, splitter: Callable[[int], Splitter], secure: bool
    ) -> None:
        """
        :param splitter: makes what splits the stream into messages of so many bytes at most.
        """
        super().__init__(server.around, splitter(MAX_FIRST_MESSAGE))
        self._init(server, codec, secure)

    def connectionMade(self) -> None:
        super().connectionMade()
        self.present(self.renderer)
        self.server.sessions[self] = None

    def entered(self, user: User) -> None:
        super().entered(user)
        self._splitter.limit = MAX_MESSAGE
        self.outbox.filling = self._slow
        self.welcome()

    def limit_to(self, token: Token | None) -> None:
        super().limit_to(token)
        before = self.delivered_as
        self.present(self.renderer if self.reach is None else ScopedRenderer(self.renderer, self.reach))
        self.node.renderer_changed(self, before)

    # In.

    def line_received(self, line: bytes) -> None:
        if line is TOO_LONG:
            most = self._splitter.limit
            fault = Fault(Code.LINE_TOO_LONG, f"A message has {most} bytes at most")
            self._write_error(None, fault_object(fault))
            return
        try:
            op = self.codec.decode(line)
        except Fault as fault:
            self._write_error(fault.id, fault_object(fault))
            if fault.code is self.codec.malformed and not self.registered:
                # Not our protocol: an HTTP request that a web page made a browser send here, say, with
                # ops in its body. It must not come so far.
                self.drop(f"This is not {self.codec.name}")
            return
        self.perform(op)

    def go_on(self) -> None:
        if not self._handling:
            self.pump()

    # Out.

    def tell(self, found: Object) -> None:
        self.write(self.codec.encode(found))

    def finish(self, answer: Object) -> None:
        self.write(self.codec.encode(answer))
        if self.behind is not None:
            behind, self.behind = self.behind, None
            self.tell(behind)
        self.go_on()

    def _slow(self) -> None:
        """Say that too much waits for the client, once until nothing does."""
        self.outbox.filling = None
        queued, limit = self.outbox.transport.backlog, self.outbox.limit
        self.tell({"event": "slow", "time": self.server.time(), "queued": queued, "limit": limit})
        self.around.clock.callLater(SLOW_LOOK, self._look_whether_slow)

    def _look_whether_slow(self) -> None:
        if self.closing:
            return
        if self.outbox.transport.backlog:
            self.around.clock.callLater(SLOW_LOOK, self._look_whether_slow)
        else:
            self.outbox.filling = self._slow

    def _write_error(self, id: Id, error: Object) -> None:
        """Answer a message that is no op."""
        found: Object = {} if id is None else {"id": id}
        self.tell({**found, "error": error})

    # Being lost, and going on.

    def resumable(self, began: Point) -> str | None:
        self.place = self.server.parking.keep(self, began)
        return None if self.place is None else self.place.token

    def claim(self, token: str) -> Place | None:
        self.place = self.server.parking.find(token, self)
        return self.place

    def park(self, reason: str, silence: int) -> None:
        """Let the session be without a connection. `silence`: seconds since its client was surely there."""
        place = self.place
        assert place is not None
        if self.id:
            place.account, place.device, place.scope = self.account, self.device, self.scope
            place.watched = self.server.watches.of(self)
            place.seen_at = int((self.server.now() - silence) * 1000)
            if self.in_flight:
                place.busy()
            self.node.replace(self, place)
            self.id = ""
        self.server.parking.park(place, self.host, reason)

    def settled(self) -> None:
        if self.place is not None:
            self.place.settled()

    def resume(self, place: Place, op: Op | None) -> None:
        assert isinstance(op, Hello)
        assert isinstance(op.resume, Resume)
        # Nothing that is asked for is done before what was missed is told.
        self.in_flight = True
        self.node.detach(self)
        self.id = ""
        self.account, self.device = place.account, place.device
        self.limit_to(place.scope)
        self.entered(place.user)
        after = None if op.resume.after is None else point_of(op.resume.after)
        self._missed = place.missed(after)
        self.reply(welcome_back(self, place, op))
        self._catch_up()

    def _catch_up(self) -> None:
        try:
            self._tell_missed()
        except Exception:
            self.log.failure("what {peer} has missed could not be told", peer=self.peer)
            self.leave("Internal server error")

    def _tell_missed(self) -> None:
        """Some of it, no faster than the client reads."""
        place, missed = self.place, self._missed
        if self.closing or place is None or missed is None:
            return
        if self.outbox.transport.backlog > MUCH_WAITS:
            self.around.clock.callLater(LOOK_AGAIN, self._catch_up)
            return
        since, upto = missed.after.msgid, missed.gap()
        if upto is not None:
            self.tell(gap_object(since, upto.msgid))
        found = missed.take(MISSED_A_TURN)
        for stamp, event, about in found:
            if about:
                self.told(stamp, event)
            elif message := self.delivered_as.render(stamp, event):
                self.outbox.write(message)
        if found:
            self.around.clock.callLater(0, self._catch_up)
            return
        self._missed = None
        self.node.replace(place, self)
        for nick in place.watched:
            self.server.watches.add(self, nick)
            self.server.watches.tell_now(self, nick)
        self.in_flight = False
        self.go_on()

    def leave(self, reason: str) -> None:
        place = self.place
        if place is not None and place.connection is self:
            self.place = None
            if self.id or place.id not in self.realm.sessions:
                self.server.parking.forget(place)
            else:
                # It was only told what was missed: the place is the session still, and nobody has it now.
                place.reason = reason
                self.server.parking.end(place)
        self.drop(reason)

    # Living and ending.

    def send_ping(self) -> None:
        self.tell({"event": "ping", "time": self.server.time()})

    def send_goodbye(self, reason: str) -> None:
        self.tell(self.server.goodbye(reason))

    def seen(self, silence: int) -> bool:
        if self.in_flight or self.user is None:
            return False
        if self.user.account is not None:
            self.in_flight = True
            self.node.submit(self, SeeDevice(int((self.server.now() - silence) * 1000)))
        return True

    def closed(self, reason: str, silence: int) -> None:
        self.server.sessions.pop(self, None)
        self.outbox.filling = None
        place = self.place
        if place is not None and place.connection is self and not place.over:
            if self.around.ending:
                self.server.parking.forget(place)
            else:
                self.park(reason, silence)
        self.server.watches.forget(self)
        self._op = None
        if self.id:
            seen_at = int((self.server.now() - silence) * 1000) if silence else None
            self.node.submit(self, Disconnect(reason, seen_at))
