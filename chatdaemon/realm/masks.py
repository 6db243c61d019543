"""Masks: globs, host masks (nick!user@host) and extended bans, as kept in the lists b, e and I.

Extended bans have the prefix "~" (ISUPPORT ``EXTBAN=~,acmrt``, ``ACCOUNTEXTBAN=a,account``):

====================  ============================================================================
``~a:GLOB``           logged in to such an account; ``~a`` alone: logged in at all
``~c:#channel``       in that channel; ``~c:@#channel``: with that rank there, or a higher one
``~r:GLOB``           the realname; "?" stands for a space, which no mask can hold
``~m:MASK``           (only as the outermost) may be there but not speak: any other mask behind it
``~t:5:MASK``         (only as the outermost) for five minutes: any other mask behind it
====================  ============================================================================

``~!a:GLOB`` and so on match everybody else. ``~account:``, ``~channel:``, ``~realname:``, ``~mute:`` and
``~time:`` are understood too; the letter is the canonical form. A time is a number of minutes, or has units:
``90s``, ``2h30m``, ``1d``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

from . import precis
from .names import Fold, fold

MAX_MASK: Final = 250
"""Bytes of the longest mask in UTF-8: it must fit a line with who set it, and what a mask costs to match
grows with its length times the text's."""

EXTBAN_PREFIX: Final = "~"
EXTBAN_LETTERS: Final = "acmrt"
LONGEST_TIME: Final = 5 * 365 * 86400
"""Of a mask for a time, seconds."""
RANK_PREFIXES: Final = {"~": "q", "&": "a", "@": "o", "%": "h", "+": "v"}
"""A rank's mode letter by its prefix."""


class MaskError(ValueError):
    """This is no mask. The text says why, for people."""


class Subject(Protocol):
    """Who is asked about. Everything but the realname is folded already."""

    @property
    def hostmask(self) -> str:
        """nick!user@host, as others see it."""

    @property
    def real_hostmask(self) -> str:
        """nick!user@host, with the host that the user really comes from."""

    @property
    def folded_account(self) -> str | None: ...

    @property
    def realname(self) -> str: ...

    def in_channel(self, name: str, rank: str | None) -> bool:
        """Whether in the channel of this folded name and, unless `rank` is None, of that rank or higher."""


@lru_cache(maxsize=256)
def compile_glob(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """A function that returns something for the texts that `pattern` fits, and None for all others.

    "*" is any text, "?" any one character, and everything else itself. Case counts: fold both.

    Each text between two stars is taken where it first occurs and never reconsidered, which is enough for
    globs, and keeps ``*a*a*a*b`` from taking exponential time.
    """
    first, *rest = [".".join(map(re.escape, part.split("?"))) for part in pattern.split("*")]
    expression = first
    if rest:
        *between, last = rest
        expression += "".join([f"(?>.*?{part})" for part in between if part]) + ".*" + last
    return re.compile(f"(?s:{expression})\\Z").match


def glob_match(pattern: str, text: str) -> bool:
    """Whether `text` fits the glob `pattern`. Case counts: fold both."""
    return compile_glob(pattern)(text) is not None


def _collapse(pattern: str) -> str:
    # Stars in a row are one, also with question marks among them: "*?*" is "?*".
    def shortest(run: re.Match[str]) -> str:
        return "?" * run[0].count("?") + "*"

    return re.sub(r"[*?]*\*[*?]*", shortest, pattern)


def _hostmask(text: str) -> str:
    nick, bang, rest = text.partition("!")
    if bang:
        user, _, host = rest.partition("@")
    elif "@" in text:
        nick = ""
        user, _, host = text.partition("@")
    elif any(c in text for c in ".:/"):
        nick, user, host = "", "", text  # no nickname has any of these, every address has one
    else:
        user, host = "", ""
    return _collapse(f"{nick or '*'}!{user or '*'}@{host or '*'}")


_NAMES: Final = {
    "a": "a",
    "account": "a",
    "c": "c",
    "channel": "c",
    "m": "m",
    "mute": "m",
    "r": "r",
    "realname": "r",
    "t": "t",
    "time": "t",
}
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_TIME: Final = re.compile("(?:[0-9]{1,9}[smhdw])+")


def _extban(text: str) -> tuple[str, bool, str | None] | None:
    """The letter, whether negated, and what is behind the colon, if any. None for a host mask."""
    if not text.startswith(EXTBAN_PREFIX):
        return None
    name, colon, value = text[1:].partition(":")
    plain = name.removeprefix("!")
    if "@" in name or "!" in plain:
        return None  # *!~user@host, given without the first part
    letter = _NAMES.get(fold(plain))
    if letter is None:
        raise MaskError("There is no such extended ban")
    return letter, name != plain, value if colon else None


def extban_letter(text: str) -> str | None:
    """Which extended ban a canonical mask is; None for a host mask."""
    extban = _extban(text)
    return extban[0] if extban is not None else None


def _seconds(time: str) -> int:
    """How long "5" (minutes) or "1h30m" is. Raises MaskError."""
    time = fold(time)
    if time.isascii() and time.isdigit() and len(time) < 10:
        time += "m"
    if _TIME.fullmatch(time) is None:
        raise MaskError("A time is a number of minutes, or has units: 90s, 2h30m, 1d")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall("([0-9]+)([smhdw])", time))
    if not 0 < seconds <= LONGEST_TIME:
        raise MaskError(f"A time is at least a second, and at most {LONGEST_TIME // 86400} days")
    return seconds


