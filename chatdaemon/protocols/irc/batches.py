"""Batches: those that a client opens (client-batch, draft/multiline), and answers in one (batch)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall

from chatdaemon.protocols.irc.labels import members
from chatdaemon.protocols.irc.numerics import Numeric
from chatdaemon.realm.requests import Line
from chatdaemon.wire.ircmsg import MAX_LINE, Message, Tags, escape_tag, middle
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

MULTILINE = "draft/multiline"
JOINED = "draft/multiline-concat"
# Seconds without a line after which a batch that is open is given up.
PATIENCE = 30.0
# What may come while a batch is open without being part of it: signs of life, and leaving.
MEANWHILE = frozenset({"PING", "PONG", "QUIT"})


class ClientBatch:
    """A message of several lines that a client has begun: what it has sent of it so far.

    `label` is that of the line that opened it, `tags` its client-only tags. One that is `dead` was refused:
    what is still to come of it is passed over.
    """

    __slots__ = ("call", "dead", "label", "lines", "reference", "size", "tags", "target")

    def __init__(
        self, reference: str, target: str, label: str | None, tags: Tags | None, call: IDelayedCall
    ) -> None:
        self.reference = reference
        self.target = target
        self.label = label
        self.tags = tags
        self.call = call
        self.lines: list[Line] = []
        self.size = 0  # of the whole text, in bytes
        self.dead = False

    def end(self) -> None:
        """Wait for no more of it."""
        if self.call.active():
            self.call.cancel()


def begin(session: IRCSession, reference: str, target: str, tags: Tags | None) -> None:
    """The client begins a message of several lines."""
    give_up(session)
    call = session.around.clock.callLater(PATIENCE, _lose_patience, session)
    session.open_batch = ClientBatch(reference, target, session.put_label_by(), tags, call)


def finish(session: IRCSession, reference: str) -> ClientBatch | None:
    """The client has sent all of a message. None when there is nothing of it to be said: it has been told why
    before, or is told now."""
    batch = session.open_batch
    if batch is None or batch.reference != reference:
        _fail(session, "MULTILINE_INVALID", text="No such batch is open")
        return None
    give_up(session)
    if batch.dead:
        return None
    session.take_label_up(batch.label)
    if not any(line.text for line in batch.lines):
        _fail(session, "MULTILINE_INVALID", text="There is no text to send")
        return None
    return batch


def give_up(session: IRCSession) -> None:
    """Forget the batch that is open, if one is."""
    batch, session.open_batch = session.open_batch, None
    if batch is not None:
        batch.end()


def takes(session: IRCSession, message: Message) -> bool:
    """Whether a line belongs to a batch, or must not come while one is open: then it is dealt with here."""
    batch = session.open_batch
    reference = message.tags.get("batch")
    if batch is not None and reference == batch.reference:
        # The label of a line within it says nothing: only the first is answered.
        session.put_label_by()
        if not batch.dead:
            batch.call.reset(PATIENCE)
            _collect(session, batch, message)
        return True
    if reference and session.has(MULTILINE):
        # No message of its own: that is not what its sender meant.
        _fail(session, "MULTILINE_INVALID", text="No such batch is open")
        return True
    if batch is None or batch.dead or message.command in MEANWHILE:
        return False
    if message.command == "BATCH" and message.params[:1] == [f"-{batch.reference}"]:
        return False
    text = "Only lines of the batch can be sent until it ends"
    if batch.label is not None and "label" in message.tags:
        _fail(session, "MULTILINE_INVALID", text=text)
    _refuse(session, batch, "MULTILINE_INVALID", text=text)
    return True


def _collect(session: IRCSession, batch: ClientBatch, message: Message) -> None:
    params = message.params
    if message.command != "PRIVMSG" or len(params) < 2:
        _refuse(
            session, batch, "MULTILINE_INVALID", text="A batch of this type holds PRIVMSG with a text only"
        )
        return
    target, text = params[0], params[1]
    if session.realm.fold(target) != session.realm.fold(batch.target):
        names = (middle(batch.target), middle(target))
        _refuse(session, batch, "MULTILINE_INVALID_TARGET", *names, text="The target is not the batch's")
        return
    joined = JOINED in message.tags
    if joined and not text:
        _refuse(session, batch, "MULTILINE_INVALID", text="An empty line cannot go on the one before it")
        return
    settings = session.server.settings
    line = Line(text, joined and bool(batch.lines))
    batch.size += len(text.encode()) + (bool(batch.lines) and not line.joined)
    batch.lines.append(line)
    if batch.size > settings.multiline_bytes:
        most = str(settings.multiline_bytes)
        _refuse(session, batch, "MULTILINE_MAX_BYTES", most, text=f"A batch has {most} bytes at most")
    elif settings.multiline_lines is not None and len(batch.lines) > settings.multiline_lines:
        most = str(settings.multiline_lines)
        _refuse(session, batch, "MULTILINE_MAX_LINES", most, text=f"A batch has {most} lines at most")


def _refuse(session: IRCSession, batch: ClientBatch, code: str, *context: str, text: str) -> None:
    """Say why the batch is refused: that is the answer to the line that opened it."""
    batch.end()
    batch.dead = True
    batch.lines.clear()
    label, batch.label = batch.label, None
    with session.answering(label if label is not None else session.put_label_by()):
        _fail(session, code, *context, text=text)


def _fail(session: IRCSession, code: str, *context: str, text: str) -> None:
    session.fail("BATCH", code, *context, text=text)


def _lose_patience(session: IRCSession) -> None:
    batch = session.open_batch
    if batch is not None:
        text = "The batch was left open for too long"
        batch.dead = True
        batch.lines.clear()
        label, batch.label = batch.label, None
        with session.answering(label):
            _fail(session, "TIMEOUT", batch.reference, text=text)


class Batch:
    """An answer in a batch of this type, to a client that understands batches; its lines alone to others.

    It may take several turns, with other lines sent meanwhile. `tags` are put on its first line. One that is
    `whole` is all of the answer to the command that is being handled: then its label is there, too.
    """

    __slots__ = ("_reference", "_session")

    def __init__(
        self, session: IRCSession, kind: str, *params: str, tags: tuple[str, ...] = (), whole: bool = False
    ) -> None:
        self._session = session
        self._reference = session.next_batch() if session.has("batch") else ""
        if self._reference:
            # Whoever may use labels understands batches (labeled-response, "Dependencies").
            label = session.put_label_by() if whole else None
            if label is not None:
                tags = (f"label={escape_tag(label)}", *tags)
            if session.time_tag:
                tags = (*tags, session.time_tag)
            words = " ".join((f"BATCH +{self._reference}", kind, *params))
            head = f"@{';'.join(tags)} " if tags else ""
            session.send(f"{head}{cut(f':{session.server.name} {words}', MAX_LINE - 2)}\r\n".encode())

    def include(self, rendered: bytes) -> None:
        """Send rendered lines as part of the batch; those of a batch within it stay what they are."""
        if self._reference:
            rendered = members([rendered], self._reference)
        self._session.send(rendered)

    def reply(self, line: str) -> None:
        """Send a line of the server as part of the batch. What is too long for a line is cut."""
        session = self._session
        if not self._reference:
            session.reply(line)
            return
        time = f";{session.time_tag}" if session.time_tag else ""
        session.send(f"@batch={self._reference}{time} {cut(line, MAX_LINE - 2)}\r\n".encode())

    def numeric(self, numeric: Numeric, *params: str) -> None:
        """Send a numeric as part of the batch."""
        self.reply(numeric.line(self._session.server.name, self._session.nick, params))

    def close(self) -> None:
        """That was all."""
        if self._reference:
            self._session.reply(f":{self._session.server.name} BATCH -{self._reference}")
