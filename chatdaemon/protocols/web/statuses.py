"""Errors of the API as HTTP has them: the status of each (RFC 9110, section 15)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from chatdaemon.protocols.api.errors import Code, code_of
from chatdaemon.realm.refusal import Reason


class Trouble(StrEnum):
    """The errors that only requests over HTTP have."""

    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    TOO_MANY_REQUESTS = "too_many_requests"
    SESSION_ENDED = "session_ended"
    INTERNAL_ERROR = "internal_error"


_BAD = 400
_FORBIDDEN = 403
_MISSING = 404
_CONFLICT = 409
_TOO_LARGE = 413
_UNPROCESSABLE = 422
_TOO_MANY = 429
_UNAVAILABLE = 503

# Whoever tries again in so many seconds may be luckier, where nothing better is known.
RETRY_AFTER: Final = 2

_TROUBLES: Mapping[Trouble, int] = {
    Trouble.UNAUTHORIZED: 401,
    Trouble.NOT_FOUND: _MISSING,
    Trouble.METHOD_NOT_ALLOWED: 405,
    Trouble.UNSUPPORTED_MEDIA_TYPE: 415,
    Trouble.TOO_MANY_REQUESTS: _TOO_MANY,
    Trouble.SESSION_ENDED: _UNAVAILABLE,
    Trouble.INTERNAL_ERROR: 500,
}

CODES: Mapping[Code, int] = {
    Code.BAD_JSON: _BAD,
    Code.BAD_MESSAGEPACK: _BAD,
    Code.BAD_PREFACE: _BAD,
    Code.BAD_REQUEST: _BAD,
    Code.BAD_TEXT: _BAD,
    Code.LINE_TOO_LONG: _TOO_LARGE,
    Code.TOO_LONG: _UNPROCESSABLE,
    Code.TOO_MANY: _UNPROCESSABLE,
    Code.UNKNOWN_TAG: _UNPROCESSABLE,
    Code.UNFIT_PASSWORD: _UNPROCESSABLE,
    Code.BAD_EMAIL: _UNPROCESSABLE,
    Code.UNKNOWN_OP: _MISSING,
    Code.UNSUPPORTED_VERSION: _BAD,
    Code.HELLO_FIRST: _CONFLICT,
    Code.BAD_PASSWORD: _FORBIDDEN,
    Code.LOGIN_FAILED: _FORBIDDEN,
    Code.INSECURE: _FORBIDDEN,
    Code.OUT_OF_SCOPE: _FORBIDDEN,
    Code.BUSY: _UNAVAILABLE,
    Code.UNAVAILABLE: _UNAVAILABLE,
}
"""The status of each error of the protocol itself."""

_REASONS: tuple[tuple[int, tuple[Reason, ...]], ...] = (
    (
        _MISSING,
        (
            Reason.NO_SUCH_NICK,
            Reason.NO_SUCH_CHANNEL,
            Reason.NO_SUCH_TARGET,
            Reason.TARGET_NOT_ON_CHANNEL,
            Reason.NOTHING_TO_REDACT,
            Reason.UNKNOWN_MESSAGE,
            Reason.NOT_ON_ACCEPT_LIST,
            Reason.NOT_SILENCED,
            Reason.NO_SUCH_ACCOUNT,
            Reason.NO_SUCH_INVITATION,
            Reason.NOTHING_TO_VERIFY,
            Reason.NO_SUCH_CERTIFICATE,
            Reason.NO_HOST_ASKED,
            Reason.CHANNEL_NOT_REGISTERED,
            Reason.NO_HISTORY,
            Reason.NO_SUCH_DEVICE,
            Reason.NO_SUCH_TOKEN,
            Reason.NO_SUCH_HOOK,
        ),
    ),
    (
        _CONFLICT,
        (
            Reason.ALREADY_CONNECTED,
            Reason.NICK_IN_USE,
            Reason.ALREADY_ON_CHANNEL,
            Reason.CHANNEL_OPEN,
            Reason.KNOCKED_ALREADY,
            Reason.NOT_INVITED,
            Reason.ACCEPTED_ALREADY,
            Reason.ALREADY_LOGGED_IN,
            Reason.ACCOUNT_EXISTS,
            Reason.NICK_RESERVED,
            Reason.NICK_CONFUSABLE,
            Reason.NICK_IS_ACCOUNT,
            Reason.NICK_MUST_MATCH,
            Reason.INVITATION_EXISTS,
            Reason.NOT_WAITING,
            Reason.NOT_SUSPENDED,
            Reason.CERTIFICATE_KNOWN,
            Reason.CREDENTIALS_CHANGED,
            Reason.CHANNEL_REGISTERED,
            Reason.CHANNEL_NAME_IN_USE,
            Reason.TOKEN_EXISTS,
            Reason.HOOK_EXISTS,
            # What there may be so many of is full.
            Reason.TOO_MANY_CHANNELS,
            Reason.ACCEPT_FULL,
            Reason.SILENCE_FULL,
            Reason.LIST_FULL,
            Reason.TOO_MANY_CERTIFICATES,
            Reason.TOO_MANY_NICKS,
            Reason.TOO_MANY_REGISTERED,
            Reason.ACCESS_FULL,
            Reason.TOO_MANY_TOKENS,
            Reason.TOO_MANY_HOOKS,
            Reason.METADATA_FULL,
        ),
    ),
    (
        _UNPROCESSABLE,
        (
            Reason.BAD_NICK,
            Reason.BAD_CHANNEL_NAME,
            Reason.BAD_REALNAME,
            Reason.NO_TEXT,
            Reason.KEY_REUSED,
            Reason.BAD_RELAYED_NICK,
            Reason.BAD_SILENCE,
            Reason.BAD_MODE_VALUE,
            Reason.BAD_FORWARD,
            Reason.BAD_ACCOUNT_NAME,
            Reason.EMAIL_NEEDED,
            Reason.BAD_CODE,
            Reason.BAD_SETTING_VALUE,
            Reason.BAD_HOST,
            Reason.CANNOT_RENAME,
            Reason.BAD_METADATA_KEY,
            Reason.BAD_METADATA_VALUE,
            Reason.BAD_SUBSCRIPTION,
            Reason.BAD_TOKEN_SETTING,
            Reason.BAD_HOOK,
        ),
    ),
    (
        _FORBIDDEN,
        (
            Reason.BAD_TOKEN,
            Reason.NICK_CHANGE_FORBIDDEN,
            Reason.BANNED_NICK_CHANGE,
            Reason.BANNED,
            Reason.INVITE_ONLY,
            Reason.BAD_KEY,
            Reason.CHANNEL_FULL,
            Reason.LOGIN_TO_JOIN,
            Reason.NOT_ON_CHANNEL,
            Reason.NEEDS_HALFOP,
            Reason.NEEDS_OP,
            Reason.NEEDS_FOUNDER,
            Reason.OUTRANKED,
            Reason.CANNOT_SPEAK,
            Reason.MUTED,
            Reason.LOGIN_TO_SPEAK,
            Reason.NO_CTCP,
            Reason.NO_NOTICE,
            Reason.LOGIN_TO_MESSAGE,
            Reason.NO_CTCP_TO_USER,
            Reason.NOT_ACCEPTED,
            Reason.CANNOT_PORTRAY,
            Reason.CANNOT_RELAY,
            Reason.RELAYED_NICK_MUTED,
            Reason.CANNOT_REDACT,
            Reason.REDACTION_TOO_LATE,
            Reason.CANNOT_KNOCK,
            Reason.NOT_AN_OPERATOR,
            Reason.NEEDS_PRIVILEGE,
            Reason.NOT_LOGGED_IN,
            Reason.LOGIN_REQUIRED,
            Reason.NICK_NOT_YOURS,
            Reason.REGISTRATION_CLOSED,
            Reason.INVITATION_NEEDED,
            Reason.NOT_VERIFIED,
            Reason.NOT_APPROVED,
            Reason.SUSPENDED,
            Reason.CHANNELS_CLOSED,
            Reason.NEEDS_ACCESS,
            Reason.MODE_KEPT,
            Reason.METADATA_NOT_YOURS,
        ),
    ),
    (_TOO_MANY, (Reason.TOO_MANY_SESSIONS,)),
    # What is done, and not stored yet, is among them: to ask again with the same key does no harm.
    (_UNAVAILABLE, (Reason.NOT_CONNECTED, Reason.STORAGE_UNAVAILABLE, Reason.NOT_STORED)),
)

REASONS: Mapping[Reason, int] = {reason: status for status, reasons in _REASONS for reason in reasons}
"""The status of each refusal of the realm."""

STATUSES: Mapping[str, int] = {
    **{trouble.value: status for trouble, status in _TROUBLES.items()},
    **{code.value: status for code, status in CODES.items()},
    **{code_of(reason): status for reason, status in REASONS.items()},
}
"""By the code of an error, as it stands in an answer."""

MAY_RETRY: Final = (_TOO_MANY, _UNAVAILABLE)
"""The statuses with which an answer says when to try again."""
