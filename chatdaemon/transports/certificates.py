"""The self-signed certificate of a first start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chatdaemon.transports.tlscontext import CertificateFiles, TLSContextError, TLSSettings, load

__all__ = ["ensure_self_signed", "self_signed_path"]

_FILE = "self-signed.pem"
_YEARS = 10


def self_signed_path(directory: Path) -> Path:
    """Where `ensure_self_signed` keeps the certificate and its key."""
    return directory / _FILE


def ensure_self_signed(directory: Path, names: Iterable[str]) -> tuple[Path, Path]:
    """The paths of a certificate chain and its key in ``directory``, made there if there are none.

    The two paths are one file (mode 0600, certificate and key), so that there is never half a pair. It is
    made once (ECDSA P-256, valid for 10 years, for ``names``, localhost and the loopback addresses) and then
    kept, also when ``names`` change: clients may have pinned its fingerprint. ``directory`` is made with mode
    0700 if it is not there. Raises TLSContextError when it cannot be made, or is there and of no use.
    """
    path = directory / _FILE
    try:
        if not path.exists():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(path, _make(names))
    except OSError as error:
        raise TLSContextError(path, f"cannot be made: {os.strerror(error.errno or 0)}") from None
    files = CertificateFiles(path, path)
    try:
        load(TLSSettings((files,)))
    except TLSContextError as error:
        raise TLSContextError(error.path, f"{error.cause}; remove it to have a new one made") from None
    return files.chain, files.key


def _make(names: Iterable[str]) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    everything = [*dict.fromkeys([*names, "localhost", "127.0.0.1", "::1"])]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, everything[0][:64])])
    now = datetime.now(UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A day back, for clients whose clock is slow.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS + 2))
        .add_extension(
            x509.SubjectAlternativeName([_general_name(each) for each in everything]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        address: IPv4Address | IPv6Address = ip_address(name)
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))
    return x509.IPAddress(address)


def _write_new(path: Path, content: bytes) -> None:
    """Write it whole or not at all, whatever happens meanwhile."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
