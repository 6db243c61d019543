"""What was taken back."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.events.common import Audience, Who


@dataclass(frozen=True, slots=True)
class Redacted:
    """`message_id` is the message's; the audience is who was sent it and is still there, and `who`.
    `target` is the name of the channel or the nick of the receiver."""

    audience: Audience
    who: Who
    target: str
    message_id: str
    reason: str
