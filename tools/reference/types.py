"""JSON Schema of what stands in answers and events, from the types of the fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from msgspec import Raw

from chatdaemon.protocols.api import forms
from chatdaemon.realm.events import Who
from chatdaemon.realm.modes import RANK_OF, Rank
from chatdaemon.realm.refusal import Refusal

Schema = dict[str, Any]

# In the fields of events and answers these are what objects.plain makes of them.
STAND_FOR: dict[type, type] = {Who: forms.User, Refusal: forms.Error}
SIMPLE: dict[type, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Rank: {"type": "string", "enum": [rank.value for rank in RANK_OF]},
    Raw: {"$ref": "#/$defs/Event"},
}
TIME: Schema = {"type": "string", "format": "date-time"}


class Definitions:
    """`found` has the schema of each class that was met, by its name."""

    def __init__(self) -> None:
        self.found: dict[str, Schema] = {}

    def of(self, hint: Any) -> Schema:
        """The schema of a type; None in it is not told, since such fields are left out. Raises TypeError."""
        if hint is Any:
            return {}
        if hint in SIMPLE:
            return SIMPLE[hint]
        hint = STAND_FOR.get(hint, hint)
        origin, args = get_origin(hint), get_args(hint)
        if origin in (Annotated, Required, NotRequired):
            return self.of(args[0])
        if origin in (Union, UnionType):
            found = [self.of(each) for each in args if each is not NoneType]
            return found[0] if len(found) == 1 else {"anyOf": found}
        if origin in (list, tuple, Sequence):
            return {"type": "array", "items": self.of(args[0])}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.of(args[1])}
        if hint in (dict, tuple, list):
            return {"type": "object"} if hint is dict else {"type": "array"}
        if isinstance(hint, type) and issubclass(hint, StrEnum):
            return {"type": "string", "enum": [word.value for word in hint]}
        if is_typeddict(hint) or is_dataclass(hint):
            assert isinstance(hint, type)
            return self._named(hint)
        raise TypeError(f"no schema for {hint!r}")

    def _named(self, owner: type) -> Schema:
        name = owner.__name__
        if name not in self.found:
            self.found[name] = {}  # for those that have themselves in them
            self.found[name] = self.fields(owner)
            # A dataclass writes its own docstring, which is its signature.
            if is_typeddict(owner):
                self.found[name]["description"] = " ".join((owner.__doc__ or "").split())
        return {"$ref": f"#/$defs/{name}"}

    def fields(self, owner: type) -> Schema:
        """The schema of an object with the fields of a TypedDict or a dataclass."""
        hints = get_type_hints(owner, include_extras=True)
        return {
            "type": "object",
            "properties": {
                name: TIME if name == "time" and hint is str else self.of(hint)
                for name, hint in hints.items()
            },
            "required": [name for name, hint in hints.items() if _needed(owner, name, hint)],
        }


def may_be_missing(hint: Any) -> bool:
    """Whether a field of this type is left out where it has no value."""
    return get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint)


def _needed(owner: type, name: str, hint: Any) -> bool:
    if not is_typeddict(owner):
        return not may_be_missing(hint)
    if get_origin(hint) in (NotRequired, Required):
        return get_origin(hint) is Required
    required: frozenset[str] = getattr(owner, "__required_keys__")  # noqa: B009 - mypy knows no types of types
    return name in required
