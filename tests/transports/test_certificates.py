"""The certificate of a first start."""

from __future__ import annotations

import os
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from chatdaemon.transports.certificates import ensure_self_signed
from chatdaemon.transports.tlscontext import TLSContextError


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_pair_is_made_for_the_names_and_for_this_machine(tmp_path: Path) -> None:
    chain, key = ensure_self_signed(tmp_path / "new", ["chat.example", "bücher.example", "192.0.2.7"])
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)
    certificate = read(chain)
    public = certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["chat.example", "xn--bcher-kva.example", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ip_address("192.0.2.7"),
        ip_address("127.0.0.1"),
        ip_address("::1"),
    ]
    years = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days / 365
    assert 10 <= years < 10.1


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        chain, key = ensure_self_signed(tmp_path / "deep" / "new", ["a"])
    finally:
        os.umask(before)
    assert chain.stat().st_mode & 0o777 == 0o600
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700


def test_it_is_kept_whatever_the_names_are_later(tmp_path: Path) -> None:
    first = ensure_self_signed(tmp_path, ["a"])
    content = first[0].read_bytes()
    assert ensure_self_signed(tmp_path, ["b"]) == first
    assert first[0].read_bytes() == content


def test_without_names_it_is_for_this_machine(tmp_path: Path) -> None:
    chain, _ = ensure_self_signed(tmp_path, [])
    assert "localhost" in read(chain).subject.rfc4514_string()


@pytest.mark.parametrize("keep", [0, 300, 700])
def test_a_damaged_pair_is_said_to_be_so_and_left_alone(tmp_path: Path, keep: int) -> None:
    chain, _ = ensure_self_signed(tmp_path, ["a"])
    chain.write_bytes(chain.read_bytes()[:keep])
    with pytest.raises(TLSContextError, match="remove it to have a new one made"):
        ensure_self_signed(tmp_path, ["a"])
    assert chain.stat().st_size == keep


def test_a_crash_leaves_nothing_or_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TLSContextError, match="cannot be made: No space left on device"):
        ensure_self_signed(tmp_path, ["a"])
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    ensure_self_signed(tmp_path, ["a"])


def test_a_directory_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TLSContextError, match="cannot be made"):
        ensure_self_signed(tmp_path / "file" / "below", ["a"])
