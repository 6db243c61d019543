"""What people tell of themselves and of their channels for programs to show (draft/metadata-2, -3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetMetadata:
    """Give a key of a channel or a user (None: the actor) a value, or take it away (None)."""

    target: str | None
    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class ClearMetadata:
    """Take away all that a channel or a user (None: the actor) has."""

    target: str | None
