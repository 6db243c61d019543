"""Who is spoken of in a text: nicknames in it that stand as words of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# Colours and the like (mIRC's control characters), of which digits would stick to a name.
_FORMAT: Final = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
    "|[\x01\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
# Words as people write them, and as long as the other characters of nicknames go.
_WORDS: Final = (re.compile(r"[\w|-]+"), re.compile(r"[\w|\-\[\]{}\\`^]+"))
# No nickname is longer, in characters.
_LONGEST: Final = 64


def words_of(text: str) -> Iterator[str]:
    """The words of a text that could be nicknames; some of them twice."""
    # A nickname in an address speaks of nobody.
    text = " ".join([part for part in _FORMAT.sub("", text).split() if "://" not in part])
    for pattern in _WORDS:
        for word in pattern.findall(text):
            if len(word) <= _LONGEST:
                yield word
