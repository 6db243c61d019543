"""Certificates of the server and of clients, over real TLS."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

from chatdaemon.transports.certificates import ensure_self_signed
from tests.end_to_end.daemon import Client, Daemon

TLS = "[listener ircs]\nendpoint = tcp:0:interface=127.0.0.1\ntls = yes\n"


def made(directory: Path, name: str) -> Path:
    """A file with a certificate and its key."""
    return ensure_self_signed(directory / name, [name])[0]


def fingerprint(path: Path) -> str:
    return hashlib.sha256(
        ssl.PEM_cert_to_DER_cert(path.read_text().partition("-----BEGIN PRIVATE")[0])
    ).hexdigest()


def test_the_certificate_of_the_first_start_is_kept_and_its_fingerprint_is_said(tmp_path: Path) -> None:
    shown = []
    for _ in range(2):
        with Daemon(tmp_path, TLS) as daemon:
            shown.append(hashlib.sha256(Client(daemon.port("ircs"), tls=True).certificate).hexdigest())
            assert shown[-1].upper() in daemon.log.read_text().replace(":", "")
    assert shown[0] == shown[1]
    assert (tmp_path / "var" / "self-signed.pem").stat().st_mode & 0o777 == 0o600


def test_each_client_gets_the_certificate_of_the_name_that_it_asks_for(tmp_path: Path) -> None:
    one, two = made(tmp_path, "one.test"), made(tmp_path, "two.test")
    with Daemon(tmp_path, TLS + f"certificate = {one}, {two}\n") as daemon:
        for name, expected in (("two.test", two), ("one.test", one), ("other.test", one), (None, one)):
            client = Client(daemon.port("ircs"), tls=True, name=name)
            assert hashlib.sha256(client.certificate).hexdigest() == fingerprint(expected)
            client.close()
    assert daemon.complaints() == []


def test_an_operator_is_known_by_a_certificate(tmp_path: Path) -> None:
    mine, other = made(tmp_path, "mine.test"), made(tmp_path, "other.test")
    operator = f"[operator root]\ncertificate-fingerprint = {fingerprint(mine)}\nprivileges = all\n"
    with Daemon(tmp_path, TLS + "client-certificates = yes\n" + operator) as daemon:
        for certificate, numeric in ((mine, " 381 "), (other, " 464 ")):
            client = Client(daemon.port("ircs"), tls=True, certificate=certificate)
            client.send("NICK alice", "USER a 0 * :a")
            client.expect(" 001 ")
            client.send("OPER root any")
            client.expect(numeric)
            client.send("QUIT")
            client.rest()
    assert daemon.complaints() == []
