"""[web], and web listeners."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatdaemon.config import Configuration
from chatdaemon.protocols.web.server import WebSettings
from chatdaemon.settings import admission_limits, web_settings
from tests.config.files import config, mistakes, warnings


def test_there_is_a_page_on_loopback_by_default() -> None:
    (web,) = (each for each in Configuration().listeners if each.protocol == "web")
    assert web.endpoint == "tcp:8067:interface=127.0.0.1"
    assert web_settings(Configuration()) == WebSettings(page=True, names=("chatdaemon.local",))


def test_every_key_arrives(tmp_path: Path) -> None:
    found = config(
        tmp_path,
        "[chatdaemon]\nserver-name = IRC.example.net\n[web]\npage = no\nhosts = Chat.Example.net, *.example.org\n"
        "origins = https://www.example.net:443/, http://127.0.0.1:3000, https://[::1]\n"
        "proxies = 127.0.0.1, 10.0.0.0/8\nforwarded-header = forwarded\n",
    )
    assert web_settings(found, ["box.example.net"]) == WebSettings(
        page=False,
        names=("irc.example.net", "chat.example.net", "*.example.org", "box.example.net"),
        origins=("https://www.example.net", "http://127.0.0.1:3000", "https://[::1]"),
        proxies=("127.0.0.1", "10.0.0.0/8"),
        forwarded_header="forwarded",
    )


def test_proxies_are_not_limited_themselves(tmp_path: Path) -> None:
    found = config(
        tmp_path,
        "[listener irc]\nendpoint = unix:x\nproxy-protocol = 192.0.2.7, 2001:db8::/64, localhost\n"
        "[web]\nproxies = 192.0.2.8\n",
    )
    assert found.listeners[0].proxy_protocol == ("192.0.2.7", "2001:db8::/64", "localhost")
    assert admission_limits(found).gateways == ("192.0.2.7", "2001:db8::/64", "localhost", "192.0.2.8")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("hosts = chat.example.net:8067\n",
         '2: hosts: "chat.example.net:8067" is not the name of a host, such as chat.example.net, without a port'),
        ("hosts = https://chat.example.net\n",
         '2: hosts: "https://chat.example.net" is not the name of a host, such as chat.example.net, without a port'),
        ("origins = chat.example.net\n",
         '2: origins: "chat.example.net" is not an origin such as https://chat.example.net'),
        ("origins = https://*.example.net\n",
         '2: origins: "https://*.example.net" is not an origin such as https://chat.example.net'),
        ("origins = ftp://example.net\n",
         '2: origins: "ftp://example.net" is not an origin such as https://chat.example.net'),
        ("origins = https://\n", '2: origins: "https://" is not an origin such as https://chat.example.net'),
        ("origins = https://example.net/chat\n",
         '2: origins: "https://example.net/chat" is not an origin: there is nothing behind its host but a port'),
        ("proxies = 1.2.3\n", '2: proxies: "1.2.3" is neither an address nor a network such as 192.0.2.0/24'),
        ("forwarded-header = x-real-ip\n",
         '2: forwarded-header: "x-real-ip" is not one of x-forwarded-for, forwarded'),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_a_mistake(tmp_path: Path, text: str, mistake: str) -> None:
    assert mistakes(tmp_path, f"[web]\n{text}") == [mistake]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("origins = *\n", "2: any page that people look at can use this server as they can"),
        ("hosts = *\n", "2: pages of other servers can reach this one by names of theirs"),
    ],
)
def test_what_is_unwise_is_said(tmp_path: Path, text: str, warning: str) -> None:
    assert warnings(tmp_path, f"[web]\n{text}") == [warning]
