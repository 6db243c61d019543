"""Opening, changing and closing ports, on real sockets of loopback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet import reactor
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import AdoptedStreamServerEndpoint
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import TestCase

from chatdaemon import listeners as module
from chatdaemon.admission import Admission, AdmissionLimits
from chatdaemon.config import Listener
from chatdaemon.listeners import REFUSALS, CannotListen, Gate, Listeners, Planned, Speech
from chatdaemon.transports.certificates import ensure_self_signed
from chatdaemon.transports.directsend import DirectServer
from chatdaemon.transports.tlscontext import CertificateFiles, LoadedTLS, TLSSettings, load

LOOPBACK = "tcp:0:interface=127.0.0.1"
HERE = IPv4Address("TCP", "127.0.0.1", 50000)


# The reactor of the type checker is a module, which has no such thing.
turn = cast(Any, reactor).iterate


class Session(Protocol):
    def __init__(self, listener: Listener) -> None:
        self.secure = listener.tls


SPEECH = Speech(Session, lambda reason: f"ERROR :{reason}\r\n".encode())


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    several = Listeners(reactor, Admission(AdmissionLimits(), lambda: 0.0))
    yield several
    for each in several._open.values():
        module._close_now(each.port)
    # What is to be closed in the next turn is closed now.
    turn()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> LoadedTLS:
    files = ensure_self_signed(tmp_path_factory.mktemp("tls"), ["irc.test"])
    return load(TLSSettings((CertificateFiles(*files),)))


def planned(name: str, endpoint: str = LOOPBACK, tls: LoadedTLS | None = None) -> Planned:
    return Planned(Listener(name=name, endpoint=endpoint, tls=tls is not None), SPEECH, tls)


def port_of(listeners: Listeners, name: str) -> int:
    address = listeners.addresses[name]
    assert isinstance(address, IPv4Address)
    return address.port


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_what_is_planned_is_opened_and_what_is_not_any_more_is_closed(listeners: Listeners) -> None:
    listeners.use([planned("one"), planned("two", "tcp:port=0:interface=127.0.0.1")])
    one, two = port_of(listeners, "one"), port_of(listeners, "two")
    assert is_open(one)
    assert is_open(two)
    listeners.use([planned("one")])
    assert port_of(listeners, "one") == one
    assert list(listeners.addresses) == ["one"]


def test_a_connection_is_served_by_our_transport(listeners: Listeners) -> None:
    listeners.use([planned("one")])
    assert listeners._open[LOOPBACK].port.transport is DirectServer  # type: ignore[attr-defined]  # tcp.Port's own


def test_the_kernel_keeps_as_many_waiting_as_it_will(listeners: Listeners) -> None:
    listeners.use([planned("many"), planned("few", f"{LOOPBACK}:backlog=7")])
    backlogs = [each.port.backlog for each in listeners._open.values()]  # type: ignore[attr-defined]  # tcp.Port's own
    assert backlogs == [module.BACKLOG, 7]


def test_a_port_in_use_is_refused_with_a_word_on_what_to_do(listeners: Listeners) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        endpoint = f"tcp:{taken}:interface=127.0.0.1"
        with pytest.raises(CannotListen) as refusal:
            listeners.use([planned("mine", endpoint)])
    assert str(refusal.value) == (
        f"[listener mine] {endpoint} cannot be opened: Address already in use; another server is there:"
        " stop it, or choose another port"
    )


def test_nothing_changes_when_one_of_them_cannot_be_opened(listeners: Listeners) -> None:
    listeners.use([planned("old")])
    old = port_of(listeners, "old")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        plan = [
            planned("new", "tcp:port=0:interface=127.0.0.1"),
            planned("taken", f"tcp:{taken}:interface=127.0.0.1"),
        ]
        with pytest.raises(CannotListen):
            listeners.use(plan)
    assert list(listeners.addresses) == ["old"]
    assert port_of(listeners, "old") == old
    assert is_open(old)


def test_the_same_port_is_taken_over_by_another_endpoint(listeners: Listeners) -> None:
    listeners.use([planned("irc")])
    port = port_of(listeners, "irc")
    first = f"tcp:{port}:interface=127.0.0.1"
    module._close_now(listeners._open.pop(LOOPBACK).port)
    listeners.use([planned("irc", first)])
    listeners.use([planned("irc", f"tcp:{port}:interface=127.0.0.1:backlog=9")])
    assert port_of(listeners, "irc") == port
    assert is_open(port)


def test_what_had_to_be_closed_is_open_again_when_the_rest_fails(listeners: Listeners) -> None:
    listeners.use([planned("irc")])
    port = port_of(listeners, "irc")
    module._close_now(listeners._open.pop(LOOPBACK).port)
    listeners.use([planned("irc", f"tcp:{port}:interface=127.0.0.1")])
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        plan = [planned("irc", f"tcp:{port}"), planned("more", f"tcp:{taken}:interface=127.0.0.1")]
        with pytest.raises(CannotListen):
            listeners.use(plan)
    assert port_of(listeners, "irc") == port
    assert is_open(port)


def test_a_kept_port_speaks_what_the_new_plan_says(listeners: Listeners, tls: LoadedTLS) -> None:
    listeners.use([planned("irc")])
    port = port_of(listeners, "irc")
    gate = listeners._open[LOOPBACK].gate
    session = gate.buildProtocol(HERE)
    assert isinstance(session, Session)
    assert not session.secure
    listeners.use([planned("renamed", tls=tls)])
    assert port_of(listeners, "renamed") == port
    session = gate.buildProtocol(HERE)
    assert isinstance(session, Session)
    assert session.secure
    assert gate.context is tls.context
    listeners.use([planned("renamed")])
    assert listeners._open[LOOPBACK].port.transport is DirectServer  # type: ignore[attr-defined]  # tcp.Port's own


def test_a_unix_socket_is_opened_and_says_when_another_has_it(listeners: Listeners, tmp_path: Path) -> None:
    endpoint = f"unix:{tmp_path}/chat.sock"
    listeners.use([planned("local", endpoint)])
    assert listeners.addresses["local"] == UNIXAddress(f"{tmp_path}/chat.sock".encode())
    others = Listeners(reactor, Admission(AdmissionLimits(), lambda: 0.0))
    with pytest.raises(CannotListen, match="Address already in use; another server is there, or has left"):
        others.use([planned("local", endpoint)])
    # With another mode it is another endpoint, and the same file.
    listeners.use([planned("local", f"{endpoint}:mode=600")])
    assert (tmp_path / "chat.sock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("systemd:domain=INET:name=absent", "systemd has passed no such socket"),
        ("systemd:domain=INET:index=0", "systemd has passed no such socket"),
        ("tcp:6667:interface=192.0.2.1", "this machine has no such address"),
        ("unix:/nowhere/at/all/chat.sock", "No such file or directory"),
    ],
)
def test_what_is_wrong_is_said_in_words(listeners: Listeners, endpoint: str, said: str) -> None:
    with pytest.raises(CannotListen, match=said):
        listeners.use([planned("odd", endpoint)])


def test_a_socket_of_systemd_can_be_let_go_and_taken_up_again(
    listeners: Listeners, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as given:
        from_systemd: IStreamServerEndpoint = AdoptedStreamServerEndpoint(
            reactor, os.dup(given.fileno()), socket.AF_INET
        )
        monkeypatch.setattr(module, "serverFromString", lambda *_: from_systemd)
        for _ in range(2):
            listeners.use([planned("ircs", "systemd:domain=INET:name=ircs")])
            assert port_of(listeners, "ircs") == given.getsockname()[1]
            module._close_now(listeners._open.popitem()[1].port)
        assert is_open(given.getsockname()[1])


class OddEndpoint:
    """What a plugin may bring."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def listen(self, factory: object) -> Deferred[Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: Deferred[Any] = Deferred()
        if self.answer is not None:
            answer.callback(self.answer)
        return answer


