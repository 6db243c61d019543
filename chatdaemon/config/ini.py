"""The syntax of the ini file: configparser's, read so that no fault hides another and each keeps its line.

`key = value` under `[section]`; keys in any case; `#` and `;` begin comment lines; lines that are indented
more than their key continue its value. Files named by `include` are read after the file that names them,
and what a later file says of a key wins, so that a drop-in can override; within one file, a section or
key may be there once.
"""

from __future__ import annotations

import glob
import os
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from chatdaemon.config.kinds import split_names
from chatdaemon.config.mistakes import Mistake

_INCLUDE_DEPTH = 16


@dataclass(slots=True)
class Entry:
    """One key's value, as lines, and where the key stands."""

    lines: list[str]
    file: Path
    line: int

    @property
    def value(self) -> str:
        """The lines as one text; the further ones keep how they are indented among themselves."""
        return "\n".join((self.lines[0], textwrap.dedent("\n".join(self.lines[1:])))).strip("\n")


@dataclass(slots=True)
class Section:
    """One section's entries by key, and where its header stands first."""

    name: str
    file: Path
    line: int
    entries: dict[str, Entry] = field(default_factory=dict)


def parse(text: str, file: Path, mistakes: list[Mistake]) -> dict[str, Section]:
    """The sections of one file's text, by name. Faults go to `mistakes`, and the reading goes on."""
    sections: dict[str, Section] = {}
    section: Section | None = None
    # The lines of the value that an indented line continues; a list that nobody keeps, after a fault.
    continued: list[str] | None = None
    indent = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.rstrip()
        stripped = line.lstrip()
        if not stripped:
            if continued is not None:
                continued.append("")
            continue
        if stripped[0] in "#;":
            continue
        if continued is not None and len(line) - len(stripped) > indent:
            continued.append(line)
            continue
        indent = len(line) - len(stripped)
        continued = None
        if stripped[0] == "[":
            name = " ".join(stripped[1:].removesuffix("]").split())
            section = Section(name, file, number)
            if not stripped.endswith("]"):
                mistakes.append(Mistake(file, number, f'a section\'s line is "[NAME]", not "{stripped}"'))
            if name in sections:
                first = sections[name].line
                mistakes.append(Mistake(file, number, f"[{name}] is there twice, first in line {first}"))
            else:
                sections[name] = section
            continue
        key, equals, value = (part.strip() for part in stripped.partition("="))
        key = key.lower()
        continued = [value]
        if not equals or not key:
            mistakes.append(
                Mistake(file, number, f'a line is "key = value" or "[section]", not "{stripped}"')
            )
        elif section is None:
            mistakes.append(Mistake(file, number, f'"{key}" stands before the first [section]'))
        elif key in section.entries:
            first = section.entries[key].line
            mistakes.append(Mistake(file, number, f'"{key}" is there twice, first in line {first}'))
        else:
            section.entries[key] = Entry(continued, file, number)
    return sections


def read(path: Path, mistakes: list[Mistake]) -> dict[str, Section]:
    """The sections of `path` and of all that it includes, merged. Faults go to `mistakes`."""
    reader = _Reader(mistakes)
    reader.read(path, None, ())
    return reader.merged


@dataclass(slots=True)
class _Reader:
    """One reading of a file with what it includes."""

    mistakes: list[Mistake]
    merged: dict[str, Section] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def read(self, path: Path, include: Entry | None, chain: tuple[str, ...]) -> None:
        """Merge the file at `path`; `include` is the entry that named it, `chain` the files being read."""
        real = os.path.realpath(path)
        if real in chain:
            self.blame(path, include, "includes itself")
            return
        if len(chain) >= _INCLUDE_DEPTH:
            self.blame(path, include, f"is more than {_INCLUDE_DEPTH} files deep")
            return
        if real in self.seen:
            return
        self.seen.add(real)
        try:
            data = path.read_bytes()
        except OSError as error:
            self.blame(path, include, f"cannot be read: {error.strerror}")
            return
        sections = parse(_decode(data, path, self.mistakes), path, self.mistakes)
        for name, section in sections.items():
            known = self.merged.setdefault(name, Section(name, section.file, section.line))
            known.entries.update(section.entries)
        further = sections["chatdaemon"].entries.get("include") if "chatdaemon" in sections else None
        if further is not None:
            for pattern in split_names(further.value):
                for found in _matches(path.parent, pattern):
                    self.read(found, further, (*chain, real))

    def blame(self, path: Path, include: Entry | None, what: str) -> None:
        """Report a file that is not read, at the place that named it."""
        if include is None:
            self.mistakes.append(Mistake(path, None, what))
        else:
            self.mistakes.append(Mistake(include.file, include.line, f"include: {path} {what}"))


def _matches(directory: Path, pattern: str) -> list[Path]:
    """The files that `pattern` means, sorted; a plain name means itself, whether it is there or not."""
    names = sorted(glob.glob(pattern, root_dir=directory)) if glob.has_magic(pattern) else [pattern]
    return [directory / name for name in names]


def _decode(data: bytes, file: Path, mistakes: list[Mistake]) -> str:
    """UTF-8, with a byte-order mark or without. What cannot be read is a mistake, and replaced."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        mistakes.append(Mistake(file, line, "the text is not UTF-8"))
        text = data.decode(errors="replace")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        mistakes.append(Mistake(file, line, "the text holds a NUL"))
        text = text.replace("\0", "\ufffd")
    return text
