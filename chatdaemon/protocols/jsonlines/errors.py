"""What a client is told when it is not done what it asked: codes for programs, messages for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from chatdaemon.protocols.jsonlines.ops import Id
from chatdaemon.realm.refusal import Reason


class Code(StrEnum):
    """The errors of the protocol itself; those of the realm are called as its reasons are."""

    BAD_JSON = "bad_json"
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


MESSAGES: dict[Reason, str] = {
    Reason.NOT_CONNECTED: "You are not connected",
    Reason.ALREADY_CONNECTED: "You have said hello already",
    Reason.NO_SUCH_NICK: "Nobody is called {subject}",
    Reason.NO_SUCH_CHANNEL: "There is no channel {subject}",
    Reason.NO_SUCH_TARGET: "There is no user and no channel {subject}",
    Reason.BAD_NICK: "{detail}",
    Reason.NICK_IN_USE: "Somebody else is called {subject}",
    Reason.BAD_CHANNEL_NAME: "{detail}",
    Reason.BAD_REALNAME: "{detail}",
    Reason.NICK_CHANGE_FORBIDDEN: "Nobody changes nicks while in {subject}",
    Reason.BANNED_NICK_CHANGE: "You cannot change your nick while you are banned or muted in {detail}",
    Reason.TOO_MANY_CHANNELS: "You are in too many channels to join {subject}",
    Reason.BANNED: "You are banned from {subject}",
    Reason.INVITE_ONLY: "{subject} takes in only those who are invited",
    Reason.BAD_KEY: "{subject} takes in only those who know its key",
    Reason.CHANNEL_FULL: "{subject} is full",
    Reason.LOGIN_TO_JOIN: "{subject} takes in only those who are logged in",
    Reason.NOT_ON_CHANNEL: "You are not in {subject}",
    Reason.TARGET_NOT_ON_CHANNEL: "{subject} is not in {detail}",
    Reason.ALREADY_ON_CHANNEL: "{subject} is in {detail} already",
    Reason.NEEDS_HALFOP: "You must be at least a half-operator of {subject}",
    Reason.NEEDS_OP: "You must be at least an operator of {subject}",
    Reason.NEEDS_FOUNDER: "You must be a founder of {subject}",
    Reason.OUTRANKED: "{detail} has a rank in {subject} that you cannot act on",
    Reason.CANNOT_SPEAK: "You cannot speak in {subject}",
    Reason.MUTED: "You are banned or muted in {subject}",
    Reason.LOGIN_TO_SPEAK: "Only those who are logged in speak in {subject}",
    Reason.NO_CTCP: "{subject} takes no CTCP",
    Reason.NO_NOTICE: "{subject} takes no notices",
    Reason.LOGIN_TO_MESSAGE: "{subject} takes messages only from those who are logged in",
    Reason.NO_TEXT: "There is no text to send",
    Reason.CHANNEL_OPEN: "{subject} is open: join it",
    Reason.KNOCKED_ALREADY: "You have knocked at {subject} already",
    Reason.CANNOT_KNOCK: "You are banned from {subject}",
    Reason.BAD_MODE_VALUE: "A mode of {subject} cannot be set so: {detail}",
    Reason.LIST_FULL: "The lists of {subject} are full",
    Reason.BAD_FORWARD: "{subject} cannot be forwarded to",
    Reason.NOT_AN_OPERATOR: "You are not an operator of this server",
    Reason.NEEDS_PRIVILEGE: "You need the privilege {subject}",
}


def code_of(reason: Reason) -> str:
    """The error code for a reason."""
    return reason.name.lower()


def fault_object(fault: Fault) -> dict[str, Any]:
    """What a fault looks like to a client."""
    found: dict[str, Any] = {"code": fault.code, "message": fault.message}
    if fault.at:
        found["at"] = fault.at
    return found
