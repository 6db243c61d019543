"""Names that look alike (Unicode Technical Standard 39, section 4)."""

from __future__ import annotations


def skeleton(name: str) -> str:
    """What all names that look like this one have in common; names with the same skeleton are confusable."""
    return name
