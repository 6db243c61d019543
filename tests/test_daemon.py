"""The daemon's parts joined, on a clock that stands still: starting, and saying goodbye."""

from __future__ import annotations

import gc
import queue
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactor
from twisted.python.failure import Failure

from chatdaemon.config import Listener, load
from chatdaemon.config.gateways import Gateway
from chatdaemon.daemon import GOODBYES, CannotStart, Daemon, tls_contexts
from chatdaemon.passwords import Passwords
from chatdaemon.protocols.line import LineConnection
from chatdaemon.realm.accounts import Account
from chatdaemon.storage.changes import PutAccount
from chatdaemon.storage.engine import Written
from chatdaemon.storage.opening import Opened
from tests.world import FakeTransport, RecordedControl

HERE = IPv4Address("TCP", "192.0.2.1", 50000)


class ClockReactor(Clock):
    """A clock to which threads can hand their results, for a test to call."""

    def __init__(self) -> None:
        super().__init__()
        self.from_threads: queue.Queue[Callable[[], None]] = queue.Queue()

    def callFromThread(self, function: Any, *arguments: Any) -> None:
        self.from_threads.put(lambda: function(*arguments))

    def listenUNIX(self, address: str, factory: Factory, mode: int) -> IListeningPort:
        """The control socket, at which nobody calls here."""
        return cast(IListeningPort, MemoryReactor().listenUNIX(address, factory, mode=mode))


