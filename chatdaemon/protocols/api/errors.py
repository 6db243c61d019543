"""What a client is told when it is not done what it asked: codes for programs, messages for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from chatdaemon.protocols.api.ops import Id
from chatdaemon.realm.refusal import Reason


class Code(StrEnum):
    """The errors of the protocol itself; those of the realm are called as its reasons are."""

    BAD_JSON = "bad_json"
    BAD_MESSAGEPACK = "bad_messagepack"
    BAD_PREFACE = "bad_preface"
    LINE_TOO_LONG = "line_too_long"
    BAD_REQUEST = "bad_request"
    UNKNOWN_OP = "unknown_op"
    UNSUPPORTED_VERSION = "unsupported_version"
    HELLO_FIRST = "hello_first"
    BAD_PASSWORD = "bad_password"
    BUSY = "busy"
    BAD_TEXT = "bad_text"
    TOO_LONG = "too_long"
    UNKNOWN_TAG = "unknown_tag"
    TOO_MANY = "too_many"
    OUT_OF_SCOPE = "out_of_scope"
    LOGIN_FAILED = "login_failed"
    INSECURE = "insecure"
    UNAVAILABLE = "unavailable"
    UNFIT_PASSWORD = "unfit_password"
    BAD_EMAIL = "bad_email"


class Fault(Exception):
    """A request that cannot even be put to the realm.

    `at` is where in the request the fault is, as a path; `id` the request's id, where it could be read.
    """

    def __init__(self, code: Code, message: str, at: str = "", id: Id = None) -> None:
        super().__init__(code, message, at)
        self.code = code
        self.message = message
        self.at = at
        self.id = id


def code_of(reason: Reason) -> str:
    """The error code for a reason."""
    return reason.name.lower()


def fault_object(fault: Fault) -> dict[str, Any]:
    """What a fault looks like to a client."""
    found: dict[str, Any] = {"code": fault.code, "message": fault.message}
    if fault.at:
        found["at"] = fault.at
    return found
