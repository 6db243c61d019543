"""Mode strings ("+o-k+b nick key mask") to changes, and back (modern.ircdocs.horse "MODE message")."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What a mode letter takes, as ISUPPORT's CHANMODES and PREFIX tell it."""

    LIST = auto()
    """Type A: a parameter; without one it asks for the list."""
    ALWAYS_PARAM = auto()
    """Type B: a parameter, to set and to unset."""
    PARAM_WHEN_SET = auto()
    """Type C: a parameter to set, none to unset."""
    FLAG = auto()
    """Type D, and the modes of users: never a parameter."""
    RANK = auto()
    """PREFIX: a member's nickname."""


class Change(NamedTuple):
    """One letter's worth of a mode string. A list mode without `param` asks for the list."""

    add: bool
    letter: str
    param: str | None = None


class Changes(NamedTuple):
    """What `parse_changes` found. Each letter is named once in each of the last three."""

    changes: list[Change]
    unknown: list[str]
    """Letters that are no mode here (472)."""
    missing: list[str]
    """Letters without the parameter that they need (696)."""
    excess: list[str]
    """Letters behind as many with a parameter as are allowed in one command (ISUPPORT MODES)."""


def parse_changes(
    text: str, params: Sequence[str], kinds: Mapping[str, Kind], max_params: int | None = None
) -> Changes:
    """The changes that the mode string `text` asks for; it adds where it begins without a sign.

    An empty parameter counts as none. Only the first query of a list is kept, so that ``+bbbbbb`` is not
    answered six times. To unset a mode of type B without a parameter is understood, with "*" for it: people
    write ``-k`` alone. `max_params` is how many changes may have a parameter, None for any number.
    """
    add = True
    left = iter(params)
    changes: list[Change] = []
    room = len(params) if max_params is None else max_params
    # Dictionaries for sets that keep their order.
    asked: dict[str, None] = {}
    unknown: dict[str, None] = {}
    missing: dict[str, None] = {}
    excess: dict[str, None] = {}
    for letter in text:
        if letter in "+-":
            add = letter == "+"
            continue
        kind = kinds.get(letter)
        if kind is None:
            unknown[letter] = None
        elif kind is Kind.FLAG or (kind is Kind.PARAM_WHEN_SET and not add):
            changes.append(Change(add, letter))
        elif param := next(left, None):
            if room > 0:
                room -= 1
                changes.append(Change(add, letter, param))
            else:
                excess[letter] = None
        elif kind is Kind.LIST:
            if letter not in asked:
                asked[letter] = None
                changes.append(Change(add, letter))
        elif kind is Kind.ALWAYS_PARAM and not add:
            changes.append(Change(add, letter, "*"))
        else:
            missing[letter] = None
    return Changes(changes, list(unknown), list(missing), list(excess))


def format_changes(
    changes: Iterable[Change], room: int, max_params: int | None = None
) -> list[tuple[str, list[str]]]:
    """Mode strings and their parameters, one pair for each line: ``+ov-b``, signs only where they change.

    `room` is the bytes that a mode string and its parameters, each with a space before it, may take in a
    line, `max_params` how many parameters. A change that is longer by itself has a line to itself.
    """
    lines: list[tuple[str, list[str]]] = []
    text = ""
    params: list[str] = []
    sign = ""
    size = 0
    for change in changes:
        wanted = "+" if change.add else "-"
        cost = 1 if change.param is None else 2 + len(change.param.encode())
        full = change.param is not None and max_params is not None and len(params) >= max_params
        if text and (full or size + cost + (wanted != sign) > room):
            lines.append((text, params))
            text, params, sign, size = "", [], "", 0
        if wanted != sign:
            sign = wanted
            text += sign
            size += 2 if size == 0 else 1  # the space before the mode string, with the first sign
        text += change.letter
        if change.param is not None:
            params.append(change.param)
        size += cost
    if text:
        lines.append((text, params))
    return lines
