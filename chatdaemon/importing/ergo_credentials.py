"""Ergo's passwords: of its own making, or as it has taken them over from others itself."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from chatdaemon.accounts.credentials import ScramKeys
from chatdaemon.importing.found import Found, FoundAccount

_OWN: Final = 1
_ATHEME: Final = -1
_ANOPE: Final = -2


def add_credentials(found: Found, account: FoundAccount, record: Mapping[str, Any]) -> None:
    """Put passwords and certificates into an account; what cannot be checked here is reported."""
    fingerprints = record.get("Certfps")
    # One, by the name that it had before there could be several.
    certificates = fingerprints if isinstance(fingerprints, list) else [record.get("Certificate")]
    account.certificates = [each for each in certificates if isinstance(each, str) and each]
    hashed = _bytes(record.get("PassphraseHash"))
    version = record.get("Version")
    if hashed and version in (_OWN, _ATHEME, _ANOPE):
        # Anything that is not text is a hash of a kind that is not known here.
        text = hashed.decode("ascii", errors="replace")
        account.password = f"ergo:{text}" if version == _OWN else text
    elif hashed:
        # A salt, another one, and a hash: bcrypt of something that Ergo no longer makes.
        account.password = "old ergo"
    salt, stored, server = (_bytes(record.get(each)) for each in ("Salt", "StoredKey", "ServerKey"))
    iterations = record.get("Iters")
    if version == _OWN and salt and stored and server and isinstance(iterations, int) and iterations > 0:
        account.scram = ScramKeys(salt, stored, server, iterations).encoded()
    if not record:
        found.about(f"account {account.name}", "its password cannot be read")


def _bytes(text: Any) -> bytes:
    """As Go writes bytes in JSON."""
    try:
        return b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return b""
