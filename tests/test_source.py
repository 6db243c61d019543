from __future__ import annotations

import pytest

from chatdaemon.source import is_among, is_local, source_of_host


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.9", None),
        ("::1", None),
        ("somewhere", "somewhere"),
    ],
)
def test_limits_go_by_the_address_or_its_network(host: str, source: str | None) -> None:
    assert source_of_host(host) == source


@pytest.mark.parametrize(
    ("address", "several"),
    [
        ("192.0.2.1", ("192.0.2.1",)),
        ("192.0.2.1", ("198.51.100.0/24", "192.0.2.0/24")),
        ("192.0.2.1", ("192.0.2.9/24",)),
        ("192.0.2.1", ("192.0.2.*",)),
        ("::ffff:192.0.2.1", ("192.0.2.0/24",)),
        ("2001:db8::1", ("2001:DB8::/32",)),
        ("fe80::1%eth0", ("fe80::/10",)),
        ("localhost", ("localhost",)),
    ],
)
def test_an_address_is_among_those_that_cover_it(address: str, several: tuple[str, ...]) -> None:
    assert is_among(address, several)


@pytest.mark.parametrize(
    ("address", "several"),
    [
        ("192.0.2.1", ()),
        ("192.0.2.1", ("192.0.3.0/24", "192.0.2.10", "2001:db8::/32", "localhost")),
        ("2001:db8::1", ("192.0.2.0/24",)),
        ("localhost", ("127.0.0.0/8", "::1")),
    ],
)
def test_others_are_not(address: str, several: tuple[str, ...]) -> None:
    assert not is_among(address, several)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_known(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "localhost.example.net", "gateway"])
def test_no_other_is_taken_for_it(host: str) -> None:
    assert not is_local(host)
