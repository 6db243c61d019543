"""docs/api.schema.json, as tests hold every answer and every event to it."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs

from tools.reference.schema import Reference, closed


@cache
def _definitions() -> dict[str, Any]:
    """The schema, but without fields that it does not know: what it leaves out is a mistake of its own."""
    found: dict[str, Any] = closed(Reference().schema["$defs"])
    return found


@cache
def _validator(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": _definitions()})


def check(name: str, found: Any) -> None:
    """Fail unless something is what the schema says of `name`: "ok.join", "event.join", "Error"."""
    faults = [
        f"{fault.message} at {list(fault.instance_path)}" for fault in _validator(name).iter_errors(found)
    ]
    assert not faults, (name, faults, found)


def check_event(found: dict[str, Any]) -> None:
    """The same of an event."""
    assert f"event.{found['event']}" in _definitions(), found
    check(f"event.{found['event']}", found)


def check_reply(op: str | None, found: dict[str, Any]) -> None:
    """The same of a reply to an op."""
    check("Error", found["error"]) if "error" in found else check(f"ok.{op}", found["ok"])
