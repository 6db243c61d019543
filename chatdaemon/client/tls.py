"""TLS to a server whose certificate is known by its fingerprint."""

from __future__ import annotations

from OpenSSL import SSL, crypto
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer


@implementer(IOpenSSLClientConnectionCreator)
class Pinned:
    """Takes exactly the certificate with this SHA-256 fingerprint (hex, with or without colons), whoever has
    signed it: such as the one that a server makes for itself.

    Raises ValueError for what is no fingerprint.
    """

    def __init__(self, fingerprint: str, host: str) -> None:
        """
        :param host: what the server is asked for, which may have several certificates (SNI).
        """
        digest = bytes.fromhex(fingerprint.replace(":", ""))
        if len(digest) != 32:
            raise ValueError("a SHA-256 fingerprint has 64 hex digits")
        self._expected = digest.hex().encode()
        self._name = b"" if isIPAddress(host) or isIPv6Address(host) else host.encode("idna")
        self._context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        self._context.set_min_proto_version(SSL.TLS1_2_VERSION)
        self._context.set_verify(SSL.VERIFY_PEER, self._verify)

    def _verify(
        self, connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, good: int
    ) -> bool:
        # Of a chain only the server's own certificate counts.
        return depth > 0 or certificate.digest("sha256").replace(b":", b"").lower() == self._expected

    def clientConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        connection = SSL.Connection(self._context, None)
        if self._name:
            connection.set_tlsext_host_name(self._name)
        connection.set_connect_state()
        return connection