def _time(seconds: int) -> str:
    return f"{seconds}s" if seconds % 60 else f"{seconds // 60}"


def normalise(text: str) -> str:
    """The canonical form of a mask: nick is ``nick!*@*``, user@host is ``*!user@host``, an address alone is
    ``*!*@address``, stars in a row are one, an extended ban is named by its letter. Case is kept.

    Raises MaskError.
    """
    if not text:
        raise MaskError("A mask cannot be empty")
    if text[0] == ":" or not all("\x21" <= c <= "\x7e" or c > "\x9f" for c in text):
        raise MaskError("A mask cannot begin with a colon or have spaces and control characters")
    canonical = _canonical(text)
    if len(canonical.encode()) > MAX_MASK:
        raise MaskError(f"A mask can have {MAX_MASK} bytes at most")
    return canonical


def _canonical(text: str) -> str:
    extban = _extban(text)
    if extban is None:
        return _hostmask(text)
    letter, negated, value = extban
    head = EXTBAN_PREFIX + ("!" if negated else "") + letter
    if value is None and letter == "a":
        return head
    if not value:
        raise MaskError("Something must follow the colon of this extended ban")
    if letter == "m":
        if negated:
            raise MaskError("A mute cannot be negated: negate what is behind it")
        inner = _canonical(value)
        if inner.startswith(("~m:", "~t:")):
            raise MaskError("A mute cannot hold another, nor a time: the time goes in front")
        return f"{head}:{inner}"
    if letter == "t":
        if negated:
            raise MaskError("A time cannot be negated: negate what is behind it")
        time, _, inner = value.partition(":")
        seconds = _seconds(time)
        if not inner or (inner := _canonical(inner)).startswith("~t:"):
            raise MaskError("Behind the time of this extended ban goes a mask")
        return f"{head}:{_time(seconds)}:{inner}"
    if letter == "c":
        # Of any script: one that cannot be here is only never matched.
        fault = precis.channel_fault(value[1:] if value[0] in RANK_PREFIXES else value, MAX_MASK)
        if fault is not None:
            raise MaskError(fault)
        return f"{head}:{value}"
    return f"{head}:{_collapse(value)}"


@dataclass(frozen=True, slots=True)
class Mask:
    """A mask ready to be matched. Made by `compile_mask`; equal to those that mean the same."""

    text: str = field(compare=False)
    """The canonical form, as lists show it."""
    key: str
    """`text` folded, without a time: what a list knows its masks by."""
    mute: bool = field(compare=False)
    """Whether those who match may join, and only not speak."""
    seconds: int = field(compare=False)
    """For how long it is good; 0: until it is taken away."""
    _fits: Callable[[Subject], bool] = field(compare=False, repr=False)

    def matches(self, subject: Subject) -> bool:
        return self._fits(subject)


def compile_mask(text: str, folded: Fold = fold) -> Mask:
    """The mask in `text`, canonical or not, under the casemapping `folded`. Raises MaskError."""
    text = inner = normalise(text)
    seconds = 0
    if text.startswith("~t:"):
        time, _, inner = text.removeprefix("~t:").partition(":")
        seconds = _seconds(time)
    mute = inner.startswith("~m:")
    return Mask(text, folded(inner), mute, seconds, _compile(inner.removeprefix("~m:"), folded))


def _compile(text: str, folded: Fold) -> Callable[[Subject], bool]:
    # Not of the folded whole, in which rfc1459 turns the "~" in front into another character.
    extban = _extban(text)
    if extban is None:
        glob = compile_glob(folded(text))
        return lambda who: glob(who.hostmask) is not None or glob(who.real_hostmask) is not None
    letter, negated, value = extban
    fits = _compile_extban(letter, value, folded)
    if negated:
        return lambda who: not fits(who)
    return fits


def _compile_extban(letter: str, value: str | None, folded: Fold) -> Callable[[Subject], bool]:
    if value is None:
        return lambda who: who.folded_account is not None
    if letter == "c":
        rank = RANK_PREFIXES.get(value[0])
        name = folded(value if rank is None else value[1:])
        return lambda who: who.in_channel(name, rank)
    glob = compile_glob(folded(value))
    if letter == "a":
        return lambda who: who.folded_account is not None and glob(who.folded_account) is not None
    return lambda who: glob(folded(who.realname)) is not None
