"""Chatting from a terminal, and sending from a script."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from chatdaemon.client.client import Client
from chatdaemon.client.errors import ChatError, Refused
from chatdaemon.client.formats import Object
from chatdaemon.client.running import run

HELP = (
    "/join CHANNEL [KEY]   enter a channel, and talk there",
    "/part [REASON]        leave it",
    "/msg NICK TEXT        say something to one person",
    "/to TARGET            talk to a channel or to a person from now on",
    "/me TEXT              do something",
    "/nick NICK            be called otherwise",
    "/topic [TEXT]         tell the topic, or set it",
    "/names                tell who is there",
    "/quit [REASON]        leave",
)
# Control characters of a message could do anything to a terminal.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def shown(text: str) -> str:
    """A text as it may be written to a terminal."""
    return _CONTROLS.sub("", text)


def line_of(event: Object, nick: str) -> str | None:
    """What a person reads of an event; None for what is not worth a line. Raises KeyError for no event."""
    who = event.get("from", {}).get("nick", "")
    where = event.get("channel") or event.get("target") or ""
    match event["event"]:
        case "message":
            place = "" if where == nick else f"{where} "
            text = event.get("text", "")
            if event.get("kind") == "tag":
                return None
            said = f"* {who} {text}" if event.get("kind") == "action" else f"<{who}> {text}"
            return f"{place}{said}"
        case "join":
            return f"{where} {who} is here"
        case "part":
            return f"{where} {who} has left"
        case "quit":
            return f"{who} is gone"
        case "kick":
            return f"{where} {event.get('user', {}).get('nick', '')} was kicked by {who}"
        case "nick":
            return f"{who} is {event.get('nick', '')} now"
        case "topic":
            return f"{where} topic: {event.get('text', event.get('topic', ''))}"
        case "invite":
            return f"{who} invites to {where}"
        case "disconnected":
            return f"disconnected: {event.get('why', '')}"
        case "connected":
            return "connected again"
        case "gap":
            return "something was missed"
    return None


class Terminal(LineOnlyReceiver):
    """Lines from standard input, one at a time: the next is done when the one before it was."""

    delimiter = b"\n"

    def __init__(self, talker: Talker) -> None:
        self._talker = talker
        self.ended: Deferred[None] = Deferred()

    def lineReceived(self, line: bytes) -> None:
        self._talker.typed(line.decode("utf-8", "replace").rstrip("\r"))

    def connectionLost(self, reason: Failure | None = None) -> None:
        if not self.ended.called:
            self.ended.callback(None)


class Talker:
    """A conversation: who talks, where to, and what is typed."""

    def __init__(self, client: Client, target: str | None, write: Callable[[str], None]) -> None:
        self.client = client
        self.target = target
        self.quit: Deferred[str | None] = Deferred()
        self._write = write
        self._last: Deferred[None] = Deferred()
        self._last.callback(None)

    def typed(self, line: str) -> None:
        """Do what was typed, behind all that was typed before."""
        if line:
            self._last.addCallback(lambda _: Deferred.fromCoroutine(self._do(line)))
            self._last.addErrback(self._failed)

    def done(self) -> Deferred[None]:
        """Fires when all that was typed was done."""
        told: Deferred[None] = Deferred()
        self._last.addCallback(lambda _: told.callback(None))
        return told

    def _failed(self, failure: Failure) -> None:
        failure.trap(ChatError)
        self.say(f"! {failure.value}")

    def leave(self, reason: str | None = None) -> None:
        """It is over."""
        if not self.quit.called:
            self.quit.callback(reason)

    def say(self, text: str) -> None:
        """Write one line, with the time."""
        self._write(f"{datetime.now():%H:%M} {shown(text)}\n")

    async def hear(self) -> None:
        """Write what happens, until the client ends."""
        async for event in self.client:
            line = line_of(event, self.client.nick)
            if line is not None:
                self.say(line)

    async def _do(self, line: str) -> None:
        if not line.startswith("/") or line.startswith("//"):
            await self._post(self.target, line.removeprefix("/") if line.startswith("//") else line)
            return
        name, _, rest = line[1:].partition(" ")
        command = getattr(self, f"_{name.lower()}_command", None)
        if command is None:
            self.say(f"! there is no /{name}; /help says what there is")
        else:
            await command(rest.strip())

    async def _post(self, target: str | None, text: str, **fields: str) -> None:
        if target is None:
            self.say("! where to? /join a channel, or /to somebody")
            return
        sent = await self.client.send(target, text, **fields)
        said = {"event": "message", "from": {"nick": self.client.nick}, "target": target, "text": text}
        self.say(line_of({**said, **sent, **fields}, self.client.nick) or "")

    async def enter(self, channel: str, key: str | None = None) -> None:
        """Enter a channel, and talk there."""
        joined = await self.client.join(channel, key)
        self.target = joined["channel"]
        topic = joined.get("topic", {}).get("text")
        self.say(f"{self.target} {topic}" if topic else f"{self.target} entered")

    async def _help_command(self, rest: str) -> None:
        for line in HELP:
            self.say(line)

    async def _join_command(self, rest: str) -> None:
        channel, _, key = rest.partition(" ")
        await self.enter(channel, key or None)

    async def _part_command(self, rest: str) -> None:
        if self.target is not None:
            await self.client.part(self.target, rest or None)
            self.say(f"{self.target} left")
            self.target = None

    async def _msg_command(self, rest: str) -> None:
        target, _, text = rest.partition(" ")
        await self._post(target, text)

    async def _to_command(self, rest: str) -> None:
        self.target = rest or None

    async def _me_command(self, rest: str) -> None:
        await self._post(self.target, rest, kind="action")

    async def _nick_command(self, rest: str) -> None:
        await self.client.ask("nick", nick=rest)
        self.say(f"you are {self.client.nick} now")

    async def _topic_command(self, rest: str) -> None:
        fields: Object = {"channel": self.target, **({"text": rest} if rest else {})}
        found = await self.client.ask("topic", **fields)
        self.say(f"{self.target} topic: {found.get('topic', {}).get('text', '')}")

    async def _names_command(self, rest: str) -> None:
        found = await self.client.ask("names", channel=rest or self.target)
        self.say(", ".join(member["nick"] for member in found["members"]))

    async def _quit_command(self, rest: str) -> None:
        self.leave(rest or None)


def talk(options: dict[str, Any], target: str | None) -> None:
    """Chat on the terminal until it is over. Exits."""
    run(lambda: _said_kindly(_talk(options, target)))


async def _talk(options: dict[str, Any], target: str | None) -> None:
    client = Client(**options)
    talker = Talker(client, target, _write)
    await client.start()
    talker.say(f"you are {client.nick} on {client.hello.get('network', '')}; /help says what can be done")
    hearing = Deferred.fromCoroutine(talker.hear())
    if target is not None and _is_channel(target):
        await talker.enter(target)
    terminal = Terminal(talker)
    StandardIO(terminal)
    terminal.ended.addCallback(lambda _: talker.done()).addCallback(lambda _: talker.leave())
    hearing.addCallback(lambda _: talker.leave())
    await client.stop(await talker.quit)


def send(
    options: dict[str, Any], target: str, lines: Sequence[str], kind: str, verbose: bool = False
) -> None:
    """Send lines, and end when all of them are stored. Exits."""
    run(lambda: _said_kindly(_send(options, target, lines, kind, verbose)))


async def _send(options: dict[str, Any], target: str, lines: Sequence[str], kind: str, verbose: bool) -> None:
    async with Client(**options, keep=True) as client:
        for line in lines:
            try:
                sent = await client.send(target, line, kind=kind)
            except Refused as refused:
                # Most channels want those who speak to be there.
                if refused.code != "cannot_speak" or not _is_channel(target):
                    raise
                await client.join(target)
                sent = await client.send(target, line, kind=kind)
            if verbose:
                _write(f"{sent['msgid']}\n")


def _is_channel(target: str) -> bool:
    return target.startswith(("#", "&"))


async def _said_kindly(program: Coroutine[Deferred[Any], Any, None]) -> None:
    try:
        await program
    except (ChatError, ValueError) as error:
        sys.stderr.write(f"chatdaemon: {error}\n")
        raise SystemExit(1) from None


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
