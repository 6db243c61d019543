"""Anope's flat file (data/anope.db): objects, one line for each thing that is known of one.

OBJECT NickCore
DATA display alice
DATA pass bcrypt:$2a$10$...
END
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from chatdaemon.importing.found import NotImportable

# Seconds since 1970 have ten.
_LONGEST_NUMBER: Final = 12


@dataclass(slots=True)
class AnopeObject:
    """One object. A key that it does not have is an empty text."""

    type: str
    data: dict[str, str] = field(default_factory=dict)

    def get(self, *keys: str) -> str:
        """The value of the first of these keys that has one: versions of Anope name things differently."""
        return next((self.data[key] for key in keys if self.data.get(key)), "")

    def number(self, *keys: str) -> int:
        """The same for a number, 0 where there is none."""
        text = self.get(*keys)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0

    def has(self, *flags: str) -> bool:
        """Whether one of these extensions is set."""
        return any(self.data.get(f"extensible:{flag}", "0") not in ("", "0") for flag in flags)


def read(data: bytes) -> list[AnopeObject]:
    """All objects, in order. Raises NotImportable where it is no such file, or ends in the middle of one."""
    found: list[AnopeObject] = []
    current: AnopeObject | None = None
    key = ""
    for number, line in enumerate(data.split(b"\n"), start=1):
        text = _text(line.removesuffix(b"\r"))
        word, _, rest = text.partition(" ")
        if word == "OBJECT" and rest and current is None:
            current, key = AnopeObject(rest), ""
        elif word == "DATA" and rest and current is not None:
            key, _, value = rest.partition(" ")
            current.data[key] = value
        elif text == "END" and current is not None:
            found.append(current)
            current = None
        elif text and current is not None and key and word != "OBJECT":
            # A text of several lines.
            current.data[key] += f" {text}"
        elif text:
            raise NotImportable(f"it is no flat file of Anope (data/anope.db), or damaged (line {number})")
    if current is not None:
        raise NotImportable(
            "it ends in the middle of an object: take a copy of it when Anope has been stopped"
        )
    if not any(each.type in ("NickCore", "ChannelInfo") for each in found):
        raise NotImportable("it has no accounts and no channels of Anope; data/anope.db has both")
    return found


def _text(line: bytes) -> str:
    # What people have written is in any encoding; the oldest clients' is the likeliest besides UTF-8.
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
