"""Searching messages in memory. A database does the same with an index of its own, and is held to this by the
tests: what a word is, and what fits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chatdaemon.history.query import Search
from chatdaemon.history.record import Record
from chatdaemon.history.selection import is_after, is_before, is_shown
from chatdaemon.realm.events import Event, Portrayed, Posted, PostedLines, Relayed
from chatdaemon.realm.reading import Reading

# A * behind fewer letters than these means nothing: with a million messages half of all words begin so, and a
# database is busy for seconds with them.
LEAST_OPEN = 3

_WORD = re.compile(r"\w+")
_TERM = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True)
class Term:
    """Words that have to stand one after the other; with `open`, the last may go on."""

    words: tuple[str, ...]
    open: bool = False


def terms_of(text: str) -> tuple[Term, ...]:
    """What is looked for: of what was typed only quotes, and a * at the end, have a meaning of their own."""
    found = []
    for phrase, word in _TERM.findall(text):
        words = words_of(phrase or word)
        if words:
            found.append(Term(words, word.endswith("*") and len(words[-1]) >= LEAST_OPEN))
    return tuple(found)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, in one case."""
    return tuple(_WORD.findall(text.casefold()))


def text_of(event: Event) -> str:
    """What was said; nothing where nothing was."""
    if not isinstance(event, (Posted, PostedLines, Relayed, Portrayed)):
        return ""
    return event.text.removeprefix("\x01ACTION ").removesuffix("\x01")


def fits(text: str, terms: Iterable[Term]) -> bool:
    """Whether all that is looked for is in the text."""
    words = words_of(text)
    return all(_has(words, term) for term in terms)


def _has(words: tuple[str, ...], term: Term) -> bool:
    size = len(term.words)
    for start in range(len(words) - size + 1):
        there = words[start : start + size]
        if there == term.words:
            return True
        if term.open and there[:-1] == term.words[:-1] and there[-1].startswith(term.words[-1]):
            return True
    return False


def found_in(records: Iterable[Record], search: Search, reading: Reading) -> list[Record]:
    """The messages of one conversation that fit, in the order of the log."""
    terms = terms_of(search.words)
    return [
        record
        for record in records
        if record.message
        and is_shown(record, reading)
        and is_after(record, search.after)
        and is_before(record, search.before)
        and (search.sender is None or search.sender in senders_of(record))
        and fits(text_of(record.told), terms)
    ]


def senders_of(record: Record) -> tuple[str, ...]:
    """What one can call the sender of a record: nick and account."""
    who = getattr(record.told, "who", None)
    if who is None:
        return ()
    nick = getattr(record.told, "nick", who.nick)
    return tuple(name.casefold() for name in (nick, who.account) if name is not None)
