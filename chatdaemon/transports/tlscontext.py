"""The TLS contexts of listeners: certificates by server name, client certificates, reload."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from chatdaemon.transports.tlscalls import BEST

__all__ = [
    "Certificate",
    "CertificateFiles",
    "LoadedTLS",
    "TLSContext",
    "TLSContextError",
    "TLSSettings",
    "certificate_fingerprint",
    "load",
    "load_certificates",
]

# From OpenSSL's ssl.h: pyOpenSSL's public API, or its stubs, do not name them.
_MODE_RELEASE_BUFFERS = 0x10
_OP_NO_RENEGOTIATION = 1 << 30

# TLS 1.2 only with forward secrecy and authenticated encryption; every suite of TLS 1.3 is such.
_TLS12_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"


class TLSContextError(Exception):
    """A certificate or key that cannot be used: ``path`` is the file, ``cause`` what is wrong with it."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__(f"{path}: {cause}")
        self.path = path
        self.cause = cause


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate with its chain, leaf first, and its private key: PEM files, which may be one file."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class TLSSettings:
    """What a listener's context is made from. The first certificate is for clients that ask for no other.

    ``groups`` are those of the key exchange, as OpenSSL writes them; None leaves the choice to OpenSSL, which
    prefers X25519MLKEM768 where the client has it. That keeps 6 KiB more for each connection.
    """

    certificates: tuple[CertificateFiles, ...]
    ask_client_certificate: bool = False
    groups: str | None = "X25519:P-256"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What there is to know about a certificate. ``names`` are lower-case; a wildcard starts with ``*.``."""

    path: Path
    fingerprint: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    def warning(self, now: datetime, within_days: int = 14) -> str | None:
        """What an operator should know at ``now`` (an aware time): expired, nearly so, or not yet valid."""
        if now < self.not_before:
            return f"{self.path}: the certificate is not valid before {self.not_before:%Y-%m-%d %H:%M} UTC"
        if now >= self.not_after:
            return f"{self.path}: the certificate expired on {self.not_after:%Y-%m-%d}"
        days = (self.not_after - now).days
        if days < within_days:
            return f"{self.path}: the certificate expires on {self.not_after:%Y-%m-%d}, in {days} days"
        return None


@dataclass(frozen=True, slots=True)
class LoadedTLS:
    """A whole context, ready for connections, with the certificates in it (the default first)."""

    settings: TLSSettings
    context: SSL.Context
    certificates: tuple[Certificate, ...]


def certificate_fingerprint(certificate: crypto.X509 | x509.Certificate) -> str:
    """The SHA-256 fingerprint: 64 lower-case hexadecimal digits."""
    if isinstance(certificate, crypto.X509):
        certificate = certificate.to_cryptography()
    return certificate.fingerprint(SHA256()).hex()


def load_certificates(path: Path) -> tuple[Certificate, ...]:
    """The certificates of a PEM file, in its order. Raises TLSContextError."""
    content = _read(path)
    try:
        parsed = x509.load_pem_x509_certificates(content)
        return tuple(
            Certificate(
                path,
                certificate_fingerprint(each),
                _names(each),
                each.not_valid_before_utc,
                each.not_valid_after_utc,
            )
            for each in parsed
        )
    except ValueError as error:
        raise TLSContextError(path, f"no certificate in PEM form can be read: {error}") from None


def load(settings: TLSSettings) -> LoadedTLS:
    """Build a context from files.

    Raises TLSContextError, naming the first file that is of no use, and ValueError for settings without a
    certificate or with groups that OpenSSL does not know.
    """
    if not settings.certificates:
        raise ValueError("a TLS listener needs a certificate")
    contexts = []
    certificates = []
    by_name: dict[str, SSL.Context] = {}
    for files in settings.certificates:
        certificate = load_certificates(files.chain)[0]
        context = _context(files, settings)
        for name in certificate.names:
            by_name.setdefault(name, context)
        contexts.append(context)
        certificates.append(certificate)
    if len(contexts) > 1:
        contexts[0].set_tlsext_servername_callback(_chooser(by_name))
    return LoadedTLS(settings, contexts[0], tuple(certificates))


@implementer(IOpenSSLServerConnectionCreator)
class TLSContext:
    """The context of one listener, as connections accepted now get it.

    It makes connections for ``TLSMemoryBIOFactory`` as well, for ports that cannot have our transports.
    """

    def __init__(self, settings: TLSSettings) -> None:
        """Raises TLSContextError."""
        self.loaded = load(settings)

    @property
    def context(self) -> SSL.Context:
        """For the next connection."""
        return self.loaded.context

    @property
    def fingerprint(self) -> str:
        """Of the default certificate."""
        return self.loaded.certificates[0].fingerprint

    def use(self, loaded: LoadedTLS) -> None:
        """Give new connections ``loaded``; those that exist keep what they have."""
        self.loaded = loaded

    def reload(self, settings: TLSSettings | None = None) -> None:
        """Read the files again. Raises TLSContextError and keeps what it had if any of them is of no use.

        To reload several listeners all or none, ``load`` for each of them first and then ``use``.
        """
        self.use(load(settings or self.loaded.settings))

    def warnings(self, now: datetime | None = None) -> list[str]:
        """What an operator should know of the certificates' validity."""
        now = now or datetime.now(UTC)
        found = (certificate.warning(now) for certificate in self.loaded.certificates)
        return [warning for warning in found if warning]

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """A connection on memory BIOs."""
        connection = SSL.Connection(self.context, None)
        connection.set_accept_state()
        return connection


