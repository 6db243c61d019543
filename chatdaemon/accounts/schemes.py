"""Password hashes of other servers, so that accounts that come from there keep their passwords.

    $argon2id$...  $argon2i$...  $argon2d$...   PHC strings
    $2a$...  $2b$...  $2y$...                   bcrypt
    ergo:$2a$...                                Ergo: bcrypt of the password's SHA3-512
    bcrypt:$2a$...  argon2id:$argon2id$...      Anope, as its database has them; so are all the others
    hmac-sha256:DIGEST:KEY                      and hmac-sha224, -sha384, -sha512; hexadecimal
    sha256:DIGEST:STATE                         SHA-256 that begins in another state than the standard's
    sha1:DIGEST  md5:DIGEST  oldmd5:DIGEST  plain:BASE64

They are computed on the threads of Passwords, and replaced by our own at the next login.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from base64 import b64decode
from collections.abc import Callable
from typing import Final

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# Further bytes change nothing in bcrypt.
_BCRYPT_LONGEST: Final = 72
_BLOCK: Final = 64
_WORD: Final = 0xFFFFFFFF


def known(encoded: str) -> bool:
    """Whether this is a scheme that `verify` knows, argon2 included."""
    return _checker(encoded) is not None


def verify(encoded: str, password: str) -> bool | None:
    """Whether the password is the one that was hashed; None for a scheme that is not known. It blocks."""
    check = _checker(encoded)
    if check is None:
        return None
    try:
        return check(encoded, password.encode("utf-8", "surrogateescape"))
    except (ValueError, struct.error):
        return False  # the scheme is known, and what follows is not what it says


def _checker(encoded: str) -> Callable[[str, bytes], bool] | None:
    if encoded.startswith("$"):
        return _BY_IDENTIFIER.get(encoded.split("$")[1])
    return _BY_NAME.get(encoded.partition(":")[0]) if ":" in encoded else None


def _argon2(encoded: str, password: bytes) -> bool:
    try:
        return PasswordHasher().verify(encoded, password)
    except (Argon2Error, InvalidHashError):
        return False


def _bcrypt(encoded: str, password: bytes) -> bool:
    return bcrypt.checkpw(password[:_BCRYPT_LONGEST], encoded.encode())


def _inner(encoded: str, password: bytes) -> bool:
    inner = encoded.partition(":")[2]
    check = _checker(inner) if inner.startswith("$") else None
    return check is not None and check(inner, password)


def _ergo(encoded: str, password: bytes) -> bool:
    return _bcrypt(encoded.partition(":")[2], hashlib.sha3_512(password).digest())


def _plain(encoded: str, password: bytes) -> bool:
    return hmac.compare_digest(b64decode(encoded.partition(":")[2], validate=True), password)


def _digest(encoded: str, password: bytes) -> bool:
    algorithm, digest = encoded.split(":")
    return _same(digest, hashlib.new(algorithm, password, usedforsecurity=False).digest())


def _old_md5(encoded: str, password: bytes) -> bool:
    # It takes the bytes of the digest for hexadecimal digits, two at a time, and what they give for bytes.
    digest = hashlib.md5(password, usedforsecurity=False).digest() + bytes(16)
    digits = [byte - 55 if 9 < byte < 128 else byte - 48 for byte in digest]
    pairs = zip(digits[::2], digits[1::2], strict=True)
    return _same(encoded.partition(":")[2], bytes((high << 4 | low) & 0xFF for high, low in pairs))


def _hmac(encoded: str, password: bytes) -> bool:
    name, digest, key = encoded.split(":")
    return _same(digest, hmac.digest(bytes.fromhex(key), password, name.removeprefix("hmac-")))


def _sha256_from(encoded: str, password: bytes) -> bool:
    _, digest, state = encoded.split(":")
    return _same(digest, sha256(password, struct.unpack(">8I", bytes.fromhex(state))))


def _same(digest: str, computed: bytes) -> bool:
    return hmac.compare_digest(bytes.fromhex(digest), computed)


_BY_IDENTIFIER: Final = {
    "argon2id": _argon2,
    "argon2i": _argon2,
    "argon2d": _argon2,
    "2a": _bcrypt,
    "2b": _bcrypt,
    "2y": _bcrypt,
}
_BY_NAME: Final = {
    "ergo": _ergo,
    "bcrypt": _inner,
    "argon2id": _inner,
    "argon2i": _inner,
    "argon2d": _inner,
    "hmac-sha224": _hmac,
    "hmac-sha256": _hmac,
    "hmac-sha384": _hmac,
    "hmac-sha512": _hmac,
    "sha256": _sha256_from,
    "sha1": _digest,
    "md5": _digest,
    "oldmd5": _old_md5,
    "plain": _plain,
}


def _root(number: int, degree: int) -> int:
    """The first 32 bits of the fraction of the square or cube root of a number (FIPS 180-4 section 4.2.2)."""
    scaled = number << (32 * degree)
    least, most = 0, number << 32
    while least < most:
        middle = (least + most + 1) // 2
        if middle**degree <= scaled:
            least = middle
        else:
            most = middle - 1
    return least & _WORD


_PRIMES: Final = [each for each in range(2, 312) if all(each % other for other in range(2, each))]
_CONSTANTS: Final = [_root(prime, 3) for prime in _PRIMES]
STANDARD: Final = tuple(_root(prime, 2) for prime in _PRIMES[:8])
"""The state that SHA-256 begins in."""


def sha256(data: bytes, state: tuple[int, ...]) -> bytes:
    """SHA-256 (FIPS 180-4 section 6.2), begun in a state of eight words, which hashlib cannot do."""
    padding = b"\x80" + bytes(-(len(data) + 9) % _BLOCK) + struct.pack(">Q", len(data) * 8)
    padded = data + padding
    for start in range(0, len(padded), _BLOCK):
        state = _compress(padded[start : start + _BLOCK], state)
    return struct.pack(">8I", *state)


def _compress(block: bytes, state: tuple[int, ...]) -> tuple[int, ...]:
    words = list(struct.unpack(">16I", block))
    for at in range(16, _BLOCK):
        early, late = words[at - 15], words[at - 2]
        mixed = _turn(early, 7) ^ _turn(early, 18) ^ early >> 3
        other = _turn(late, 17) ^ _turn(late, 19) ^ late >> 10
        words.append((words[at - 16] + mixed + words[at - 7] + other) & _WORD)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(_CONSTANTS, words, strict=True):
        first = h + (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + (e & f ^ ~e & g) + constant + word
        second = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (first + second) & _WORD, a, b, c, (d + first) & _WORD, e, f, g
    return tuple((old + new) & _WORD for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def _turn(word: int, bits: int) -> int:
    return word >> bits | word << 32 - bits & _WORD
