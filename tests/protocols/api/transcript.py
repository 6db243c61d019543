"""Transcripts: what clients send and are sent, line by line, as people write them into documents.

    alice > {"id":1,"op":"join","channel":"#x"}
    alice < {"id":1,"ok":{...}}
    carol > JOIN #x

A client whose first line is no JSON speaks IRC. One that does not begin with what comes
before hello has said it already.
"""

from __future__ import annotations

import json
import re

from tests.disk import Disk
from tests.protocols.api.schema import check_event, check_reply
from tests.world import Client, World

LINE = re.compile(r"(\w+) ([<>]) (.+)")
EARLY = re.compile(r'"op":"(hello|login|register|verify)"')
IRC_CAPS = "message-tags server-time no-implicit-names"


def replay(lines: list[str]) -> list[str]:
    """What the transcript should be, going by what is sent in it, in a world of its own."""
    world = World()
    Disk.of(world)
    clients: dict[str, Client] = {}
    found = []
    for line in lines:
        match = LINE.fullmatch(line)
        assert match is not None, f"no line of a transcript: {line}"
        name, direction, text = match.groups()
        if direction == "<":
            continue
        if name not in clients:
            clients[name] = _client(world, name, text)
        clients[name].send_bytes(f"{text}\r\n".encode())
        found.append(line)
        for other, client in clients.items():
            data, client.transport.received = client.transport.received, b""
            found += [f"{other} < {each}" for each in data.decode().splitlines()]
            for each in data.splitlines():
                _check(each, text)
    return found


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
