"""One connection that speaks in lines: what IRC and JSON over TCP and TLS have in common.

Reading is fair and bounded: a turn handles a few lines of each client, flood control (a token bucket) slows
down who sends too many, lines wait while a request is in flight, and a client with too much waiting is not
read from. Every way to end comes down to one `closed`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol as Interface
from typing import cast

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHalfCloseableProtocol,
    IReactorTime,
)
from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatdaemon.deadlines import Deadlines
from chatdaemon.outbox import Outbox, Outlet, Renderer, Transport
from chatdaemon.source import address_text

# Lines that one client is served in one turn of the reactor, before the others have theirs.
LINES_A_TURN = 32
# What keeping one line takes beside its bytes: a queue of tiny lines is bounded by memory, too.
LINE_COST = 64
# How long a connection that was told goodbye may take to close before it is cut, seconds.
LINGER = 5
# How often a connection without heartbeats is looked at, in case a reload brings them, seconds.
IDLE_LOOK = 60
# How often it is told that a client is still there, seconds: so much of what it has read it may be told again
# when the server was killed.
SEEN_INTERVAL = 300


@dataclass(frozen=True, slots=True)
class LineLimits:
    """What a client may use. Sizes in bytes, times in seconds, None: no limit.

    `input_queue` is what lines that wait may take in memory, `flood_burst` how many lines may come at once,
    and `flood_rate` how many a second in the long run.
    """

    input_queue: int | None = 65536
    send_queue: int | None = 1 << 20
    send_queue_unregistered: int | None = 16 << 10
    flood_burst: int | None = 20
    flood_rate: float | None = 4.0
    registration_timeout: float | None = 30.0
    ping_interval: float | None = 90.0
    ping_timeout: float | None = 60.0


UNBOUNDED = 1 << 62


class Link(Interface):
    """What a line connection does with its transport beside writing."""

    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...
    def getPeer(self) -> IAddress: ...


class Splitter(Interface):
    """What splits a stream into lines, or other messages (wire.lines, wire.frames)."""

    limit: int

    def feed(self, data: bytes) -> list[bytes]: ...


class Framing(Interface):
    """What a transport that carries messages, and no stream, makes of the lines that it is given."""

    def frames(self, data: bytes) -> bytes:
        """Whole lines, of one message each, as they go over the connection."""

    def rendering(self, renderer: Renderer) -> Renderer:
        """What renders as `renderer` does, in frames: the same one for all sessions at a time."""


class Surroundings:
    """What all line connections of a node share. A reload replaces `limits` for all of them at once."""

    def __init__(self, clock: IReactorTime, outlet: Outlet, deadlines: Deadlines, limits: LineLimits) -> None:
        self.clock = clock
        self.outlet = outlet
        self.deadlines = deadlines
        self.limits = limits
        self.ending = False
        """Whether the whole server is."""
        self.lost: Callable[[IAddress], None] | None = None
        """Called with the client's address when a connection is gone for good."""
        self.moved: Callable[[IAddress, IAddress], str | None] | None = None
        """Called when a connection turns out to be a client's with another address; says, for people, why
        that one is not let in, and then nothing has changed."""