def _context(files: CertificateFiles, settings: TLSSettings) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(_TLS12_CIPHERS)
    context.set_options(SSL.OP_NO_COMPRESSION | _OP_NO_RENEGOTIATION)
    context.set_mode(_MODE_RELEASE_BUFFERS)
    # Sessions are resumed from the client's ticket; none are kept here.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # Without it OpenSSL refuses to resume a session once client certificates are asked for.
    context.set_session_id(b"chatdaemon")
    if settings.ask_client_certificate:
        # Who issued it does not matter, only which it is: see certificate_fingerprint.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_CLIENT_ONCE, lambda *checked: True)
    if settings.groups is not None:
        _set_groups(context, settings.groups)
    _use_files(context, files)
    return context


def _set_groups(context: SSL.Context, groups: str) -> None:
    # Only pyOpenSSL's own binding can set several; without it OpenSSL's choice is as good.
    set_list = getattr(getattr(SSL, "_lib", None), "SSL_CTX_set1_curves_list", None)
    if set_list is not None and not set_list(context._context, groups.encode("ascii")):
        BEST.clear()
        raise ValueError(f"OpenSSL does not know all of these groups: {groups}")


def _use_files(context: SSL.Context, files: CertificateFiles) -> None:
    if b"ENCRYPTED" in _read(files.key):
        # OpenSSL would ask for it at the terminal.
        raise TLSContextError(files.key, "the private key is encrypted with a passphrase")
    try:
        context.use_certificate_chain_file(str(files.chain))
    except SSL.Error as error:
        raise TLSContextError(files.chain, f"the certificate cannot be used: {_said(error)}") from None
    try:
        context.use_privatekey_file(str(files.key))
        context.check_privatekey()
    except SSL.Error as error:
        said = _said(error)
        if "mismatch" in said:
            raise TLSContextError(
                files.key, f"the key is not that of the certificate {files.chain}"
            ) from None
        raise TLSContextError(files.key, f"the private key cannot be used: {said}") from None


def _said(error: SSL.Error) -> str:
    entries = error.args[0] if error.args else None
    return entries[-1][-1] if entries and entries[-1][-1] else "not in PEM form"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TLSContextError(path, os.strerror(error.errno or 0)) from None


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """The server names it is for: RFC 6125, the common name only where there are no alternative names."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = alternative.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        names = [str(each.value) for each in common]
    return tuple(name.lower() for name in names)


def _chooser(by_name: dict[str, SSL.Context]) -> Callable[[SSL.Connection], None]:
    def choose(connection: SSL.Connection) -> None:
        asked = connection.get_servername()
        if asked is None:
            return
        name = asked.decode("ascii", "replace").lower().rstrip(".")
        _, _, parent = name.partition(".")
        context = by_name.get(name) or by_name.get("*." + parent)
        if context is not None:
            connection.set_context(context)

    return choose
