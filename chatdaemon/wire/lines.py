"""Bytes to lines, for every protocol that speaks in lines (IRC and JSON over TCP and TLS).

modern.ircdocs.horse, "Compatibility with incorrect software": LF alone ends a line like CR LF, and empty
lines are ignored. A CR elsewhere is left in the line, for the parser of the line to judge.
"""

from typing import Final

TOO_LONG: Final = b"\n\n"
"""Stands in a splitter's result for a line over the limit. It is no line, since no line holds an LF: look for
it with ``is``, or let `ircmsg.parse` refuse it like any other over-long line. Of two bytes: of a single one
Python keeps but one object."""


class LineSplitter:
    """Owns the unfinished end of one connection's input, which is never more than `limit` + 1 bytes.

    `limit` is in bytes, of a line without its line end, and may be changed at any time: it holds from the
    next `feed` on. The same bytes give the same lines in whatever chunks they come.
    """

    __slots__ = ("_discarding", "_held", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._held = bytearray()
        self._discarding = False

    @property
    def pending(self) -> int:
        """Bytes held of a line that has not ended."""
        return len(self._held)

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, in order, without line ends and without the empty ones.

        A line over the limit is `TOO_LONG`, once, as soon as it is known to be: often long before its end.
        The rest of its bytes are dropped as they come.
        """
        first: list[bytes] = []
        if self._discarding:
            _, newline, data = data.partition(b"\n")
            if not newline:
                return first
            self._discarding = False
        elif self._held:
            head, newline, data = data.partition(b"\n")
            if not newline:
                return first if self._keep(head) else [TOO_LONG]
            self._held += head
            first = self._checked([bytes(self._held)])
            self._held.clear()
        pieces = data.split(b"\n")
        tail = pieces.pop()
        lines = first
        if pieces:
            # Nothing in so short a chunk is over the limit, so that most need no look at each line's length.
            if len(data) <= self.limit:
                lines = [line for piece in pieces if (line := piece.rstrip(b"\r"))]
            else:
                lines = self._checked(pieces)
            if first:
                lines = first + lines
        if tail and not self._keep(tail):
            lines.append(TOO_LONG)
        return lines

    def _keep(self, tail: bytes) -> bool:
        # One more byte than the limit may be the CR of a line that just fits.
        if len(self._held) + len(tail) > self.limit + 1:
            self._held.clear()
            self._discarding = True
            return False
        self._held += tail
        return True

    def _checked(self, pieces: list[bytes]) -> list[bytes]:
        limit = self.limit
        lines = []
        for piece in pieces:
            line = piece.rstrip(b"\r")
            if len(line) > limit or len(piece) > limit + 1:
                lines.append(TOO_LONG)
            elif line:
                lines.append(line)
        return lines
