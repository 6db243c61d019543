"""What only this server knows, and knows again after a restart."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_FILE = "secret"
_BYTES = 32


def secret_of(directory: Path) -> bytes:
    """The secret that is kept in the file `secret` in `directory` (mode 0600), made there if there is none.

    Raises OSError when it cannot be kept, and ValueError when the file holds something else.
    """
    path = directory / _FILE
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return _make(path)
    try:
        secret = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise ValueError(f"{path} does not hold what was written there: remove it to have a new one made")
    return secret


def _make(path: Path) -> bytes:
    secret = secrets.token_bytes(_BYTES)
    fresh = path.with_name(f".{path.name}.new")
    # Left there by a start that was ended in the middle, or not there.
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secret.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return secret
