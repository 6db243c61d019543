"""Taking back what was said (draft/message-redaction)."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.written import Written


@dataclass(frozen=True, slots=True)
class Redact:
    """Have everybody who was sent a message forget it.

    `written` is what the node knows of the message with this id, None if nothing (any more): messages are not
    the realm's.
    """

    target: str
    msgid: str
    reason: str = ""
    written: Written | None = None
