from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.interfaces import IAddress

from chatdaemon.admission import Admission, AdmissionLimits
from chatdaemon.protocols.irc.server import GatewayAccess, IRCSettings
from chatdaemon.realm.modes import Privilege, UserMode
from tests.protocols.irc.conftest import MakeWorld
from tests.protocols.irc.given import make_operator
from tests.world import Client, World

GATEWAY = "198.51.100.9"
WEB = GatewayAccess("web", "hash of secret", (), ("198.51.100.0/24", "localhost"))
SAID = "WEBIRC secret web client.example.net 192.0.2.77"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(irc=IRCSettings(gateways=(WEB,)))


def come(client: Client, nick: str) -> list[str]:
    """Register; what the client is sent then."""
    return client.ask(f"NICK {nick}", f"USER {nick} 0 * :Somebody")


def registered(world: World, said: str = SAID, *, secure: bool = False) -> Any:
    """The user that has come by the gateway."""
    client = world.connect_irc(address=GATEWAY, secure=secure)
    client.send(said)
    welcome = come(client, "dan")
    assert " 001 dan " in welcome[0], welcome
    return world.realm.user("dan")


def test_the_client_is_where_the_gateway_says(world: World) -> None:
    user = registered(world)
    assert (user.host, user.real_host) == ("client.example.net", "192.0.2.77")


@pytest.mark.parametrize(
    ("hostname", "ip", "shown", "real"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.77", "192.0.2.77"),
        ("0::1:2", "0::1:2", "0::1:2", "0::1:2"),
        ("2001:db8::5", "2001:db8::5", "2001:db8::5", "2001:db8::5"),
        ("client.example.net", "::ffff:192.0.2.77", "client.example.net", "192.0.2.77"),
        # What is no name of a host is not shown as one, least of all another's address.
        ("198.51.100.1", "192.0.2.77", "192.0.2.77", "192.0.2.77"),
        ("localhost", "192.0.2.77", "192.0.2.77", "192.0.2.77"),
        ("a!b@c.d", "192.0.2.77", "192.0.2.77", "192.0.2.77"),
        ("-a.example", "192.0.2.77", "192.0.2.77", "192.0.2.77"),
        (f"{'a' * 60}.example", "192.0.2.77", "192.0.2.77", "192.0.2.77"),
        ("é.example", "192.0.2.77", "192.0.2.77", "192.0.2.77"),
    ],
)
def test_a_name_is_shown_where_it_is_one(world: World, hostname: str, ip: str, shown: str, real: str) -> None:
    # A parameter does not begin with a colon.
    user = registered(world, f"WEBIRC secret web {hostname} {ip.replace('::ffff', '0::ffff')}")
    assert (user.host, user.real_host) == (shown, real)


@pytest.mark.parametrize(
    ("options", "tls", "secure"),
    [
        ("", True, False),
        (" :secure", True, True),
        (" :secure=anything local-port=443", True, True),
        (" :remote-port=40000 SECURE", True, True),
        (" :insecure", True, False),
        (" :secure", False, False),
        ("", False, False),
    ],
)
def test_a_connection_is_as_safe_as_both_of_its_halves(
    world: World, options: str, tls: bool, secure: bool
) -> None:
    user = registered(world, SAID + options, secure=tls)
    assert (UserMode.SECURE in user.modes) == secure


@pytest.mark.parametrize("port", ["40000", "x", "", "999999", "-1"])
def test_ports_are_no_matter(world: World, port: str) -> None:
    assert registered(world, f"{SAID} :remote-port={port}").real_host == "192.0.2.77"


def test_bans_and_operators_see_the_client_and_not_the_gateway(world: World) -> None:
    registered(world)
    olga = world.irc("olga")
    make_operator(olga, Privilege.SEE_HIDDEN)
    lines = olga.ask("WHOIS dan")
    assert any(line.startswith(":irc.test 338 olga dan dan@192.0.2.77 192.0.2.77 :") for line in lines)
    assert not any(GATEWAY in line for line in lines)


