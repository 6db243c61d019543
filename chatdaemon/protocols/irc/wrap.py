"""Lists of words in numerics: as many lines as they need, none longer than a line may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatdaemon.wire.ircmsg import MAX_LINE
from chatdaemon.wire.text import size_of

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


def room_for_text(session: IRCSession, *words: str) -> int:
    """Bytes left in a numeric for its text, behind the nick and these words."""
    return MAX_LINE - 2 - len(" ".join((f":{session.server.name} 000 {session.nick}", *words, ":")).encode())


def wrap(words: Iterable[str], room: int, separator: str = " ") -> list[str]:
    """Words joined in texts of at most `room` bytes; a word that is longer has one to itself."""
    texts: list[str] = []
    line: list[str] = []
    size = 0
    for word in words:
        length = size_of(word)
        if line and size + len(separator) + length > room:
            texts.append(separator.join(line))
            line = []
        size = size + len(separator) + length if line else length
        line.append(word)
    if line:
        texts.append(separator.join(line))
    return texts