@implementer(IHalfCloseableProtocol)
class LineConnection(Protocol):
    """A connection and its session. Subclasses say what a line means.

    `registered` is whether the session has a user; `exempt` whether flood control leaves it alone;
    `in_flight` whether a request of it has not been answered yet.
    """

    log = Logger(namespace="chatdaemon.connection")

    # Twisted's base has a dictionary for attributes all the same; it stays small this way. With more than
    # thirty in it, Python gives each instance one of its own, which takes more than the rest of a session.
    __slots__ = (
        "_filled_at", "_forwarded", "_handling", "_paused", "_pinged", "_queued", "_resume", "_seen_at",
        "_splitter", "_tokens", "_waiting", "around", "closing", "delivered_as", "due", "exempt", "framing",
        "heard_at", "in_flight", "outbox", "registered",
    )  # fmt: skip

    outbox: Outbox
    # What deliveries to it look like (node.Session), once `present` was called.
    delivered_as: Renderer

    def __init__(self, around: Surroundings, splitter: Splitter) -> None:
        self.around = around
        self.framing: Framing | None = None
        self.registered = False
        self.exempt = False
        self.in_flight = False
        self.closing = False
        self.due = 0
        self.heard_at = 0
        self._seen_at = 0  # when it was last heard from of what `seen` was told
        self._splitter = splitter
        self._handling = False
        self._waiting: deque[bytes] | None = None
        self._queued = 0
        self._paused = False
        self._resume: IDelayedCall | None = None
        self._pinged = False
        self._forwarded: IAddress | None = None
        self._tokens = 0.0
        self._filled_at: float | None = None  # the bucket has never been used, and is full

    # What subclasses do.

    def line_received(self, line: bytes) -> None:
        """Handle one line (or wire.lines.TOO_LONG)."""
        raise AssertionError("a subclass handles lines")

    def send_ping(self) -> None:
        """Ask for a sign of life: any line at all."""
        raise AssertionError("a subclass asks for a sign of life")

    def send_goodbye(self, reason: str) -> None:
        """Write the last words."""
        raise AssertionError("a subclass says goodbye")

    def closed(self, reason: str, silence: int) -> None:
        """The session is over, for this reason; so many seconds ago the client was surely there. Called once,
        at the latest when the connection is lost."""
        raise AssertionError("a subclass leaves the realm")

    def seen(self, silence: int) -> bool:
        """So many seconds ago the client was surely there; told once in a while. False: to be told again."""
        return True

    # What Twisted calls.

    def connectionMade(self) -> None:
        limits = self.around.limits
        self.framing = getattr(self.transport, "framing", None)
        self.heard_at = self.around.deadlines.now
        limit = limits.send_queue_unregistered
        self.outbox = Outbox(
            cast(Transport, getattr(self.transport, "carrier", self.transport)),
            self.around.outlet,
            UNBOUNDED if limit is None else limit,
            self._overflowed,
        )
        if limits.registration_timeout is not None:
            self.around.deadlines.set(self, limits.registration_timeout)

    def dataReceived(self, data: bytes) -> None:
        self.heard_at = self.around.deadlines.now
        if self._pinged:
            self._pinged = False
        if self.closing:
            return
        lines = self._splitter.feed(data)
        if not lines:
            return
        if self._waiting is not None:
            self._waiting.extend(lines)
        elif len(lines) == 1 and not self.in_flight:
            # The common case: one line, and nothing before it. Nobody waits here without a queue.
            limits = self.around.limits
            if limits.flood_rate is None or self.exempt or self._spend(limits):
                self._serve(lines[0])
                return
            self._waiting = deque(lines)
        else:
            self._waiting = deque(lines)
        if self._resume is None:
            self.pump()
        if self._waiting:
            self._queued += len(data) + LINE_COST * len(lines)
            limit = self.around.limits.input_queue
            if limit is not None and self._queued > limit and not self._paused:
                self._pause_above(limit)

    def _pause_above(self, limit: int) -> None:
        """Read no more when what waits is really so much: lines that were handled have been counted too."""
        waiting = self._waiting or ()
        self._queued = sum(map(len, waiting)) + LINE_COST * len(waiting)
        if self._queued > limit:
            self._paused = True
            self._link.pauseProducing()

    def readConnectionLost(self) -> None:
        # Whoever says nothing more gets what is on its way, and has left.
        self.drop("Connection closed", sure=False)

    def writeConnectionLost(self) -> None:
        self.abort("Connection closed")

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - as Twisted has it
        self.around.deadlines.clear(self)
        if not self.closing:
            self._end(_why(reason), self._silence(sure=False))
        if self.around.lost is not None:
            self.around.lost(self.address)
        # Cut the ring of session and outbox: what they hold goes now, and not when the collector comes by.
        self.outbox.overflowed = _nothing

    # Reading.

    def pump(self) -> None:
        """Handle lines that wait, as many as may be handled now."""
        if self._handling or self.in_flight or self.closing:
            return
        waiting = self._waiting
        if not waiting:
            return
        limits = self.around.limits
        free = limits.flood_rate is None or self.exempt
        left = LINES_A_TURN
        while waiting:
            if not left:
                self._resume_in(0)
                break
            if not free and not self._spend(limits):
                self._resume_in(self._wait(limits))
                break
            left -= 1
            self._serve(waiting.popleft())
            if self.in_flight or self.closing:
                break
        if not waiting:
            # An empty deque is larger than the rest of an idle session.
            self._waiting = None
            if self._queued:
                self._queued = 0
            if self._paused:
                self._paused = False
                self.heard_at = self.around.deadlines.now
                self._link.resumeProducing()

    def _serve(self, line: bytes) -> None:
        self._handling = True
        try:
            self.line_received(line)
        except Exception:
            # A bug of ours ends this connection only.
            self.log.failure("a line from {peer} could not be handled", peer=self.peer)
            self.drop("Internal server error")
        finally:
            self._handling = False

    def _resume_in(self, seconds: float) -> None:
        if self._resume is None:
            self._resume = self.around.clock.callLater(seconds, self._resumed)

    def _resumed(self) -> None:
        self._resume = None
        self.pump()

    def _spend(self, limits: LineLimits) -> bool:
        """Take one line's worth from the bucket, if there is."""
        now = self.around.clock.seconds()
        most = float(limits.flood_burst or 1)
        if self._filled_at is None:
            self._tokens = most
        else:
            self._tokens = min(most, self._tokens + (now - self._filled_at) * (limits.flood_rate or 0.0))
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def charge(self, tokens: float) -> None:
        """Have flood control count so many lines more: what one of them asked for was much."""
        self._tokens -= tokens

    def _wait(self, limits: LineLimits) -> float:
        """Seconds until the bucket holds one more line."""
        return (1 - self._tokens) / (limits.flood_rate or 1.0)

    # Writing.

    def write(self, data: bytes) -> None:
        """Add whole lines of the session's own to what is written at the end of this turn."""
        framing = self.framing
        self.outbox.write(data if framing is None else framing.frames(data))

    def present(self, renderer: Renderer) -> None:
        """Have what others do rendered by this one. The node is to be told if that is a change."""
        framing = self.framing
        self.delivered_as = renderer if framing is None else framing.rendering(renderer)

    # Living and ending.

    @property
    def _link(self) -> Link:
        return cast(Link, self.transport)

    @property
    def longest_line(self) -> int:
        """Bytes of the longest line that it takes now, without its end."""
        return self._splitter.limit

    @property
    def address(self) -> IAddress:
        """Where the client is: at the other end, or where a gateway there says that it is."""
        return self._forwarded if self._forwarded is not None else self._link.getPeer()

    @property
    def peer(self) -> str:
        """The client's address, for people."""
        return address_text(self.address)

    @property
    def host(self) -> str:
        """The address as others see it, in a form that can stand in an IRC line."""
        host = address_text(self.address).removeprefix("::ffff:")
        return f"0{host}" if host.startswith(":") else host

    @property
    def certificate(self) -> str | None:
        """The SHA-256 fingerprint of the client's certificate, hex, if it has shown one. That of a gateway is
        nothing that its clients have."""
        if self._forwarded is not None:
            return None
        ask = getattr(self.transport, "getPeerCertificate", None)
        certificate = ask() if ask is not None else None
        if certificate is None:
            return None
        digest: bytes = certificate.digest("sha256")
        return digest.decode("ascii").replace(":", "").lower()

    def forwarded(self, address: IAddress) -> str | None:
        """The other end is a gateway, which is believed, and the client is at this address. Says, for people,
        why it is not let in from there."""
        if self.around.moved is not None:
            reason = self.around.moved(self.address, address)
            if reason is not None:
                return reason
        self._forwarded = address
        return None

    def welcome(self) -> None:
        """The session has a user: from now on it may be sent more, and is asked for signs of life."""
        self.registered = True
        self._seen_at = self.heard_at
        limits = self.around.limits
        self.outbox.limit = UNBOUNDED if limits.send_queue is None else limits.send_queue
        self.around.deadlines.set(self, limits.ping_interval or IDLE_LOOK)

    def deadline_reached(self) -> None:
        """Registration took too long, or it is time for a heartbeat, or a goodbye was not heeded."""
        limits = self.around.limits
        if self.registered and not self.closing and self.heard_at - self._seen_at >= SEEN_INTERVAL:
            before, self._seen_at = self._seen_at, self.heard_at
            if not self.seen(self.around.deadlines.now - self.heard_at):
                self._seen_at = before
        if self.closing:
            self._link.abortConnection()
        elif not self.registered:
            self.drop("Registration timed out")
        elif limits.ping_interval is None:
            self.around.deadlines.set(self, IDLE_LOOK)
        else:
            silence = self.around.deadlines.now - self.heard_at
            if self._paused:
                # It is us who do not listen: its answer may be behind what was not read yet.
                self.around.deadlines.set(self, limits.ping_interval)
            elif self._pinged and limits.ping_timeout is not None:
                self.drop(f"Ping timeout: {silence} seconds")
            elif silence >= limits.ping_interval:
                self._pinged = True
                self.send_ping()
                self.around.deadlines.set(self, limits.ping_timeout or limits.ping_interval)
            else:
                self.around.deadlines.set(self, limits.ping_interval - silence)

    def drop(self, reason: str, sure: bool = True) -> None:
        """Say goodbye, and close once that is sent. Not `sure`: the client is gone without a word."""
        if self.closing:
            return
        self.closing = True
        self.send_goodbye(reason)
        self.outbox.flush()
        self._end(reason, self._silence(sure))
        self._link.loseConnection()
        self.around.deadlines.set(self, LINGER)

    def drop_unseen(self, reason: str) -> None:
        """The same, and the realm is not told: the whole server is ending, and nobody stays to see it."""
        if self.closing:
            return
        if self.registered:
            self.seen(self._silence())
        self.closing = True
        self.send_goodbye(reason)
        self.outbox.flush()
        self._link.loseConnection()

    def limits_changed(self) -> None:
        """`around.limits` has been replaced, and what was taken from it before is taken again."""
        limits = self.around.limits
        limit = limits.send_queue if self.registered else limits.send_queue_unregistered
        self.outbox.limit = UNBOUNDED if limit is None else limit

    def abort(self, reason: str) -> None:
        """Close at once: whoever is there does not listen."""
        if self.closing:
            return
        self._end(reason, self._silence(sure=False))
        self._link.abortConnection()

    def left(self, reason: str) -> None:
        """The client has said that it is gone, and the transport is closing already."""
        if self.closing:
            return
        self._end(reason, self._silence(sure=False))
        self.around.deadlines.set(self, LINGER)

    def _overflowed(self) -> None:
        self.abort("Send queue exceeded")

    @property
    def silence(self) -> int:
        """Seconds since the client was surely there."""
        return self._silence(sure=False)

    def _silence(self, sure: bool = True) -> int:
        """For how many seconds nothing is known of the client; 0 for one that has read what it was sent, as
        far as anybody can tell. Not `sure`: it is gone without a word."""
        if sure and not self._pinged and not self.outbox.lines and not self.outbox.transport.backlog:
            return 0
        # A second more, since seconds are whole here: what came with the end of the connection was not read.
        return self.around.deadlines.now - self.heard_at + (not sure)

    def _end(self, reason: str, silence: int) -> None:
        self.closing = True
        self._waiting = None
        call, self._resume = self._resume, None
        if call is not None:
            call.cancel()
        try:
            self.closed(reason, silence)
        except Exception:
            self.log.failure("the session from {peer} could not be closed in order", peer=self.peer)


def _nothing() -> None:
    """There is nobody to drop any more."""


def _why(reason: Failure) -> str:
    """What others are told when a connection is lost."""
    if reason.check(ConnectionDone):
        return "Connection closed"
    arguments = reason.value.args if reason.value is not None else ()
    cause = arguments[0] if arguments else None
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) if isinstance(cause, str) and cause else "Connection lost"