@pytest.mark.parametrize(
    ("said", "address", "why"),
    [
        ("WEBIRC wrong web client.example.net 192.0.2.77", GATEWAY, "Invalid WEBIRC password"),
        # From elsewhere the right password is as good as a wrong one.
        (SAID, "192.0.2.1", "Invalid WEBIRC password"),
        ("WEBIRC secret web client.example.net somewhere", GATEWAY, "Invalid WEBIRC address"),
        ("WEBIRC secret web client.example.net fe80::1%eth0", GATEWAY, "Invalid WEBIRC address"),
        ("WEBIRC secret web client.example.net 192.0.2.777", GATEWAY, "Invalid WEBIRC address"),
    ],
)
def test_whoever_is_no_gateway_is_let_go(world: World, said: str, address: str, why: str) -> None:
    client = world.connect_irc(address=address)
    assert client.ask(said) == [f"ERROR :Closing Link: {address} ({why})"]
    assert client.closed


def test_without_gateways_nobody_is_one(make_world: MakeWorld) -> None:
    client = make_world().connect_irc(address=GATEWAY)
    client.send(SAID)
    assert client.closed


@pytest.mark.parametrize("before", ["NICK dan", "USER dan 0 * :x", "CAP LS 302", "PASS x", SAID, "AWAY :out"])
def test_it_comes_first_and_once(world: World, before: str) -> None:
    client = world.connect_irc(address=GATEWAY)
    if before.startswith("AWAY"):
        client.send("CAP REQ :draft/pre-away")
    client.send(before)
    line = client.ask(SAID)[-1]
    assert line.endswith("(WEBIRC comes first, and once)")
    assert client.closed


def test_after_registration_it_is_too_late(world: World) -> None:
    client = world.irc("dan", address=GATEWAY)
    assert client.ask(SAID) == [":irc.test 462 dan :You may not reregister"]
    assert not client.closed


def test_too_few_parameters_change_nothing(world: World) -> None:
    client = world.connect_irc(address=GATEWAY)
    assert client.ask("WEBIRC secret web client.example.net") == [
        ":irc.test 461 * WEBIRC :Not enough parameters"
    ]
    assert not client.closed


def test_of_two_gateways_at_one_address_the_password_tells(make_world: MakeWorld) -> None:
    other = GatewayAccess("other", "hash of other", (), (GATEWAY,))
    world = make_world(irc=IRCSettings(gateways=(other, WEB)))
    assert registered(world).real_host == "192.0.2.77"


def test_a_gateway_may_be_known_by_its_certificate_alone(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_certificate = GatewayAccess("web", None, ("ab" * 32,), (GATEWAY,))
    world = make_world(irc=IRCSettings(gateways=(by_certificate,)))
    stranger = world.connect_irc(address=GATEWAY, secure=True)
    assert stranger.ask(SAID)[-1].endswith("(Invalid WEBIRC password)")

    class Certificate:
        def digest(self, name: str) -> bytes:
            return b":".join([b"AB"] * 32)

    client = world.connect_irc(address=GATEWAY, secure=True)
    monkeypatch.setattr(client.transport, "getPeerCertificate", Certificate)
    client.send(SAID)
    come(client, "dan")
    user = world.realm.user("dan")
    assert user is not None
    # It is the gateway's, and nothing that its clients could log in by.
    assert (user.real_host, user.certificate) == ("192.0.2.77", None)


def test_limits_for_each_address_count_the_client(world: World) -> None:
    admission = Admission(AdmissionLimits(per_address=1, gateways=WEB.hosts), world.clock.seconds)
    world.around.moved, world.around.lost = admission.move, admission.release

    def connect() -> Client:
        client = world.connect_irc(address=GATEWAY)
        address: IAddress = client.transport.peer
        assert admission.admit(address) is None
        return client

    first, second = connect(), connect()
    first.send(SAID)
    assert not first.closed
    assert second.ask(SAID) == [f"ERROR :Closing Link: {GATEWAY} (Too many connections from your address)"]
    world.settle()
    assert admission.open == 1
    first.vanish()
    assert admission.open == 0
    third = connect()
    third.send(SAID)
    assert not third.closed


def test_what_the_listener_promises_is_not_for_clients_of_a_gateway(world: World) -> None:
    client = world.connect_irc(address=GATEWAY, sts="port=6697")
    client.send(SAID)
    assert not any("sts=" in line for line in client.ask("CAP LS 302"))
