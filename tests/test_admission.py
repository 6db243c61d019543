"""Who may connect."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock

from chatdaemon import admission as module
from chatdaemon.admission import Admission, AdmissionLimits, source_of


def ipv4(host: str) -> IPv4Address:
    return IPv4Address("TCP", host, 50000)


def ipv6(host: str) -> IPv6Address:
    return IPv6Address("TCP", host, 50000)


ALICE = ipv4("192.0.2.1")
BOB = ipv4("192.0.2.2")
HERE: list[IAddress] = [
    ipv4("127.0.0.1"),
    ipv4("127.3.2.1"),
    ipv6("::1"),
    ipv6("::ffff:127.0.0.1"),
    UNIXAddress(None),
]


def admission(clock: Clock | None = None, **limits: Any) -> Admission:
    return Admission(AdmissionLimits(**limits), (clock or Clock()).seconds)


def test_without_limits_everybody_comes_in() -> None:
    open_to_all = admission()
    assert [open_to_all.admit(ALICE) for _ in range(1000)] == [None] * 1000
    assert (open_to_all.open, open_to_all.refused) == (1000, 0)


def test_the_server_is_full_until_somebody_goes() -> None:
    two = admission(connections=2)
    assert two.admit(ALICE) is None
    assert two.admit(HERE[0]) is None
    assert two.admit(BOB) == "The server is full"
    assert two.admit(HERE[0]) == "The server is full"
    assert two.refused == 2
    two.release(ALICE)
    assert two.admit(BOB) is None


def test_one_address_has_so_many_connections_and_others_have_theirs() -> None:
    each_two = admission(per_address=2)
    assert [each_two.admit(ALICE) for _ in range(2)] == [None, None]
    assert each_two.admit(ALICE) == "Too many connections from your address"
    assert each_two.admit(BOB) is None
    each_two.release(ALICE)
    assert each_two.admit(ALICE) is None


def test_one_address_connects_so_often_in_a_minute() -> None:
    clock = Clock()
    three = admission(clock, rate=3)
    for _ in range(3):
        assert three.admit(ALICE) is None
        three.release(ALICE)
    assert three.admit(ALICE) == "Connecting too fast"
    assert three.admit(BOB) is None
    clock.advance(59)
    assert three.admit(ALICE) == "Connecting too fast"
    clock.advance(1)
    assert three.admit(ALICE) is None


def test_a_minute_is_over_also_for_one_of_many_who_came_in_it() -> None:
    clock = Clock()
    once = admission(clock, rate=1)
    crowd = [ipv4(f"198.51.100.{number}") for number in range(10)]
    assert [once.admit(address) for address in crowd] == [None] * 10
    clock.advance(60)
    assert once.admit(crowd[-1]) is None
    assert once.admit(crowd[-1]) == "Connecting too fast"


@pytest.mark.parametrize("address", HERE, ids=str)
def test_this_machine_is_not_limited_by_address(address: IAddress) -> None:
    strict = admission(per_address=1, rate=1)
    assert [strict.admit(address) for _ in range(10)] == [None] * 10
    strict.release(address)
    assert strict.open == 9


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    each_one = admission(per_address=1)
    assert each_one.admit(ipv6("2001:db8:1:2::1")) is None
    assert each_one.admit(ipv6("2001:db8:1:2:ffff::2")) is not None
    assert each_one.admit(ipv6("2001:db8:1:3::1")) is None


def test_an_ipv4_address_is_the_same_through_an_ipv6_port() -> None:
    assert source_of(ipv6("::ffff:192.0.2.1")) == source_of(ALICE) == "192.0.2.1"


def test_a_scope_is_no_part_of_an_address_and_what_is_none_counts_as_it_stands() -> None:
    assert source_of(ipv6("fe80::1%eth0")) == "fe80::/64"
    assert source_of(ipv4("somewhere")) == "somewhere"


def test_limits_that_are_replaced_hold_from_then_on() -> None:
    changing = admission(per_address=1)
    changing.admit(ALICE)
    changing.limits = AdmissionLimits(per_address=2)
    assert changing.admit(ALICE) is None
    changing.limits = AdmissionLimits(per_address=1)
    assert changing.admit(ALICE) is not None


def test_whoever_waits_is_told_when_the_last_has_gone() -> None:
    told = []
    counted = admission()
    counted.emptied = lambda: told.append(counted.open)
    counted.admit(ALICE)
    counted.admit(BOB)
    counted.release(ALICE)
    assert told == []
    counted.release(BOB)
    assert told == [0]


def test_nothing_is_remembered_of_those_who_left_a_minute_ago() -> None:
    clock = Clock()
    counted = admission(clock, per_address=5, rate=5)
    for number in range(200):
        address = ipv4(f"198.51.100.{number}")
        counted.admit(address)
        counted.release(address)
    clock.advance(60)
    for number in range(100):
        address = ipv4(f"203.0.113.{number}")
        counted.admit(address)
        counted.release(address)
    assert len(counted._recent) == 100
    assert counted._open_from == {}


def test_a_crowd_of_addresses_is_not_all_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 10)
    counted = admission(rate=1)
    for number in range(100):
        counted.admit(ipv4(f"198.51.100.{number}"))
    assert len(counted._recent) == 10
    assert counted.admit(ipv4("198.51.100.99")) == "Connecting too fast"
    assert counted.admit(ipv4("198.51.100.1")) is None


def test_a_connection_that_turns_out_to_come_from_elsewhere_counts_there() -> None:
    one = admission(per_address=1)
    assert one.admit(ALICE) is None
    assert one.move(ALICE, BOB) is None
    assert one.open == 1
    assert one.admit(BOB) == "Too many connections from your address"
    assert one.admit(ALICE) is None
    one.release(BOB)
    assert one.admit(BOB) is None


def test_a_connection_that_may_not_come_from_there_counts_where_it_did() -> None:
    one = admission(per_address=1, connections=2)
    assert one.admit(ALICE) is None
    assert one.admit(BOB) is None
    assert one.move(ALICE, BOB) == "Too many connections from your address"
    assert (one.open, one.refused) == (2, 1)
    one.release(ALICE)
    one.release(BOB)
    assert one.open == 0


def test_connects_from_elsewhere_count_for_the_rate_there() -> None:
    clock = Clock()
    slow = admission(clock, rate=2)
    for _ in range(2):
        assert slow.admit(HERE[0]) is None
        assert slow.move(HERE[0], ALICE) is None
    assert slow.admit(HERE[0]) is None
    assert slow.move(HERE[0], ALICE) == "Connecting too fast"
    assert slow.move(HERE[0], HERE[2]) is None


def test_gateways_are_not_limited_each() -> None:
    limits = AdmissionLimits(connections=5, per_address=1, rate=1, gateways=("192.0.2.0/31", "2001:db8::/32"))
    gate = Admission(limits, Clock().seconds)
    assert [gate.admit(ALICE) for _ in range(3)] == [None] * 3
    assert [gate.admit(ipv6("2001:db8::1")) for _ in range(2)] == [None] * 2
    assert gate.admit(ALICE) == "The server is full"


def test_what_was_a_gateway_before_a_reload_is_counted_rightly_after_it() -> None:
    gate = Admission(AdmissionLimits(per_address=1, gateways=("192.0.2.1",)), Clock().seconds)
    assert [gate.admit(ALICE) for _ in range(3)] == [None] * 3
    gate.limits = AdmissionLimits(per_address=1)
    assert gate.admit(ALICE) == "Too many connections from your address"
    for _ in range(3):
        gate.release(ALICE)
    assert gate.admit(ALICE) is None
