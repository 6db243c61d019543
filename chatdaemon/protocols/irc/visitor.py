"""Somebody who speaks no IRC, at a service: the services' commands are written for IRC, and this is all the
IRC that a session of the API needs to use them.

What they answer comes back as plain lines. What they ask of the realm is asked by that session itself, which
is told of what came of it as of what others do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from chatdaemon.node import Happening
from chatdaemon.protocols.api.session import APISession
from chatdaemon.protocols.irc.command import Result, Steps
from chatdaemon.protocols.irc.numerics import RPL_LOGGEDIN, RPL_LOGGEDOUT
from chatdaemon.protocols.irc.services import Service, service_called
from chatdaemon.protocols.irc.session import IRCSession
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.events import PartlyRefused
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.text import action_text, is_action
from chatdaemon.wire.ircmsg import parse

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCServer

# Lines that are answered at once: a list of all accounts is no answer to keep in memory.
MOST_LINES = 500
TOO_MANY = "There is more, which is left out."
# All else that numerics say is told as an event, or by the service itself.
SHOWN = frozenset({RPL_LOGGEDIN.code, RPL_LOGGEDOUT.code})


def visitor(server: IRCServer, session: APISession, target: str) -> Visitor | None:
    """Somebody who is about to tell something to the service that is a message's target, if it is one."""
    service = service_called(target, server.name)
    return Visitor(server, session, service) if service is not None else None


class Visitor(IRCSession):
    """One command that a session of the API gives to a service. `done` fires with the lines of the answer; it
    does so when the session is over, too."""

    __slots__ = ("_asker", "_lines", "_service", "done")

    def __init__(self, server: IRCServer, asker: APISession, service: Service) -> None:
        assert asker.user is not None, "nobody says anything before hello"
        super().__init__(server, asker.secure)
        self._asker = asker
        self._service = service
        self._lines: list[str] = []
        self.id = asker.id
        self.user = asker.user
        self.outbox = asker.outbox
        self.registration = None
        self.registered = True
        self.done: Deferred[list[str]] = Deferred()

    def hear(self, text: str) -> Deferred[list[str]]:
        """Give the command."""
        self._carry_on(self._service.hear(self, text))
        return self.done

    # Who it is.

    @property
    def host(self) -> str:
        return self._asker.host

    @property
    def peer(self) -> str:
        return self._asker.host

    @property
    def certificate(self) -> str | None:
        return self._asker.certificate

    def charge(self, tokens: float) -> None:
        self._asker.charge(tokens)

    # What it is told.

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        for stamp, event in happenings:
            if not isinstance(event, PartlyRefused):
                # That one is said.
                self._asker.witness(stamp, event)
        super().answered(happenings, stored)

    def refuse(self, refusal: Refusal) -> None:
        self._say(f"{text_of(refusal)}.")

    def send(self, data: bytes) -> None:
        for line in data.decode().split("\r\n")[:-1]:
            message = parse(line.encode())
            text = message.params[-1] if message.params else ""
            nick = message.source.partition("!")[0]
            if message.command in SHOWN or (message.command == "NOTICE" and nick == self._service.nick):
                self._say(text)
            elif message.command in ("NOTICE", "PRIVMSG"):
                # What was said before, told again.
                self._say(f"* {nick} {action_text(text)}" if is_action(text) else f"<{nick}> {text}")

    def _say(self, text: str) -> None:
        if len(self._lines) < MOST_LINES:
            self._lines.append(text)
        elif len(self._lines) == MOST_LINES:
            self._lines.append(TOO_MANY)

    # How it goes on, and ends.

    def _step_on(self, steps: Steps) -> None:
        self.closing = self._asker.closing
        super()._step_on(steps)
        if self.closing:
            self._finish()

    def _resolved(self, result: Result) -> None:
        self.closing = self._asker.closing
        super()._resolved(result)
        if self.closing:
            self._finish()

    def _finish(self) -> None:
        self.done.callback(self._lines)

    def drop(self, reason: str, sure: bool = True) -> None:
        self._asker.leave(reason)
