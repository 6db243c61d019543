"""What a sender says and what its recipients must receive: every line once, in order, byte for byte."""

from __future__ import annotations

import re

from bench.driver import Client, Ready
from bench.figure import BenchError


class Conversation:
    """The lines that one sender says to `target`, as each recipient must see them.

    The first line is a probe: from it the prefix that this server gives the sender is learned. Everything
    is then compared with the bytes that must come, which costs one memcmp a read.
    """

    def __init__(
        self, sender: Client, target: str, text_bytes: int = 64, prefix: bytes | None = None
    ) -> None:
        self.sender = sender
        self.expected = bytearray()
        self._command = b"PRIVMSG %s :" % target.encode()
        self._bare = prefix is not None
        self._prefix = prefix
        self._filler = (b" the quick brown fox jumps over the lazy dog" * 12)[: text_bytes - 8]
        self._said = 0

    @property
    def line_bytes(self) -> int:
        """How long each line is on its way out of the server. The prefix must be known."""
        assert self._prefix is not None
        return len(self._prefix) + len(self._command) + 8 + len(self._filler) + 2

    @property
    def said(self) -> int:
        """How many lines have been said, the probe included."""
        return self._said

    def say(self, lines: int = 1) -> None:
        """Send the next `lines` lines in one write."""
        texts = [b"%08d%s\r\n" % (number, self._filler) for number in range(self._said, self._said + lines)]
        self._said += lines
        if self._prefix is not None:
            line = self._prefix + self._command
            self.expected += line + line.join(texts)
        start = (self._prefix or b"") + self._command if self._bare else self._command
        self.sender.send(start + start.join(texts))

    def learn(self, line: bytes) -> None:
        """Take the prefix from the probe as a recipient got it. Raises BenchError when it is not that."""
        pattern = rb"(:%s!\S+ )%s00000000" % (re.escape(self.sender.nick.encode()), re.escape(self._command))
        match = re.match(pattern, line, re.IGNORECASE)
        if match is None:
            raise BenchError(f"not the probe: {line!r}")
        self._prefix = match[1]
        self.expected[:0] = line


class Probe(Ready):
    """Waits for a conversation's first line, and keeps it."""

    def __init__(self, sender: Client) -> None:
        super().__init__([b" PRIVMSG "])
        self.line = b""
        self._start = b":" + sender.nick.encode() + b"!"

    def feed(self, client: Client, data: memoryview) -> None:
        for line in bytes(data).splitlines(keepends=True):
            if line.lower().startswith(self._start.lower()):
                self.line = line
        super().feed(client, data)


class Listener:
    """The sink of one recipient: compares what comes with the conversation, from its present end on.

    PING is answered, PONG sets `settled`, and a QUIT of somebody in `leavers` is noted. Anything else, a
    line lost, doubled or out of order included, is a BenchError.
    """

    __slots__ = ("_expected", "_leavers", "_tail", "at", "gone", "settled")

    def __init__(self, conversation: Conversation, leavers: frozenset[str] = frozenset()) -> None:
        self._expected = conversation.expected
        self._leavers = leavers
        self._tail = b""
        self.at = len(conversation.expected)
        self.gone: list[str] = []
        self.settled = False

    def feed(self, client: Client, data: memoryview) -> None:
        if not self._tail and self._expected.startswith(data, self.at):
            self.at += len(data)
        else:
            self._line_by_line(client, data)

    def _line_by_line(self, client: Client, data: memoryview) -> None:
        line_start = self._expected.rfind(b"\n", 0, self.at) + 1
        # What was taken for the start of an expected line may be that of another one.
        whole = bytes(self._expected[line_start : self.at]) + self._tail + data
        self.at = line_start
        lines = whole.splitlines(keepends=True)
        self._tail = b"" if whole.endswith(b"\n") else lines.pop()
        for line in lines:
            if self._expected.startswith(line, self.at):
                self.at += len(line)
            else:
                self._stray(client, line)
        if self._expected.startswith(self._tail, self.at):
            self.at += len(self._tail)
            self._tail = b""

    def _stray(self, client: Client, line: bytes) -> None:
        words = line.split(None, 2)
        if words[0] == b"PING":
            client.send(b"PONG" + line[4:])
            return
        if len(words) > 1 and words[1] == b"PING":
            client.send(b"PONG " + words[2])
            return
        if len(words) > 1 and words[1] == b"PONG":
            self.settled = True
            return
        nick = words[0][1:].partition(b"!")[0].decode()
        if len(words) > 1 and words[1] == b"QUIT" and nick in self._leavers:
            self.gone.append(nick)
            return
        due = bytes(self._expected[self.at : self.at + len(line)])
        raise BenchError(f"{client.nick}: got {line!r} where {due!r} was due")

    @property
    def complete(self) -> bool:
        """Whether everything said so far has come."""
        return self.at == len(self._expected)

    def ended(self, client: Client) -> None:
        raise BenchError(f"{client.nick}: the server closed the connection")
