"""What is known of a message once it was delivered. Messages themselves are not the realm's to keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatdaemon.realm.entry import UserId

if TYPE_CHECKING:
    # They are made of the state, which is made of requests, which have this.
    from chatdaemon.realm.conversations import Conversation, Identity


@dataclass(frozen=True, slots=True)
class Written:
    """A message without its text: in which conversation it is, who wrote it, the least rank that sees it
    there (`rank`, as a history record has it), and when (ms since 1970).

    `sender` is the identity that its author had then, `user` the user: who was logged in to nothing and is by
    now is known by that.
    """

    conversation: Conversation
    sender: Identity
    rank: int
    at: int
    user: UserId
