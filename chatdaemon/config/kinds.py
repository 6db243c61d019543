"""The kinds of value that a key can have: each reads a value's text and writes it back.

`read` raises ValueError with a text for people; `write` is its inverse, for the commented example;
`says` completes the sentence "the value is ...".
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from chatdaemon.config.mistakes import did_you_mean

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.IGNORECASE)
_ARGON2ID = re.compile(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}")
_MASK = re.compile(r"[^\s@!]+@[^\s@!]+")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a value's text is read in: the directory of its file, and the environment."""

    directory: Path
    environ: Mapping[str, str]

    def path(self, text: str) -> Path:
        """The file that `text` names: relative to the ini file, or `credential:NAME` of systemd."""
        if not text:
            raise ValueError("the name of a file is missing")
        if "\0" in text:
            raise ValueError("a file's name cannot hold a NUL")
        scheme, colon, name = text.partition(":")
        if not colon or scheme != "credential":
            return self.directory / text
        credentials = self.environ.get("CREDENTIALS_DIRECTORY")
        if not credentials:
            raise ValueError(f'"{text}" needs $CREDENTIALS_DIRECTORY, which systemd sets for LoadCredential=')
        if not name or "/" in name or name in (".", ".."):
            raise ValueError(f'"{name}" is not the name of a credential')
        return Path(credentials) / name


class Kind(Protocol):
    """How the text of a value becomes the value, and the other way round."""

    @property
    def says(self) -> str: ...

    def read(self, text: str, at: Surroundings) -> object: ...

    def write(self, value: Any) -> str: ...


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text without control characters; `longest` in bytes of UTF-8."""

    longest: int = 300
    empty: bool = True
    spaces: bool = True

    @property
    def says(self) -> str:
        return "text" if self.spaces else "a word"

    def read(self, text: str, at: Surroundings) -> str:
        if "\n" in text:
            raise ValueError("the value must be one line")
        if any(char < " " or char == "\x7f" for char in text):
            raise ValueError("the value holds a control character")
        if not text and not self.empty:
            raise ValueError("the value is missing")
        if not self.spaces and " " in text:
            raise ValueError("the value cannot hold a space")
        if len(text.encode()) > self.longest:
            raise ValueError(f"the value is longer than {self.longest} bytes")
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class ServerName:
    """A host name with a dot, as a message's source needs it (RFC 2812 section 2.3.1)."""

    says: str = field(default="a host name with a dot", init=False)

    def read(self, text: str, at: Surroundings) -> str:
        labels = text.split(".")
        if len(text) > 63 or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
            raise ValueError(f'"{text}" is not a host name with a dot, of letters, digits and "-", up to 63')
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Lines:
    """Any number of lines of text. Empty ones around it and tabs do not survive."""

    says: str = field(default="text; further lines are indented", init=False)

    def read(self, text: str, at: Surroundings) -> tuple[str, ...]:
        if "\0" in text:
            raise ValueError("the text holds a NUL")
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        return tuple(text.expandtabs().split("\n")) if text else ()

    def write(self, value: tuple[str, ...]) -> str:
        return "\n".join(value)


@dataclass(frozen=True, slots=True)
class Flag:
    """yes or no."""

    says: str = field(default="yes or no", init=False)

    def read(self, text: str, at: Surroundings) -> bool:
        match text.lower():
            case "yes" | "true" | "on" | "1":
                return True
            case "no" | "false" | "off" | "0":
                return False
        raise ValueError(f'"{text}" is neither yes nor no')

    def write(self, value: bool) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def says(self) -> str:
        return " or ".join(self.words)

    def read(self, text: str, at: Surroundings) -> str:
        if text.lower() not in self.words:
            raise ValueError(
                f'"{text}" is not one of {", ".join(self.words)}{did_you_mean(text, self.words)}'
            )
        return text.lower()

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Letters:
    """Mode letters, each of them one of `known`, with or without a "+" before them."""

    known: str

    @property
    def says(self) -> str:
        return f"letters out of {self.known}"

    def read(self, text: str, at: Surroundings) -> str:
        letters = text.removeprefix("+")
        for letter in letters:
            if letter not in self.known:
                raise ValueError(f'"{letter}" is not a mode that can be a default; these can: {self.known}')
        return "".join(dict.fromkeys(letters))

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory's name, relative to the ini file. It need not exist yet."""

    says: str = field(default="a directory, relative to this file", init=False)

    def read(self, text: str, at: Surroundings) -> Path:
        return at.path(text)

    def write(self, value: Path) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Files:
    """Names of files that can be read, separated by commas or lines."""

    says: str = field(default="file names, relative to this file, or credential:NAME", init=False)

    def read(self, text: str, at: Surroundings) -> tuple[Path, ...]:
        paths = tuple(at.path(name) for name in split_names(text))
        for path in paths:
            check_readable(path)
        return paths

    def write(self, value: tuple[Path, ...]) -> str:
        return ", ".join(map(str, value))


