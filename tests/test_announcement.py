"""What the daemon says when it has started."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from chatdaemon.announcement import announcement
from chatdaemon.config import Configuration, Listener
from chatdaemon.config.web import Web
from chatdaemon.transports.certificates import ensure_self_signed
from chatdaemon.transports.tlscontext import CertificateFiles, LoadedTLS, TLSSettings, load


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> LoadedTLS:
    files = ensure_self_signed(tmp_path_factory.mktemp("tls"), ["irc.test"])
    return load(TLSSettings((CertificateFiles(*files),)))


def said(listener: Listener, address: IAddress, tls: LoadedTLS | None = None) -> list[str]:
    config = Configuration(listeners=(listener,))
    return list(announcement(config, {listener.name: address}, {listener.name: tls} if tls else {}))


def test_a_plain_listener_is_where_it_is() -> None:
    listener = Listener(name="irc", endpoint="tcp:6667:interface=127.0.0.1")
    assert said(listener, IPv4Address("TCP", "127.0.0.1", 6667)) == [
        "[listener irc] IRC on 127.0.0.1:6667",
        "  irssi: /connect 127.0.0.1 6667",
    ]


def test_a_self_signed_certificate_is_pinned_by_the_line_to_paste(tls: LoadedTLS) -> None:
    listener = Listener(name="ircs", endpoint="tcp:6697", tls=True)
    digits = tls.certificates[0].fingerprint.upper()
    fingerprint = ":".join(digits[at : at + 2] for at in range(0, 64, 2))
    assert said(listener, IPv4Address("TCP", "0.0.0.0", 6697), tls) == [
        "[listener ircs] IRC over TLS on 0.0.0.0:6697",
        f"  self-signed certificate, SHA-256 {fingerprint}",
        f"  irssi: /connect -tls -notls_verify -tls_pinned_cert {fingerprint} 127.0.0.1 6697",
    ]


def test_a_certificate_of_the_files_is_verified_by_its_name(tls: LoadedTLS) -> None:
    listener = Listener(name="ircs", endpoint="tcp6:6697", tls=True, certificate=(Path("chat.pem"),))
    lines = said(listener, IPv6Address("TCP", "::", 6697), tls)
    assert lines[0] == "[listener ircs] IRC over TLS on [::]:6697"
    assert lines[1].startswith(f"  {tls.certificates[0].path}: SHA-256 ")
    assert lines[2] == "  irssi: /connect -tls irc.test 6697"


def test_a_wildcard_is_no_name_to_connect_to(tmp_path: Path) -> None:
    files = ensure_self_signed(tmp_path, ["*.irc.test"])
    loaded = load(TLSSettings((CertificateFiles(*files),)))
    listener = Listener(name="ircs", endpoint="tcp6:6697", tls=True, certificate=(files[0],))
    assert said(listener, IPv6Address("TCP", "::", 6697), loaded)[-1] == "  irssi: /connect -tls ::1 6697"


def test_a_unix_socket_is_a_path() -> None:
    listener = Listener(name="local", endpoint="unix:/run/chat.sock", protocol="json")
    assert said(listener, UNIXAddress(b"/run/chat.sock")) == ["[listener local] JSON on /run/chat.sock"]


def test_json_is_not_for_irssi() -> None:
    listener = Listener(name="json", endpoint="tcp:7000", protocol="json")
    assert said(listener, IPv4Address("TCP", "192.0.2.1", 7000)) == ["[listener json] JSON on 192.0.2.1:7000"]


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (IPv4Address("TCP", "127.0.0.1", 8067), "http://127.0.0.1:8067/"),
        (IPv4Address("TCP", "0.0.0.0", 80), "http://127.0.0.1:80/"),
        (IPv6Address("TCP", "::", 8067), "http://[::1]:8067/"),
    ],
)
def test_a_page_is_for_a_browser(address: IAddress, url: str) -> None:
    listener = Listener(name="web", endpoint="tcp:8067", protocol="web")
    assert said(listener, address)[1:] == [f"  browser: {url}"]


def test_a_page_over_tls_says_so(tls: LoadedTLS) -> None:
    listener = Listener(name="web", endpoint="tcp:8067", protocol="web", tls=True)
    assert (
        said(listener, IPv4Address("TCP", "192.0.2.1", 443), tls)[-1] == "  browser: https://192.0.2.1:443/"
    )


def test_without_a_page_there_is_no_address_for_it() -> None:
    listener = Listener(name="web", endpoint="tcp:8067", protocol="web")
    config = Configuration(listeners=(listener,), web=Web(page=False))
    addresses = {"web": IPv4Address("TCP", "127.0.0.1", 8067)}
    assert list(announcement(config, addresses, {})) == ["[listener web] WEB on 127.0.0.1:8067"]


def test_many_listeners_are_only_listed() -> None:
    listeners = tuple(Listener(name=f"l{n}", endpoint=f"tcp:{n}") for n in range(5))
    addresses = {each.name: IPv4Address("TCP", "0.0.0.0", 6667) for each in listeners}
    lines = list(announcement(Configuration(listeners=listeners), addresses, {}))
    assert lines == [f"[listener l{n}] IRC on 0.0.0.0:6667" for n in range(5)]
