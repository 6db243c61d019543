"""The commented ini file, `conf/chatdaemon.ini`, written from the fields that the parser reads.

python -m chatdaemon.config.template > conf/chatdaemon.ini
"""

from __future__ import annotations

import sys
import textwrap
from dataclasses import MISSING
from typing import Any

from chatdaemon.config.model import DEFAULT_LISTENERS, NAMED_SECTIONS, SINGLE_SECTIONS, Listener
from chatdaemon.config.read import Spec, keys_of

_HEAD = """\
# Every key of chatdaemon, with its default or, where it has none, an example. What is commented out with
# "#" and no space after it can be taken as it stands. A value goes on in lines that are indented more
# than its key. A key that ends in -file names a file with the value in it; a file written credential:NAME
# is systemd's (LoadCredential=). Check a file with: twistd chatdaemon --check --config FILE
"""


def commented() -> str:
    """The text of the commented ini file."""
    first, *others = DEFAULT_LISTENERS
    singles = dict(SINGLE_SECTIONS)
    named = {word: model for word, (_, model) in NAMED_SECTIONS.items() if word != "listener"}
    parts = [
        _HEAD,
        _section("[chatdaemon]", singles.pop("chatdaemon")[1]),
        _section(f"[listener {first.name}]", Listener, first),
        *(_further(listener) for listener in others),
        *(_section(f"[{word}]", model) for word, (_, model) in singles.items()),
        *(_section(f"#[{word} NAME]", model) for word, model in named.items()),
    ]
    return "\n".join(parts)


def _section(header: str, model: type[Any], example: object = None) -> str:
    """A section with every key explained; where `example` differs from the default, it is said so."""
    says = (model.__doc__ or "").split("\n")[0].partition(": ")[2]
    lines = [*_comment(says), header]
    for spec in keys_of(model):
        lines += ["", *_explained(spec)]
        value = getattr(example, spec.field, spec.default)
        if value != spec.default:
            lines.append(f"{spec.name} = {spec.key.kind.write(value)}")
        else:
            shown = spec.key.example if spec.key.example is not None else spec.key.kind.write(spec.default)
            lines.append(f"#{spec.name} = {shown}".rstrip())
        if spec.key.file:
            lines.append(f"#{spec.key.file} = FILE")
    return "\n".join(lines) + "\n"


def _further(listener: Listener) -> str:
    """A section with no more than what differs from the defaults."""
    lines = [f"[listener {listener.name}]"]
    for spec in keys_of(Listener):
        value = getattr(listener, spec.field)
        if value != spec.default:
            lines.append(f"{spec.name} = {spec.key.kind.write(value)}")
    return "\n".join(lines) + "\n"


def _explained(spec: Spec) -> list[str]:
    notes = [spec.key.kind.says]
    if spec.default is MISSING:
        notes.append("must be given")
    if spec.key.restart:
        notes.append("a change needs a restart")
    return _comment(f"{spec.key.doc} ({'; '.join(notes)})")


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text[0].upper() + text[1:], 100, break_on_hyphens=False)]


def main() -> None:
    """Write the commented ini file to standard output."""
    sys.stdout.write(commented())


if __name__ == "__main__":
    main()
