"""What the realm needs to know of people's text: formatting (mode c), CTCP (mode C), and what is one line."""

import re
from typing import Final

# Bold, reset, monospace, reverse, italics, strikethrough, underline; colours with up to two digits each, a
# background only behind a foreground; hexadecimal colours with six digits each.
_FORMATTING: Final = re.compile(
    "[\x02\x0f\x11\x16\x1d\x1e\x1f]"
    "|\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?"
    "|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
)


def strip_formatting(text: str) -> str:
    """`text` without formatting codes (modern.ircdocs.horse/formatting)."""
    return _FORMATTING.sub("", text)


def is_ctcp(text: str) -> bool:
    """Whether `text` is a CTCP query or reply (modern.ircdocs.horse/ctcp), ACTION included."""
    return text.startswith("\x01")


def is_action(text: str) -> bool:
    """Whether `text` is a CTCP ACTION ("/me"), which mode C lets through. The delimiter at the end may be
    missing, as after a client that split a long line."""
    return text.startswith("\x01ACTION") and text[7:8] in ("", " ", "\x01")


def action_text(text: str) -> str:
    """What a CTCP ACTION says that is done."""
    return text[len("\x01ACTION ") :].removesuffix("\x01")


def as_action(text: str) -> str:
    """The CTCP ACTION that says that `text` is done."""
    return f"\x01ACTION {text}\x01"


def is_one_line(text: str) -> bool:
    """Whether `text` can be said in every protocol: it has no NUL, CR or LF, and can be encoded as UTF-8.

    IRC cannot even express anything else; a protocol that can (JSON) must ask before it posts.
    """
    if "\n" in text or "\r" in text or "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def cut(text: str, size: int) -> str:
    """`text`, or as much of its beginning as fits `size` bytes of UTF-8; no character is cut in two.

    Beside `wire.text.cut`, which keeps accents with their letters too, and asks Python's Unicode tables: what
    the realm keeps may not depend on those.
    """
    if len(text) * 4 <= size or len(encoded := text.encode()) <= size:
        return text
    return encoded[:size].decode(errors="ignore")
