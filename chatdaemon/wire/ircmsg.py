"""One IRC line to a `Message`, and back (modern.ircdocs.horse "Message Format"; IRCv3 message-tags).

Lines carry no line end here on the way in, and "\\r\\n" on the way out. The text is UTF-8 and nothing else
(IRCv3 UTF8ONLY).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from .lines import TOO_LONG

MAX_LINE: Final = 512
"""Bytes of a line without its tags, its CR LF included."""
MAX_CLIENT_TAGS: Final = 4096
"""Bytes of the tags that a client may send, with the "@" and the space behind them."""
MAX_INPUT: Final = MAX_CLIENT_TAGS + MAX_LINE - 2
"""Bytes of the longest line that a client may send, without its line end: the limit for a `LineSplitter`."""

_MAX_TEXT: Final = MAX_LINE - 2

Tags = Mapping[str, str]
"""A message's tags, unescaped. A tag without a value has an empty one: the two mean the same."""
NO_TAGS: Final[Tags] = MappingProxyType({})

Code = Literal["too-long", "invalid-utf8", "bad-character", "no-command"]


class ProtocolError(ValueError):
    """A line that cannot be understood.

    `code` is for the program (answer 417 to "too-long", FAIL INVALID_UTF8 to "invalid-utf8"), the text is for
    people. `command` and `tags` are what could be made out of the line, so that the answer can name the
    one and carry the label in the other; "*" and none where nothing could.
    """

    def __init__(self, code: Code, text: str, command: str = "*", tags: Tags = NO_TAGS) -> None:
        super().__init__(text)
        self.code: Final = code
        self.command: Final = command
        self.tags: Final = tags


class Message:
    """What one line says. `source` is empty where there is none; `command` is in upper case, never empty.

    A plain slots class, since one is made for every line read: a frozen dataclass takes eight times as long.
    """

    __slots__ = ("command", "params", "source", "tags")

    def __init__(self, tags: Tags, source: str, command: str, params: list[str]) -> None:
        self.tags = tags
        self.source = source
        self.command = command
        self.params = params

    def __repr__(self) -> str:
        # Parameters can be passwords or people's words: they stay out of logs.
        return f"<Message {self.command} of {len(self.params)} parameters>"


def parse(line: bytes) -> Message:
    """The message in `line`, which has no line end.

    Raises ProtocolError, and nothing else, for any bytes: "too-long" (also for `TOO_LONG`), "invalid-utf8",
    "bad-character" (NUL, CR or LF) and "no-command".
    """
    if len(line) > _MAX_TEXT:
        _check_size(line)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise _invalid_utf8(line) from None
    if "\0" in text or "\r" in text or "\n" in text:
        if line is TOO_LONG:
            raise ProtocolError("too-long", "Input line was too long")
        raise ProtocolError("bad-character", "NUL, CR and LF cannot be part of a line")
    return _parse_text(text)


def _parse_text(text: str) -> Message:
    tags = NO_TAGS
    source = ""
    if text and text[0] in "@:":
        if text[0] == "@":
            head, _, text = text[1:].partition(" ")
            tags = parse_tags(head)
            text = text.lstrip(" ")
        if text[:1] == ":":
            source, _, text = text[1:].partition(" ")
            if text[:1] == ":":
                raise ProtocolError("no-command", "A line must hold a command", tags=tags)
    head, colon, trailing = text.partition(" :")
    params = head.split(" ")
    if "" in params:
        params = [param for param in params if param]
        if not params:
            raise ProtocolError("no-command", "A line must hold a command", tags=tags)
    command = params.pop(0)
    if colon:
        params.append(trailing)
    # Other letters must not turn into ASCII ones: "dotless i" is I in upper case.
    return Message(tags, source, command.upper() if command.isascii() else command, params)