class Scene:
    """A daemon without ports, and people who are connected to it."""

    def __init__(self, directory: Path) -> None:
        self.clock = ClockReactor()
        config = load(None, environ={"STATE_DIRECTORY": str(directory)}, hostname=lambda: "irc.test")
        self.daemon = Daemon(self.clock, config, RecordedControl())
        self.daemon.start()

    def connect(self, protocol: str = "irc") -> FakeTransport:
        """A connection that has said nothing yet."""
        assert self.daemon.admission.admit(HERE) is None
        session = self.daemon._speeches[protocol].session(Listener(name="test", endpoint="tcp:0"))
        transport = FakeTransport(self.clock, "192.0.2.1")
        transport.protocol = session
        Protocol.makeConnection(session, cast(Any, transport))
        return transport

    def irc(self, nick: str) -> FakeTransport:
        """Somebody in #hall."""
        transport = self.connect()
        transport.protocol.dataReceived(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #hall\r\n".encode())
        self.clock.advance(0)
        assert b" 366 " in transport.received
        return transport

    def stop(self) -> list[str]:
        """Begin to stop; the list is no longer empty when it has."""
        ended: list[str] = []
        self.daemon.stop("Server shutting down").addCallback(lambda _: ended.append("ended"))
        return ended

    def comes_to_an_end(self, ended: list[str]) -> bool:
        """No more time has to pass: what is still to be stored is."""
        self.clock.advance(0)
        while not ended:
            self.clock.from_threads.get(timeout=30)()
        return ended == ["ended"]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.daemon.passwords.stop()


def test_everybody_is_told_and_sees_those_leave_who_are_told_before(scene: Scene) -> None:
    alice, bob, stranger, program = (
        scene.irc("alice"),
        scene.irc("bob"),
        scene.connect(),
        scene.connect("json"),
    )
    ended = scene.stop()
    assert alice.received.endswith(b"ERROR :Closing Link: 192.0.2.1 (Server shutting down)\r\n")
    assert b":alice!alice@192.0.2.1 QUIT :Server shutting down\r\n" in bob.received
    assert b"QUIT" not in alice.received
    assert stranger.received.endswith(b"(Server shutting down)\r\n")
    assert b'"event":"bye"' in program.received
    assert ended == []
    assert scene.comes_to_an_end(ended)


def test_it_ends_at_once_when_nobody_is_there(scene: Scene) -> None:
    assert scene.stop() == ["ended"]
    assert scene.clock.getDelayedCalls() == []


def test_whoever_does_not_read_is_waited_for_so_long(scene: Scene) -> None:
    slow = scene.irc("slow")
    slow.reading = False
    ended = scene.stop()
    scene.clock.advance(4.9)
    assert ended == []
    scene.clock.advance(0.1)
    assert scene.comes_to_an_end(ended)


def test_whoever_reads_in_time_gets_it_all(scene: Scene) -> None:
    slow = scene.irc("slow")
    slow.reading = False
    ended = scene.stop()
    scene.clock.advance(1)
    slow.read_on()
    scene.clock.advance(0)
    assert slow.received.endswith(b"(Server shutting down)\r\n")
    assert scene.comes_to_an_end(ended)


def test_a_crowd_is_told_a_few_in_a_turn(scene: Scene) -> None:
    crowd = [scene.irc(f"n{number}") for number in range(GOODBYES + 1)]
    ended = scene.stop()
    assert crowd[GOODBYES - 1].disconnecting
    assert not crowd[GOODBYES].disconnecting
    scene.clock.advance(0)
    scene.clock.advance(0)
    assert crowd[GOODBYES].received.count(b" QUIT :Server shutting down\r\n") == GOODBYES
    assert scene.comes_to_an_end(ended)


def test_when_the_time_is_half_over_the_rest_are_told_and_no_more_is_said_of_each(scene: Scene) -> None:
    crowd = [scene.irc(f"n{number}") for number in range(GOODBYES + 2)]
    ended = scene.stop()
    scene.clock.advance(2.5)
    one, another = crowd[GOODBYES:]
    assert b":n65!" not in one.received.partition(b"QUIT")[2]
    assert f":n{GOODBYES}!n{GOODBYES}@192.0.2.1 QUIT".encode() not in another.received
    assert one.received.endswith(b"(Server shutting down)\r\n")
    assert another.received.endswith(b"(Server shutting down)\r\n")
    assert scene.comes_to_an_end(ended)


def test_whoever_goes_meanwhile_is_not_told_twice(scene: Scene) -> None:
    crowd = [scene.irc(f"n{number}") for number in range(GOODBYES + 1)]
    scene.stop()
    crowd[-1].protocol.connectionLost(Failure(ConnectionDone()))
    scene.clock.advance(0)
    assert b"ERROR" not in crowd[-1].received


def test_no_time_at_all_is_time_enough_to_say_it(scene: Scene) -> None:
    scene.daemon.config = replace(
        scene.daemon.config, server=replace(scene.daemon.config.server, shutdown_timeout=0.0)
    )
    alice = scene.irc("alice")
    ended = scene.stop()
    assert alice.received.endswith(b"(Server shutting down)\r\n")
    assert scene.comes_to_an_end(ended)


def test_it_can_be_hurried_and_only_once_it_is_stopping(scene: Scene) -> None:
    scene.irc("slow").reading = False
    scene.daemon.hurry()
    ended = scene.stop()
    scene.daemon.hurry()
    assert scene.comes_to_an_end(ended)
    scene.daemon.hurry()
    scene.clock.advance(10)


class SlowHasher:
    """Checks a password for as long as it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.over = threading.Event()

    def hash(self, password: bytes) -> str:
        raise AssertionError("nobody asks for one")

    def verify(self, encoded: str, password: bytes) -> bool:
        self.begun.set()
        return self.over.wait(30)


def test_it_waits_for_the_password_that_is_being_checked(scene: Scene) -> None:
    hasher = SlowHasher()
    scene.daemon.passwords = Passwords(cast(Any, scene.clock), hasher=hasher)
    answers: list[bool] = []
    scene.daemon.passwords.verify("hash", "secret").addCallback(answers.append)
    assert hasher.begun.wait(30)
    ended = scene.stop()
    assert ended == []
    hasher.over.set()
    scene.clock.from_threads.get(timeout=30)()
    assert (answers, ended) == ([True], ["ended"])


def test_connections_are_given_back_when_they_end(scene: Scene) -> None:
    alice = scene.irc("alice")
    assert scene.daemon.admission.open == 1
    alice.lose(ConnectionDone())
    scene.clock.advance(0)
    assert scene.daemon.admission.open == 0
    assert scene.daemon.connections() == []


def test_no_more_connections_than_this_process_may_have(tmp_path: Path) -> None:
    config = load(None, environ={"STATE_DIRECTORY": str(tmp_path)})
    daemon = Daemon(ClockReactor(), replace(config, listeners=()), RecordedControl(), most_connections=100)
    daemon.use(replace(config, listeners=()), {})
    assert daemon.admission.limits.connections == 100
    few = replace(config, listeners=(), limits=replace(config.limits, connections=7))
    daemon.use(few, {})
    assert daemon.admission.limits.connections == 7


def test_each_start_has_an_epoch_of_its_own(tmp_path: Path) -> None:
    first = Scene(tmp_path)
    first.irc("alice")
    assert first.comes_to_an_end(first.stop())
    second = Scene(tmp_path)
    second.irc("alice")
    assert second.daemon.node.realm.index > first.daemon.node.realm.index + 1000


def test_two_daemons_do_not_share_a_data_directory(tmp_path: Path) -> None:
    first = Scene(tmp_path)
    with pytest.raises(CannotStart, match=r"a daemon uses the data directory .* already: stop that one"):
        Scene(tmp_path)
    assert first.stop() == ["ended"]
    Scene(tmp_path)


def test_accounts_that_another_casemapping_makes_the_same_are_said(tmp_path: Path) -> None:
    stored = Opened("", tmp_path)
    names = (Account(1, "b[]b", 0), Account(2, "b{}b", 0))
    stored.engine.apply([Written(3, tuple(map(PutAccount, names)))])
    stored.engine.close()
    stored.release()
    first = Scene(tmp_path)
    assert [account.name for account in first.daemon.node.realm.accounts.values()] == ["b[]b", "b{}b"]
    first.stop()
    config = first.daemon.config
    changed = replace(config, server=replace(config.server, casemapping="rfc1459"))
    with pytest.raises(
        CannotStart, match=r'does not fit "casemapping" .* there are two accounts b\{\}b; set it back'
    ):
        Daemon(ClockReactor(), changed, RecordedControl())


def test_an_epoch_that_is_no_number_is_said(tmp_path: Path) -> None:
    (tmp_path / "epoch").write_text("many\n")
    with pytest.raises(CannotStart, match="epoch should hold a number"):
        Scene(tmp_path)


def test_a_data_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        CannotStart, match=r'file/var cannot be made: Not a directory; choose one by "data-dir'
    ):
        Scene(tmp_path / "file" / "var")


def test_a_data_directory_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "epoch.new").mkdir()
    with pytest.raises(CannotStart, match="cannot be used: Is a directory; it must be writable"):
        Scene(tmp_path)


def test_a_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    Scene(tmp_path / "var")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_the_self_signed_certificate_is_made_only_when_the_daemon_starts(tmp_path: Path) -> None:
    config = load(None, environ={"STATE_DIRECTORY": str(tmp_path / "var")})
    assert tls_contexts(config, may_make=False) == {}
    assert not (tmp_path / "var").exists()
    (tmp_path / "var").mkdir()
    assert tls_contexts(config, may_make=False) == {}
    made = tls_contexts(config)["ircs"].certificates[0]
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert tls_contexts(config, may_make=False)["ircs"].certificates[0] == made


def test_every_certificate_of_no_use_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("nothing")
    (tmp_path / "f.ini").write_text(
        "".join(f"[listener {n}]\nendpoint = tcp:{n}\ntls = yes\ncertificate = bad.pem\n" for n in (1, 2))
    )
    with pytest.raises(CannotStart) as refusal:
        tls_contexts(load(tmp_path / "f.ini", environ={}))
    assert [line.partition("]")[0] for line in str(refusal.value).splitlines()] == [
        "[listener 1",
        "[listener 2",
    ]


def test_sessions_are_line_connections(scene: Scene) -> None:
    scene.connect()
    scene.connect("json")
    assert all(isinstance(each, LineConnection) for each in scene.daemon.connections())


@pytest.mark.parametrize("protocol", ["irc", "json", "binary"])
def test_a_connection_that_has_ended_is_gone_without_the_help_of_the_collector(
    scene: Scene, protocol: str
) -> None:
    gc.disable()
    try:
        transport = scene.connect(protocol)
        session = weakref.ref(transport.protocol)
        transport.lose(ConnectionDone())
        scene.clock.advance(0)
        # A real transport lets go of its protocol by itself.
        del transport.protocol
        assert session() is None
    finally:
        gc.enable()


def test_a_listener_s_policy_of_transport_security_is_told_there(scene: Scene) -> None:
    session = scene.daemon._speeches["irc"].session(Listener(name="a", endpoint="tcp:0", sts_port=6697))
    transport = FakeTransport(scene.clock, "192.0.2.1")
    transport.protocol = session
    Protocol.makeConnection(session, cast(Any, transport))
    session.dataReceived(b"CAP LS 302\r\n")
    scene.clock.advance(0)
    assert b" sts=port=6697" in transport.received
    other = scene.connect()
    other.protocol.dataReceived(b"CAP LS 302\r\n")
    scene.clock.advance(0)
    assert b" CAP * LS " in other.received
    assert b" sts=" not in other.received


def test_who_comes_by_a_gateway_counts_where_it_comes_from(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = scene.daemon
    fingerprint = "ab" * 32
    gateway = Gateway(name="web", hosts=("192.0.2.1",), certificate_fingerprint=(fingerprint,))
    daemon.use(replace(daemon.config, gateways=(gateway,), listeners=()), {})
    transport = scene.connect()

    class Certificate:
        def digest(self, name: str) -> bytes:
            return fingerprint.encode()

    monkeypatch.setattr(transport, "getPeerCertificate", Certificate)
    transport.protocol.dataReceived(b"WEBIRC - web client.example.net 198.51.100.7\r\n")
    assert list(daemon.admission._open_from) == ["198.51.100.7"]
    transport.lose(ConnectionDone())
    scene.clock.advance(0)
    assert daemon.admission._open_from == {}
    assert daemon.admission.open == 0
