"""Names that look alike (Unicode Technical Standard 39, section 4)."""

from __future__ import annotations

import unicodedata
from typing import Final

from chatdaemon.realm.confusables_data import mapping

_MAPPING: Final = mapping()
# What cannot be seen at all (Default_Ignorable_Code_Point); some of it is not even allowed in names.
_IGNORED: Final = dict.fromkeys(
    (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010),
     *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0,
     *range(0xE0100, 0xE01F0))
)  # fmt: skip
_ASCII: Final = {code: look for code, look in _MAPPING.items() if code < 0x80}


def skeleton(name: str) -> str:
    """What all names that look like this one have in common; names with the same skeleton are confusable.

    Made of the name as it is written, before its letters' case is folded: I looks like l, and i does not.
    The case of what it looks like is folded afterwards: names that differ in nothing else are the same.
    """
    if name.isascii():
        # Twice: the small form of a letter may look like something that the large one does not.
        return name.translate(_ASCII).lower().translate(_ASCII)
    seen = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name)).translate(_IGNORED)
    looks = unicodedata.normalize("NFD", seen.translate(_MAPPING)).casefold()
    return unicodedata.normalize("NFD", looks.translate(_MAPPING).casefold())
