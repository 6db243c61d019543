"""Logging in, as every protocol sees it: who asks, and why it may fail."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Client(NamedTuple):
    """The connection that a login comes over.

    `address` is what failures are counted by; `secure`: encrypted; `local`: from this machine; `certificate`
    the SHA-256 fingerprint, in hex, of the client certificate that it has shown; `nick` what it is called, if
    anything, which some clients send as SASL's authorization identity.
    """

    address: str
    secure: bool
    local: bool
    certificate: str | None
    nick: str | None = None


class Why(Enum):
    """Why a login failed, for a protocol to choose its code by."""

    WRONG = auto()  # name or password, or whatever stands for them: which of them is not told
    MALFORMED = auto()  # what was sent is not what the mechanism wants
    ABORTED = auto()  # by the client
    TOO_WEAK = auto()  # this mechanism is not for this connection (a password in the clear, say)
    NOT_VERIFIED = auto()  # the account's e-mail address is still to be confirmed
    NOT_APPROVED = auto()  # an operator is still to approve of the account
    SUSPENDED = auto()
    WAIT = auto()  # too many failures, or too many logins at once; see `seconds`
    UNAVAILABLE = auto()  # who has to be asked (LDAP, a script, a token's issuer) does not answer


class LoginFailed(Exception):
    """Nobody is logged in. `text` is for the person who tried; it tells no secrets."""

    def __init__(self, why: Why, text: str, seconds: float = 0.0) -> None:
        super().__init__(why, text)
        self.why = why
        self.text = text
        self.seconds = seconds


class BadPassword(ValueError):
    """A password that nobody can have; the text says why, for the person who chose it. `weak`: it could be
    guessed, and otherwise it cannot be a password at all."""

    def __init__(self, text: str, *, weak: bool = False) -> None:
        super().__init__(text)
        self.weak = weak


class BadEmail(ValueError):
    """No e-mail address; the text is for the person who gave it."""
