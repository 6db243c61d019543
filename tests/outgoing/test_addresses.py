from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from chatdaemon.outgoing.addresses import CheckedEndpoint, InternalAddress, is_internal

INTERNAL = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "255.255.255.255", "224.0.0.1", "224.0.1.1", "239.1.1.1", "240.0.0.1", "192.0.2.1", "198.18.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1", "2002:808:808::1", "2001:0:808:808::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001:81c::200a", "::ffff:8.8.8.8",
          "64:ff9b::808:808"]  # fmt: skip


@pytest.mark.parametrize("host", INTERNAL)
def test_what_is_not_one_machine_in_the_public_internet_is_internal(host: str) -> None:
    assert is_internal(host)


@pytest.mark.parametrize("host", PUBLIC)
def test_public_addresses_are_not(host: str) -> None:
    assert not is_internal(host)


@given(st.ip_addresses(v=4))
def test_no_way_of_writing_an_ipv4_address_makes_it_public(ip: IPv4Address) -> None:
    mapped = IPv6Address((0xFFFF << 32) | int(ip))
    translated = IPv6Address((0x64FF9B << 96) | int(ip))
    assert is_internal(str(mapped)) == is_internal(str(translated)) == is_internal(str(ip))


class Names:
    """A resolver in which a name has the next of the answers each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, **_: Any) -> Any:
        self.asked.append(hostName)
        receiver.resolutionBegan(None)
        for host in self.answers.pop(0):
            kind = address.IPv6Address if ":" in host else address.IPv4Address
            receiver.addressResolved(kind("TCP", host, portNumber))
        receiver.resolutionComplete()


class Scene:
    def __init__(self, *answers: list[str], allow_internal: bool = False) -> None:
        self.names = Names(*answers)
        reactor: Any = MemoryReactorClock()
        reactor.nameResolver = self.names
        self.reactor = reactor
        self.endpoint = CheckedEndpoint(
            self.reactor, "push.example", 443, allow_internal=allow_internal, timeout=5.0, most=100
        )
        self.heard: list[bytes] = []
        self.lost = 0
        self.outcome: list[Any] = []

    def connect(self) -> None:
        scene = self

        class Hearing(Protocol):
            def dataReceived(self, data: bytes) -> None:
                scene.heard.append(data)

            def connectionLost(self, reason: Any = None) -> None:
                scene.lost += 1

        connected: Deferred[Any] = self.endpoint.connect(Factory.forProtocol(Hearing))
        connected.addBoth(self.outcome.append)

    def accept(self) -> tuple[Any, StringTransport]:
        """The last connection that was asked for is there."""
        factory = self.reactor.tcpClients[-1][2]
        protocol = factory.buildProtocol(None)
        transport = StringTransport()
        protocol.makeConnection(transport)
        return protocol, transport

    @property
    def tried(self) -> list[tuple[str, int]]:
        return [(host, port) for host, port, *_ in self.reactor.tcpClients]


def test_it_connects_to_an_address_and_not_to_a_name() -> None:
    scene = Scene(["8.8.8.8"], ["127.0.0.1"])
    scene.connect()
    assert scene.tried == [("8.8.8.8", 443)]
    # The name was asked for once: another answer a moment later changes nothing.
    assert scene.names.asked == ["push.example"]
    scene.accept()
    assert isinstance(scene.outcome[0], Protocol)


def test_internal_addresses_are_not_tried() -> None:
    scene = Scene(["127.0.0.1", "10.1.2.3", "::1"])
    scene.connect()
    assert scene.tried == []
    assert scene.outcome[0].check(InternalAddress)


def test_of_several_only_the_public_ones_are_tried() -> None:
    scene = Scene(["10.1.2.3", "2606:4700::1", "8.8.8.8", "::1"])
    scene.connect()
    scene.reactor.tcpClients[-1][2].clientConnectionFailed(None, _failure())
    assert scene.tried == [("2606:4700::1", 443), ("8.8.8.8", 443)]
    scene.reactor.tcpClients[-1][2].clientConnectionFailed(None, _failure())
    assert scene.outcome[0].check(ConnectError)


def test_internal_addresses_are_tried_where_that_is_wanted() -> None:
    scene = Scene(["127.0.0.1"], allow_internal=True)
    scene.connect()
    assert scene.tried == [("127.0.0.1", 443)]


def test_a_name_without_addresses_is_told_apart() -> None:
    scene = Scene([])
    scene.connect()
    assert scene.outcome[0].check(DNSLookupError)


def test_who_says_too_much_is_cut_off() -> None:
    scene = Scene(["8.8.8.8"])
    scene.connect()
    protocol, transport = scene.accept()
    protocol.dataReceived(b"x" * 100)
    assert not transport.disconnected
    protocol.dataReceived(b"y")
    assert transport.disconnected
    assert scene.heard == [b"x" * 100]


def test_who_takes_too_long_is_cut_off() -> None:
    scene = Scene(["8.8.8.8"])
    scene.connect()
    _, transport = scene.accept()
    scene.reactor.advance(4.9)
    assert not transport.disconnected
    scene.reactor.advance(0.2)
    assert transport.disconnected


def test_nothing_is_left_of_a_connection_that_has_ended() -> None:
    scene = Scene(["8.8.8.8"])
    scene.connect()
    protocol, _ = scene.accept()
    protocol.connectionLost(_failure())
    assert scene.lost == 1
    assert [call for call in scene.reactor.getDelayedCalls() if call.getTime() > 0 and call.active()] == []


def _failure() -> Any:
    return Failure(ConnectError())
