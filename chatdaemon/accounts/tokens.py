"""The secrets of access tokens and hooks: made here, shown once, and kept nowhere but by their owner."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

PREFIX: Final = "chd_"
"""What every secret begins with, so that people and programs that look for lost ones know it."""
_BYTES: Final = 32


def new_secret() -> str:
    """A secret that nobody guesses."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def digest_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256, hex. It is long and random, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()
