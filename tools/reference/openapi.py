"""The description of the HTTP API for machines (OpenAPI 3.1), made from the same types as the JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from chatdaemon.protocols.api.ops import Send
from chatdaemon.protocols.api.server import MAX_MESSAGE
from chatdaemon.protocols.web.answers import JSON_TYPE
from chatdaemon.protocols.web.body import ops_over_http
from chatdaemon.protocols.web.hooks import FORM_TYPE, TEXT_TYPE
from chatdaemon.protocols.web.statuses import STATUSES
from tools.reference.ops import Described
from tools.reference.schema import STAMP, Reference
from tools.reference.types import Schema

_JSON: Final = JSON_TYPE.decode()

_MEANINGS: Final = {
    400: "The body is not what it is to be",
    401: "There is no token, or one that is good no longer",
    403: "The token is not for this, or the account may not do it",
    404: "There is nothing of this name",
    405: "It is asked for by another method",
    409: "It is so already, or there are as many as there may be",
    413: f"The body has more than {MAX_MESSAGE} bytes",
    415: "The body is of another type",
    422: "What is asked for cannot be so",
    429: "Too many requests: ask again when it says",
    503: "Not at the moment: ask again when it says",
}
_OF_OPS: Final = tuple(_MEANINGS)
_OF_HOOKS: Final = tuple(status for status in _MEANINGS if status != 401)

_INTRODUCTION: Final = """\
Every op of the JSON protocol that does not concern a connection is asked for by POST /api/v1/OP, with its
fields as a JSON object. The answer is what the op's `ok` says; an error has a stable `code`, and a `message`
for people. Fields that are not here may come, and are to be ignored."""


def openapi(reference: Reference, schema: Schema) -> Schema:
    """The whole document. `schema` is that of the JSON protocol, with all that is told in it."""
    over_http = ops_over_http()
    ops = [each for each in reference.ops if each.name in over_http]
    paths: Schema = {
        f"/api/v1/{op.name}": {"post": _operation(op)} for op in sorted(ops, key=lambda op: op.name)
    }
    paths["/api/v1/events"] = {"get": _EVENTS}
    paths["/api/v1/openapi.json"] = {"get": _ITSELF}
    paths["/hook/{secret}"] = {"post": _HOOK}
    kept = {name: found for name, found in schema["$defs"].items() if not name.startswith("op.")}
    others = (f"ok.{each.name}" for each in reference.ops if each not in ops)
    for name in ("Id", "Op", "Ok", "Refused", *others):
        del kept[name]
    schemas = {
        **{f"op.{op.name}": _body(op) for op in ops},
        **kept,
        "Error": _error(kept["Error"]),
        "Post": _POST,
    }
    found: Schema = _moved(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "chatdaemon",
                "version": "1",
                "summary": "Chat, for programs",
                "description": _INTRODUCTION,
            },
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
            "tags": [{"name": subject} for subject in dict.fromkeys(op.subject for op in ops)],
            "paths": paths,
            "components": {
                "schemas": schemas,
                "responses": {str(status): _failing(status) for status in _MEANINGS},
                "securitySchemes": {
                    "token": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "An access token, chd_..., made by its owner or by an operator.",
                    }
                },
            },
        }
    )
    return found


def _moved(found: Any) -> Any:
    """The same, with references as they are here."""
    if isinstance(found, list):
        return [_moved(each) for each in found]
    if not isinstance(found, dict):
        return found
    return {
        key: value.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else _moved(value)
        for key, value in found.items()
    }


def _body(op: Described) -> Schema:
    """The fields of an op. What it is called is in the path."""
    found = {
        **op.schema,
        "properties": {name: each for name, each in op.schema["properties"].items() if name != "op"},
        "required": [name for name in op.schema["required"] if name != "op"],
    }
    return found if found["required"] else {name: each for name, each in found.items() if name != "required"}


def _operation(op: Described) -> Schema:
    operation: Schema = {
        "operationId": op.name,
        "tags": [op.subject],
        "summary": re.split(r"(?<=[.:;,]) ", op.does.replace("\n", " "))[0].rstrip(".:;,"),
        "description": op.does,
        "requestBody": {
            "required": bool(_body(op).get("required")),
            "content": {_JSON: {"schema": {"$ref": f"#/$defs/op.{op.name}"}}},
        },
        "responses": {
            "200": {
                "description": "It is done",
                "content": {_JSON: {"schema": {"$ref": f"#/$defs/ok.{op.name}"}}},
            },
            **_failures(_OF_OPS),
        },
    }
    if op.op is Send:
        operation["parameters"] = [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same as `key` in the body, which it takes the place of.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
            }
        ]
    return operation


def _failures(statuses: Iterable[int]) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _failing(status: int) -> Schema:
    found: Schema = {
        "description": _MEANINGS[status],
        "content": {_JSON: {"schema": {"$ref": "#/$defs/Error"}}},
    }
    if status in (400, 413):
        # What is no request at all, or far too large, is not read to its end.
        found["content"][TEXT_TYPE.decode()] = {"schema": {"type": "string"}}
    if status in (429, 503):
        text = "In so many seconds it may be otherwise."
        found["headers"] = {"Retry-After": {"description": text, "schema": {"type": "integer"}}}
    return found


def _error(found: Schema) -> Schema:
    """Errors of ops, and those that only HTTP has."""
    properties = {**found["properties"], "code": {"type": "string", "enum": sorted(STATUSES)}}
    return {**found, "properties": properties}


_EVENTS: Final[Schema] = {
    "operationId": "events",
    "tags": ["Events"],
    "summary": "What happens, as server-sent events",
    "description": "Each has the `id` that the message has, the event's name as `event`, and as `data` the"
    " object that clients of the JSON protocol are sent. A comment comes every 15 seconds.",
    "parameters": [
        {
            "name": "channels",
            "in": "query",
            "description": "Only these channels, divided by commas; @ for what is said between people.",
            "schema": {"type": "string"},
        },
        {
            "name": "Last-Event-ID",
            "in": "header",
            "description": "Go on behind this one; where that cannot be, an event `gap` says so.",
            "schema": {"type": "string"},
        },
    ],
    "responses": {
        "200": {
            "description": "A stream that does not end",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **_failures((401, 403, 405, 409, 422, 429, 503)),
    },
}

_ITSELF: Final[Schema] = {
    "operationId": "openapi",
    "tags": ["Events"],
    "summary": "This description",
    "security": [],
    "responses": {
        "200": {"description": "OpenAPI 3.1", "content": {_JSON: {"schema": {"type": "object"}}}},
        **_failures((405,)),
    },
}

_POST: Final[Schema] = {
    "type": "object",
    "description": "What a program says in the channel of a hook. Other fields are passed over.",
    "required": ["text"],
    "properties": {
        "text": {"type": "string", "description": "Each line is a message of its own."},
        "name": {"type": "string", "description": "In whose name; without it, the hook's."},
        "username": {"type": "string", "description": "The same, as Slack calls it."},
    },
}

_HOOK: Final[Schema] = {
    "operationId": "hook",
    "tags": ["Hooks"],
    "summary": "Says something in the channel of an incoming hook",
    "description": "A form has the fields of the object, or all of it as JSON in `payload`.",
    "security": [],
    "parameters": [{"name": "secret", "in": "path", "required": True, "schema": {"type": "string"}}],
    "requestBody": {
        "required": True,
        "content": {
            _JSON: {"schema": {"$ref": "#/$defs/Post"}},
            TEXT_TYPE.decode(): {"schema": {"type": "string"}},
            FORM_TYPE.decode(): {"schema": {"type": "object"}},
        },
    },
    "responses": {
        "200": {
            "description": "It was said, and is stored unless `stored` is false",
            "content": {
                _JSON: {
                    "schema": {
                        "type": "object",
                        "required": ["msgid", "time"],
                        "properties": {**STAMP, "stored": {"type": "boolean"}},
                    }
                }
            },
        },
        **_failures(_OF_HOOKS),
    },
}
