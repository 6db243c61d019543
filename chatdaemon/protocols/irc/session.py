"""One IRC client: lines to commands, commands to requests, events and refusals to lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.accounts.login import Client
from chatdaemon.node import Happening
from chatdaemon.protocols.irc import batches, commands, sasl
from chatdaemon.protocols.irc.answers import ANSWERS, TOLD
from chatdaemon.protocols.irc.batches import ClientBatch
from chatdaemon.protocols.irc.capabilities import LABELS, METADATA
from chatdaemon.protocols.irc.command import Asking, Result, Steps
from chatdaemon.protocols.irc.numerics import (
    ERR_INPUTTOOLONG,
    ERR_NEEDMOREPARAMS,
    ERR_NOTREGISTERED,
    ERR_UNKNOWNCOMMAND,
    ERR_UNKNOWNERROR,
)
from chatdaemon.protocols.irc.render import renderer_for
from chatdaemon.protocols.irc.sasl import Conversation
from chatdaemon.protocols.irc.speech import Speaker
from chatdaemon.realm.events import Event, Stamp
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import Disconnect, Post, Request, SeeDevice
from chatdaemon.realm.state import User
from chatdaemon.source import is_local
from chatdaemon.wire.ircmsg import MAX_LINE, NO_TAGS, Message, ProtocolError, middle, parse
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCServer

COMMANDS = commands.COMMANDS
# Of a long reply so many steps are done in one turn, and the rest when the client has read what it was sent.
STEPS_A_TURN = 50
# How often a client that is slow to read a long reply is looked at, seconds.
SLOW_LOOK = 0.1


class IRCSession(Speaker):
    """A connection that speaks IRC. It owns its capabilities, its label and its place in registration; what
    it may do and whom it knows is the realm's.

    `offered` are the capabilities that it knows of, by name and as it was told of
    them, None before it asked; `sts` is what it is told of transport security. `sasl` is there while the
    client authenticates; `failures` is how often that went wrong.
    """

    __slots__ = (
        "_advancing", "_asking", "_requests", "cap_version", "failures", "id", "labels", "node", "offered",
        "open_batch", "realm", "sasl", "secure", "sts",
    )  # fmt: skip

    def __init__(self, server: IRCServer, secure: bool, sts: str = "") -> None:
        super().__init__(server)
        self.node = server.node
        self.realm = server.realm
        self.secure = secure
        self.sts = sts
        self.id = ""
        self.cap_version = 301
        self.labels = False
        self.offered: Mapping[str, str] | None = None
        self.sasl: Conversation | None = None
        self.failures = 0
        self.open_batch: ClientBatch | None = None
        self._asking: Asking | None = None
        self._requests: deque[Request] | None = None
        self._advancing = False

    def connectionMade(self) -> None:
        super().connectionMade()
        self.present(self.renderer)
        self.server.sessions[self] = None
        self.server.strangers[self] = None

    # What the client is called and where it comes from.

    @property
    def me(self) -> User:
        """Its user. Raises AssertionError before there is one; commands that are not early may ask."""
        assert self.user is not None
        return self.user

    @property
    def client(self) -> Client:
        """The connection as those see it who check who somebody is."""
        nick, host = self.nick, self.host
        return Client(host, self.secure, is_local(host), self.certificate, nick if nick != "*" else None)

    def set_capabilities(self, capabilities: frozenset[str]) -> None:
        """Use these from now on."""
        self.capabilities = capabilities
        self.echo = "echo-message" in capabilities
        self.labels = capabilities >= LABELS
        if "batch" not in capabilities or METADATA.isdisjoint(capabilities):
            self.server.metadata.forget(self)
        before, self.renderer = self.delivered_as, renderer_for(self.server.name, capabilities)
        self.present(self.renderer)
        self.node.renderer_changed(self, before)

    # Lines in.

    def line_received(self, line: bytes) -> None:
        try:
            message = parse(line)
        except ProtocolError as error:
            if error.tags and self.labels:
                self._begin_label(error.tags)
            self._not_understood(error)
            self._finish()
            return
        command = COMMANDS.get(message.command)
        tags = message.tags
        if tags is not NO_TAGS and self.labels:
            self._begin_label(tags)
        batched = self.open_batch is not None or (tags is not NO_TAGS and "batch" in tags)
        if batched and batches.takes(self, message):
            self._finish()
            return
        if command is None:
            self._unknown(message)
        elif not self.registered and not command.early:
            self.numeric(ERR_NOTREGISTERED)
        elif len(message.params) < command.least:
            self.numeric(ERR_NEEDMOREPARAMS, message.command)
        else:
            command.uses += 1
            self.command = command.name
            try:
                result = command.function(self, message)
            except Refusal as refusal:
                # What the realm's policy forbids a command that changes nothing in the realm.
                self.refuse(refusal)
                result = None
            self._carry_on(result)
            return
        self._finish()

    def _not_understood(self, error: ProtocolError) -> None:
        if error.code == "too-long":
            self.numeric(ERR_INPUTTOOLONG)
        elif error.code == "invalid-utf8":
            self.fail(error.command, "INVALID_UTF8", text=str(error))
        elif error.code == "bad-character":
            self.numeric(ERR_UNKNOWNERROR, middle(error.command), str(error))

    def _unknown(self, message: Message) -> None:
        if self.registered:
            self.numeric(ERR_UNKNOWNCOMMAND, middle(message.command))
        else:
            self.numeric(ERR_NOTREGISTERED)

    # Commands to requests, one in flight at a time.

    def _carry_on(self, result: Result) -> None:
        """Do what a command's function returned."""
        if result is None:
            self._finish()
        elif type(result) is Post:
            # The hot path: a message.
            self.in_flight = True
            self.node.submit(self, result)
        elif isinstance(result, list):
            self._requests = deque(result)
            self._advance()
        elif isinstance(result, Asking):
            self._asking = result
            self.in_flight = True
            self.node.submit(self, result.request)
        elif isinstance(result, Deferred):
            self.in_flight = True
            result.addCallbacks(self._resolved, self._broken)
            result.addErrback(self._broken)
        elif isinstance(result, Generator):
            self._step(result)
        else:
            self.in_flight = True
            self.node.submit(self, result)

    def _step(self, steps: Steps) -> None:
        """Say a part of a long reply, and the rest later: no more is queued than the client reads."""
        try:
            for _ in range(STEPS_A_TURN):
                next(steps)
        except StopIteration as end:
            self.in_flight = False
            self._carry_on(end.value)
            return
        self.in_flight = True
        self._spill_label()
        self.around.clock.callLater(0, self._step_on, steps)

    def _step_on(self, steps: Steps) -> None:
        if self.closing:
            steps.close()
        elif self.outbox.transport.backlog:
            self.around.clock.callLater(SLOW_LOOK, self._step_on, steps)
        else:
            try:
                self._step(steps)
            except Exception:
                self._broken(Failure())

    def _resolved(self, result: Result) -> None:
        self.in_flight = False
        if not self.closing:
            self._carry_on(result)

    def _broken(self, failure: Failure) -> None:
        self.in_flight = False
        self.log.failure("a command of {peer} could not be finished", failure, peer=self.peer)
        self.drop("Internal server error")

    def _advance(self) -> None:
        """Submit what is left of a command's requests, as long as they are answered at once."""
        requests = self._requests
        if requests:
            self._advancing = True
            try:
                while requests and not self.in_flight and not self.closing:
                    self.in_flight = True
                    self.node.submit(self, requests.popleft())
            finally:
                self._advancing = False
        if not requests and not self.in_flight:
            self._requests = None
            self._finish()

    def _finish(self) -> None:
        """A command is done: send what its label collected, and go on with the next line."""
        if self._label is not None:
            self._end_label()
        if self._quiet:
            self._quiet = False
        if not self._handling:
            self.pump()

    # What the node tells.

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        self.in_flight = False
        if self.closing:
            return
        for stamp, event in happenings:
            answer = ANSWERS.get(type(event))
            if answer is not None:
                answer(self, stamp, event)
            else:
                self.send(self.renderer.render(stamp, event))
        if self._asking is not None:
            asking, self._asking = self._asking, None
            self._carry_on(asking.answered(self, happenings) if asking.answered is not None else None)
        elif self._requests is None:
            self._finish()
        elif not self._advancing:
            self._advance()

    def refused(self, refusal: Refusal) -> None:
        self.in_flight = False
        if self.closing:
            self.node.detach(self)
            return
        asking, self._asking = self._asking, None
        if asking is not None and asking.refused is not None:
            self._carry_on(asking.refused(self, refusal))
            return
        self.refuse(refusal)
        if not self._advancing:
            self._advance()

    def failed(self) -> None:
        self.in_flight = False
        self.drop("Internal server error")

    def told(self, stamp: Stamp, event: Event) -> None:
        if self.closing:
            return
        tell = TOLD.get(type(event))
        with self.unasked():
            if tell is not None:
                tell(self, stamp, event)
            else:
                self.send(self.renderer.render(stamp, event))

    # Living and ending.

    def send_ping(self) -> None:
        self.write(f"PING :{self.server.name}\r\n".encode())

    def send_goodbye(self, reason: str) -> None:
        line = cut(f"ERROR :Closing Link: {self.host} ({reason})", MAX_LINE - 2)
        self.send(f"{line}\r\n".encode())
        if self._label is not None:
            self._end_label()

    def seen(self, silence: int) -> bool:
        replays = self.server.replays
        if self.in_flight or self.user is None or replays.owed(self) is not None:
            return False
        if self.user.account is not None:
            at = int((self.server.now() - silence) * 1000)
            # Not in the middle of anything: nobody is told what comes of it.
            self._carry_on(Asking(SeeDevice(at), refused=lambda *_: None))
        return True

    def closed(self, reason: str, silence: int) -> None:
        self.server.sessions.pop(self, None)
        self.server.strangers.pop(self, None)
        self.server.watch.forget(self)
        self.server.metadata.forget(self)
        batches.give_up(self)
        self._requests = None
        sasl.give_up(self)
        if self.id:
            seen_at = int((self.server.now() - silence) * 1000) if silence else None
            owed = self.server.replays.owed(self)
            if owed is not None and (seen_at is None or owed < seen_at):
                seen_at = owed
            self.node.submit(self, Disconnect(reason, seen_at))
        self.server.replays.forget(self)