@dataclass(frozen=True, slots=True)
class Patterns:
    """File names and patterns, separated by commas or lines, kept as they are written."""

    says: str = field(default="file names or patterns, relative to this file", init=False)

    def read(self, text: str, at: Surroundings) -> tuple[str, ...]:
        return tuple(split_names(text))

    def write(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """An argon2id hash in its usual encoding, as `chatdaemon hash-password` prints it."""

    says: str = field(default="what `chatdaemon hash-password` prints", init=False)

    def read(self, text: str, at: Surroundings) -> str:
        if not _ARGON2ID.fullmatch(text):
            raise ValueError("the value is not an argon2id hash; `chatdaemon hash-password` makes one")
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """SHA-256 fingerprints of certificates; read with or without colons, kept as 64 lower-case digits."""

    says: str = field(default="SHA-256 fingerprints of certificates, in hexadecimal", init=False)

    def read(self, text: str, at: Surroundings) -> tuple[str, ...]:
        fingerprints = []
        for word in split_words(text):
            digits = word.replace(":", "").lower()
            if not re.fullmatch(r"[0-9a-f]{64}", digits):
                raise ValueError(f'"{word}" is not a SHA-256 fingerprint of 64 hexadecimal digits')
            fingerprints.append(digits)
        return tuple(dict.fromkeys(fingerprints))

    def write(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)


@dataclass(frozen=True, slots=True)
class Masks:
    """user@host masks with * and ?, separated by commas, spaces or lines."""

    says: str = field(default="user@host masks with * and ?", init=False)

    def read(self, text: str, at: Surroundings) -> tuple[str, ...]:
        masks = tuple(split_words(text))
        for mask in masks:
            if not _MASK.fullmatch(mask) or not mask.isprintable():
                raise ValueError(f'"{mask}" is not a mask of the form user@host')
        return masks

    def write(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)


@dataclass(frozen=True, slots=True)
class Subset:
    """Some of a few words, separated by commas, spaces or lines; "all" is all of them."""

    words: tuple[str, ...]

    @property
    def says(self) -> str:
        return f"any of {', '.join(self.words)}; or all"

    def read(self, text: str, at: Surroundings) -> frozenset[str]:
        chosen = [word.lower() for word in split_words(text)]
        for word in chosen:
            if word not in self.words and word != "all":
                known = (*self.words, "all")
                raise ValueError(f'"{word}" is not one of {", ".join(known)}{did_you_mean(word, known)}')
        return frozenset(self.words if "all" in chosen else chosen)

    def write(self, value: frozenset[str]) -> str:
        return "all" if value == set(self.words) else ", ".join(sorted(value))


def check_readable(path: Path) -> None:
    """Raise ValueError unless `path` is a file that this process may read. It is not opened."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    if not stat.S_ISREG(mode):
        raise ValueError(f"{path} is not a file")
    if not os.access(path, os.R_OK):
        raise ValueError(f"{path}: no permission to read it")


def split_names(text: str) -> list[str]:
    """The names in a list whose members may hold spaces: separated by commas or lines."""
    return [name for part in re.split(r"[,\n]", text) if (name := part.strip())]


def split_words(text: str) -> list[str]:
    """The words in a list: separated by commas, spaces or lines."""
    return text.replace(",", " ").split()
