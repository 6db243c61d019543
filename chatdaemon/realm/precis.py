"""Names in any script: the profile UsernameCaseMapped of RFC 8265 (PRECIS), with what IRC's syntax forbids.

What is a letter, and how it folds, is what the Unicode tables of this Python say (see decision 0006).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from precis_i18n import get_profile

# What separates things in IRC's lines and masks, what is in every relayed name, and what begins something
# else than a name.
_BREAKING: Final = frozenset(" ,*?.!@:/")
_SEPARATORS: Final = frozenset(" ,*?:")
_NO_START: Final = frozenset("#~&@%+$0123456789-")
_PROFILE: Final = get_profile("UsernameCaseMapped")
_FINAL_SIGMA: Final = {0x3C2: "\u03c3"}
# Half-width and full-width forms, which are the ordinary ones (RFC 8265 section 3.3.1, rule 1).
_WIDTHS: Final = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in range(0xFF01, 0xFFF0)
    if len(unicodedata.normalize("NFKC", chr(code))) == 1
}


def fold(text: str) -> str:
    """CASEMAPPING=rfc8265. Any text can be folded (a mask, a name that is not allowed), and twice is as once.

    Unlike the profile's own mapping, a sigma is the same wherever it stands, so that the beginning of a
    folded name is the folded beginning.
    """
    if text.isascii():
        return text.lower()
    # Each step is stable by itself; one can give the next something to do (RFC 8264 section 7).
    while (folded := _fold_once(text)) != text:
        text = folded
    return text


def _fold_once(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(_WIDTHS).lower().translate(_FINAL_SIGMA))


def _profile_fault(text: str) -> bool:
    """Whether the profile refuses the text: symbols, spaces, controls, compatibility characters, letters of
    both directions in an order that would not be shown as it is read."""
    try:
        _PROFILE.enforce(text)
    except UnicodeError:
        return True
    return False


def nick_fault(nick: str, max_length: int) -> str | None:
    """What is wrong with `nick`, or None. Lengths are in bytes of UTF-8."""
    if not nick:
        return "A nickname cannot be empty"
    if len(nick.encode()) > max_length:
        return f"A nickname can have {max_length} bytes at most"
    if nick[0] in _NO_START:
        return f"A nickname cannot begin with {nick[0]}"
    if unicodedata.combining(nick[0]):
        return "A nickname cannot begin with an accent"
    if not _BREAKING.isdisjoint(nick) or _profile_fault(nick):
        return (
            "A nickname can have letters and digits of any script, and no spaces and none of , * ? . ! @ : /"
        )
    return None


def channel_fault(name: str, max_length: int) -> str | None:
    """What is wrong with `name` as a channel's name, or None. Lengths are in bytes of UTF-8, "#" included."""
    if name[:1] != "#":
        return "A channel's name must begin with #"
    rest = name.lstrip("#")
    if len(name) == 1:
        return "A channel's name cannot be empty"
    if len(name.encode()) > max_length:
        return f"A channel's name can have {max_length} bytes at most"
    if not _SEPARATORS.isdisjoint(rest) or (rest and _profile_fault(rest)):
        return "A channel's name can have letters and digits of any script, and no spaces and none of , : * ?"
    return None
