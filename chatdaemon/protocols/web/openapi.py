"""The description of the HTTP API for machines (OpenAPI 3.1), made from the ops themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any, Final, is_typeddict

from msgspec import json

from chatdaemon import __version__
from chatdaemon.protocols.api.ops import Op
from chatdaemon.protocols.api.server import MAX_MESSAGE
from chatdaemon.protocols.api.table import SAYS
from chatdaemon.protocols.web.answers import JSON_TYPE
from chatdaemon.protocols.web.body import ops_over_http
from chatdaemon.protocols.web.hooks import FORM_TYPE, TEXT_TYPE, Post
from chatdaemon.protocols.web.statuses import STATUSES

Schema = dict[str, Any]

_REF: Final = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"^:param (\w+): (.*(?:\n    .*)*)", re.MULTILINE)

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
    500: "The server has made a mistake",
    503: "Not at the moment: ask again when it says",
}
_OF_OPS = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503)
_OF_HOOKS = (400, 403, 404, 405, 409, 413, 415, 422, 429, 503)

_INTRODUCTION: Final = """\
Every op of the JSON protocol that does not concern a connection is asked for by POST /api/v1/OP, with its
fields as a JSON object. The answer is what the op's `ok` says; an error has a stable `code`, and a `message`
for people."""


def document() -> bytes:
    """The whole description, as JSON."""
    ops = ops_over_http()
    schemas = _schemas(ops.values())
    paths: Schema = {f"/api/v1/{name}": {"post": _operation(name, ops[name])} for name in sorted(ops)}
    paths["/api/v1/events"] = {"get": _events()}
    paths["/api/v1/openapi.json"] = {"get": _itself()}
    paths["/hook/{secret}"] = {"post": _hook()}
    found = {
        "openapi": "3.1.0",
        "info": {
            "title": "chatdaemon",
            "version": __version__,
            "summary": "Chat, for programs",
            "description": _INTRODUCTION,
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Error": _error()},
            "responses": {str(status): _failing(status) for status in sorted(set(_OF_OPS + _OF_HOOKS))},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token (chd_...), made by its owner or by `chatdaemon token`.",
                }
            },
        },
    }
    return json.format(json.encode(found), indent=1) + b"\n"


def _schemas(ops: Iterable[type[Op]]) -> dict[str, Schema]:
    kept = list(ops)
    answers = [each for op in kept for each in SAYS[op] if is_typeddict(each)]
    _, found = json.schema_components([*kept, *dict.fromkeys(answers), Post], ref_template=_REF)
    schemas: dict[str, Schema] = dict(found)
    for op in kept:
        schema = schemas[op.__name__]
        schema.pop("title", None)
        schema["description"], meanings = said_of(op)
        properties: dict[str, Schema] = schema["properties"]
        # The one is in the path; the other is of use only where answers come in another order.
        del properties["op"], properties["id"]
        schema["required"] = [each for each in schema["required"] if each != "op"]
        if not schema["required"]:
            del schema["required"]
        for name, text in meanings.items():
            if name in properties:
                properties[name]["description"] = text
    return schemas


def said_of(op: type[Op]) -> tuple[str, dict[str, str]]:
    """What an op's docstring says of it, and of each of its fields."""
    text = cleandoc(op.__doc__ or "")
    meanings = {name: " ".join(meaning.split()) for name, meaning in _PARAMETER.findall(text)}
    return _PARAMETER.sub("", text).strip(), meanings


def _operation(name: str, op: type[Op]) -> Schema:
    description, _ = said_of(op)
    operation: Schema = {
        "operationId": name,
        "tags": [op.__module__.rpartition(".")[2]],
        "summary": re.split(r"(?<=[.:;,]) ", description.replace("\n", " "))[0].rstrip(".:;,"),
        "description": description,
        "requestBody": {
            "content": {JSON_TYPE.decode(): {"schema": {"$ref": _REF.format(name=op.__name__)}}},
        },
        "responses": {
            "200": {
                "description": "It is done",
                "content": {JSON_TYPE.decode(): {"schema": _answer(op)}},
            },
            **_failures(_OF_OPS),
        },
    }
    if "key" in op.__struct_fields__ and name == "send":
        operation["parameters"] = [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same as `key` in the body, which it takes the place of.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
            }
        ]
    return operation


def _answer(op: type[Op]) -> Schema:
    said = [{"$ref": _REF.format(name=each.__name__)} for each in SAYS[op] if is_typeddict(each)]
    return {"allOf": [{"type": "object"}, *said]} if said else {"type": "object"}


def _failures(statuses: Iterable[int]) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _failing(status: int) -> Schema:
    found: Schema = {
        "description": _MEANINGS[status],
        "content": {JSON_TYPE.decode(): {"schema": {"$ref": _REF.format(name="Error")}}},
    }
    if status in (429, 503):
        text = "In so many seconds it may be otherwise."
        found["headers"] = {"Retry-After": {"description": text, "schema": {"type": "integer"}}}
    return found


def _error() -> Schema:
    return {
        "type": "object",
        "description": "Why it was not done.",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "string", "enum": sorted(STATUSES), "description": "For programs: stable."},
            "message": {"type": "string", "description": "For people."},
            "at": {"type": "string", "description": "Where in the body the fault is: $.target, say."},
            "subject": {"type": "string", "description": "The name that it is about."},
            "detail": {"type": "string"},
            "msgid": {"type": "string", "description": "What is done, and not stored yet, is called so."},
        },
    }


def _events() -> Schema:
    return {
        "operationId": "events",
        "tags": ["events"],
        "summary": "What happens, as server-sent events",
        "description": "Each has the `id` that the message has, the event's name as `event`, and as `data`"
        " the object that clients of the JSON protocol are sent. A comment comes every 15 seconds.",
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


def _itself() -> Schema:
    return {
        "operationId": "openapi",
        "tags": ["events"],
        "summary": "This description",
        "security": [],
        "responses": {
            "200": {
                "description": "OpenAPI 3.1",
                "content": {JSON_TYPE.decode(): {"schema": {"type": "object"}}},
            },
            **_failures((405,)),
        },
    }


def _hook() -> Schema:
    schema = {"$ref": _REF.format(name=Post.__name__)}
    return {
        "operationId": "hook",
        "tags": ["hooks"],
        "summary": "Say something in the channel of an incoming hook",
        "description": "A form has the fields of the object, or all of it as JSON in `payload`.",
        "security": [],
        "parameters": [{"name": "secret", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {
            "required": True,
            "content": {
                JSON_TYPE.decode(): {"schema": schema},
                TEXT_TYPE.decode(): {"schema": {"type": "string"}},
                FORM_TYPE.decode(): {"schema": {"type": "object"}},
            },
        },
        "responses": {
            "200": {
                "description": "It was said, and is stored unless `stored` is false",
                "content": {
                    JSON_TYPE.decode(): {
                        "schema": {
                            "type": "object",
                            "required": ["msgid", "time"],
                            "properties": {
                                "msgid": {"type": "string"},
                                "time": {"type": "string", "format": "date-time"},
                                "stored": {"type": "boolean"},
                            },
                        }
                    }
                },
            },
            **_failures(_OF_HOOKS),
        },
    }
