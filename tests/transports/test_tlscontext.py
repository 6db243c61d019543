"""Certificates: which one is served, what a reload does, what is said of files of no use."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.protocols.tls import TLSMemoryBIOFactory

from chatdaemon.transports.tlscontext import (
    CertificateFiles,
    TLSContext,
    TLSContextError,
    TLSSettings,
    certificate_fingerprint,
    load,
    load_certificates,
)
from tests.transports.support import (
    Recorders,
    ServerCase,
    certificate_directory,
    client_context,
    in_thread,
    reactor,
    self_signed,
    tls_context,
)

NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)


def make(
    directory: Path,
    names: list[str],
    common: str = "chat",
    key_password: bytes | None = None,
    valid: tuple[timedelta, timedelta] = (timedelta(days=-1), timedelta(days=90)),
) -> CertificateFiles:
    """A certificate and key in two files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + valid[0])
        .not_valid_after(NOW + valid[1])
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        builder = builder.add_extension(alternative, critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    directory.mkdir(parents=True, exist_ok=True)
    chain_path, key_path = directory / "chain.pem", directory / "key.pem"
    chain_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if key_password is not None:
        encryption = serialization.BestAvailableEncryption(key_password)
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )
    return CertificateFiles(chain_path, key_path)


def fingerprint(files: CertificateFiles) -> str:
    return load_certificates(files.chain)[0].fingerprint


