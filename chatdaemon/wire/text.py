"""Text cut to a size in bytes."""

from typing import Final
from unicodedata import combining

_JOINER: Final = "\u200d"
# A cluster that goes on for longer than this is no letter or picture: it is cut between code points.
_LONGEST_CLUSTER: Final = 16


def _continues(character: str) -> bool:
    """Whether `character` belongs to the one before it: combining marks, variation selectors, the joiner,
    keycaps, skin tones."""
    return (
        combining(character) != 0
        or character == _JOINER
        or "\ufe00" <= character <= "\ufe0f"
        or character == "\u20e3"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def size_of(text: str) -> int:
    """The bytes that the text has in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def cut(text: str, size: int) -> str:
    """The beginning of `text`, at most `size` bytes of UTF-8.

    Cut between code points, and, where that is easily told, not between a letter and its accents or in the
    middle of a picture made of several. `text` must be encodable (no lone surrogates).
    """
    if len(text) * 4 <= size:
        return text
    if text.isascii():
        return text[:size]
    data = text.encode()
    if len(data) <= size:
        return text
    end = fits = len(data[:size].decode(errors="ignore"))
    while end > 0 and (_continues(text[end]) or text[end - 1] == _JOINER):
        end -= 1
        if fits - end == _LONGEST_CLUSTER:
            return text[:fits]
    return text[: end or fits]
