"""Keys of messages: what a client calls a message before it has an id, so that saying it again is safe."""

from __future__ import annotations

from typing import NamedTuple

from chatdaemon.realm.entry import AccountId


class UsedKey(NamedTuple):
    """The message that a key was used for: its id, when that was (ms since 1970), and a number that another
    message hardly has."""

    msgid: str
    at: int
    fingerprint: int


class KeyRecord(NamedTuple):
    """A key that outlives the server: those of accounts do."""

    account: AccountId
    key: str
    used: UsedKey
