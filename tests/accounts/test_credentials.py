"""What is kept of passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramMechanism

from chatdaemon.accounts.credentials import (
    ITERATIONS,
    LONGEST,
    ScramKeys,
    check_new,
    decoded,
    decoy_keys,
    prepared,
    scram_keys,
)
from chatdaemon.accounts.login import BadPassword


@given(st.binary(min_size=12), st.binary(), st.binary(), st.integers(1, 10**7))
def test_keys_survive_being_written_down(salt: bytes, stored: bytes, server: bytes, iterations: int) -> None:
    keys = ScramKeys(salt, stored, server, iterations)
    assert decoded(keys.encoded()) == keys


def test_the_keys_are_those_of_the_standard() -> None:
    keys = scram_keys("pencil")
    _, stored, server, _ = ScramMechanism("SCRAM-SHA-256").make_auth_info("pencil", ITERATIONS, keys.salt)
    assert (keys.stored_key, keys.server_key) == (stored, server)
    assert keys.encoded().startswith(f"SCRAM-SHA-256${ITERATIONS}:")
    # The example of RFC 7677 section 3, whose proof and signature these keys give.
    salt = bytes.fromhex("5b6d99689d12358eeca04b141236fa81")
    _, stored, server, _ = ScramMechanism("SCRAM-SHA-256").make_auth_info("pencil", 4096, salt)
    example = (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
        ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    assert decoded(example) == ScramKeys(salt, stored, server, 4096)


@pytest.mark.parametrize(
    "text", ["", "SCRAM-SHA-256", "SCRAM-SHA-1$4096:eA==$eA==:eA==", "SCRAM-SHA-256$x:eA==$eA==:eA==",
             "SCRAM-SHA-256$1:%$eA==:eA==", "SCRAM-SHA-256$1:eA==$eA=="],
)  # fmt: skip
def test_what_are_no_keys_is_refused(text: str) -> None:
    try:
        keys = decoded(text)
    except ValueError:
        return
    raise AssertionError(f"it was taken for {keys}")


def test_a_decoy_is_the_same_for_one_name_and_another_for_another_server() -> None:
    assert decoy_keys(b"secret", "x") == decoy_keys(b"secret", "x") != decoy_keys(b"other", "x")
    assert len({*decoy_keys(b"secret", "x")[:3]}) == 3


@pytest.mark.parametrize(
    ("typed", "ready"),
    [
        ("caf\u00e9", "caf\u00e9"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\u00a0b", "a b"),
        ("\x07", "\x07"),
        ("", ""),
    ],
)
def test_a_password_is_the_same_however_it_was_typed(typed: str, ready: str) -> None:
    assert prepared(typed) == ready


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("short", True), ("Alice", True), ("x" * (LONGEST + 1), False), ("\u00e9" * 200, False),
        ("pass\x07word", False), ("\u00ad" * 10, False), ("pass\udcffword", False),
    ],
)  # fmt: skip
def test_a_password_that_nobody_can_have_is_refused(password: str, weak: bool) -> None:
    with pytest.raises(BadPassword) as refused:
        check_new(password, 6 if password != "Alice" else 1, "alice")
    assert refused.value.weak is weak


def test_a_password_that_is_chosen_is_kept_as_it_is_compared() -> None:
    assert check_new("cafe\u0301 noir", 8) == "caf\u00e9 noir"


@given(st.text(max_size=40))
def test_whatever_is_accepted_fits_later(password: str) -> None:
    try:
        ready = check_new(password, 1)
    except BadPassword:
        return
    assert prepared(password) == ready
