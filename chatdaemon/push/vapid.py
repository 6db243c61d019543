"""Who we are to push services (VAPID, RFC 8292): a key of our own, and tokens that it signs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from chatdaemon.push.encryption import encoded, public_bytes

VAPID_FILE: Final = "vapid.pem"
# Seconds for which a token is good; a day is the most (RFC 8292 section 2).
_LIFE: Final = 12 * 3600
# It is made anew when it is good for less than this, seconds.
_LEAST: Final = 3600
# Push services whose tokens are kept: there are a handful in the world.
_SERVICES: Final = 100


def vapid_key(directory: Path) -> ec.EllipticCurvePrivateKey:
    """The key that is kept in the file `vapid.pem` in `directory` (mode 0600), made there if there is none.

    Raises OSError when it cannot be kept, and ValueError when the file holds something else.
    """
    path = directory / VAPID_FILE
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return _make(path)
    try:
        key = load_pem_private_key(text, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(
            f"{path} does not hold the key that was written there: restore it, or remove it to have a new one"
            " made, for which all clients have to subscribe again"
        )
    return key


def _make(path: Path) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    fresh = path.with_name(f".{path.name}.new")
    # Left there by a start that was ended in the middle, or not there.
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return key


def origin_of(endpoint: str) -> str:
    """The push service that an endpoint is at (RFC 6454 section 6.1). Raises ValueError for a bad address."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return f"https://{host}" if parts.port in (None, 443) else f"https://{host}:{parts.port}"


class Vapid:
    """Says to each push service who we are. `public` is the key as clients are told it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str, now: Callable[[], float]) -> None:
        """`contact` is a mailto: or https: address of who runs the server; `now` is seconds since 1970."""
        self.public = encoded(public_bytes(key.public_key()))
        self._key = key
        self._contact = contact
        self._now = now
        # By the origin of the service: a token, and until when it is good.
        self._tokens: dict[str, tuple[str, float]] = {}

    def authorization(self, endpoint: str) -> str:
        """The header's value for a request to this endpoint (RFC 8292 section 3)."""
        origin = origin_of(endpoint)
        now = self._now()
        token, until = self._tokens.get(origin, ("", 0.0))
        if until - now < _LEAST:
            until = now + _LIFE
            claims = {"aud": origin, "exp": int(until), "sub": self._contact}
            token = jwt.encode(claims, self._key, algorithm="ES256")
            self._tokens.pop(origin, None)
            if len(self._tokens) >= _SERVICES:
                del self._tokens[next(iter(self._tokens))]
            self._tokens[origin] = (token, until)
        return f"vapid t={token}, k={self.public}"
