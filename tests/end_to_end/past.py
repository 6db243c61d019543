"""What a client finds when it asks for what was said (IRCv3 draft/chathistory), page by page."""

from __future__ import annotations

import base64
from typing import NamedTuple

from chatdaemon.wire.ircmsg import Message, parse
from tests.end_to_end.daemon import Client

CAPABILITIES = "batch message-tags server-time draft/chathistory"
# Messages that one asks for at once: the least that [history] limit is here.
PAGE = 1000


class Said(NamedTuple):
    """A message, as history tells it."""

    msgid: str
    nick: str
    text: str


def logged_in(port: int, account: str, password: str, *more: str) -> Client:
    """Someone who has an account and can ask for history, with these capabilities as well."""
    client = Client(port)
    client.send("CAP LS 302", f"CAP REQ :sasl {CAPABILITIES} {' '.join(more)}".rstrip())
    client.send(f"NICK {account}", f"USER {account} 0 * :{account}", "AUTHENTICATE PLAIN")
    client.expect("AUTHENTICATE +")
    proof = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
    client.send(f"AUTHENTICATE {proof}", "CAP END")
    client.expect(" 001 ")
    client.settled()
    return client


def since(client: Client, target: str, msgid: str | None) -> list[Said]:
    """All that was said there after the message with this id, or all there is, as the client is told."""
    found: list[Said] = []
    last = msgid
    while True:
        after = f"msgid={last}" if last is not None else "timestamp=2001-01-01T00:00:00.000Z"
        page = _page(client, f"CHATHISTORY AFTER {target} {after} {PAGE}")
        found += page
        if len(page) < PAGE:
            return found
        last = page[-1].msgid


def _page(client: Client, line: str) -> list[Said]:
    client.send(line)
    start = parse(client.expect(" BATCH +").encode())
    reference = start.params[0][1:]
    assert start.params[1] == "chathistory"
    found = []
    while (message := parse(client.line().encode())).params[:1] != [f"-{reference}"]:
        if message.tags.get("batch") == reference and message.command in ("PRIVMSG", "NOTICE"):
            found.append(_said(message))
    return found


def _said(message: Message) -> Said:
    assert message.source is not None
    return Said(message.tags["msgid"], message.source.partition("!")[0], message.params[1])
