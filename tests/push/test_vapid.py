from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chatdaemon.push.encryption import decoded, encoded, public_bytes, public_key
from chatdaemon.push.vapid import Vapid, origin_of, vapid_key

# RFC 8292 section 2.4.
TOKEN = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3"
    "NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDX"
    "b1JrErtmysazNjjvW2L9OkSSHzvoD1oA"
)
KEY = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
NOW = 1_800_000_000.0


def verified(header: str, audience: str) -> dict[str, Any]:
    """What the header claims, as a push service checks it."""
    match = re.fullmatch(r"vapid t=([\w.-]+), k=([\w-]+)", header)
    assert match is not None
    claims: dict[str, Any] = jwt.decode(
        match[1],
        public_key(decoded(match[2])),
        algorithms=["ES256"],
        audience=audience,
        options={"verify_exp": False, "require": ["exp", "aud"]},
    )
    return claims


def test_the_example_of_rfc_8292_passes_the_check_of_the_tests() -> None:
    assert verified(f"vapid t={TOKEN}, k={KEY}", "https://push.example.net") == {
        "aud": "https://push.example.net",
        "exp": 1453523768,
        "sub": "mailto:push@example.com",
    }
    with pytest.raises(jwt.InvalidSignatureError):
        verified(f"vapid t={TOKEN[:-2]}AA, k={KEY}", "https://push.example.net")


def test_a_header_says_who_we_are_to_one_push_service_for_no_longer_than_a_day() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    vapid = Vapid(key, "mailto:chat@example.net", lambda: NOW)
    header = vapid.authorization("https://push.example.net:8443/some/where?else")
    assert verified(header, "https://push.example.net:8443") == {
        "aud": "https://push.example.net:8443",
        "exp": int(NOW) + 12 * 3600,
        "sub": "mailto:chat@example.net",
    }
    assert header.endswith(f"k={vapid.public}")
    assert vapid.public == encoded(public_bytes(key.public_key()))
    assert jwt.get_unverified_header(header.split("t=")[1].split(",")[0]) == {"typ": "JWT", "alg": "ES256"}


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://push.example.net/1", "https://push.example.net"),
        ("https://Push.Example.net:443/1", "https://push.example.net"),
        ("https://push.example.net:8443?1", "https://push.example.net:8443"),
        ("https://[2001:db8::1]/1", "https://[2001:db8::1]"),
        ("https://[2001:db8::1]:8443/1", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_is_written_as_push_services_compare_it(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin


def test_a_token_is_used_again_until_it_is_about_to_end() -> None:
    now = [NOW]
    vapid = Vapid(ec.generate_private_key(ec.SECP256R1()), "mailto:a@b", lambda: now[0])
    first = vapid.authorization("https://a/1")
    assert vapid.authorization("https://a/2") == first
    assert vapid.authorization("https://b/1") != first
    now[0] += 11 * 3600 + 1
    renewed = vapid.authorization("https://a/1")
    assert verified(renewed, "https://a")["exp"] == int(now[0]) + 12 * 3600
    assert vapid.authorization("https://a/1") == renewed


def test_whoever_names_many_services_fills_no_memory() -> None:
    vapid = Vapid(ec.generate_private_key(ec.SECP256R1()), "mailto:a@b", lambda: NOW)
    first = vapid.authorization("https://0/")
    for number in range(1, 101):
        vapid.authorization(f"https://{number}/")
    assert len(vapid._tokens) == 100
    # It was forgotten, and so is signed again; no two signatures are the same.
    assert vapid.authorization("https://0/") != first


def test_the_key_is_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    key = vapid_key(tmp_path)
    assert vapid_key(tmp_path).private_numbers() == key.private_numbers()
    assert [path.name for path in tmp_path.iterdir()] == ["vapid.pem"]
    assert os.stat(tmp_path / "vapid.pem").st_mode & 0o777 == 0o600


def test_what_a_start_that_was_ended_has_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".vapid.pem.new").write_text("half")
    vapid_key(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["vapid.pem"]


def test_a_file_with_something_else_is_not_written_over(tmp_path: Path) -> None:
    others = [
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for key in (ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate())
    ]
    for text in (b"", b"nonsense", *others):
        (tmp_path / "vapid.pem").write_bytes(text)
        with pytest.raises(ValueError, match=re.escape(str(tmp_path / "vapid.pem"))):
            vapid_key(tmp_path)
        assert (tmp_path / "vapid.pem").read_bytes() == text