def _check_size(line: bytes) -> None:
    rest = line
    if line[:1] == b"@":
        tags, _, rest = line.partition(b" ")
        if len(tags) + 1 > MAX_CLIENT_TAGS:
            raise ProtocolError("too-long", "Input line was too long")
    if len(rest) > _MAX_TEXT:
        raise ProtocolError("too-long", "Input line was too long")


def _invalid_utf8(line: bytes) -> ProtocolError:
    command = "*"
    tags = NO_TAGS
    try:
        message = _parse_text(line.decode(errors="replace"))
    except ProtocolError as e:
        tags = e.tags
    else:
        tags = message.tags
        if message.command.isalnum() and message.command.isascii():
            command = message.command
    return ProtocolError("invalid-utf8", "Message rejected: this server speaks UTF-8 only", command, tags)


_KEY: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./"


def parse_tags(text: str) -> Tags:
    """The tags in `text` ("a=b;c", without the "@"), unescaped. Of two of the same name the last one counts;
    what is no name by message-tags' grammar is left out."""
    tags = {}
    for tag in text.split(";"):
        key, _, value = tag.partition("=")
        name = key.removeprefix("+")
        # strip() stops at a character that is not in the set, so something is left of every bad name.
        if name and not name.strip(_KEY):
            tags[key] = unescape_tag(value) if "\\" in value else value
    return tags


_UNESCAPED: Final = {":": ";", "s": " ", "r": "\r", "n": "\n"}


def unescape_tag(value: str) -> str:
    """The value that was sent as `value`. A backslash before another character, or at the end, is dropped."""
    head, *rest = value.split("\\")
    parts = [head]
    pieces = iter(rest)
    for piece in pieces:
        if piece:
            parts.append(_UNESCAPED.get(piece[0], piece[0]) + piece[1:])
        else:
            # An empty piece is a backslash right behind another: the pair is one, what follows is plain.
            following = next(pieces, None)
            if following is not None:
                parts.append("\\" + following)
    return "".join(parts)


_ESCAPES: Final = str.maketrans({";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n"})


def escape_tag(value: str) -> str:
    """`value` as it is sent. Raises ValueError for a NUL, which has no escape."""
    if "\0" in value:
        raise ValueError("NUL in a tag's value")
    if " " in value or ";" in value or "\\" in value or "\r" in value or "\n" in value:
        return value.translate(_ESCAPES)
    return value


def tags_text(tags: Tags) -> str:
    """`tags` as a line begins with them, "@" and space included; nothing where there are none.

    Keys are sent as they are: they must be the server's own, or come from `parse`. Raises ValueError for a
    NUL in a value.
    """
    if not tags:
        return ""
    return (
        "@" + ";".join([f"{key}={escape_tag(value)}" if value else key for key, value in tags.items()]) + " "
    )


def line(source: str, command: str, *params: str, colon: bool = False) -> str:
    """A line to send, without tags, with its CR LF. `source` may be empty.

    The last parameter gets a colon where it needs one, or when `colon` says so. Raises ValueError for what
    cannot be sent: CR, LF or NUL anywhere; a space in the source; a command or a parameter other than the
    last that is empty, has a space or begins with a colon (`middle` makes one of any text).
    """
    words = [command, *params]
    if params:
        last = words.pop()
        if colon or not last or last[0] == ":" or " " in last:
            last = ":" + last
    for word in words:
        if not word or word[0] == ":" or " " in word:
            raise ValueError("a word of a line is empty, has a space or begins with a colon")
    if params:
        words.append(last)
    text = " ".join(words)
    if source:
        if " " in source:
            raise ValueError("a space in the source")
        text = f":{source} {text}"
    if "\n" in text or "\r" in text or "\0" in text:
        raise ValueError("CR, LF or NUL in a line")
    return text + "\r\n"


def middle(text: str) -> str:
    """`text` as a parameter that can stand anywhere in a line, for an answer that repeats what somebody sent:
    up to its first space, without colons in front, "*" where nothing is left."""
    return text.lstrip(" :").partition(" ")[0] or "*"
