"""What can go wrong for a client."""

from __future__ import annotations

from typing import Any


class ChatError(Exception):
    """Anything that a client is told, or finds out, that is not as it should be."""


class Refused(ChatError):
    """The server did not do it. `code` is stable and for programs, `message` for people; `at` is where in the
    op the fault is, `subject` the name that it is about, and `error` all that the server said."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.error = error
        self.code: str = error.get("code", "")
        self.message: str = error.get("message", "")
        self.at: str = error.get("at", "")
        self.subject: str = error.get("subject", "")
        super().__init__(f"{self.message} ({self.code}{' at ' + self.at if self.at else ''})")


class Disconnected(ChatError):
    """The connection is gone. Of what was asked it is not known whether it was done."""


class TimedOut(ChatError):
    """No answer has come in time. It is not known whether it was done."""
