"""What is sent through a push service so that it cannot be read there: RFC 8291, with RFC 8188's aes128gcm.

By the `cryptography` package alone: the packages that do all of web push (pywebpush) send by blocking calls,
and this is the whole of what else they do (docs/decisions/).
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE: Final = ec.SECP256R1()
_SECRET_LENGTH: Final = 16
_SALT_LENGTH: Final = 16
_TAG_LENGTH: Final = 16
# What a push service has to take at least (RFC 8030 section 7.2), and the record size that says so.
_RECORD_SIZE: Final = 4096
# The header: salt, record size, length of the key identifier, and that: an uncompressed point.
_HEADER_LENGTH: Final = _SALT_LENGTH + 4 + 1 + 65
# The last record of a text begins its padding with this (RFC 8188 section 2).
_LAST: Final = b"\x02"
LONGEST: Final = _RECORD_SIZE - _HEADER_LENGTH - len(_LAST) - _TAG_LENGTH
"""Bytes that fit."""


def encoded(data: bytes) -> str:
    """In URL-safe base64 without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """The reverse; padding may be there. Raises ValueError."""
    text = text.rstrip("=")
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    # The decoder passes over what it does not know, and over bits behind the end.
    if encoded(data) != text:
        raise ValueError("this is not URL-safe base64")
    return data


def public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as the uncompressed point that web push writes down."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public_key(data: bytes) -> ec.EllipticCurvePublicKey:
    """The reverse. Raises ValueError for what is no point of the curve P-256."""
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, data)


def check_keys(key: bytes, secret: bytes) -> None:
    """Raise ValueError unless something can be encrypted for who has these; the text is for people."""
    try:
        public_key(key)
    except ValueError:
        raise ValueError("p256dh is not a public key of the curve P-256") from None
    if len(secret) != _SECRET_LENGTH:
        raise ValueError(f"auth does not have {_SECRET_LENGTH} bytes")


def encrypt(text: bytes, key: bytes, secret: bytes, size: int = 0) -> bytes:
    """The text as the receiver alone can read it, who has the private key of `key` and knows `secret`.

    With `size` the body has that many bytes if the text is not too long for that, so that its length says
    little. Raises ValueError when the text is longer than LONGEST, or the key is none.
    """
    return encrypt_with(text, key, secret, size, ec.generate_private_key(_CURVE), os.urandom(_SALT_LENGTH))


def encrypt_with(
    text: bytes, key: bytes, secret: bytes, size: int, own: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The same, with what must be new each time (`own`, `salt`) given."""
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} bytes are more than fit a push message")
    receiver = public_key(key)
    sender = public_bytes(own.public_key())
    # RFC 8291 section 3.4.
    shared = own.exchange(ec.ECDH(), receiver)
    material = _derived(shared, secret, b"WebPush: info\x00" + key + sender, 32)
    content_key = _derived(material, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + _RECORD_SIZE.to_bytes(4, "big") + len(sender).to_bytes(1, "big") + sender
    padding = bytes(max(0, size - len(header) - len(text) - len(_LAST) - _TAG_LENGTH))
    return header + AESGCM(content_key).encrypt(nonce, text + _LAST + padding, None)


def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)
