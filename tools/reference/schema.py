"""The JSON Schema of the API (2020-12): what clients send, and what they are sent."""

from __future__ import annotations

from typing import Any, get_type_hints

from chatdaemon.protocols.api import (
    forms,
    session,  # noqa: F401 - imports all verbs
)
from chatdaemon.protocols.api.errors import Code, code_of
from chatdaemon.protocols.api.objects import EVENTS, shape_of
from chatdaemon.protocols.api.ops.messages import SendKind
from chatdaemon.protocols.api.ops.op import LARGEST_ID, LONGEST_ID
from chatdaemon.protocols.api.table import SAYS
from chatdaemon.realm.refusal import Reason
from tools.reference.ops import Described, described
from tools.reference.types import SIMPLE, TIME, Definitions, Schema, may_be_missing

ID: Schema = {
    "description": "The client's own: it comes back in the reply.",
    "anyOf": [
        {"type": "integer", "minimum": -LARGEST_ID, "maximum": LARGEST_ID},
        {"type": "string", "maxLength": LONGEST_ID},
    ],
}
STAMP: Schema = {"msgid": {"type": "string"}, "time": TIME}


class Reference:
    """All that there is to say of ops, answers, events and errors. `schema` is the whole as one document."""

    def __init__(self) -> None:
        self._types = Definitions()
        self.ops: list[Described] = described(self._types.found)
        self.events = self._events()
        self.answers = {each.name: self._answer(SAYS[each.op]) for each in self.ops}
        self.codes = [code.value for code in Code]
        self.reasons = [code_of(reason) for reason in Reason]
        self._types.of(forms.Error)
        self.schema = self._schema()

    def _event_fields(self, event: type) -> tuple[Schema, list[str]]:
        """What the fields of an event look like, and which are always there."""
        hints = get_type_hints(event)
        properties: Schema = {}
        always = []
        for name, key in shape_of(event):
            hint = hints[name]
            if name == "ranks":
                # All ranks, where a single `rank` is the least that is meant.
                properties[key] = {"type": "array", "items": SIMPLE[hint]}
            elif key == "kind":
                # An action is one to clients, and a text of its own form to the realm.
                properties[key] = self._types.of(SendKind)
            elif name == "at":
                properties[key] = TIME
            elif name == "tags" and key != name:
                # One of the tags, by a name of its own.
                properties[key] = SIMPLE[str]
            else:
                properties[key] = self._types.of(hint)
            if not may_be_missing(hint) and name != "rank":
                always.append(key)
        return properties, always

    def _events(self) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for event, name in EVENTS.items():
            properties, always = self._event_fields(event)
            if event in forms.ADDED:
                properties = {**self._types.fields(forms.ADDED[event])["properties"], **properties}
            one = _event(name, {**STAMP, **properties}, [*STAMP, *always])
            if name in found:
                # Two classes that clients need not tell apart.
                one["properties"] = {**found[name]["properties"], **one["properties"]}
                one["required"] = [key for key in one["required"] if key in found[name]["required"]]
            found[name] = one
        for name, form in forms.OWN_EVENTS.items():
            fields = self._types.fields(form)
            found[name] = _event(name, fields["properties"], fields["required"])
            found[name]["description"] = " ".join((form.__doc__ or "").split())
        return found

    def _answer(self, says: tuple[type, ...]) -> Schema:
        """What an ok says, of all that it may say."""
        properties: Schema = {}
        always: list[str] = []
        for each in says:
            if each in EVENTS:
                fields, _ = self._event_fields(each)
                fields.pop("from", None)
                properties.update(STAMP, **fields)
            else:
                form = self._types.fields(each)
                properties.update(form["properties"])
                always += form["required"]
        return {"type": "object", "properties": properties, "required": list(dict.fromkeys(always))}

    def _schema(self) -> Schema:
        types = dict(sorted(self._types.found.items()))
        types["Error"]["properties"]["code"] = {"type": "string", "enum": [*self.codes, *self.reasons]}
        ops = {f"op.{each.name}": _with_id(each.schema) for each in self.ops}
        answers = {f"ok.{name}": found for name, found in self.answers.items()}
        events = {f"event.{name}": found for name, found in self.events.items()}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "The API of chatdaemon, version 1",
            "description": "Ops are what clients send; replies and events what they are sent. What the ok"
            " of an op says is in $defs, as ok. and its name. Fields that are not here are to be ignored.",
            "anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in ("Op", "Ok", "Refused", "Event")],
            "$defs": {
                "Id": ID,
                "Op": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in ops]},
                "Ok": _reply("ok", {"type": "object"}),
                "Refused": _reply("error", {"$ref": "#/$defs/Error"}),
                "Event": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in events]},
                **ops,
                **answers,
                **events,
                **types,
            },
        }


def _event(name: str, properties: Schema, always: list[str]) -> Schema:
    return {
        "type": "object",
        "properties": {"event": {"const": name}, **properties},
        "required": ["event", *always],
    }


def _with_id(op: Schema) -> Schema:
    return {**op, "properties": {"id": {"$ref": "#/$defs/Id"}, **op["properties"]}}


def _reply(name: str, what: Schema) -> Schema:
    return {"type": "object", "properties": {"id": {"$ref": "#/$defs/Id"}, name: what}, "required": [name]}


def closed(schema: Any) -> Any:
    """The same, but with no fields that are not in it: for tests, that are to find what it does not say."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        found.setdefault("additionalProperties", False)
    return found


def with_meanings(schema: Schema, told: dict[str, str]) -> Schema:
    """The same schema, with what the document tells of events."""
    defs = dict(schema["$defs"])
    for name, cell in told.items():
        event = f"event.{name}"
        if event in defs:
            defs[event] = {"description": cell, **defs[event]}
    return {**schema, "$defs": defs}