class ServingTests(ServerCase):
    async def served(self, port: object, name: str | None) -> str:
        """The fingerprint of what a client that asks for ``name`` is shown."""

        def connect() -> str:
            with client_context().wrap_socket(self.raw_client(port), server_hostname=name) as client:
                shown = client.getpeercert(binary_form=True)
                assert shown is not None
                return certificate_fingerprint(x509.load_der_x509_certificate(shown))

        return await in_thread(connect)

    async def test_each_client_is_shown_the_certificate_of_the_name_it_asks_for(self) -> None:
        base = certificate_directory()
        first = make(base / "sni-a", ["chat.example", "irc.example"])
        second = make(base / "sni-b", ["*.team.example", "team.example"])
        third = make(base / "sni-c", [], common="old.example")
        factory = Recorders()
        port = self.listen(factory, TLSContext(TLSSettings((first, second, third))))
        for name, files in (
            (None, first),
            ("chat.example", first),
            ("nobody.example", first),
            ("team.example", second),
            ("blue.team.example", second),
            ("BLUE.Team.Example", second),
            ("deep.blue.team.example", first),
            ("old.example", third),
            ("localhost", first),
        ):
            assert await self.served(port, name) == fingerprint(files), name
        await self.drop_all(factory)

    async def test_a_reload_is_for_new_connections_and_drops_none(self) -> None:
        directory = certificate_directory() / "reload"
        files = make(directory, ["chat.example"])
        tls = TLSContext(TLSSettings((files,)))
        factory = Recorders()
        port = self.listen(factory, tls)
        coming = factory.next()
        client = await in_thread(client_context().wrap_socket, self.raw_client(port))
        self.addCleanup(client.close)
        recorder = await coming
        before = tls.fingerprint
        make(directory, ["chat.example"])
        assert await self.served(port, None) == before
        tls.reload()
        after = fingerprint(files)
        assert tls.fingerprint == after != before
        assert await self.served(port, None) == after
        await in_thread(client.sendall, b"still here")
        await recorder.until_data(b"still here")
        recorder.transport.write(b"me too")
        assert await in_thread(client.recv, 10) == b"me too"
        files.key.write_bytes(b"")
        with pytest.raises(TLSContextError):
            tls.reload()
        assert await self.served(port, None) == after
        await self.drop_all(factory)

    async def test_a_port_without_our_transports_can_be_wrapped(self) -> None:
        tls = tls_context()
        factory = Recorders()
        wrapped = TLSMemoryBIOFactory(tls, False, factory)
        port = reactor.listenTCP(0, wrapped, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        assert await self.served(port, None) == tls.fingerprint
        await self.drop_all(factory)

    async def test_nothing_below_tls_1_2_and_nothing_without_forward_secrecy(self) -> None:
        factory = Recorders()
        port = self.listen(factory, tls_context())

        def cipher(version: ssl.TLSVersion) -> str:
            context = client_context()
            context.minimum_version = context.maximum_version = version
            with context.wrap_socket(self.raw_client(port)) as client:
                used = client.cipher()
                assert used is not None
                return used[0]

        assert (await in_thread(cipher, ssl.TLSVersion.TLSv1_2)).startswith("ECDHE")
        assert (await in_thread(cipher, ssl.TLSVersion.TLSv1_3)).startswith("TLS_")
        await self.drop_all(factory)


def refusal(settings: TLSSettings) -> TLSContextError:
    with pytest.raises(TLSContextError) as caught:
        load(settings)
    return caught.value


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    files = make(tmp_path, ["a"])
    missing = tmp_path / "missing.pem"
    error = refusal(TLSSettings((CertificateFiles(missing, files.key),)))
    assert (error.path, str(error)) == (missing, f"{missing}: No such file or directory")
    error = refusal(TLSSettings((CertificateFiles(files.chain, missing),)))
    assert error.path == missing


def test_a_file_that_must_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = make(tmp_path, ["a"])

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert str(refusal(TLSSettings((files,)))) == f"{files.chain}: Permission denied"


@pytest.mark.parametrize(
    ("spoil", "which", "cause"),
    [
        (lambda files, other: files.chain.write_text("nothing"), "chain", "no certificate in PEM form"),
        (lambda files, other: files.chain.write_bytes(b""), "chain", "no certificate in PEM form"),
        (
            lambda files, other: files.chain.write_bytes(files.chain.read_bytes().replace(b"M", b"!")),
            "chain",
            "no certificate in PEM form",
        ),
        (lambda files, other: files.key.write_text("nothing"), "key", "the private key cannot be used"),
        (lambda files, other: files.key.write_bytes(b""), "key", "the private key cannot be used"),
        (
            lambda files, other: files.key.write_bytes(other.key.read_bytes()),
            "key",
            "the key is not that of the certificate",
        ),
    ],
)
def test_a_file_of_no_use_is_named_with_what_is_wrong(
    tmp_path: Path,
    spoil: Callable[[CertificateFiles, CertificateFiles], object],
    which: str,
    cause: str,
) -> None:
    files, other = make(tmp_path / "one", ["a"]), make(tmp_path / "two", ["b"])
    spoil(files, other)
    error = refusal(TLSSettings((files,)))
    assert error.path == getattr(files, which)
    assert error.cause.startswith(cause)


def test_an_encrypted_key_is_refused_without_asking_at_the_terminal(tmp_path: Path) -> None:
    files = make(tmp_path, ["a"], key_password=b"secret")
    assert "passphrase" in refusal(TLSSettings((files,))).cause


def test_one_bad_certificate_among_several_leaves_everything_as_it_was(tmp_path: Path) -> None:
    good, bad = make(tmp_path / "one", ["a"]), make(tmp_path / "two", ["b"])
    tls = TLSContext(TLSSettings((good,)))
    before = tls.context
    bad.chain.write_text("")
    with pytest.raises(TLSContextError):
        tls.reload(TLSSettings((good, bad)))
    assert tls.context is before
    assert tls.loaded.settings == TLSSettings((good,))


def test_several_listeners_can_be_reloaded_all_or_none(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one", ["a"]), make(tmp_path / "two", ["b"])
    listeners = [TLSContext(TLSSettings((files,))) for files in (one, two)]
    make(tmp_path / "one", ["a"])
    loaded = [load(each.loaded.settings) for each in listeners]
    for listener, new in zip(listeners, loaded, strict=True):
        listener.use(new)
    assert listeners[0].fingerprint == fingerprint(one)


def test_no_certificate_at_all_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="needs a certificate"):
        load(TLSSettings(()))


def test_groups_that_openssl_does_not_know_are_a_mistake(tmp_path: Path) -> None:
    files = make(tmp_path, ["a"])
    load(TLSSettings((files,), groups=None))
    with pytest.raises(ValueError, match="groups: X25519:nonsense"):
        load(TLSSettings((files,), groups="X25519:nonsense"))


def test_certificate_and_key_may_be_one_file(tmp_path: Path) -> None:
    files = make(tmp_path, ["a"])
    both = tmp_path / "both.pem"
    both.write_bytes(files.key.read_bytes() + files.chain.read_bytes())
    assert load(TLSSettings((CertificateFiles(both, both),))).certificates[0].names == ("a",)


def test_names_of_a_certificate_are_lower_case_and_the_common_name_is_the_last_resort(tmp_path: Path) -> None:
    assert load_certificates(make(tmp_path / "1", ["A.Example", "*.B.example"]).chain)[0].names == (
        "a.example",
        "*.b.example",
    )
    assert load_certificates(make(tmp_path / "2", [], common="Old.Example").chain)[0].names == (
        "old.example",
    )


def test_an_operator_is_warned_of_a_certificate_that_is_not_valid_for_long(tmp_path: Path) -> None:
    day = timedelta(days=1)
    cases: list[tuple[tuple[timedelta, timedelta], str | None]] = [
        ((-day, 90 * day), None),
        ((-day, 14 * day), None),
        ((-day, 13 * day), "expires on 2026-05-30, in 13 days"),
        ((-9 * day, -day), "expired on 2026-05-16"),
        ((day, 90 * day), "not valid before 2026-05-18 12:00 UTC"),
    ]
    for valid, expected in cases:
        files = make(tmp_path, ["a"], valid=valid)
        # Whatever its dates, it can be served.
        tls = TLSContext(TLSSettings((files,)))
        warnings = tls.warnings(NOW)
        if expected is None:
            assert warnings == []
        else:
            assert len(warnings) == 1
            assert warnings[0].startswith(str(files.chain))
            assert expected in warnings[0]
    assert tls_context().warnings() == []


def test_fingerprints_are_64_lower_case_hexadecimal_digits() -> None:
    files = self_signed("finger.example")
    certificate = x509.load_pem_x509_certificate(files.chain.read_bytes())
    found = certificate_fingerprint(certificate)
    assert found == certificate.fingerprint(hashes.SHA256()).hex() == fingerprint(files)
    assert len(found) == 64
    assert found == found.lower()
