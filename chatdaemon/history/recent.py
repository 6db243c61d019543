"""The messages of late: who wrote them and to whom, for those who want to take one back.

Without a history this is all that is known of messages once they are delivered. It is forgotten when the
process ends, and when enough others have been said.
"""

from __future__ import annotations

from chatdaemon.realm.conversations import Conversation, Identity
from chatdaemon.realm.entry import UserId
from chatdaemon.realm.written import Written

# Messages that are remembered at least; up to twice as many are, at some 300 bytes each.
REMEMBERED = 8192


class Recent:
    """Owns what is remembered, by message id. There are two halves: when the newer is full, the older is let
    go, which costs a message nothing."""

    __slots__ = ("_most", "_newer", "_older")

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._newer: dict[str, tuple[Conversation, Identity, int, int, UserId]] = {}
        self._older: dict[str, tuple[Conversation, Identity, int, int, UserId]] = {}

    def add(
        self, msgid: str, conversation: Conversation, sender: Identity, rank: int, at: int, user: UserId
    ) -> None:
        """Remember a message. On the path of each one: it takes a quarter of a microsecond."""
        newer = self._newer
        if len(newer) >= self._most:
            self._older = newer
            newer = self._newer = {}
        newer[msgid] = (conversation, sender, rank, at, user)

    def forget(self, msgid: str) -> None:
        """It was taken back."""
        self._newer.pop(msgid, None)
        self._older.pop(msgid, None)

    def find(self, msgid: str) -> Written | None:
        """What is known of a message."""
        found = self._newer.get(msgid) or self._older.get(msgid)
        return Written(*found) if found is not None else None
