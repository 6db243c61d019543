"""Metadata: what keys and values may be, and whose are whose (draft/metadata-2 and draft/metadata-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chatdaemon.realm.settings import Settings
from chatdaemon.realm.state import State, User
from chatdaemon.realm.text import is_one_line

KEY_LENGTH: Final = 64
"""Characters of the longest key."""

_KEY: Final = "abcdefghijklmnopqrstuvwxyz0123456789_./-"


def key_fault(key: str) -> str | None:
    """What is wrong with `key`, or None."""
    if not key:
        return "A key cannot be empty"
    if len(key) > KEY_LENGTH:
        return f"A key can have {KEY_LENGTH} characters at most"
    # strip() stops at a character that is not in the set, so something is left of every bad name.
    if key.strip(_KEY):
        return "A key can have small letters, digits and _ . / - only"
    return None


def value_fault(value: str, settings: Settings) -> str | None:
    """What is wrong with `value`, or None."""
    if not is_one_line(value):
        return "A value has to be one line of text"
    most = settings.metadata_value_length
    if len(value) > most or len(value.encode()) > most:
        return f"A value can have {most} bytes at most"
    return None


def of_user(state: State, user: User) -> Mapping[str, str]:
    """What a user has: its account's, where it is logged in to one."""
    account = state.account_of(user)
    return user.metadata if account is None else account.metadata
