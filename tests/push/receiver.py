"""The client's half of web push: keys, and reading what was encrypted for them (RFC 8291, RFC 8188), written from
the receiver's side of the specifications."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chatdaemon.push.encryption import encoded, public_bytes


class Receiver:
    """Somebody with a subscription."""

    def __init__(
        self, private: ec.EllipticCurvePrivateKey | None = None, secret: bytes | None = None
    ) -> None:
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        self.public = public_bytes(self.private.public_key())
        self.secret = secret or os.urandom(16)

    @property
    def keys(self) -> str:
        """As WEBPUSH REGISTER takes them."""
        return f"p256dh={encoded(self.public)};auth={encoded(self.secret)}"

    def read(self, body: bytes) -> bytes:
        """The text, without its padding."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), point)
        material = _hkdf(self.secret, shared, b"WebPush: info\x00" + self.public + sender, 32)
        key = _hkdf(salt, material, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, material, b"Content-Encoding: nonce\x00", 12)
        text = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\x00")
        assert text[-1:] == b"\x02"
        return text[:-1]


def _hkdf(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, for no more than one block."""
    extracted = hmac.new(salt, material, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()[:length]
