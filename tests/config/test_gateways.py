"""Gateways, strict transport security and the network's picture in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatdaemon.config.gateways import Addresses, Gateway, PictureURL
from chatdaemon.config.kinds import Kind, Surroundings
from tests.config.files import FINGERPRINT, HASH, config, mistakes, warnings

AT = Surroundings(Path("/etc/chat"), {})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (
            Addresses(),
            "192.0.2.7, 2001:DB8::/32\nLocalhost 192.0.2.9/24",
            ("192.0.2.7", "2001:db8::/32", "localhost", "192.0.2.0/24"),
        ),
        (Addresses(), "192.0.2.*, gate-?.example.net", ("192.0.2.*", "gate-?.example.net")),
        (Addresses(), "", ()),
        (PictureURL(), "https://example.net/i.png?size={size}", "https://example.net/i.png?size={size}"),
        (PictureURL(), "", ""),
    ],
)
def test_a_value_is_read_and_what_it_writes_reads_the_same(kind: Kind, text: str, value: object) -> None:
    assert kind.read(text, AT) == value
    assert kind.read(kind.write(value), AT) == value
    assert kind.says


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (
            Addresses(),
            "192.0.2.777",
            '"192.0.2.777" is neither an address nor a network such as 192.0.2.0/24',
        ),
        (
            Addresses(),
            "192.0.2.0/99",
            '"192.0.2.0/99" is neither an address nor a network such as 192.0.2.0/24',
        ),
        (Addresses(), "a@b", '"a@b" is neither an address nor a network such as 192.0.2.0/24'),
        (PictureURL(), "icon.png", '"icon.png" is not an address such as https://example.net/icon.svg'),
        (PictureURL(), "https://a b", '"https://a b" is not an address such as https://example.net/icon.svg'),
        (PictureURL(), f"https://{'a' * 300}", "the address is longer than 300 characters"),
    ],
)
def test_what_is_no_value_is_said(kind: Kind, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=r"neither|such as|longer") as caught:
        kind.read(text, AT)
    assert str(caught.value) == expected


def test_a_gateway_is_where_it_is_and_proves_it(tmp_path: Path) -> None:
    text = f"""\
[webirc kiwi]
hosts = 192.0.2.7
password-hash = {HASH}
certificate-fingerprint = {FINGERPRINT}
"""
    (gateway,) = config(tmp_path, text).gateways
    assert gateway == Gateway(
        name="kiwi", hosts=("192.0.2.7",), password_hash=HASH, certificate_fingerprint=(FINGERPRINT,)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[webirc kiwi]\nhosts = 192.0.2.7\n",
            '1: [webirc kiwi] needs "password-hash", "password-hash-file" or "certificate-fingerprint"',
        ),
        (f"[webirc kiwi]\npassword-hash = {HASH}\n", '1: [webirc kiwi] needs "hosts"'),
        (f"[webirc kiwi]\nhosts =\npassword-hash = {HASH}\n", "2: hosts: the value is missing"),
        ("[webirc]\n", "1: [webirc] needs a name: [webirc NAME]"),
        (
            "[listener a]\nendpoint = tcp:6667\nsts-duration = 30d\n",
            '3: "sts-duration" needs tls = yes',
        ),
        ("[listener a]\nendpoint = tcp:6667\nsts-preload = yes\n", '3: "sts-preload" needs tls = yes'),
        (
            "[listener a]\nendpoint = tcp:6697\ntls = yes\nsts-port = 6697\n",
            '4: "sts-port" is for listeners without tls',
        ),
    ],
)
def test_what_cannot_be_is_a_mistake(tmp_path: Path, text: str, said: str) -> None:
    assert mistakes(tmp_path, text) == [said]


def test_a_promise_that_clients_could_not_keep_is_warned_of(tmp_path: Path) -> None:
    text = "[listener a]\nendpoint = tcp:6697\ntls = yes\nsts-duration = {}\n"
    expected = "4: clients trust no self-signed certificate: they would be locked out"
    assert warnings(tmp_path, text.format("30d")) == [expected]
    assert warnings(tmp_path, text.format("0s")) == []
    assert warnings(tmp_path, text.format("off")) == []


def test_off_is_no_promise(tmp_path: Path) -> None:
    text = "[listener a]\nendpoint = tcp:6667:interface=127.0.0.1\nsts-port = off\nsts-duration = off\n"
    (listener,) = config(tmp_path, text).listeners
    assert (listener.sts_port, listener.sts_duration, listener.sts_preload) == (None, None, False)
