"""Our protocols on transports that are not ours."""

from __future__ import annotations

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from chatdaemon import listeners as module
from chatdaemon.admission import Admission, AdmissionLimits
from chatdaemon.config import Listener
from chatdaemon.listeners import Listeners, Planned, Speech
from chatdaemon.transports.certificates import ensure_self_signed
from chatdaemon.transports.ordinary import OrdinaryTransport
from chatdaemon.transports.tlscontext import CertificateFiles, LoadedTLS, TLSSettings, load
from tests.end_to_end.daemon import Client

MEGABYTES = 4


class Recorder(Protocol):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.received = b""
        self.lost: list[Failure] = []

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008
        self.lost.append(reason)


class Wire(StringTransportWithDisconnection):
    """A transport that has enough when it is told so."""

    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def wire(recorder: Recorder) -> Any:
    make: Any = Wire
    wire = make(peerAddress=IPv4Address("TCP", "192.0.2.1", 50000))
    ordinary = OrdinaryTransport(recorder)
    wire.protocol = ordinary
    Protocol.makeConnection(ordinary, wire)
    return wire


def ordinary_of(recorder: Recorder) -> OrdinaryTransport:
    return cast(OrdinaryTransport, recorder.transport)


def test_what_is_written_goes_to_the_transport_and_what_comes_to_the_protocol(
    recorder: Recorder, wire: Any
) -> None:
    ordinary_of(recorder).write(b"out")
    wire.protocol.dataReceived(b"in")
    assert (wire.value(), recorder.received, ordinary_of(recorder).backlog) == (b"out", b"in", 0)


def test_when_the_transport_has_enough_the_rest_is_kept_counted_and_sent_in_order(
    recorder: Recorder, wire: Any
) -> None:
    ordinary = ordinary_of(recorder)
    ordinary.write(b"one ")
    wire.producer.pauseProducing()
    ordinary.write(b"two ")
    ordinary.write(b"three ")
    assert (wire.value(), ordinary.backlog) == (b"one ", 10)
    wire.producer.resumeProducing()
    assert (wire.value(), ordinary.backlog) == (b"one two three ", 0)
    ordinary.write(b"four")
    assert wire.value() == b"one two three four"


def test_a_transport_that_is_full_again_at_once_is_sent_no_more(recorder: Recorder, wire: Any) -> None:
    ordinary = ordinary_of(recorder)
    wire.producer.pauseProducing()
    ordinary.write(b"one ")

    write_before = wire.write

    def write(data: bytes) -> None:
        write_before(data)
        wire.producer.pauseProducing()

    wire.write = write
    wire.producer.resumeProducing()
    ordinary.write(b"two")
    assert (wire.value(), ordinary.backlog) == (b"one ", 3)


@implementer(IPushProducer)
class Writer:
    """Writes of itself, for as long as it may."""

    paused = False

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def stopProducing(self) -> None:
        """There is nobody to write to any more."""


def test_who_writes_of_itself_is_told_when_that_is_enough(recorder: Recorder, wire: Any) -> None:
    ordinary, writer = ordinary_of(recorder), Writer()
    ordinary.registerProducer(writer, True)
    wire.producer.pauseProducing()
    assert writer.paused
    ordinary.writeSequence([b"one ", b"two"])
    wire.producer.resumeProducing()
    assert not writer.paused
    assert wire.value() == b"one two"
    ordinary.unregisterProducer()
    wire.producer.pauseProducing()
    assert not writer.paused


def test_it_says_where_it_is_and_that_it_is_closing(recorder: Recorder, wire: Any) -> None:
    ordinary = ordinary_of(recorder)
    wire.hostAddr = IPv4Address("TCP", "192.0.2.80", 80)
    assert ordinary.getHost() == IPv4Address("TCP", "192.0.2.80", 80)
    assert not ordinary.disconnecting
    ordinary.stopProducing()
    assert ordinary.disconnecting
    assert not wire.connected


def test_it_closes_when_everything_is_sent(recorder: Recorder, wire: Any) -> None:
    ordinary = ordinary_of(recorder)
    wire.producer.pauseProducing()
    ordinary.write(b"last words")
    ordinary.loseConnection()
    assert wire.connected
    wire.producer.resumeProducing()
    assert wire.value() == b"last words"
    assert not wire.connected
    assert len(recorder.lost) == 1


def test_it_closes_at_once_when_nothing_is_left(recorder: Recorder, wire: Any) -> None:
    ordinary_of(recorder).loseConnection()
    assert not wire.connected
    assert wire.producer is None


def test_aborting_forgets_what_is_kept(recorder: Recorder, wire: Any) -> None:
    ordinary = ordinary_of(recorder)
    wire.producer.pauseProducing()
    ordinary.write(b"never sent")
    ordinary.abortConnection()
    assert (wire.aborted, ordinary.backlog, wire.value()) == (True, 0, b"")
    wire.producer.stopProducing()


def test_reading_is_paused_and_not_writing(recorder: Recorder, wire: Any) -> None:
    ordinary = ordinary_of(recorder)
    ordinary.pauseProducing()
    assert wire.producerState == "paused"
    ordinary.write(b"written")
    ordinary.resumeProducing()
    assert (wire.producerState, wire.value()) == ("producing", b"written")


def test_it_knows_who_is_there(recorder: Recorder, wire: Any) -> None:
    assert ordinary_of(recorder).getPeer() == IPv4Address("TCP", "192.0.2.1", 50000)
    assert ordinary_of(recorder).getPeerCertificate() is None


class Giver(Protocol):
    """Sends megabytes to whoever says something, then closes; it is never asked for more than it can hold."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        for number in range(MEGABYTES * 1024):
            self.transport.write(b"%7d\n" % number * 128)
        self.transport.loseConnection()


class RealSocketTests(TestCase):
    """A port that makes transports of its own, as those of plugins do."""

    def give(self, tls: LoadedTLS | None) -> Deferred[Any]:
        cast(Any, self).patch(module, "install", lambda *_: False)
        several = Listeners(reactor, Admission(AdmissionLimits(), lambda: 0.0))
        listener = Listener(name="odd", endpoint="tcp:0:interface=127.0.0.1", tls=tls is not None)
        several.use([Planned(listener, Speech(lambda secure: Giver(), lambda reason: b""), tls)])
        address = several.addresses["odd"]
        assert isinstance(address, IPv4Address)

        def take() -> bytes:
            client = Client(address.port, tls=tls is not None, receive_buffer=4096)
            client.send("please")
            data = b""
            while more := client.socket.recv(65536):
                data += more
            if isinstance(client.socket, ssl.SSLSocket):
                assert client.certificate
            client.close()
            return data

        def check(data: bytes) -> Deferred[Any]:
            assert data == b"".join(b"%7d\n" % number * 128 for number in range(MEGABYTES * 1024))
            return several.stop()

        return deferToThread(take).addCallback(check)

    def test_everything_arrives_in_order(self) -> Deferred[Any]:
        return self.give(None)

    def test_everything_arrives_in_order_over_tls(self) -> Deferred[Any]:
        with TemporaryDirectory() as directory:
            files = ensure_self_signed(Path(directory), ["irc.test"])
            return self.give(load(TLSSettings((CertificateFiles(*files),))))
