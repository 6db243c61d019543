"""The parts of docs/protocol-json.md that list, each made anew between its markers (`<!-- ops -->`).

What an op does and what its fields are stands in its class. What happened at an event, and when there is an
error, is written in the document: the last cell of a row stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from tools.reference.ops import Described
from tools.reference.schema import Reference
from tools.reference.types import Schema

UNTOLD = "…"
"""The last cell of a row for which nobody has written it yet."""


def rewritten(document: str, reference: Reference) -> str:
    """The document with its lists as they should be. Raises ValueError where a list has no markers."""
    document = _between(document, "ops", _ops(reference))
    for marker, names in (
        ("events", reference.events),
        ("codes", reference.codes),
        ("reasons", reference.reasons),
    ):
        old = _cells(_part(document, marker))
        head = ["event", "fields", "what happened"] if marker == "events" else ["code", "when"]
        rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
        for name in [each for each in old if each in names] + [each for each in names if each not in old]:
            cells = [f"`{name}`"]
            if marker == "events":
                cells.append(_fields(reference.events[name]))
            cells.append(old.get(name) or _said(reference.events.get(name, {})))
            rows.append(f"| {' | '.join(cells)} |")
        document = _between(document, marker, "\n".join(rows))
    return document


def _part(document: str, marker: str) -> str:
    begin, end = f"<!-- {marker} -->\n", f"\n<!-- /{marker} -->"
    if document.count(begin) != 1 or document.count(end) != 1:
        raise ValueError(f"there should be one {begin.strip()} and one {end.strip()}")
    return document.partition(begin)[2].partition(end)[0]


def _between(document: str, marker: str, text: str) -> str:
    old = _part(document, marker)
    begin = f"<!-- {marker} -->\n"
    return document.replace(f"{begin}{old}\n<!-- /", f"{begin}{text}\n<!-- /")


def _cells(table: str) -> dict[str, str]:
    """The last cell of each row, by what stands first."""
    found = {}
    for line in table.splitlines():
        row = re.fullmatch(r"\| `(\w+)` \|(?:.* \|)? (.*?) \|", line)
        if row is not None:
            found[row[1]] = row[2]
    return found


def told_of(document: str) -> dict[str, str]:
    """What the document says of each event and error, by its name."""
    return {
        name: cell
        for marker in ("events", "codes", "reasons")
        for name, cell in _cells(_part(document, marker)).items()
    }


def _said(event: Schema) -> str:
    """What there is to say before anybody has written it."""
    said: str = event.get("description", UNTOLD)
    return said


def _fields(event: Schema) -> str:
    shown = [name for name in event["properties"] if name not in ("event", "msgid", "time")]
    return ", ".join(f"`{name}`" for name in shown)


# Ops.


def _ops(reference: Reference) -> str:
    parts = []
    subjects = list(dict.fromkeys(each.subject for each in reference.ops))
    of_subjects = sorted(reference.ops, key=lambda each: subjects.index(each.subject))
    for subject, ops in groupby(of_subjects, key=lambda each: each.subject):
        parts.append(f"### {subject}")
        parts += [_op(each, reference) for each in ops]
    return "\n\n".join(parts)


def _op(op: Described, reference: Reference) -> str:
    lines = [f"#### `{op.name}`", "", op.does, ""]
    rows = [
        _row(name, found, name in op.schema["required"], reference.schema["$defs"])
        for name, found in op.schema["properties"].items()
        if name != "op"
    ]
    if rows:
        lines += ["| field | is | if not given | |", "|---|---|---|---|", *rows, ""]
    lines.append(f"`ok`: {_says(reference.answers[op.name])}")
    return "\n".join(lines)


def _row(name: str, found: Schema, needed: bool, types: Schema) -> str:
    default = "must be given" if needed else _literal(found["default"]) if "default" in found else ""
    return f"| `{name}` | {kind(found, types)} | {default} | {found.get('description', '')} |"


def _literal(value: object) -> str:
    if value is True or value is False:
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _says(answer: Schema) -> str:
    always: list[str] = []
    perhaps: list[str] = []
    for name in answer["properties"]:
        (always if name in answer["required"] else perhaps).append(f"`{name}`")
    if not always and not perhaps:
        return "nothing more."
    parts = [", ".join(always)] if always else []
    if perhaps:
        parts.append(f"perhaps {', '.join(perhaps)}" if always else ", ".join(perhaps))
    return f"{'; '.join(parts)}."


def kind(found: Schema, types: Schema) -> str:
    """What a field may hold, in words."""
    if "$ref" in found:
        return kind(types[found["$ref"].removeprefix("#/$defs/")], types)
    if "enum" in found:
        return _either(f"`{word}`" for word in found["enum"])
    if "anyOf" in found:
        return _either(dict.fromkeys(kind(each, types) for each in found["anyOf"]))
    if found.get("type") == "array":
        return f"list: each {kind(found['items'], types)}"
    if found.get("type") == "object" and "properties" in found:
        return "object with " + ", ".join(f"`{name}`" for name in found["properties"])
    if found.get("type") == "object":
        return "object: names and texts"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
    return words[found["type"]]


def _either(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
