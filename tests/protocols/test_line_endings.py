from __future__ import annotations

import errno

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol
from twisted.logger import capturedLogs
from twisted.python.failure import Failure

from chatdaemon.protocols.line import (
    IDLE_LOOK,
    LINGER,
    LineLimits,
)
from chatdaemon.source import address_text
from chatdaemon.transports.reasons import PeerLost
from tests.protocols.lines import Scene, numbers


@pytest.fixture
def scene() -> Scene:
    return Scene()


# Heartbeats


BEATS = LineLimits(flood_rate=None, ping_interval=90, ping_timeout=60)


def test_silence_is_asked_about_and_dropped_when_nothing_comes() -> None:
    scene = Scene(BEATS)
    connection, transport = scene.registered()
    scene.pass_time(89)
    assert connection.pings == 0
    scene.pass_time(1)
    assert (connection.pings, transport.received) == (1, b"PING\n")
    scene.pass_time(59)
    assert connection.reasons == []
    scene.pass_time(1)
    assert connection.reasons == ["Ping timeout: 150 seconds"]
    assert transport.received.endswith(b"BYE Ping timeout: 150 seconds\n")


def test_any_bytes_are_a_sign_of_life() -> None:
    scene = Scene(BEATS)
    connection, _ = scene.registered()
    for _ in range(5):
        scene.pass_time(95)
        assert connection.pings > 0
        connection.dataReceived(b"half a line")
        connection.pings = 0
    assert connection.reasons == []


def test_one_who_talks_is_never_asked() -> None:
    scene = Scene(BEATS)
    connection, _ = scene.registered()
    for _ in range(20):
        scene.pass_time(50)
        connection.dataReceived(b"hello\n")
    assert connection.pings == 0


def test_without_a_timeout_silence_is_asked_about_for_ever() -> None:
    scene = Scene(LineLimits(ping_interval=10, ping_timeout=None))
    connection, _ = scene.registered()
    scene.pass_time(100)
    assert connection.pings == 10
    assert connection.reasons == []


def test_heartbeats_may_be_off_until_a_reload_brings_them() -> None:
    scene = Scene(LineLimits(ping_interval=None))
    connection, _ = scene.registered()
    scene.pass_time(IDLE_LOOK * 5)
    assert connection.pings == 0
    scene.around.limits = LineLimits(ping_interval=10, ping_timeout=10)
    scene.pass_time(IDLE_LOOK + 1)
    assert connection.pings == 1


def test_one_whom_we_do_not_read_is_not_taken_for_silent() -> None:
    limits = LineLimits(flood_burst=1, flood_rate=0.1, input_queue=1000, ping_interval=90, ping_timeout=60)
    scene = Scene(limits)
    connection, transport = scene.registered()
    connection.dataReceived(numbers(50))
    assert transport.paused
    scene.pass_time(400)
    assert transport.paused
    assert connection.reasons == []
    # Silence counts from when it is read again, after 490 seconds.
    scene.pass_time(200)
    assert (connection.pings, connection.reasons) == (1, [])
    scene.pass_time(60)
    assert connection.reasons == ["Ping timeout: 150 seconds"]


def test_after_the_machine_slept_everybody_has_time_to_answer() -> None:
    scene = Scene(BEATS)
    connection, _ = scene.registered()
    scene.clock.advance(8 * 3600)
    assert connection.pings == 1
    assert connection.reasons == []
    connection.dataReceived(b"PONG\n")
    scene.pass_time(80)
    assert connection.reasons == []


def test_one_who_does_not_register_in_time_is_dropped() -> None:
    scene = Scene(LineLimits(registration_timeout=30))
    connection, transport = scene.connect()
    connection.dataReceived(b"hello\n")
    scene.pass_time(31)
    assert connection.reasons == ["Registration timed out"]
    assert transport.received == b"BYE Registration timed out\n"


def test_registering_may_take_for_ever() -> None:
    scene = Scene(LineLimits(registration_timeout=None))
    connection, _ = scene.connect()
    scene.pass_time(1000)
    assert connection.reasons == []


