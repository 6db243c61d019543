"""What is kept of a password: an argon2id hash, and the keys of SCRAM-SHA-256."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from typing import Final, NamedTuple

from scramp import ScramException, ScramMechanism
from scramp.utils import saslprep

from chatdaemon.accounts.login import BadPassword

SCRAM: Final = "SCRAM-SHA-256"
# Passes of PBKDF2 (RFC 7677 section 4: 4096 at least). Each client computes them at every login.
ITERATIONS: Final = 65536
# A line of IRC has room for no more, and nobody types it.
LONGEST: Final = 300
_MECHANISM: Final = ScramMechanism(SCRAM)


class ScramKeys(NamedTuple):
    """What a server keeps of a password for SCRAM-SHA-256 (RFC 5802 section 3); nobody can log in with it."""

    salt: bytes
    stored_key: bytes
    server_key: bytes
    iterations: int

    def encoded(self) -> str:
        """As RFC 5803 writes it."""
        salt, stored, server = (b64encode(each).decode() for each in self[:3])
        return f"{SCRAM}${self.iterations}:{salt}${stored}:{server}"


def decoded(encoded: str) -> ScramKeys:
    """The keys of which `ScramKeys.encoded` made this. Raises ValueError."""
    scheme, parameters, keys = encoded.split("$")
    iterations, salt = parameters.split(":")
    stored, server = keys.split(":")
    if scheme != SCRAM:
        raise ValueError(f"{scheme} is not {SCRAM}")
    return ScramKeys(_bytes(salt), _bytes(stored), _bytes(server), int(iterations))


def scram_keys(password: str) -> ScramKeys:
    """The keys of a prepared password, with a fresh salt. It blocks, some tens of milliseconds."""
    salt, stored_key, server_key, iterations = _MECHANISM.make_auth_info(password, iteration_count=ITERATIONS)
    return ScramKeys(salt, stored_key, server_key, iterations)


def decoy_keys(secret: bytes, name: str) -> ScramKeys:
    """Keys of an account that does not exist: the same every time, and nothing tells them from real ones."""

    def derived(purpose: bytes) -> bytes:
        return hmac.digest(secret, purpose + name.encode("utf-8", "surrogatepass"), "sha256")

    # The salts of real ones are as long as scramp makes them: 32 bytes.
    return ScramKeys(derived(b"salt "), derived(b"stored key "), derived(b"server key "), ITERATIONS)


def prepared(password: str) -> str:
    """The password as SASL compares it (SASLprep, RFC 4013): the same however it was typed. What has no such
    form stands for itself."""
    try:
        return str(saslprep(password)) or password
    except ScramException:
        return password


def check_new(password: str, shortest: int, account: str = "") -> str:
    """A password that somebody chose, prepared. Raises BadPassword."""
    if len(password) < shortest:
        raise BadPassword(f"A password needs {shortest} characters at least", weak=True)
    if len(password.encode("utf-8", "surrogatepass")) > LONGEST:
        raise BadPassword(f"A password can have {LONGEST} bytes at most")
    try:
        ready = str(saslprep(password))
    except ScramException:
        ready = ""
    if not ready:
        raise BadPassword("The password holds characters that a password cannot hold")
    if account and ready.casefold() == account.casefold():
        raise BadPassword("The password cannot be the name of the account", weak=True)
    return ready


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)
