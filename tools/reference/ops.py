"""The ops, with what their docstrings say of them and of their fields."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from typing import get_args

import msgspec.json

from chatdaemon.protocols.api.ops import AnyOp, Op
from tools.reference.types import Schema

_PARAM = re.compile(r"^:param (\w+): ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Described:
    """An op. `does` is Markdown, as are the texts of `meanings`, by field; `schema` has all fields but `id`,
    with what they mean; `subject` is what the ops of its module are about."""

    op: type[Op]
    name: str
    subject: str
    does: str
    meanings: dict[str, str]
    schema: Schema


def described(enums: dict[str, Schema]) -> list[Described]:
    """All ops in their order. What their fields refer to is added to `enums`, by its name."""
    ops: tuple[type[Op], ...] = get_args(AnyOp)
    _, components = msgspec.json.schema_components(ops, ref_template="#/$defs/{name}")
    names = {op.__name__ for op in ops}
    enums.update({name: _part(found) for name, found in components.items() if name not in names})
    return [_described(op, components[op.__name__]) for op in ops]


def _part(found: Schema) -> Schema:
    """What fields refer to: an enumeration (whose docstring is for those who read the code), or an object."""
    if "enum" in found:
        return {"type": "string", "enum": found["enum"]}
    does, meanings = _split(found["title"], inspect.cleandoc(found["description"]))
    return _object(does, meanings, found)


def _split(name: str, doc: str) -> tuple[str, dict[str, str]]:
    does, *rest = _PARAM.split(doc)
    if not does:
        raise ValueError(f"{name} has no docstring to say what it does")
    return does.strip(), {field: _joined(text) for field, text in zip(rest[::2], rest[1::2], strict=True)}


def _object(does: str, meanings: dict[str, str], found: Schema) -> Schema:
    properties = {field: _portable(each) for field, each in found["properties"].items() if field != "id"}
    for field, meaning in meanings.items():
        # A KeyError where there is no such field.
        properties[field] = {**properties[field], "description": meaning}
    return {
        "type": "object",
        "description": _joined(does),
        "properties": properties,
        "required": found.get("required", []),
    }


def _described(op: type[Op], found: Schema) -> Described:
    name = str(op.__struct_config__.tag)
    doc = op.__doc__ or ""
    does, meanings = _split(name, "" if doc == Op.__doc__ else inspect.cleandoc(doc))
    whole = _object(does, meanings, found)
    whole["properties"]["op"] = {"const": name}
    subject = (sys.modules[op.__module__].__doc__ or "").splitlines()[0].rstrip(".")
    return Described(op, name, subject, does, meanings, whole)


def _joined(text: str) -> str:
    return " ".join(text.split())


def _portable(found: Schema) -> Schema:
    """What msgspec says, for every program: nothing is said of null, and ends of patterns are ECMA's."""
    found = dict(found)
    if found.get("default", ...) is None:
        del found["default"]
    if "anyOf" in found:
        rest = [_portable(each) for each in found.pop("anyOf") if each != {"type": "null"}]
        found = {**rest[0], **found} if len(rest) == 1 else {"anyOf": rest, **found}
    if "pattern" in found:
        found["pattern"] = found["pattern"].replace(r"\A", "^").replace(r"\Z", "$")
    if "items" in found:
        found["items"] = _portable(found["items"])
    return found
