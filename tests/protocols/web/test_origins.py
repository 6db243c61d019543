"""Names of the server, pages of other servers, and what proxies say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdaemon.protocols.web.origins import (
    Forwarded,
    Place,
    forwarded,
    is_address,
    is_called,
    may_come_from,
    place_of,
    x_forwarded,
)

PROXIES = ("10.0.0.0/8", "127.0.0.1", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("chat.example.net", Place("chat.example.net", "")),
        ("Chat.Example.NET:443", Place("chat.example.net", "")),
        ("chat.example.net:80", Place("chat.example.net", "")),
        ("chat.example.net.:8067", Place("chat.example.net", "8067")),
        ("chat.example.net:", Place("chat.example.net", "")),
        ("localhost:8067", Place("localhost", "8067")),
        ("127.0.0.1:8067", Place("127.0.0.1", "8067")),
        ("[::1]:8067", Place("[::1]", "8067")),
        ("x", Place("x", "")),
        ("", None),
        ("-", None),
        ("a b", None),
        ("a/b", None),
        ("me@example.net", None),
        ("example.net:x", None),
        ("example.net:123456", None),
        ("::1", None),
        ("exämple.net", None),
        ("example.net\n", None),
    ],
)
def test_a_host_header_is_a_host_and_a_port(text: str, place: Place | None) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1", "[::1]", "[2001:db8::1]"])
def test_an_address_is_no_name_that_others_could_have(host: str) -> None:
    assert is_address(host)
    assert is_called(host, ())


@pytest.mark.parametrize(
    "host", ["localhost", "chat.localhost", "irc.test", "box.example.net", "a.b.example.net"]
)
def test_the_server_is_called_by_its_names(host: str) -> None:
    assert is_called(host, ("irc.test", "*.example.net"))


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "example.net", "xexample.net", "0x7f.1"]
)
def test_it_is_called_by_no_other(host: str) -> None:
    assert not is_called(host, ("irc.test", "*.example.net"))
    assert is_called(host, ("*",))


HERE = place_of("chat.example.net")
THERE = place_of("127.0.0.1:8067")


@pytest.mark.parametrize(
    ("origin", "here"),
    [
        ("https://chat.example.net", HERE),
        ("http://chat.example.net", HERE),
        ("HTTPS://Chat.Example.Net:443", HERE),
        ("http://127.0.0.1:8067", THERE),
        ("https://www.example.org", HERE),
        ("https://www.example.org", None),
    ],
)
def test_its_own_pages_may_use_it_and_those_that_are_listed(origin: str, here: Place | None) -> None:
    assert may_come_from(origin, here, ("https://www.example.org",))


@pytest.mark.parametrize(
    ("origin", "here"),
    [
        ("https://evil.example", HERE),
        ("https://chat.example.net:8443", HERE),
        ("https://chat.example.net.evil.example", HERE),
        ("http://127.0.0.1:3000", THERE),
        ("http://www.example.org", HERE),
        ("null", HERE),
        ("null", None),
        ("", HERE),
        ("", None),
        ("https://", None),
        ("chrome-extension://chat.example.net", HERE),
        ("https://chat.example.net/", HERE),
        ("https://chat.example.net, https://evil.example", HERE),
    ],
)
def test_pages_of_others_may_not(origin: str, here: Place | None) -> None:
    assert not may_come_from(origin, here, ("https://www.example.org",))
    assert may_come_from(origin, here, ("*",))


@pytest.mark.parametrize(
    ("values", "address"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1:4711"], "192.0.2.1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["::ffff:192.0.2.1"], "192.0.2.1"),
        (["198.51.100.1, 192.0.2.1"], "192.0.2.1"),
        (["198.51.100.1", "192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1, 10.1.1.1, 127.0.0.1"], "192.0.2.1"),
        (["192.0.2.1, 2001:db8:1::7"], "192.0.2.1"),
        (["10.9.9.9, 10.1.1.1"], "10.9.9.9"),
        (["192.0.2.1, unknown, 10.1.1.1"], "10.1.1.1"),
        (["192.0.2.1, unknown"], None),
        (["fe80::1%eth0"], None),
        (["192.0.2.1, "], "192.0.2.1"),
        ([""], None),
        ([], None),
        (["evil\r\nQUIT"], None),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy(values: list[str], address: str | None) -> None:
    assert x_forwarded(values, [], [], PROXIES) == Forwarded(address, None, None)
    said = ", ".join(f'for="{each.strip()}"' for value in values for each in value.split(",") if each.strip())
    if "\r" not in said:
        assert forwarded([said], PROXIES).address == address


def test_what_the_nearest_proxy_says_of_scheme_and_host_is_taken() -> None:
    said = x_forwarded(["192.0.2.1"], ["http, HTTPS"], ["evil.example", "chat.example.net"], PROXIES)
    assert said == Forwarded("192.0.2.1", "https", "chat.example.net")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            ["for=192.0.2.1;proto=https;host=chat.example.net"],
            Forwarded("192.0.2.1", "https", "chat.example.net"),
        ),
        (
            ["For=198.51.100.1;Proto=http", 'for="192.0.2.1:4711" ; proto=HTTPS;by=10.0.0.1'],
            Forwarded("192.0.2.1", "https", None),
        ),
        (['for="[2001:db8::1]:4711"'], Forwarded("2001:db8::1", None, None)),
        (['for="192.0.2.1\\""'], Forwarded(None, None, None)),
        (['for="19\\2.0.2.1"'], Forwarded("192.0.2.1", None, None)),
        (["for=unknown"], Forwarded(None, None, None)),
        (["for=_hidden, for=10.0.0.2"], Forwarded("10.0.0.2", None, None)),
        (["proto=https"], Forwarded(None, "https", None)),
        ([""], Forwarded(None, None, None)),
        ([], Forwarded(None, None, None)),
        (["what is this, for=192.0.2.1"], Forwarded("192.0.2.1", None, None)),
        (["for=198.51.100.1, what is this,, for=10.0.0.2"], Forwarded("10.0.0.2", None, None)),
        (["for=192.0.2.1, what is this"], Forwarded(None, None, None)),
        (['for=198.51.100.1, for="'], Forwarded(None, None, None)),
    ],
)
def test_forwarded_says_the_same_in_one_header(values: list[str], said: Forwarded) -> None:
    assert forwarded(values, PROXIES) == said


@given(st.text(alphabet='for=;,"\\[]:. 192abc', max_size=60), st.integers(0, 3))
def test_what_stands_before_what_a_proxy_adds_changes_nothing(claimed: str, commas: int) -> None:
    if claimed.count('"') % 2 == 0 and "\\" not in claimed:
        for separator in (", ", ","):
            said = forwarded([f"{claimed}{separator}for=192.0.2.1;proto=https"], PROXIES)
            assert said.address == "192.0.2.1"
    assert x_forwarded([claimed, "192.0.2.1"], [], [], PROXIES).address == "192.0.2.1"
