"""What can go wrong with storage. Each text is one line for operators: what, where, and what to do."""

from __future__ import annotations


class StorageFailed(Exception):
    """Nothing can be stored at the moment; it is worth trying again."""


class CannotOpen(StorageFailed):
    """The storage cannot be used as it is."""
