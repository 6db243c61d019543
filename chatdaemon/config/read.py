"""From a section's text to a value of its dataclass, by the keys that the dataclass's fields describe."""

from __future__ import annotations

import stat
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from chatdaemon.config.ini import Entry, Section
from chatdaemon.config.key import Key
from chatdaemon.config.kinds import Surroundings
from chatdaemon.config.mistakes import Mistake, did_you_mean, nearest
from chatdaemon.config.model import NAMED_SECTIONS, SINGLE_SECTIONS

T = TypeVar("T")

_LARGEST_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class Spec:
    """One key of a section: its field's name, how the ini file calls it, and its default (or MISSING)."""

    field: str
    name: str
    key: Key
    default: Any


def keys_of(section: type[Any]) -> tuple[Spec, ...]:
    """The keys of a section, from the annotations of its dataclass, in their order."""
    hints = typing.get_type_hints(section, include_extras=True)
    return tuple(
        Spec(each.name, each.name.replace("_", "-"), note, each.default)
        for each in fields(section)
        for note in getattr(hints[each.name], "__metadata__", ())
        if isinstance(note, Key)
    )


@dataclass(slots=True)
class Reading:
    """One reading of a configuration: the environment it happens in, and what was found wrong so far."""

    environ: Mapping[str, str]
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)

    def mistake(self, place: Entry | Section, text: str) -> None:
        """Something that makes the configuration unusable."""
        self.mistakes.append(Mistake(place.file, place.line, text))

    def warning(self, place: Entry | Section, text: str) -> None:
        """Something that is allowed, and that people should know of."""
        self.warnings.append(Mistake(place.file, place.line, text))

    def section(self, model: type[T], section: Section, **fixed: object) -> T | None:
        """The section as a `model`, with the `fixed` fields besides; None if there is a mistake in it."""
        before = len(self.mistakes)
        values = dict(fixed)
        specs = keys_of(model)
        known = sorted(name for spec in specs for name in (spec.name, spec.key.file) if name)
        unknown = [name for name in section.entries if name not in known]
        meant = {nearest(name, known) for name in unknown}
        for name in unknown:
            self.mistake(section.entries[name], _unknown_key(name, section.name, known))
        for spec in specs:
            direct = section.entries.get(spec.name)
            from_file = section.entries.get(spec.key.file) if spec.key.file else None
            if direct and from_file:
                self.mistake(from_file, f'give "{spec.name}" or "{spec.key.file}", not both')
            elif direct or from_file:
                try:
                    values[spec.field] = self._value(spec, direct, from_file)
                except ValueError as error:
                    called = spec.name if direct else spec.key.file
                    self.mistake(direct or from_file or section, f"{called}: {error}")
            elif spec.default is MISSING and spec.name not in meant:
                self.mistake(section, f'[{section.name}] needs "{spec.name}"')
        return model(**values) if len(self.mistakes) == before else None

    def _value(self, spec: Spec, direct: Entry | None, from_file: Entry | None) -> object:
        entry = direct or from_file
        assert entry is not None
        at = Surroundings(entry.file.parent.absolute(), self.environ)
        if direct is not None:
            value = spec.key.kind.read(direct.value, at)
            if spec.key.secret and isinstance(value, tuple):
                for path in value:
                    if isinstance(path, Path):
                        self.check_secret(path, entry)
            return value
        path = at.path(entry.value)
        if spec.key.secret:
            self.check_secret(path, entry)
        return spec.key.kind.read(_contents(path), at)

    def check_secret(self, path: Path, place: Entry) -> None:
        """Warn when everybody on this machine may read the secret in `path`."""
        try:
            mode = path.stat().st_mode
        except OSError:
            return  # reading it says so
        if mode & stat.S_IROTH:
            self.warning(place, f"everybody on this machine can read {path}; chmod o-r would keep it secret")


def named_sections(sections: Mapping[str, Section], word: str) -> Iterator[tuple[str, Section]]:
    """Each section `[word NAME]`, with its NAME."""
    for header, section in sections.items():
        first, _, name = header.partition(" ")
        if first == word and name:
            yield name, section


def unknown_section(header: str) -> str | None:
    """What is wrong with a section's header, or None."""
    first, _, name = header.partition(" ")
    if first in NAMED_SECTIONS:
        if not name:
            return f"[{header}] needs a name: [{header} NAME]"
        return f'the name of [{header}] cannot hold a space: "{name}"' if " " in name else None
    if header in SINGLE_SECTIONS:
        return None
    known = {**{word: word for word in SINGLE_SECTIONS}, **{word: f"{word} NAME" for word in NAMED_SECTIONS}}
    if first in SINGLE_SECTIONS:
        return f'unknown section [{header}]; did you mean "{first}"?'
    hint = did_you_mean(first, known)
    for word in NAMED_SECTIONS:
        hint = hint.replace(f'"{word}"', f'"{word} {name or "NAME"}"')
    return f"unknown section [{header}]{hint}"


def _unknown_key(name: str, header: str, known: list[str]) -> str:
    """The message about a key that its section does not have: the nearest one, or where it belongs."""
    hint = did_you_mean(name, known)
    if not hint:
        for word, (_, model) in (SINGLE_SECTIONS | NAMED_SECTIONS).items():
            if any(name.replace("_", "-") in (spec.name, spec.key.file) for spec in keys_of(model)):
                hint = f"; it belongs in [{word}{' NAME' if word in NAMED_SECTIONS else ''}]"
                break
    return f'unknown key "{name}" in [{header}]{hint}'


def _contents(path: Path) -> str:
    """The text of a file that a key names, without the newlines around it. Raises ValueError."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    if len(data) > _LARGEST_FILE:
        raise ValueError(f"{path} is larger than {_LARGEST_FILE} bytes")
    try:
        return data.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8") from None
