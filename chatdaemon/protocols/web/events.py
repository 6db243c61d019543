"""GET /api/v1/events: what happens, as server-sent events (https://html.spec.whatwg.org/#server-sent-events)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from weakref import WeakValueDictionary

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.web.server import Request
from zope.interface import implementer

from chatdaemon.history.record import point_of
from chatdaemon.log import EPOCH_SHIFT
from chatdaemon.missed import Missed
from chatdaemon.node import Happening
from chatdaemon.outbox import Outbox, Renderer
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import UNTOLD, event_object, refusal_object, user_object
from chatdaemon.protocols.api.reach import Reach
from chatdaemon.protocols.api.scope import EVENTS
from chatdaemon.protocols.api.server import APIServer
from chatdaemon.protocols.api.session import APISession
from chatdaemon.protocols.api.sessionless import SILENCE
from chatdaemon.protocols.api.verbs.connection import gap_object
from chatdaemon.protocols.line import UNBOUNDED
from chatdaemon.protocols.web.answers import Client, No, because, header, say_no, trouble
from chatdaemon.protocols.web.body import BODY
from chatdaemon.protocols.web.statuses import Trouble
from chatdaemon.protocols.web.tokensession import INTERNAL, coming, device_of, note_use
from chatdaemon.realm.bearers import good_token
from chatdaemon.realm.events import Event, Quit, Stamp
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Disconnect
from chatdaemon.realm.state import User
from chatdaemon.realm.tokens import PEOPLE, Token

# Seconds between signs of life: proxies cut what says nothing for a minute.
HEARTBEAT: Final = 15
# Events that one stream is looked up in one turn of the reactor, of those that it has missed.
MISSED_A_TURN: Final = 500


def sse(found: Object) -> bytes:
    """An event of the API as one of a stream. Its data is one line: JSON has no other line ends."""
    msgid = found.get("msgid")
    id = b"" if msgid is None else b"id: %b\n" % str(msgid).encode()
    return b"%bevent: %b\ndata: %b\n\n" % (id, str(found["event"]).encode(), BODY.encode(found))


class StreamRenderer:
    """Renders events for all streams of the same reach alike."""

    def __init__(self, reach: Reach | None) -> None:
        self.reach = reach

    def render(self, stamp: Stamp, event: Event) -> bytes:
        if type(event) in UNTOLD or (self.reach is not None and not self.reach.shows(event)):
            return b""
        return sse(event_object(stamp, event))


@implementer(IPushProducer)
class ResponseBody:
    """The body of a response as the transport of an outbox. What the connection does not take yet waits here,
    where it counts against the send-queue limit."""

    def __init__(self, request: Request) -> None:
        self.backlog = 0
        self.over = False
        self._request = request
        self._kept: list[bytes] = []
        self._paused = False
        self.drained: Callable[[], None] = lambda: None
        """Called when the connection has taken everything and would take more."""

    def begin(self) -> None:
        """The response has begun."""
        self._request.registerProducer(self, True)

    def end(self) -> None:
        """It ends, with what waits still."""
        if not self.over:
            self.over = True
            self._send_kept()
            self._request.unregisterProducer()
            self._request.finish()

    def cut(self) -> None:
        """It ends at once."""
        if not self.over:
            self.over = True
            self._request.unregisterProducer()
            self._request.channel.forceAbortClient()

    def write(self, data: bytes) -> None:
        if self.over:
            return
        if self._paused:
            self._kept.append(data)
            self.backlog += len(data)
        else:
            self._request.write(data)

    def send(self, data: bytes) -> int:
        self.write(data)
        return -1 if self.backlog else len(data)

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        self._send_kept()
        if not self._paused:
            self.drained()

    def stopProducing(self) -> None:
        """The connection is lost, which the request says as well."""
        self.over = True

    def _send_kept(self) -> None:
        if self._kept:
            data = b"".join(self._kept)
            self._kept.clear()
            self.backlog = 0
            self._request.write(data)


class EventStream(APISession):
    """A session that is told what happens, and asks for nothing."""

    log = Logger(namespace="chatdaemon.http")

    def __init__(
        self,
        streams: EventStreams,
        request: Request,
        token: Token,
        client: Client,
        renderer: StreamRenderer,
        after: str | None,
    ) -> None:
        """
        :param after: the id of the last event that the client has seen, if it says so.
        """
        self._init(streams.server, BODY, client.secure)
        self.limit_to(token)
        self.reach = renderer.reach
        self.account = token.account
        self.device = device_of(token)
        # What happens before all that was missed is told comes with that.
        self.delivered_as: Renderer = SILENCE
        self._renderer = renderer
        self._missed: Missed | None = None
        self.in_flight = False
        self.closing = False
        self.due = 0
        self._streams = streams
        self._request = request
        self._host = client.host
        self._after = after
        self._body = ResponseBody(request)
        limit = self.server.around.limits.send_queue
        self.outbox = Outbox(
            self._body,
            self.server.around.outlet,
            UNBOUNDED if limit is None else limit,
            self._overflowed,
        )
        self.outbox.filling = self._slow
        self._body.drained = self._drained
        request.notifyFinish().addErrback(lambda _: self._lost())

    def open(self) -> None:
        """Come, and begin to be told."""
        assert self.scope is not None
        self.attach()
        self.in_flight = True
        self.node.submit(self, coming(self.server, self.scope, self._host, self.secure))

    # What the node tells.

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        self.in_flight = False
        if self.user is not None or self.closing:
            return
        user = self.realm.sessions[self.id]
        self.entered(user)
        request = self._request
        request.setHeader(b"content-type", b"text/event-stream")
        request.setHeader(b"cache-control", b"no-store")
        request.setHeader(b"x-accel-buffering", b"no")  # nginx is to pass on each event as it comes
        self._body.begin()
        self.tell(
            {
                "event": "hello",
                "time": self.server.time(),
                "user": user_object(user.who),
                "channels": [
                    channel.name
                    for channel in user.channels
                    if self.reach is None or self.reach.holds(channel.name)
                ],
            }
        )
        self.server.around.deadlines.set(self, HEARTBEAT)
        if self._after is not None:
            self._missed = self._missed_since(user, self._after, happenings[0][0].msgid)
        self._catch_up()

    def _missed_since(self, user: User, after: str, now: str) -> Missed | None:
        """What the client has not seen; None where nobody knows, of which it is told."""
        point = point_of(after)
        epoch = self.realm.index >> EPOCH_SHIFT
        # Whoever has come since then was not there to be told, and what was before a restart is forgotten.
        if point is None or point.entry < user.id or point.entry >> EPOCH_SHIFT != epoch:
            self.tell(gap_object(after, now))
            return None
        return Missed(self.node.recent, user, self.id, point)

    def _catch_up(self) -> None:
        """Tell some of what was missed, no faster than the client reads; and then go on as it happens."""
        missed = self._missed
        if self.user is None or self.closing or self._body.backlog or self.delivered_as is self._renderer:
            return
        if missed is not None:
            since, until = missed.after.msgid, missed.gap()
            if until is not None:
                self.tell(gap_object(since, until.msgid))
            found = missed.take(MISSED_A_TURN)
            for stamp, event, about in found:
                if about:
                    super().told(stamp, event)
                elif text := self._renderer.render(stamp, event):
                    self.outbox.write(text)
            if found:
                self.server.around.clock.callLater(0, self._catch_up)
                return
        self._missed = None
        before, self.delivered_as = self.delivered_as, self._renderer
        self.node.renderer_changed(self, before)

    def refused(self, refusal: Refusal) -> None:
        self.in_flight = False
        self.node.detach(self)
        if not self.closing:
            self.id = ""
            self._over()
            say_no(self._request, No(refusal_object(refusal)))

    def told(self, stamp: Stamp, event: Event) -> None:
        if self._missed is None or isinstance(event, Quit):
            super().told(stamp, event)

    # Out.

    def tell(self, found: Object) -> None:
        self.outbox.write(sse(found))

    def finish(self, answer: Object) -> None:
        raise AssertionError("a stream asks for nothing")

    def go_on(self) -> None:
        """Nothing waits."""

    def charge(self, tokens: float) -> None:
        """It asks for nothing."""

    # Being there.

    @property
    def host(self) -> str:
        return self._host

    @property
    def certificate(self) -> str | None:
        return None

    def deadline_reached(self) -> None:
        """It is time for a sign of life; and the token may be good no longer."""
        if self.look_again():
            self.outbox.write(b":\n\n")
            self.server.around.deadlines.set(self, HEARTBEAT)

    def look_again(self) -> bool:
        """Whether the token is good still; the stream ends when it is not."""
        assert self.scope is not None
        try:
            good_token(self.realm, self.scope.digest, int(self.server.now() * 1000))
        except Refusal:
            self.drop("The token is good no longer")
        return not self.closing

    def drop(self, reason: str) -> None:
        if self.closing:
            return
        if self.user is None and self.id and reason == INTERNAL:
            self._leave(reason)
            say_no(self._request, trouble(Trouble.INTERNAL_ERROR, reason))
            return
        self.tell(self.server.goodbye(reason))
        self.outbox.flush()
        self._leave(reason)
        self._body.end()

    def _slow(self) -> None:
        """Told once, and again only when everything was read meanwhile."""
        self.outbox.filling = None
        queued, limit = self._body.backlog, self.outbox.limit
        self.tell({"event": "slow", "time": self.server.time(), "queued": queued, "limit": limit})

    def _drained(self) -> None:
        self.outbox.filling = self._slow
        self._catch_up()

    def _overflowed(self) -> None:
        self._leave("Send queue exceeded")
        self._body.cut()

    def _lost(self) -> None:
        self._body.over = True
        self._leave("Connection closed")

    def _leave(self, reason: str) -> None:
        if not self.closing:
            self._over()
            if self.id:
                self.node.submit(self, Disconnect(reason))

    def _over(self) -> None:
        self.closing = True
        self.server.around.deadlines.clear(self)
        self._streams.open_streams.pop(self, None)


class EventStreams:
    """All event streams. `open_streams` are those that are there."""

    def __init__(self, server: APIServer) -> None:
        self.server = server
        self.open_streams: dict[EventStream, None] = {}
        self._renderers: WeakValueDictionary[frozenset[str], StreamRenderer] = WeakValueDictionary()
        self._everything = StreamRenderer(None)

    def open(self, request: Request, token: Token, client: Client) -> None:
        """Answer by a stream. Raises No."""
        if not token.allows(EVENTS):
            raise because(Fault(Code.OUT_OF_SCOPE, f"This token does not allow {EVENTS}"))
        note_use(self.server, token)
        renderer = self._renderer(self._channels(token, request))
        after = header(request, b"last-event-id")
        stream = EventStream(self, request, token, client, renderer, after or None)
        self.open_streams[stream] = None
        stream.open()

    def look_again(self) -> None:
        """Tokens have changed."""
        for stream in tuple(self.open_streams):
            stream.look_again()

    def stop(self, reason: str) -> None:
        """End all of them."""
        for stream in tuple(self.open_streams):
            stream.drop(reason)

    def _channels(self, token: Token, request: Request) -> frozenset[str] | None:
        """What the stream is for; None: everything. Raises No for what the token does not reach."""
        given = request.args.get(b"channels")
        if not given:
            return frozenset(token.channels) if token.channels else None
        names = b",".join(given).decode(errors="replace").split(",")
        wanted = frozenset(self.server.realm.fold(name) for name in names if name)
        for name in sorted(wanted):
            if name != PEOPLE and name[:1] not in CHANTYPES:
                raise because(Refusal(Reason.BAD_CHANNEL_NAME, name, f"{name} is no channel"))
            if not token.reaches(name):
                raise because(Fault(Code.OUT_OF_SCOPE, f"This token is not for {name}"))
        return wanted

    def _renderer(self, channels: frozenset[str] | None) -> StreamRenderer:
        if channels is None:
            return self._everything
        renderer = self._renderers.get(channels)
        if renderer is None:
            renderer = self._renderers[channels] = StreamRenderer(Reach(self.server.realm, channels))
        return renderer
