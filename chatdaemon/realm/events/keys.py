"""What came of keys of messages."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.entry import AccountId
from chatdaemon.realm.events.common import Audience
from chatdaemon.realm.keys import UsedKey


@dataclass(frozen=True, slots=True)
class KeyUsed:
    """The message before it in the same entry has this key. `account_id` is None where its sender has no
    account. Told to nobody."""

    audience: Audience
    account_id: AccountId | None
    key: str
    used: UsedKey


@dataclass(frozen=True, slots=True)
class KeyForgotten:
    """An account's key can be used for another message. Told to nobody."""

    audience: Audience
    account_id: AccountId
    key: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """What was to be said was said before: it is that message, and nothing else has happened. Answers the
    session that asked, and is told to nobody."""

    audience: Audience
    used: UsedKey
