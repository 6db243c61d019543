"""Transcripts: what clients send and are sent, line by line, as people write them into documents.

    alice > {"id":1,"op":"join","channel":"#x"}
    alice < {"id":1,"ok":{...}}
    carol > JOIN #x
    alice ! the connection is lost

A client whose first line is no JSON speaks IRC. One that does not begin with what comes
before hello has said it already. The tokens by which sessions are resumed are drawn; in a transcript the
first is TOKENS[0], and so on.
"""

from __future__ import annotations

import json
import re

from tests.disk import Disk
from tests.protocols.api.schema import check_event, check_reply
from tests.world import Client, World

LINE = re.compile(r"(\w+) ([<>!]) (.+)")
EARLY = re.compile(r'"op":"(hello|login|register|verify)"')
TOKEN = re.compile(r'"resume":"([\w-]{32})"')
TOKENS = ("kT3vX8sPq1LmZ0aWc7RbY5nEhU2dJfGo", "B6yNw4QeHs9xVtC2gLpKi7DuM1rOaZj3")
IRC_CAPS = "message-tags server-time no-implicit-names"


def replay(lines: list[str]) -> list[str]:
    """What the transcript should be, going by what is sent in it, in a world of its own."""
    world = World()
    Disk.of(world)
    clients: dict[str, Client] = {}
    tokens: dict[str, str] = {}
    found = []
    for line in lines:
        match = LINE.fullmatch(line)
        assert match is not None, f"no line of a transcript: {line}"
        name, direction, text = match.groups()
        if direction == "<":
            continue
        if direction == "!":
            clients[name].vanish()
        else:
            if name not in clients:
                clients[name] = _client(world, name, text)
            clients[name].send_bytes(f"{_drawn(text, tokens)}\r\n".encode())
        found.append(line)
        for other, client in clients.items():
            data, client.transport.received = client.transport.received, b""
            found += [f"{other} < {_written(each, tokens)}" for each in data.decode().splitlines()]
            for each in data.splitlines():
                _check(each, text)
    return found


def _written(line: str, tokens: dict[str, str]) -> str:
    """A line with tokens as they stand in transcripts; `tokens` are the drawn ones by these."""
    match = TOKEN.search(line)
    if match is None:
        return line
    known = {drawn: shown for shown, drawn in tokens.items()}
    shown = known.get(match[1]) or TOKENS[len(tokens)]
    tokens[shown] = match[1]
    return line.replace(match[1], shown)


def _drawn(line: str, tokens: dict[str, str]) -> str:
    """The same the other way round."""
    for shown, drawn in tokens.items():
        line = line.replace(shown, drawn)
    return line


def _check(answered: bytes, asked: str) -> None:
    """Hold what a program is sent to the schema."""
    if not answered.startswith(b"{"):
        return
    told = json.loads(answered)
    if "event" in told:
        check_event(told)
    else:
        op = re.search(r'"op":"(\w+)"', asked)
        check_reply(op[1] if op is not None else None, told)


def _client(world: World, name: str, text: str) -> Client:
    if not text.startswith("{"):
        return world.irc(name, caps=IRC_CAPS)
    return world.connect_json() if EARLY.search(text) else world.json(name)
