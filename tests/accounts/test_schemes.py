"""Hashes as other servers keep them. The longer ones are those that the servers' own sources test with."""

from __future__ import annotations

import hashlib
import hmac
import struct
from base64 import b64encode

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.accounts.schemes import STANDARD, known, sha256, verify

FOX = "The quick brown fox jumps over the lazy dog"
SALT = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZw"
STATE = tuple(range(1, 9))
STATE_HEX = struct.pack(">8I", *STATE).hex()
# Always the same salt: it is in the test's name, which several processes have to agree upon.
ERGO = f"ergo:{bcrypt.hashpw(hashlib.sha3_512(FOX.encode()).digest(), b'$2a$04$abcdefghijklmnopqrstuu').decode()}"
HASHES = [
    "bcrypt:$2a$10$YV4jDSGs0ZtQbpL6IHtNO.lt5Q.uzghIohCcnERQVBGyw7QJMfyhe",
    "$2a$10$YV4jDSGs0ZtQbpL6IHtNO.lt5Q.uzghIohCcnERQVBGyw7QJMfyhe",
    f"$argon2d$v=19$m=10,t=10,p=1${SALT}$hTvpprMF0TwszQ",
    f"argon2d:$argon2d$v=19$m=10,t=10,p=1${SALT}$hTvpprMF0TwszQ",
    f"argon2i:$argon2i$v=19$m=10,t=10,p=1${SALT}$/JAt4FdP1MFD+A",
    f"argon2id:$argon2id$v=19$m=10,t=10,p=1${SALT}$Po8RcmxZ7vHmdg",
    ERGO,
    "md5:9e107d9d372bb6826bd81d3542a419d6",
    "sha1:2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    f"plain:{b64encode(FOX.encode()).decode()}",
    f"sha256:{sha256(FOX.encode(), STATE).hex()}:{STATE_HEX}",
    *(
        f"hmac-{name}:{hmac.digest(b'a key', FOX.encode(), name).hex()}:{b'a key'.hex()}"
        for name in ("sha224", "sha256", "sha384", "sha512")
    ),
]


@pytest.mark.parametrize("encoded", HASHES)
def test_the_password_fits_and_no_other_does(encoded: str) -> None:
    assert known(encoded)
    assert verify(encoded, FOX) is True
    assert verify(encoded, f"{FOX}.") is False
    assert verify(encoded, "") is False


def test_anope_s_oldest_scheme_takes_bytes_for_digits() -> None:
    # By its own arithmetic, from the MD5 of the empty password, d41d8cd98f00b204e9800998ecf8427e.
    digest = bytes.fromhex("d41d8cd98f00b204e9800998ecf8427e")
    signed = [byte - 256 if byte > 127 else byte for byte in digest] + [0] * 16
    digits = [byte - 65 + 10 if byte > 9 else byte - 48 for byte in signed]
    old = bytes((digits[at] * 16 | digits[at + 1]) & 0xFF for at in range(0, 32, 2))
    assert verify(f"oldmd5:{old.hex().upper()}", "") is True
    assert verify(f"oldmd5:{old.hex()}", "x") is False


def test_no_more_than_bcrypt_looks_at_is_compared() -> None:
    long = "x" * 100
    encoded = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert verify(encoded, long) is True


@pytest.mark.parametrize(
    "encoded", ["", "x", "$", "$1$salt$hash", "$6$salt$hash", "posix:$6$x$y", "hash of x"]
)
def test_other_schemes_are_not_known(encoded: str) -> None:
    assert not known(encoded)
    assert verify(encoded, FOX) is None


@pytest.mark.parametrize(
    "encoded",
    [
        "$2a$x", "$argon2id$x", "ergo:x", "bcrypt:", "md5:zz", "md5:", "sha1:1:2", "sha256:00", "sha256:00:00",
        "hmac-sha256:00", "hmac-sha256:00:zz", "plain:%", "oldmd5:zz", "argon2id:md5", "bcrypt:argon2id:x",
    ],
)  # fmt: skip
def test_a_hash_that_is_damaged_fits_nothing(encoded: str) -> None:
    assert verify(encoded, FOX) is False


def test_bytes_that_are_no_utf_8_are_a_password_as_well() -> None:
    latin = b"caf\xe9"
    encoded = f"md5:{hashlib.md5(latin).hexdigest()}"
    assert verify(encoded, latin.decode("utf-8", "surrogateescape")) is True


@given(st.binary(max_size=300))
def test_our_sha_256_is_the_standard_s_when_it_begins_as_that_does(data: bytes) -> None:
    assert sha256(data, STANDARD) == hashlib.sha256(data).digest()


@given(st.text(max_size=80), st.text(max_size=20))
def test_no_text_is_a_hash_that_raises(encoded: str, password: str) -> None:
    for prefix in ("", "$2a$", "md5:", "sha256:", "plain:", "argon2id:$argon2id$"):
        assert verify(prefix + encoded, password) in (None, False, True)
