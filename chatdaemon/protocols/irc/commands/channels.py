"""JOIN and PART."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.realm.requests import Join, Part, Request
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@command("JOIN", 1)
def join(session: IRCSession, message: Message) -> Result:
    names = message.params[0]
    if names == "0":
        user = session.user
        return [Part(channel.name) for channel in user.channels] if user is not None else None
    keys = message.params[1].split(",") if len(message.params) > 1 else []
    requests: list[Request] = [
        Join(name, key or None) for name, key in zip_longest(names.split(","), keys) if name
    ]
    return requests


@command("PART", 1)
def part(session: IRCSession, message: Message) -> Result:
    reason = message.params[1] if len(message.params) > 1 else None
    requests: list[Request] = [Part(name, reason) for name in message.params[0].split(",") if name]
    return requests
