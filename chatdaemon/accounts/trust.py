"""Whom to trust on the other end of a TLS connection that this server makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates

_END = b"-----END CERTIFICATE-----"


def client_tls(host: str, ca_file: Path | None) -> Any:
    """What makes sure that the other end is `host`, by the authorities in `ca_file` (PEM), else the system's.

    Raises ValueError when the file is of no use.
    """
    if ca_file is None:
        return optionsForClientTLS(host)
    try:
        parts = [
            part + _END for part in ca_file.read_bytes().split(_END) if b"-----BEGIN CERTIFICATE" in part
        ]
        authorities = [Certificate.loadPEM(part) for part in parts]
    except OSError as error:
        raise ValueError(f"{ca_file}: {error.strerror}") from None
    except Exception:
        # OpenSSL's own error, which has no text for people.
        authorities = []
    if not authorities:
        raise ValueError(f"{ca_file}: there is no certificate in it that can be read")
    return optionsForClientTLS(host, trustRootFromCertificates(authorities))
