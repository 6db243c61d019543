from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.push.encryption import (
    LONGEST,
    check_keys,
    decoded,
    encoded,
    encrypt,
    encrypt_with,
    public_bytes,
)
from tests.push.receiver import Receiver

# RFC 8291 section 5.
TEXT = b"When I grow up, I want to be a watermelon"
AS_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
AS_PUBLIC = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
UA_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
UA_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
AUTH_SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(text), "big"), ec.SECP256R1())


def test_the_example_of_rfc_8291_comes_out_to_the_byte() -> None:
    own = private(AS_PRIVATE)
    assert encoded(public_bytes(own.public_key())) == AS_PUBLIC
    body = encrypt_with(TEXT, decoded(UA_PUBLIC), decoded(AUTH_SECRET), 0, own, decoded(SALT))
    assert encoded(body) == BODY


def test_the_tests_receiver_reads_the_example_of_rfc_8291() -> None:
    receiver = Receiver(private(UA_PRIVATE), decoded(AUTH_SECRET))
    assert encoded(receiver.public) == UA_PUBLIC
    assert receiver.read(decoded(BODY)) == TEXT


@given(st.binary(max_size=LONGEST).filter(lambda text: not text.endswith(b"\x00")), st.integers(0, 4096))
def test_the_receiver_reads_any_text_and_its_length_is_hidden(text: bytes, size: int) -> None:
    receiver = Receiver()
    body = encrypt(text, receiver.public, receiver.secret, size)
    assert receiver.read(body) == text
    assert len(body) == max(size, len(text) + 4096 - LONGEST)
    assert len(body) <= 4096


def test_nobody_else_reads_it() -> None:
    receiver = Receiver()
    body = encrypt(b"hello", receiver.public, receiver.secret)
    for other in (Receiver(), Receiver(receiver.private), Receiver(None, receiver.secret)):
        with pytest.raises(InvalidTag):
            other.read(body)


def test_no_two_bodies_are_the_same() -> None:
    receiver = Receiver()
    first, second = (encrypt(b"hello", receiver.public, receiver.secret) for _ in range(2))
    # Neither the salt nor the key is used twice.
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_what_is_too_long_is_not_cut_but_refused() -> None:
    receiver = Receiver()
    assert len(encrypt(b"x" * LONGEST, receiver.public, receiver.secret)) == 4096
    with pytest.raises(ValueError, match="more than fit"):
        encrypt(b"x" * (LONGEST + 1), receiver.public, receiver.secret)


def test_keys_are_looked_at_closely() -> None:
    receiver = Receiver()
    check_keys(receiver.public, receiver.secret)
    off_the_curve = receiver.public[:-1] + bytes([receiver.public[-1] ^ 1])
    for key in (b"", off_the_curve, receiver.public[:-1], b"\x04" + bytes(64), b"\x00"):
        with pytest.raises(ValueError, match="p256dh"):
            check_keys(key, receiver.secret)
    for secret in (b"", receiver.secret[1:], receiver.secret + b"x"):
        with pytest.raises(ValueError, match="auth"):
            check_keys(receiver.public, secret)


@given(st.binary())
def test_base64_is_url_safe_and_takes_padding_or_none(data: bytes) -> None:
    text = encoded(data)
    assert "+" not in text
    assert "/" not in text
    assert decoded(text) == data
    assert decoded(text + "=" * (-len(text) % 4)) == data


@pytest.mark.parametrize("text", ["a", "ab+/", "a b", "é", "abc!", "QR"])
def test_what_is_no_base64_is_told_apart(text: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        decoded(text)
