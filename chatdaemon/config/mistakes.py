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
    """The configuration cannot be used. `mistakes` holds every fault that was found, in reading order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(format_mistakes(self.mistakes))


def format_mistakes(mistakes: Iterable[Mistake]) -> str:
    """One line a mistake, `FILE:LINE: TEXT`: what `--check` prints and REHASH answers."""
    return "\n".join(map(str, mistakes))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about the unknown `word`: the nearest known one, or nothing if none is near."""
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return f'; did you mean "{near[0]}"?' if near else ""