# Ending


def test_a_drop_says_goodbye_behind_everything_else_and_closes(scene: Scene) -> None:
    connection, transport = scene.registered()
    connection.outbox.write(b"before\n")
    connection.drop("Quit: bye")
    connection.drop("again")
    connection.abort("again")
    assert transport.received == b"before\nBYE Quit: bye\n"
    assert transport.disconnecting
    scene.turn()
    scene.pass_time(LINGER + 1)
    assert connection.reasons == ["Quit: bye"]


def test_lines_behind_the_last_one_are_not_handled(scene: Scene) -> None:
    connection, _ = scene.registered()
    connection.on_line = lambda line: connection.drop("bye") if line == b"quit" else None
    connection.dataReceived(b"one\nquit\ntwo\n")
    connection.dataReceived(b"three\n")
    connection.pump()
    scene.turn()
    assert connection.lines == [b"one", b"quit"]


def test_one_who_does_not_take_the_goodbye_is_cut_off(scene: Scene) -> None:
    connection, transport = scene.registered()
    transport.reading = False
    connection.drop("bye")
    scene.pass_time(LINGER - 1)
    assert not transport.gone
    scene.pass_time(2)
    assert transport.gone
    assert connection.reasons == ["bye"]
    assert connection.due == 0


def test_one_whose_lines_wait_for_their_turn_can_be_dropped() -> None:
    scene = Scene(LineLimits(flood_burst=1, flood_rate=1.0))
    connection, _ = scene.registered()
    connection.dataReceived(numbers(10))
    connection.drop("bye")
    scene.pass_time(20)
    assert len(connection.lines) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionDone(), "Connection closed"),
        (ConnectionLost(), "Connection lost"),
        (ConnectionAborted(), "Connection lost"),
        (ConnectionLost(OSError(errno.ECONNRESET, "Connection reset by peer")), "Connection reset by peer"),
        (ConnectionLost("odd"), "odd"),
        (ConnectionLost(OSError()), "Connection lost"),
        (ConnectionLost(""), "Connection lost"),
        (PeerLost.from_errno(errno.ETIMEDOUT), "Connection timed out"),
    ],
)
def test_a_lost_connection_is_one_end_with_its_reason(scene: Scene, error: Exception, reason: str) -> None:
    connection, transport = scene.registered()
    connection.dataReceived(b"whole\nhalf a li")
    transport.lose(error)
    scene.turn()
    assert connection.reasons == [reason]
    assert connection.lines == [b"whole"]
    scene.pass_time(1000)
    assert connection.pings == 0


def test_the_loss_after_a_goodbye_is_no_second_end(scene: Scene) -> None:
    connection, transport = scene.registered()
    connection.drop("bye")
    transport.lose(ConnectionLost())
    scene.turn()
    assert connection.reasons == ["bye"]


def test_who_says_nothing_more_gets_what_is_on_its_way_and_has_left(scene: Scene) -> None:
    connection, transport = scene.registered()
    assert IHalfCloseableProtocol.providedBy(connection)
    connection.outbox.write(b"on its way\n")
    connection.readConnectionLost()
    assert transport.received == b"on its way\nBYE Connection closed\n"
    assert connection.reasons == ["Connection closed"]


def test_who_hears_nothing_more_has_left(scene: Scene) -> None:
    connection, transport = scene.registered()
    connection.writeConnectionLost()
    assert transport.gone
    assert connection.reasons == ["Connection closed"]
    connection.writeConnectionLost()
    assert connection.reasons == ["Connection closed"]


def test_the_peers_address_is_given_back_once_the_connection_is_gone(scene: Scene) -> None:
    gone: list[IAddress] = []
    scene.around.lost = gone.append
    connection, transport = scene.registered()
    connection.drop("bye")
    assert gone == []
    scene.turn()
    assert gone == [transport.peer]


