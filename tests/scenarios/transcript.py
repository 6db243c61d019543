"""Transcripts of IRC and JSON clients on one server, as text that people read and a machine checks.

    # A comment.
    + alice irc message-tags echo-message    a registered IRC client with these capabilities
    + bob json                               a JSON client that has said hello
    + carol raw                              a connection that has said nothing yet; it speaks IRC
    alice > JOIN #tea                        what a client sends
    alice < :alice!alice@192.0.2.1 JOIN #tea    what all of them are sent then, in the order of their coming
    alice -                                  the connection is lost
    alice = ann                              alice logs in to the account "ann"
    server = roleplay                        the server's configuration now says yes to "roleplay"
    server = vapid                           web push is on, with the key "BKEY"
    . 61                                     so many seconds pass
    server < rehash                          what operators had the daemon do

Times are written `NOW`, whatever they are, and message ids are named `m1`, `m2` in the order in which they are
first seen; what is sent may use these names. Spaces at the end of a line are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chatdaemon.protocols.irc.server import GatewayAccess, IRCSettings
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import Configure, SetAccount
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.operators import access
from tests.world import Client

SETTINGS = IRCSettings(
    motd=("Welcome!", "Be kind."),
    admin=("Olga", "The basement", "olga@irc.test"),
    operators=access(*Privilege, vhost="staff.test"),
    gateways=(GatewayAccess("web", "hash of hunter2", (), ("192.0.2.0/24",)),),
)

TIMES = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "NOW"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "NOW"),
    (r"\b17672\d{5}\b", "NOW"),
    (r"(?<= 317 )(\S+ \S+) \d+", r"\1 IDLE"),
    (r"\d+ days \d+:\d\d:\d\d", "NO TIME"),
)
MESSAGE_ID = re.compile(r"\b0000010[0-9a-f]{9}\b")


class Play:
    """One transcript, being played on a world of its own."""

    def __init__(self, make_world: MakeWorld, settings: IRCSettings = SETTINGS) -> None:
        self.world = make_world(irc=settings)
        self.clients: dict[str, Client] = {}
        self.ids: dict[str, str] = {}
        self._done = 0

    def lines(self, script: list[str]) -> Iterator[str]:
        """The transcript as it should be, going by all of it but what clients and the server were sent."""
        for line in script:
            if re.match(r"\w+ <", line):
                continue
            yield line
            if line and not line.startswith("#"):
                self._do(line)
                yield from self._told()

    def _do(self, line: str) -> None:
        name, sign, rest = [*line.split(" ", 2), "", ""][:3]
        if name == "+":
            kind, _, caps = rest.partition(" ")
            self._come(sign, kind, caps)
        elif name == ".":
            self.world.pass_time(float(sign))
        elif sign == ">":
            real = {given: found for found, given in self.ids.items()}
            text = re.sub(r"\bm\d+\b", lambda match: real.get(match[0], match[0]), rest)
            self.clients[name].send_bytes(f"{text}\r\n".encode())
        elif sign == "-":
            self.clients[name].vanish()
        else:
            assert sign == "=", f"no line of a transcript: {line}"
            if name == "server":
                if rest == "vapid":
                    irc = self.world.irc_server
                    irc.configure(replace(irc.settings, vapid="BKEY"))
                    self.world.settle()
                    return
                on: dict[str, Any] = {rest: True}
                settings = replace(self.world.realm.settings, **on)
                self.world.node.submit(None, Configure(settings))
                self.world.settle()
                return
            session = self.clients[name].connection
            assert isinstance(session, IRCSession)
            self.world.account(rest, nicks=(session.me.nick,))
            session.in_flight = True
            self.world.node.submit(session, SetAccount(rest))
            self.world.settle()

    def _come(self, nick: str, kind: str, caps: str) -> None:
        if kind == "json":
            self.clients[nick] = self.world.json(nick)
            self.clients[nick].read()
        elif kind == "raw":
            self.clients[nick] = self.world.connect_irc()
        else:
            assert kind == "irc", kind
            self.clients[nick] = self.world.irc(nick, caps=caps)

    def _told(self) -> Iterator[str]:
        for name, client in self.clients.items():
            data, client.transport.received = client.transport.received, b""
            for line in data.decode().splitlines():
                yield f"{name} < {self._written(line)}".rstrip()
        control = self.world.control
        for deed in control.done[self._done :]:
            yield f"server < {deed}"
        self._done = len(control.done)

    def _written(self, line: str) -> str:
        for pattern, word in TIMES:
            line = re.sub(pattern, word, line)
        return MESSAGE_ID.sub(lambda match: self.ids.setdefault(match[0], f"m{len(self.ids) + 1}"), line)
