"""A client that stays: it comes back when the connection is cut, goes on where it was, and says all once."""

from __future__ import annotations

import random
import secrets
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, cast

from twisted.internet import reactor as default_reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.client.errors import ChatError, Disconnected, Refused
from chatdaemon.client.formats import Object, format_called
from chatdaemon.client.link import Link
from chatdaemon.client.server import endpoint_of

VERSION = 1
# Events that wait for whoever reads them, before no more are read from the server, and before they are again.
MOST_WAITING = 10_000
FEW_WAITING = 1_000
# Seconds: between two attempts to connect, at first and at most; how long one may take.
FIRST_DELAY = 0.5
LONGEST_DELAY = 60.0
PATIENCE = 30.0
# Seconds of silence after which the server is asked for a sign of life, and until it must have come.
SILENCE = 120.0
GRACE = 60.0
# Seconds that the server has to close when it was told goodbye.
GOODBYE = 5.0
# How many times in a row the server may say no to a hello that it has taken before.
MOST_REFUSALS = 8


@dataclass(slots=True)
class _Asked:
    """What was asked and is not answered. `again`: to be asked again when the connection is cut."""

    found: Object
    again: bool
    answer: Deferred[Object] = field(default_factory=Deferred)


class Client:
    """One client of one user.

        async with Client("tcp:127.0.0.1:6690", nick="bot") as client:
            await client.join("#tea")
            await client.send("#tea", "Anybody here?")
            async for event in client:
                ...

    What is sent arrives once, whatever happens to connections in between: `send` answers when the message is
    stored, and is asked again, by its key, until then. Events come in order, without holes or doubles for as
    long as the server remembers; beyond it there is an event "gap", with `since`: the id to ask `history`
    from. Two events are the client's own: "disconnected" (with `why`) and "connected" (with `resumed`).

    All methods are to be used on the reactor's thread.
    """

    log = Logger(namespace="chatdaemon.client")

    def __init__(
        self,
        server: str,
        *,
        nick: str | None = None,
        realname: str | None = None,
        account: str | None = None,
        password: str | None = None,
        token: str | None = None,
        device: str | None = None,
        server_password: str | None = None,
        protocol: str = "json",
        fingerprint: str | None = None,
        keep: bool = True,
        reactor: Any = default_reactor,
    ) -> None:
        """Nothing is connected yet: see `start`. Raises ValueError for what cannot be connected to.

        :param server: a client endpoint of Twisted's: tcp:127.0.0.1:6690, tls:chat.example.net:6697.
        :param account: log in to it, with `password`; with `token`, it need not be named.
        :param protocol: "json" or "binary": what the server speaks there.
        :param fingerprint: with tls: the SHA-256 of the one certificate that is taken.
        :param keep: connect again when the connection is lost.
        """
        self._endpoint = endpoint_of(reactor, server, fingerprint)
        self._format = format_called(protocol)
        self._login = {
            name: value
            for name, value in (("account", account), ("password", password), ("token", token))
            if value is not None
        }
        self._hello = {
            name: value
            for name, value in (
                ("nick", nick),
                ("realname", realname),
                ("device", device),
                ("password", server_password),
            )
            if value is not None
        }
        self._keep = keep
        self._reactor = reactor
        self._link: Link | None = None
        self._ready = False
        self._stopped = False
        self._why: ChatError | None = None  # it stopped
        self._started: Deferred[Object] | None = None
        self._gone: Deferred[None] | None = None  # for who has said goodbye
        self._asked: dict[int, _Asked] = {}  # by id, in the order in which they are to be done
        self._last_id = 0
        self._greeting: dict[int, Deferred[Object]] = {}  # login and hello
        self._events: deque[Object] = deque()
        self._reader: Deferred[Object] | None = None
        self._paused = False
        self._resume: str | None = None
        self._after: str | None = None
        self._refusals = 0
        self._delay = 0.0
        self._retry: IDelayedCall | None = None
        self._heartbeat: IDelayedCall | None = None
        self._heard = True
        self._channels: dict[str, str | None] = {}  # those joined by it, with their keys
        self.user: Object = {}
        """Who it is: nick, account and so on, as the server said."""
        self.hello: Object = {}
        """What the server said last when it was greeted: limits, network, channels."""

    # Being there.

    async def start(self) -> Object:
        """Connect and say hello; what the server answered. Raises Refused, or Disconnected when there is no
        server: only what worked once is kept up."""
        assert self._started is None, "it was started"
        self._started = Deferred()
        self._connect()
        return await self._started

    async def stop(self, reason: str | None = None) -> None:
        """Leave. What is not answered fails with Disconnected, and events end."""
        if self._stopped:
            return
        link, self._link = self._link, None
        ready = self._ready
        self._end(Disconnected("the client was stopped"))
        if link is not None and ready:
            link.send({"op": "bye"} if reason is None else {"op": "bye", "reason": reason})
            # The server closes. Who closed before it has read the goodbye would be kept for coming back.
            gone = self._gone = Deferred()
            limit = self._reactor.callLater(GOODBYE, link.cut, "no goodbye came")
            await gone
            if limit.active():
                limit.cancel()
        elif link is not None:
            link.close()

    async def __aenter__(self) -> Client:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def nick(self) -> str:
        """What the client's user is called."""
        return str(self.user.get("nick", ""))

    # Asking.

    async def ask(self, op: str, *, again: bool = False, **fields: Any) -> Object:
        """Have an op done; what its `ok` says. Waits for the connection when there is none at the moment.

        :param again: ask again when the connection is cut before the answer: for what does no harm twice.

        Raises Refused, or Disconnected when the connection was cut before the answer and it is not `again`.
        """
        if self._why is not None:
            raise self._why
        self._last_id += 1
        asked = _Asked({"id": self._last_id, "op": op, **fields}, again)
        self._asked[self._last_id] = asked
        if self._ready and self._link is not None:
            self._link.send(asked.found)
        return await asked.answer

    async def send(self, target: str, text: str, **fields: Any) -> Object:
        """Say something, once, whatever happens meanwhile; `msgid` and `time` of it when it is stored.

        Raises Refused.
        """
        key = fields.pop("key", None) or secrets.token_urlsafe(12)
        return await self.ask("send", again=True, target=target, text=text, key=key, **fields)

    async def join(self, channel: str, key: str | None = None) -> Object:
        """Enter a channel; it is entered again after every loss. Raises Refused."""
        fields: Object = {"channel": channel} if key is None else {"channel": channel, "key": key}
        joined = await self.ask("join", again=True, **fields)
        self._channels[joined.get("channel", channel)] = key
        return joined

    async def part(self, channel: str, reason: str | None = None) -> Object:
        """Leave a channel. Raises Refused."""
        self._channels.pop(channel, None)
        fields: Object = {"channel": channel} if reason is None else {"channel": channel, "reason": reason}
        return await self.ask("part", **fields)

    async def history(self, target: str, **fields: Any) -> list[Object]:
        """Messages of a channel or a conversation, oldest first: see the op. Raises Refused."""
        found: list[Object] = (await self.ask("history", again=True, target=target, **fields))["messages"]
        return found

    # Hearing.

    def __aiter__(self) -> Client:
        return self

    async def __anext__(self) -> Object:
        """The next event. Ends with the client."""
        try:
            return await self._next()
        except Disconnected:
            raise StopAsyncIteration from None

    def _next(self) -> Deferred[Object]:
        if self._reader is not None:
            raise RuntimeError("somebody reads the events already")
        if self._events:
            event = self._events.popleft()
            if self._paused and len(self._events) <= FEW_WAITING:
                self._paused = False
                if self._link is not None:
                    self._link.resume()
            return succeed(event)
        if self._why is not None:
            return fail(self._why)
        self._reader = Deferred(self._forget_reader)
        return self._reader

    def _forget_reader(self, _: Deferred[Object]) -> None:
        self._reader = None

    def _happened(self, event: Object) -> None:
        if self._reader is not None:
            reader, self._reader = self._reader, None
            reader.callback(event)
            return
        self._events.append(event)
        if len(self._events) >= MOST_WAITING and not self._paused and self._link is not None:
            # The server keeps the rest, up to its limit.
            self._paused = True
            self._link.pause()

    # Connecting.

    def _connect(self) -> None:
        self._retry = None
        attempt = cast("Deferred[Link]", self._endpoint.connect(_Links(self)))
        attempt.addTimeout(PATIENCE, self._reactor)
        attempt.addCallbacks(self._connected, lambda failure: self._unreachable(failure.getErrorMessage()))

    def _connected(self, link: Link) -> None:
        if self._stopped:
            link.close()
            return
        self._link = link
        self._heard = True
        self._heartbeat = self._reactor.callLater(SILENCE, self._beat)
        greeting = Deferred.fromCoroutine(self._greet(link))
        greeting.addErrback(self._not_greeted, link)

    async def _greet(self, link: Link) -> None:
        if self._login:
            await self._early(link, {"op": "login", **self._login})
        resume: object = True
        if self._resume is not None:
            resume = {"token": self._resume}
            if self._after is not None:
                resume["after"] = self._after
        found = await self._early(link, {"op": "hello", "v": VERSION, "resume": resume, **self._hello})
        self._greeted(link, found)

    def _early(self, link: Link, found: Object) -> Deferred[Object]:
        self._last_id += 1
        answer = self._greeting[self._last_id] = Deferred()
        link.send({"id": self._last_id, **found})
        return answer

    def _greeted(self, link: Link, found: Object) -> None:
        first = not self.hello
        resumed = bool(found.get("resumed"))
        self.hello, self.user = found, found.get("user", {})
        self._resume = found.get("resume")
        self._refusals, self._delay = 0, 0.0
        self._ready = True
        if not first:
            self._happened({"event": "connected", "resumed": resumed})
            if not resumed:
                here = {str(channel.get("channel")) for channel in found.get("channels", ())}
                for channel, key in self._channels.items():
                    if channel not in here:
                        link.send({"op": "join", "channel": channel, **({"key": key} if key else {})})
        # In their order: what was not answered before comes before what was asked meanwhile.
        for asked in self._asked.values():
            link.send(asked.found)
        if self._started is not None and not self._started.called:
            self._started.callback(found)

    def _not_greeted(self, failure: Failure, link: Link) -> None:
        error = failure.value
        if self._link is not link:
            return  # it was lost meanwhile, and said so
        if isinstance(error, Refused) and self._may_be_taken_later(error):
            link.cut(error.message)
            return
        self._link = None
        link.close()
        self._end(error if isinstance(error, ChatError) else Disconnected(str(error)))

    def _may_be_taken_later(self, error: Refused) -> bool:
        """Whether the server may say yes the next time: it did once, and may take us for still there."""
        self._refusals += 1
        return bool(self.hello) and self._refusals < MOST_REFUSALS and error.code != "login_failed"

    def _unreachable(self, why: str) -> None:
        if not self._stopped:
            self._again(why)

    def _again(self, why: str) -> None:
        if not self._keep or not self.hello:
            self._end(Disconnected(why))
            return
        self._delay = min(self._delay * 2 or FIRST_DELAY, LONGEST_DELAY)
        # Not all at once when a server comes back.
        self._retry = self._reactor.callLater(self._delay * random.uniform(0.5, 1.0), self._connect)

    # What links tell.

    def received(self, link: Link, found: Object) -> None:
        self._heard = True
        if link is not self._link:
            return
        if "event" in found:
            self._take(link, found)
            return
        id = found.get("id")
        greeting = self._greeting.pop(id, None) if isinstance(id, int) else None
        answer = greeting
        if answer is None and isinstance(id, int) and id in self._asked:
            answer = self._asked.pop(id).answer
        if answer is None:
            # Of a join of our own after a loss, or of a ping.
            return
        if "error" in found:
            answer.errback(Refused(found["error"]))
        else:
            answer.callback(found.get("ok", {}))

    def _take(self, link: Link, event: Object) -> None:
        name = event["event"]
        if name == "ping":
            link.send({"op": "ping"})
            return
        if name == "nick" and event.get("from", {}).get("nick") == self.nick:
            self.user = {**self.user, "nick": event.get("nick")}
        msgid = event.get("msgid")
        if isinstance(msgid, str):
            self._after = msgid
        self._happened(event)

    def lost(self, link: Link, why: str) -> None:
        if self._gone is not None:
            gone, self._gone = self._gone, None
            gone.callback(None)
        if link is not self._link:
            return
        was_ready = self._ready
        self._link, self._ready, self._paused = None, False, False
        self._stop_heartbeat()
        greeting, self._greeting = self._greeting, {}
        for answer in greeting.values():
            answer.errback(Disconnected(why))
        if self._stopped:
            return
        if was_ready:
            self._happened({"event": "disconnected", "why": why})
        unknown = [id for id, asked in self._asked.items() if was_ready and not asked.again]
        failed = [self._asked.pop(id) for id in unknown]
        self._again(why)
        for asked in failed:
            asked.answer.errback(Disconnected(why))

    # Heartbeats.

    def _beat(self) -> None:
        self._heartbeat = None
        link = self._link
        if link is None:
            return
        if self._paused or self._heard:
            self._heard = False
            self._heartbeat = self._reactor.callLater(SILENCE, self._beat)
            return
        link.send({"op": "ping"})
        self._heartbeat = self._reactor.callLater(GRACE, self._give_up, link)

    def _give_up(self, link: Link) -> None:
        self._heartbeat = None
        if self._heard:
            self._heartbeat = self._reactor.callLater(SILENCE, self._beat)
        else:
            link.cut("the server is silent")

    def _stop_heartbeat(self) -> None:
        call, self._heartbeat = self._heartbeat, None
        if call is not None:
            call.cancel()

    # Ending.

    def _end(self, why: ChatError) -> None:
        self._stopped, self._ready, self._why = True, False, why
        self._stop_heartbeat()
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        asked, self._asked = self._asked, {}
        if self._started is not None and not self._started.called:
            self._started.errback(why)
        for each in asked.values():
            each.answer.errback(why)
        if self._reader is not None:
            reader, self._reader = self._reader, None
            reader.errback(why)


class _Links(Factory):
    """Makes the one connection of an attempt."""

    noisy = False

    def __init__(self, client: Client) -> None:
        self._client = client

    def buildProtocol(self, addr: object) -> Link:
        return Link(self._client, self._client._format)
