"""What an IRC client is told: lines, numerics, standard replies, and the label of what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import labels
from chatdaemon.protocols.irc.capabilities import NONE, UNDERSTOOD
from chatdaemon.protocols.irc.numerics import Numeric
from chatdaemon.protocols.irc.refusals import ANSWERS as ANSWERED
from chatdaemon.protocols.irc.refusals import code_for, numeric_for
from chatdaemon.protocols.irc.registration import Registration
from chatdaemon.protocols.line import LineConnection
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.state import User
from chatdaemon.timestamps import iso
from chatdaemon.wire.ircmsg import MAX_INPUT, MAX_LINE, Tags
from chatdaemon.wire.lines import LineSplitter
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCServer

# A label longer than this is no label (labeled-response).
MAX_LABEL = 64


class Speaker(LineConnection):
    """The part of a session that speaks. It owns the capabilities and the label of the line that is answered.

    `user` is None until registration is complete, and `registration` afterwards. `command` is the name of the
    one that is being handled.
    """

    __slots__ = (
        "_batch", "_batches", "_label", "_labelled", "_quiet", "capabilities", "command", "echo",
        "registration", "renderer", "server", "user",
    )  # fmt: skip

    def __init__(self, server: IRCServer) -> None:
        super().__init__(server.around, LineSplitter(MAX_INPUT))
        self.server = server
        self.user: User | None = None
        self.registration: Registration | None = Registration()
        self.capabilities = NONE
        self.renderer = server.plain_renderer
        self.echo = False
        self.command = ""
        self._quiet = False
        self._label: str | None = None
        self._labelled: list[bytes] | None = None
        self._batch: str | None = None
        self._batches = 0

    @property
    def nick(self) -> str:
        """What numerics call the client."""
        if self.user is not None:
            return self.user.nick
        registration = self.registration
        return (registration.nick if registration is not None else None) or "*"

    @property
    def echoes(self) -> bool:
        """Own messages come back like those of others; a labelled one is the answer to its command."""
        return self.echo and self._label is None

    @property
    def mirrors(self) -> bool:
        """What other clients of its user write to people is shown to this one: it would take it for a message
        to its user otherwise."""
        return self.echo or "znc.in/self-message" in self.capabilities

    @property
    def durable(self) -> bool:
        """A labelled message is answered, by its echo, when it is stored, where that is configured."""
        return self.echo and self._label is not None and self.server.settings.durable_echo

    def has(self, capability: str) -> bool:
        return capability in self.capabilities

    # Lines out.

    def send(self, data: bytes) -> None:
        """Send whole lines as part of the answer to the command that is being handled."""
        if not data:
            return
        if self._labelled is not None:
            self._labelled.append(data)
        else:
            self.write(data)

    def reply(self, line: str) -> None:
        """Send a line of the server, given without tags and line end. What is too long for a line is cut."""
        self.replies((line,))

    def replies(self, lines: Iterable[str]) -> None:
        """Send lines of the server all at once, as `reply` does each."""
        self.prepared("".join([f"{cut(line, MAX_LINE - 2)}\r\n" for line in lines]))

    def prepared(self, text: str) -> None:
        """Send lines of the server, with their line ends and without tags, of which none is too long."""
        if text and self.renderer.server_time:
            tags = f"@time={iso(int(self.server.now() * 1000))} "
            text = tags + text[:-2].replace("\r\n", f"\r\n{tags}") + "\r\n"
        self.send(text.encode())

    def numeric(self, numeric: Numeric, *params: str) -> None:
        """Send a numeric. Raises ValueError when it takes other parameters."""
        self.reply(numeric.line(self.server.name, self.nick, params))

    def refuse(self, refusal: Refusal) -> None:
        """Say why the realm did not do what was asked."""
        if self._quiet:
            return
        command = self.command or "*"
        # A specification that says FAIL says so to those who have its own capability, too (setname).
        own = command.lower()
        if refusal.reason not in ANSWERED and not self.capabilities.isdisjoint(
            ("standard-replies", own, f"draft/{own}")
        ):
            self.send_standard_reply("FAIL", command, code_for(refusal.reason), text=text_of(refusal))
            return
        numeric, params = numeric_for(refusal, command)
        self.numeric(numeric, *params)

    @property
    def quiet(self) -> bool:
        """This command is not answered with why it is refused."""
        return self._quiet

    def keep_quiet(self) -> None:
        """Do not say why this command is refused; but one with a label always has an answer."""
        self._quiet = self._label is None

    def fail(self, command: str, code: str, *context: str, text: str) -> None:
        """Send a FAIL (standard-replies); a NOTICE to those who would not understand it."""
        self.standard_reply("FAIL", command, code, *context, text=text)

    def standard_reply(self, kind: str, command: str, code: str, *context: str, text: str) -> None:
        """Send a FAIL, WARN or NOTE, or what stands for it without the capability."""
        if "standard-replies" in self.capabilities or not self.capabilities.isdisjoint(
            UNDERSTOOD.get(command, NONE)
        ):
            self.send_standard_reply(kind, command, code, *context, text=text)
        else:
            self.notice(f"{command}: {text}" if command != "*" else text)

    def send_standard_reply(self, kind: str, command: str, code: str, *context: str, text: str) -> None:
        """Send a FAIL, WARN or NOTE to a client that understands this one."""
        words = " ".join((kind, command, code, *context))
        self.reply(f":{self.server.name} {words} :{text}")

    def notice(self, text: str) -> None:
        """Send a NOTICE of the server."""
        self.reply(f":{self.server.name} NOTICE {self.nick} :{text}")

    # Labels (labeled-response).

    def _begin_label(self, tags: Tags) -> None:
        label = tags.get("label")
        if label and len(label.encode()) <= MAX_LABEL:
            self._label = label
            self._labelled = []

    def put_label_by(self) -> str | None:
        """The label of the line that is being handled, which is not answered yet."""
        label, self._label, self._labelled = self._label, None, None
        return label

    def take_label_up(self, label: str | None) -> None:
        """Answer now what had this label."""
        if label is not None:
            self._label, self._labelled = label, []

    @contextmanager
    def answering(self, label: str | None) -> Iterator[None]:
        """What is sent meanwhile is all of the answer to what had this label."""
        before = self._label, self._labelled, self._batch
        self._label = self._labelled = self._batch = None
        self.take_label_up(label)
        try:
            yield
        finally:
            self._end_label()
            self._label, self._labelled, self._batch = before

    def _end_label(self) -> None:
        label, collected = self._label, self._labelled
        batch, self._batch = self._batch, None
        self._label = self._labelled = None
        if label is None or collected is None:
            return
        name, time = self.server.name, self.time_tag
        if batch is not None:
            self.write(labels.members(collected, batch) + labels.closing(batch, name, time))
        else:
            self.write(labels.labelled(label, collected, self.next_batch(), name, time))

    def _spill_label(self) -> None:
        """Send what the label has collected, as part of a batch that goes on."""
        collected = self._labelled
        if self._label is None or not collected:
            return
        if self._batch is None:
            self._batch = self.next_batch()
            self.write(labels.opening(self._label, self._batch, self.server.name, self.time_tag))
        self.write(labels.members(collected, self._batch))
        self._labelled = []

    def next_batch(self) -> str:
        """A reference for a batch that this client is sent."""
        self._batches += 1
        return f"b{self._batches}"

    @property
    def time_tag(self) -> str:
        """The tag of the time that it is, where the client has asked for it."""
        return f"time={iso(int(self.server.now() * 1000))}" if self.renderer.server_time else ""

    @contextmanager
    def unasked(self) -> Iterator[None]:
        """What is sent meanwhile is no part of the answer that a label may be collecting."""
        collected, self._labelled = self._labelled, None
        try:
            yield
        finally:
            self._labelled = collected