@pytest.mark.parametrize(("answer", "said"), [(None, "does not open at once"), (ValueError("odd"), "odd")])
def test_an_endpoint_that_cannot_be_opened_at_once_is_refused(
    listeners: Listeners, monkeypatch: pytest.MonkeyPatch, answer: object, said: str
) -> None:
    monkeypatch.setattr(module, "serverFromString", lambda *_: OddEndpoint(answer))
    with pytest.raises(CannotListen, match=said):
        listeners.use([planned("odd", "odd:1")])


def test_whoever_is_not_admitted_is_told_why(listeners: Listeners) -> None:
    admission = Admission(AdmissionLimits(connections=1), lambda: 0.0)
    gate = Gate(planned("irc"), admission)
    assert isinstance(gate.buildProtocol(HERE), Session)
    refused = gate.buildProtocol(HERE)
    assert refused is not None
    transport = StringTransport()
    refused.makeConnection(transport)
    assert transport.value() == b"ERROR :The server is full\r\n"
    assert transport.disconnecting
    refused.dataReceived(b"NICK alice\r\n")
    assert gate.refusals == 1
    refused.connectionLost()
    assert gate.refusals == 0


def test_a_flood_of_the_refused_is_just_closed(listeners: Listeners) -> None:
    gate = Gate(planned("irc"), Admission(AdmissionLimits(connections=0), lambda: 0.0))
    told = [gate.buildProtocol(HERE) for _ in range(REFUSALS)]
    assert None not in told
    assert gate.buildProtocol(HERE) is None


class StopTests(TestCase):
    def test_all_ports_are_closed_when_it_has_stopped(self) -> Deferred[None]:
        several = Listeners(reactor, Admission(AdmissionLimits(), lambda: 0.0))
        several.use([planned("one"), planned("two", "tcp:port=0:interface=127.0.0.1")])
        ports = [port_of(several, "one"), port_of(several, "two")]

        def check(_: object) -> None:
            assert [is_open(port) for port in ports] == [False, False]
            assert several.addresses == {}

        return several.stop().addCallback(check)