def test_the_end_of_the_server_is_no_leave(scene: Scene) -> None:
    connection, transport = scene.registered()
    connection.drop_unseen("Server shut down")
    connection.drop_unseen("again")
    scene.turn()
    assert transport.received == b"BYE Server shut down\n"
    assert transport.gone
    assert connection.reasons == []


# The send queue


QUEUES = LineLimits(flood_rate=None, send_queue=1000, send_queue_unregistered=100)


def test_one_who_does_not_read_is_cut_off_at_the_limit_of_its_stage() -> None:
    scene = Scene(QUEUES)
    stranger, stranger_transport = scene.connect()
    known, known_transport = scene.registered()
    for connection, transport in ((stranger, stranger_transport), (known, known_transport)):
        transport.reading = False
        connection.outbox.write(b"x" * 101)
    scene.turn()
    assert (stranger.reasons, known.reasons) == (["Send queue exceeded"], [])
    assert stranger_transport.gone
    known.outbox.write(b"x" * 900)
    scene.turn()
    assert known.reasons == ["Send queue exceeded"]
    scene.turn()
    assert len(known.reasons) == 1


def test_send_queues_may_be_without_limit() -> None:
    scene = Scene(LineLimits(send_queue=None, send_queue_unregistered=None))
    for connection, transport in (scene.connect(), scene.registered()):
        transport.reading = False
        connection.outbox.write(b"x" * 10_000_000)
        scene.turn()
        assert connection.reasons == []


def test_changed_limits_hold_for_those_who_are_there() -> None:
    scene = Scene(QUEUES)
    connections = [scene.connect()[0], scene.registered()[0]]
    scene.around.limits = LineLimits(send_queue=5000, send_queue_unregistered=50)
    for connection in connections:
        connection.limits_changed()
    assert [connection.outbox.limit for connection in connections] == [50, 5000]
    scene.around.limits = LineLimits(send_queue=None)
    connections[1].limits_changed()
    assert connections[1].outbox.limit > 1 << 60


# Faults of our own


def test_a_bug_ends_the_connection_that_met_it_and_is_logged_once(scene: Scene) -> None:
    broken, transport = scene.registered()
    other, _ = scene.registered()

    def bug(line: bytes) -> None:
        raise RuntimeError("a bug")

    broken.on_line = bug
    with capturedLogs() as logged:
        broken.dataReceived(b"secret one\nsecret two\n")
        other.dataReceived(b"hello\n")
        scene.turn()
    assert len(logged) == 1
    assert "secret" not in repr({key: value for key, value in logged[0].items() if key != "log_failure"})
    assert broken.reasons == ["Internal server error"]
    assert transport.received == b"BYE Internal server error\n"
    assert (len(broken.lines), other.lines, other.reasons) == (1, [b"hello"], [])


def test_a_bug_while_closing_is_logged_and_the_connection_closes(scene: Scene) -> None:
    connection, transport = scene.registered()

    def bug() -> None:
        raise RuntimeError("a bug")

    connection.on_closed = bug
    with capturedLogs() as logged:
        connection.drop("bye")
        scene.turn()
    assert len(logged) == 1
    assert transport.gone
    assert connection.reasons == ["bye"]


# Addresses


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (IPv4Address("TCP", "192.0.2.1", 1), "192.0.2.1"),
        (IPv6Address("TCP", "2001:db8::1", 1), "2001:db8::1"),
        (UNIXAddress(b"/run/x"), "localhost"),
        (UNIXAddress(None), "localhost"),
    ],
)
def test_addresses_have_a_text(address: IAddress, text: str) -> None:
    assert address_text(address) == text


def test_a_connection_knows_its_peer_for_people(scene: Scene) -> None:
    assert scene.connect()[0].peer == "192.0.2.1"


def test_a_failure_without_an_error_is_a_lost_connection(scene: Scene) -> None:
    connection, _ = scene.registered()
    connection.connectionLost(Failure(KeyError("x")))
    assert connection.reasons == ["x"]
