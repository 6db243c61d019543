"""What can be wrong with a configuration, and how it is said."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mistake:
    """One fault (or one warning), at its place. `line` is None where the file as a whole is meant."""

    file: Path | None
    line: int | None
    text: str

    def __str__(self) -> str:
        if self.file is None:
            return self.text
        if self.line is None:
            return f"{self.file}: {self.text}"
        return f"{self.file}:{self.line}: {self.text}"


class ConfigError(Exception):
    """The configuration cannot be used. `mistakes` holds every fault, by file and line."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(format_mistakes(self.mistakes))


def format_mistakes(mistakes: Iterable[Mistake]) -> str:
    """One line a mistake, `FILE:LINE: TEXT`: what `--check` prints and REHASH answers."""
    return "\n".join(map(str, mistakes))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that the unknown `word` was most likely meant to be, if any is near."""
    return next(iter(difflib.get_close_matches(word.lower(), known, n=1)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about the unknown `word`: its nearest, or nothing."""
    near = nearest(word, known)
    return f'; did you mean "{near}"?' if near else ""
