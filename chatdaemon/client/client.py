"""A client that stays: it comes back when the connection is cut, goes on where it was, and says all once."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any

from twisted.internet import reactor as default_reactor

from chatdaemon.client.errors import Disconnected, Refused
from chatdaemon.client.formats import Object, format_called
from chatdaemon.client.server import endpoint_of, uri_of
from chatdaemon.client.session import Session, given

# What is not for the asker to read, when all is asked for.
_UNREADABLE = ("no_history", "out_of_scope")


class Client:
    """One client of one user.

        async with Client("tcp:127.0.0.1:6690", nick="bot") as client:
            await client.join("#tea")
            await client.send("#tea", "Anybody here?")
            async for event in client:
                ...

    What is sent arrives once, whatever happens to connections in between: `send` answers when the message is
    stored, and is asked again, by its key, until then. Events come in order, without holes or doubles for as
    long as the server remembers; beyond it there is an event "gap": `missed` tells what was said in it. Three
    events are the client's own: "disconnected" (with `why`), "connected" (with `resumed`), and "not_rejoined"
    (with `channel` and `error`) for a channel that could not be entered again.

    All methods are to be used on the reactor's thread.
    """

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
        timeout: float | None = None,
        reactor: Any = default_reactor,
    ) -> None:
        """Nothing is connected yet: see `start`. Raises ValueError for what cannot be connected to.

        :param server: ws://127.0.0.1:8067 or wss://chat.example.net for WebSocket; else a client endpoint of
            Twisted's: tcp:127.0.0.1:6690, tls:chat.example.net:6697.
        :param account: log in to it, with `password`; with `token`, it need not be named.
        :param device: what this client of the account is called.
        :param server_password: where the server has one for everybody.
        :param protocol: "json" or "binary": what the server speaks there. Over WebSocket it speaks both.
        :param fingerprint: with tls: or wss:, the SHA-256 of the one certificate that is taken.
        :param keep: connect again when the connection is lost.
        :param timeout: seconds after which what was asked and not answered fails with TimedOut, unless `ask`
            is told otherwise; None: as long as it takes.
        """
        self._timeout = timeout
        self._session = Session(
            reactor,
            endpoint_of(reactor, server, fingerprint),
            uri_of(server),
            format_called(protocol),
            login=given(account=account, password=password, token=token),
            hello=given(nick=nick, realname=realname, device=device, password=server_password),
            keep=keep,
        )

    # Being there.

    async def start(self) -> Object:
        """Connect and say hello; what the server answered. Raises Refused, or Disconnected when there is no
        server: only what worked once is kept up. Raises RuntimeError the second time."""
        return await self._session.start()

    async def stop(self, reason: str | None = None) -> None:
        """Leave. What is not answered fails with Disconnected, and events end."""
        await self._session.stop(reason)

    async def __aenter__(self) -> Client:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def nick(self) -> str:
        """What the client's user is called now."""
        return self._session.standing.nick

    @property
    def user(self) -> Object:
        """Who it is: `nick`, `username`, `host`, `realname`, and `account` where it has one."""
        return dict(self._session.standing.user)

    @property
    def hello(self) -> Object:
        """What the server said last when it was greeted: `limits`, `network`, `session` and so on."""
        return self._session.greeting

    @property
    def channels(self) -> tuple[str, ...]:
        """Where it is."""
        return self._session.standing.channels

    @property
    def connected(self) -> bool:
        """Whether there is a connection, over which hello was said."""
        return self._session.ready

    # Asking.

    async def ask(
        self, op: str, *, again: bool = False, timeout: float | None = None, **fields: Any
    ) -> Object:
        """Have an op done; what its `ok` says. Waits for the connection when there is none at the moment.

        :param again: ask again when the connection is cut before the answer: for what does no harm twice.
        :param timeout: seconds to wait, if not as long as the client is made for.

        Raises Refused; Disconnected when the connection was cut before the answer and it is not `again`, or
        the client has ended; TimedOut; ValueError or TypeError for fields that cannot be said.
        """
        seconds = self._timeout if timeout is None else timeout
        return await self._session.ask(op, again, seconds, fields)

    async def send(self, target: str, text: str = "", **fields: Any) -> Object:
        """Say something, once, whatever happens meanwhile; `msgid` and `time` of it when it is stored.
        `fields` are those of the op: kind, reply, react, typing and so on; `key` is made where none is given.

        Raises what `ask` raises, but for Disconnected while the client lasts.
        """
        key = fields.pop("key", None) or secrets.token_urlsafe(12)
        return await self.ask("send", again=True, target=target, text=text, key=key, **fields)

    async def join(self, channel: str, key: str | None = None, **fields: Any) -> Object:
        """Enter a channel; its topic and members. It is entered again when the session was lost. Raises
        Refused."""
        return await self.ask("join", again=True, channel=channel, **given(key=key), **fields)

    async def part(self, channel: str, reason: str | None = None) -> Object:
        """Leave a channel. Raises Refused, or Disconnected when it is not known whether it was left."""
        return await self.ask("part", channel=channel, **given(reason=reason))

    async def history(self, target: str, **fields: Any) -> list[Object]:
        """Messages of a channel or a conversation, oldest first: see the op. Raises Refused."""
        found: list[Object] = (await self.ask("history", again=True, target=target, **fields))["messages"]
        return found

    async def missed(self, gap: Object, *targets: str) -> AsyncIterator[Object]:
        """What was said within the event "gap", as far as it may be read: of one target after the other, the
        oldest first. It may hold messages of one's own.

        :param targets: channels and nicks; without any, where the client is, and with whom it has talked.

        Raises Refused.
        """
        since = gap.get("since")
        if since is None:
            return  # nothing was seen before it
        # Not before it is known where it has been entered again.
        await self.ask("ping", again=True)
        for target in targets or await self._talked():
            after, before = since, gap.get("joined", {}).get(target, gap["until"])
            while after:
                found = await self._readable(target=target, after=after, before=before)
                for message in found.get("messages", ()):
                    yield message
                after = found["messages"][-1]["msgid"] if found.get("more") else ""

    async def _readable(self, **fields: Any) -> Object:
        try:
            return await self.ask("history", again=True, **fields)
        except Refused as refused:
            if refused.code not in _UNREADABLE:
                raise
            return {}

    async def _talked(self) -> list[str]:
        names = list(self.channels)
        try:
            found = await self.ask("targets", again=True)
        except Refused as refused:
            if refused.code not in _UNREADABLE:
                raise
        else:
            names += [each["target"] for each in found["targets"]]
        return list(dict.fromkeys(names))

    # Hearing.

    def __aiter__(self) -> Client:
        return self

    async def __anext__(self) -> Object:
        """The next event. Ends with the client; raises Refused when that was because the server would not
        take it back. Raises RuntimeError when somebody reads them already."""
        try:
            coming = self._session.inbox.next()
            self._session.mind_reading()
            return await coming
        except Disconnected:
            raise StopAsyncIteration from None
