"""A session that stays: connected again when it is cut, and gone on with where it was."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from websockets.uri import WebSocketURI

from chatdaemon.client.asking import Asked, Unanswered
from chatdaemon.client.errors import ChatError, Disconnected, Refused
from chatdaemon.client.formats import Format, Object
from chatdaemon.client.heartbeat import Heartbeat
from chatdaemon.client.inbox import Inbox
from chatdaemon.client.link import Link, StreamLink
from chatdaemon.client.standing import Standing
from chatdaemon.client.websocket import WebSocketLink

VERSION = 1
# Events that wait for whoever reads them, before no more are read from the server, and before they are again.
MOST_WAITING = 10_000
FEW_WAITING = 1_000
# Seconds: between two attempts to connect, at first and at most; after which a connection was a good one, and
# the next loss is a first one; how long connecting may take, and how long saying hello.
FIRST_DELAY = 0.5
LONGEST_DELAY = 60.0
STEADY = 10.0
PATIENCE = 30.0
# Seconds that the server has to close when it was told goodbye.
GOODBYE = 5.0
# How many times in a row the server may say no to a hello that it has taken before: the nick may be held by a
# session of our own, of which we have not heard, for as long as the server keeps it.
MOST_REFUSALS = 15
# What trying again changes nothing about.
_FINAL = (
    "login_failed",
    "bad_token",
    "suspended",
    "insecure",
    "login_required",
    "bad_password",
    "unsupported_version",
)


class Session:
    """Owns the connection of a client, and all that goes on over it: it logs in, says hello, goes on after a
    loss, enters its channels again, asks again what was not answered, and puts events into the `inbox`."""

    def __init__(
        self,
        reactor: Any,
        endpoint: IStreamClientEndpoint,
        uri: WebSocketURI | None,
        form: Format,
        *,
        login: Object,
        hello: Object,
        keep: bool,
    ) -> None:
        """
        :param uri: what to ask for, over WebSocket.
        :param login: the fields of the op; without any, nobody logs in.
        :param hello: those that say who comes.
        :param keep: whether to come back.
        """
        self.endpoint = endpoint
        self.inbox = Inbox()
        self.standing = Standing()
        self.greeting: Object = {}  # the last `ok` of a hello
        self.ready = False
        self.why: ChatError | None = None  # it ended
        self._uri = uri
        self._format = form
        self._login = login
        self._hello = hello
        self._keep = keep
        self._reactor = reactor
        self._attempt: Deferred[Any] | None = None
        self._link: Link | None = None
        self._started: Deferred[Object] | None = None
        self._gone: Deferred[None] | None = None  # for who has said goodbye
        self._unanswered = Unanswered(reactor, form)
        self._early: dict[int, Deferred[Object]] = {}  # login and hello
        self._rejoining: dict[int, Object] = {}
        self._joined: dict[str, str] = {}  # since the last gap: the ids of those joins
        self._paused = False
        self._resume: str | None = None
        self._refusals = 0
        self._delay = 0.0
        self._ready_at = 0.0
        self._introduced = False  # hello was said, answered or not
        self._farewell: str | None = None  # what the server has ended the connection for
        self._retry: IDelayedCall | None = None
        self._limit: IDelayedCall | None = None
        self._heartbeat = Heartbeat(reactor, self._ping, lambda: self._cut("the server is silent"))

    # What the client asks for.

    def start(self) -> Deferred[Object]:
        """Connect; fires with the `ok` of the hello. Raises RuntimeError the second time."""
        if self._started is not None:
            raise RuntimeError("it was started before")
        self._started = Deferred()
        self._connect()
        return self._started

    async def stop(self, reason: str | None) -> None:
        """Say goodbye, and end."""
        if self.why is not None:
            return
        link, self._link = self._link, None
        self._end(Disconnected("the client was stopped"))
        if link is not None and self._introduced:
            self._say(link, {"op": "bye", **given(reason=reason)})
            if self._paused:
                link.resume()
            # The server closes. Who closed before it has read the goodbye would be kept for coming back.
            gone = self._gone = Deferred()
            limit = self._reactor.callLater(GOODBYE, link.cut, "no goodbye came")
            await gone
            if limit.active():
                limit.cancel()
        elif link is not None:
            link.close()

    def ask(self, op: str, again: bool, seconds: float | None, fields: Object) -> Deferred[Object]:
        """What the `ok` of an op says; see `Client.ask`."""
        if self.why is not None:
            raise self.why
        asked = self._unanswered.add(op, again, seconds, fields)
        # Events that nobody reads may stand between us and the answer.
        self.mind_reading()
        if self.ready:
            self._put(asked)
        return asked.answer

    def mind_reading(self) -> None:
        """Read no more when too many events wait, unless somebody waits for an answer behind them. The server
        keeps the rest, up to its limit."""
        link = self._link
        if link is None or not self.ready:
            return
        if self._paused:
            if self._unanswered or len(self.inbox) <= FEW_WAITING:
                self._paused = self._heartbeat.deaf = False
                link.resume()
        elif len(self.inbox) >= MOST_WAITING and not self._unanswered:
            self._paused = self._heartbeat.deaf = True
            link.pause()

    def _happened(self, event: Object) -> None:
        self.inbox.put(event)
        self.mind_reading()

    # Connecting.

    def _connect(self) -> None:
        self._retry = None
        attempt = self._attempt = cast("Deferred[Link]", self.endpoint.connect(_Links(self._new_link)))
        attempt.addCallback(lambda link: link.opened)
        attempt.addTimeout(PATIENCE, self._reactor)
        attempt.addCallbacks(self._connected, self._unreachable)

    def _new_link(self) -> Link:
        if self._uri is None:
            return StreamLink(self, self._format)
        return WebSocketLink(self, self._format, self._uri)

    def _connected(self, link: Link) -> None:
        self._attempt = None
        if self.why is not None:
            link.close()
            return
        self._link = link
        self._introduced, self._farewell = False, None
        self._limit = self._reactor.callLater(PATIENCE, self._cut, "the server does not answer")
        greeting = Deferred.fromCoroutine(self._greet(link))
        greeting.addErrback(self._not_greeted, link)

    async def _greet(self, link: Link) -> None:
        if self._login:
            await self._ask_early(link, {"op": "login", **self._login})
        resume: object = True
        if self.greeting:
            # Without a token of ours as well: for what was missed there is a gap then.
            resume = {"token": self._resume or "", **given(after=self.standing.after)}
        self._introduced = True
        found = await self._ask_early(link, {"op": "hello", "v": VERSION, "resume": resume, **self._hello})
        self._greeted(link, found)

    def _ask_early(self, link: Link, found: Object) -> Deferred[Object]:
        id = self._unanswered.next_id()
        answer = self._early[id] = Deferred()
        self._say(link, {"id": id, **found})
        return answer

    def _greeted(self, link: Link, found: Object) -> None:
        first = not self.greeting
        self.greeting = found
        self.standing.greeted(found)
        self._resume = found.get("resume")
        self._refusals = 0
        self.ready, self._ready_at = True, self._reactor.seconds()
        self._stop_limit()
        self._heartbeat.start()
        for channel, key in self.standing.lost.items():
            id = self._unanswered.next_id()
            op = self._rejoining[id] = {"id": id, "op": "join", "channel": channel, **given(key=key)}
            self._say(link, op)
        # In their order: what was not answered before comes before what was asked meanwhile.
        for asked in self._unanswered.all():
            self._put(asked)
        # Only now: what is asked because of it is asked behind all that.
        if not first:
            self._happened({"event": "connected", "resumed": bool(found.get("resumed"))})
        elif self._started is not None and not self._started.called:
            self._started.callback(found)

    def _not_greeted(self, failure: Failure, link: Link) -> None:
        error = failure.value
        if self._link is not link:
            return  # it was lost meanwhile, and said so
        if isinstance(error, Refused) and self._may_be_taken_later(error):
            link.cut(str(error))
            return
        self._link = None
        link.close()
        self._end(error if isinstance(error, ChatError) else Disconnected(str(error)))

    def _may_be_taken_later(self, error: Refused) -> bool:
        """Whether the server may say yes the next time: it did once, and may take us for still there."""
        self._refusals += 1
        return (
            self._keep and bool(self.greeting) and self._refusals < MOST_REFUSALS and error.code not in _FINAL
        )

    def _unreachable(self, failure: Failure) -> None:
        self._attempt = None
        if self.why is None:
            self._again(failure.getErrorMessage() or type(failure.value).__name__)

    def _again(self, why: str) -> None:
        if not self._keep or not self.greeting:
            self._end(Disconnected(why))
            return
        self._delay = min(self._delay * 2 or FIRST_DELAY, LONGEST_DELAY)
        # Not all at once when a server comes back.
        self._retry = self._reactor.callLater(self._delay * random.uniform(0.5, 1.0), self._connect)

    # Saying.

    def _say(self, link: Link, found: Object) -> None:
        link.send(self._format.pack(found))

    def _put(self, asked: Asked) -> None:
        most = self.greeting.get("limits", {}).get("line")
        if most is not None and len(asked.payload) > most:
            # The server would not say which it was, or would close the connection.
            message = f"A message has {most} bytes at most"
            self._unanswered.fail((asked,), Refused({"code": "line_too_long", "message": message}))
        elif self._link is not None:
            self._link.send(asked.payload)

    def _ping(self) -> None:
        if self._link is not None:
            self._say(self._link, {"op": "ping"})

    # What links tell.

    def received(self, link: Link, found: Object) -> None:
        """An object has come."""
        if link is not self._link:
            return
        self._heartbeat.heard()
        if "event" in found:
            self._take(link, found)
            return
        id = found.get("id")
        if not isinstance(id, int):
            return  # of a ping
        if id in self._rejoining:
            self._rejoined(self._rejoining.pop(id), found)
            return
        answer = self._early.pop(id, None)
        asked = self._unanswered.take(id)
        if asked is not None:
            answer = asked.answer
            if "ok" in found:
                self.standing.answered(asked.op, found["ok"])
        if answer is None:
            return
        if "error" in found:
            answer.errback(Refused(found["error"]))
        else:
            answer.callback(found.get("ok", {}))
        self.mind_reading()

    def _take(self, link: Link, event: Object) -> None:
        if event["event"] == "ping":
            self._say(link, {"op": "ping"})
            return
        if event["event"] == "bye":
            self._farewell = event.get("reason")
        resumed = bool(self.greeting.get("resumed"))
        if event["event"] == "gap" and not resumed:
            # In each channel it lasts until that is entered again.
            self._joined = event["joined"] = {}
        self.standing.told(event, resumed)
        self._happened(event)

    def _rejoined(self, op: Object, found: Object) -> None:
        self.standing.lost.pop(op["channel"], None)
        if "error" in found:
            self._happened({"event": "not_rejoined", "channel": op["channel"], "error": found["error"]})
        else:
            joined = found.get("ok", {})
            self.standing.answered(op, joined)
            if "msgid" in joined:
                self._joined[joined["channel"]] = joined["msgid"]

    def lost(self, link: Link, why: str) -> None:
        """A link has ended."""
        if self._gone is not None:
            gone, self._gone = self._gone, None
            gone.callback(None)
        if link is not self._link:
            return
        why = self._farewell or why
        was_ready = self.ready
        self._link, self.ready, self._paused, self._heartbeat.deaf = None, False, False, False
        self._heartbeat.stop()
        self._stop_limit()
        self._rejoining.clear()
        early, self._early = self._early, {}
        for answer in early.values():
            answer.errback(Disconnected(why))
        if was_ready:
            if self._reactor.seconds() - self._ready_at >= STEADY:
                self._delay = 0.0
            unknown = tuple(asked for asked in self._unanswered.all() if not asked.again)
            self._happened({"event": "disconnected", "why": why})
            self._unanswered.fail(unknown, Disconnected(why))
        if self.why is None:
            self._again(why)

    def _cut(self, why: str) -> None:
        if self._link is not None:
            self._link.cut(why)

    # Ending.

    def _stop_limit(self) -> None:
        limit, self._limit = self._limit, None
        if limit is not None and limit.active():
            limit.cancel()

    def _end(self, why: ChatError) -> None:
        self.ready, self.why = False, why
        self._heartbeat.stop()
        self._stop_limit()
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._attempt is not None:
            self._attempt.cancel()
        if self._started is not None and not self._started.called:
            self._started.errback(why)
        self._unanswered.fail(self._unanswered.all(), why)
        self.inbox.end(why)


class _Links(Factory):
    """Makes the one connection of an attempt."""

    noisy = False

    def __init__(self, make: Callable[[], Link]) -> None:
        self._make = make

    def buildProtocol(self, addr: object) -> Link:
        return self._make()


def given(**fields: Any) -> Object:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}
