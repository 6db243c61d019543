"""What is known of a message once it was delivered. Messages themselves are not the realm's to keep."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import ChannelId, UserId


@dataclass(frozen=True, slots=True)
class Written:
    """A message without its text: who wrote it (`account` if logged in), to whom, and when (ms since 1970).
    `target` is the name that it was sent to."""

    user: UserId
    account: str | None
    audience: ChannelId | tuple[UserId, ...]
    target: str
    at: int
