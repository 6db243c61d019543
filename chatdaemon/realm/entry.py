"""Entries: requests with everything nondeterministic already decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatdaemon.realm.requests import Request

# A session is known to the realm by this name only; the node that accepted it chose it.
SessionId = str
# A user's identity: the index of the entry that connected it. Never used twice.
UserId = int
# An account's identity: the index of the entry that registered it.
AccountId = int
# A channel's identity: the message id of the entry that made it. A channel that is dropped and made
# again is another channel; one that is renamed is the same.
ChannelId = str


# Not frozen: one is made for every message, and a frozen one takes four times as long.
@dataclass(slots=True, eq=False)
class Entry:
    """One request in the log's order.

    `index` grows by at least one from entry to entry and is never used twice, not even after a crash
    (the log puts an epoch in its high bits). `at` is the time in milliseconds since 1970. `origin` is
    the name of the node that took the request in; `actor` the session it came from, or None when the
    server itself asks (time passing, a changed configuration).
    """

    index: int
    at: int
    origin: str
    actor: SessionId | None
    request: Request

    @property
    def id(self) -> str:
        """The message id of the entry's first event: sixteen hex digits that sort with the log."""
        return f"{self.index:016x}"


def message_id(index: int, ordinal: int) -> str:
    """The message id of event number `ordinal` of entry `index`; sorts with the log."""
    return f"{index:016x}.{ordinal}" if ordinal else f"{index:016x}"
