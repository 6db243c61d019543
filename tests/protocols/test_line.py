from __future__ import annotations

import errno
from collections.abc import Callable
from typing import cast

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, ITransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure

from chatdaemon.deadlines import Deadlines
from chatdaemon.outbox import Outlet
from chatdaemon.protocols.line import (
    IDLE_LOOK,
    LINE_COST,
    LINES_A_TURN,
    LINGER,
    LineConnection,
    LineLimits,
    Surroundings,
    address_text,
)
from chatdaemon.transports.reasons import PeerLost
from chatdaemon.wire.lines import TOO_LONG
from tests.world import FakeTransport

FREE = LineLimits(flood_rate=None)


class Connection(LineConnection):
    """Keeps its lines, and does what a test puts in `on_line`."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, max_line=100)
        self.lines: list[bytes] = []
        self.on_line: Callable[[bytes], None] = lambda line: None
        self.pings = 0
        self.reasons: list[str] = []
        self.on_closed: Callable[[], None] = lambda: None

    def line_received(self, line: bytes) -> None:
        self.lines.append(line)
        self.on_line(line)

    def send_ping(self) -> None:
        self.pings += 1
        self.outbox.write(b"PING\n")

    def send_goodbye(self, reason: str) -> None:
        self.outbox.write(f"BYE {reason}\n".encode())

    def closed(self, reason: str) -> None:
        self.reasons.append(reason)
        self.on_closed()


class Scene:
    """A clock, and connections to one server on it."""

    def __init__(self, limits: LineLimits = FREE) -> None:
        self.clock = Clock()
        self.deadlines = Deadlines(self.clock)
        self.deadlines.start()
        self.around = Surroundings(self.clock, Outlet(self.clock.callLater), self.deadlines, limits)

    def connect(self) -> tuple[Connection, FakeTransport]:
        connection = Connection(self.around)
        transport = FakeTransport(self.clock, "192.0.2.1")
        transport.protocol = connection
        Protocol.makeConnection(connection, cast(ITransport, transport))
        return connection, transport

    def registered(self) -> tuple[Connection, FakeTransport]:
        connection, transport = self.connect()
        connection.welcome()
        return connection, transport

    def turn(self) -> None:
        self.clock.advance(0)

    def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)


def numbers(count: int, first: int = 0) -> bytes:
    return b"".join(b"%d\r\n" % number for number in range(first, first + count))


def numbered(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


@pytest.fixture
def scene() -> Scene:
    return Scene()


# Reading


def test_lines_are_handled_in_order_in_whatever_pieces_they_come(scene: Scene) -> None:
    connection, _ = scene.connect()
    for piece in (b"on", b"e\r", b"\ntwo\n\n\r\nthr", b"ee\n", b"rest"):
        connection.dataReceived(piece)
    assert connection.lines == [b"one", b"two", b"three"]


def test_a_line_that_is_too_long_is_one_line_of_its_own_kind(scene: Scene) -> None:
    connection, _ = scene.connect()
    connection.dataReceived(b"x" * 1000)
    connection.dataReceived(b"x" * 1000 + b"\nnext\n")
    assert len(connection.lines) == 2
    assert connection.lines[0] is TOO_LONG
    assert connection.lines[1] == b"next"


def test_empty_lines_cost_nothing() -> None:
    scene = Scene(LineLimits(flood_burst=1, flood_rate=1.0))
    connection, transport = scene.connect()
    connection.dataReceived(b"\r\n" * 100_000)
    connection.dataReceived(b"line\n")
    assert connection.lines == [b"line"]
    assert not transport.paused


def test_a_turn_handles_a_few_lines_of_each_client(scene: Scene) -> None:
    busy, _ = scene.connect()
    other, _ = scene.connect()
    calm, _ = scene.connect()
    order: list[Connection] = []

    def note(connection: Connection) -> None:
        connection.on_line = lambda line: order.append(connection)

    for each in (busy, other, calm):
        note(each)
    busy.dataReceived(numbers(LINES_A_TURN * 2 + 5))
    other.dataReceived(numbers(LINES_A_TURN + 5))
    calm.dataReceived(b"hello\n")
    # What comes meanwhile waits for its turn, too.
    busy.dataReceived(b"last\n")
    shares = [busy] * LINES_A_TURN + [other] * LINES_A_TURN
    assert order == [*shares, calm]
    scene.turn()
    assert order == [*shares, calm, *[busy] * LINES_A_TURN, *[other] * 5, *[busy] * 6]
    assert busy.lines == [*numbered(LINES_A_TURN * 2 + 5), b"last"]


def test_lines_wait_while_a_request_is_in_flight(scene: Scene) -> None:
    connection, _ = scene.connect()

    def fly(line: bytes) -> None:
        connection.in_flight = line.startswith(b"wait")

    connection.on_line = fly
    connection.dataReceived(b"one\nwait 1\ntwo\nwait 2\nthree\n")
    connection.dataReceived(b"four\n")
    assert connection.lines == [b"one", b"wait 1"]
    connection.in_flight = False
    connection.pump()
    assert connection.lines == [b"one", b"wait 1", b"two", b"wait 2"]
    connection.pump()
    assert len(connection.lines) == 4
    connection.in_flight = False
    connection.pump()
    assert connection.lines[4:] == [b"three", b"four"]


def test_an_answer_that_comes_while_the_line_is_handled_does_not_handle_the_next_within_it(
    scene: Scene,
) -> None:
    connection, _ = scene.connect()
    depth: list[int] = [0]
    deepest: list[int] = [0]

    def nested(line: bytes) -> None:
        depth[0] += 1
        deepest[0] = max(deepest[0], depth[0])
        connection.pump()
        depth[0] -= 1

    connection.on_line = nested
    connection.dataReceived(numbers(10))
    assert (len(connection.lines), deepest[0]) == (10, 1)


# Flood control


def test_a_burst_is_free_and_then_lines_are_handled_at_the_rate() -> None:
    scene = Scene(LineLimits(flood_burst=5, flood_rate=2.0))
    connection, _ = scene.connect()
    connection.dataReceived(numbers(20))
    assert len(connection.lines) == 5
    scene.clock.advance(0.49)
    assert len(connection.lines) == 5
    handled = []
    for _ in range(4):
        scene.clock.advance(0.5)
        handled.append(len(connection.lines))
    assert handled == [6, 7, 8, 9]
    for _ in range(20):
        scene.clock.advance(0.5)
    assert connection.lines == numbered(20)


def test_silence_fills_the_bucket_again_and_never_above_the_burst() -> None:
    scene = Scene(LineLimits(flood_burst=5, flood_rate=2.0))
    connection, _ = scene.registered()
    connection.dataReceived(numbers(5))
    scene.clock.advance(1)
    connection.dataReceived(numbers(5, 5))
    assert len(connection.lines) == 7
    for _ in range(10):
        scene.clock.advance(1)
    assert len(connection.lines) == 10
    scene.clock.advance(1000)
    connection.dataReceived(numbers(10, 10))
    assert len(connection.lines) == 15


def test_one_who_is_held_up_does_not_hold_up_others() -> None:
    scene = Scene(LineLimits(flood_burst=2, flood_rate=1.0))
    flooder, _ = scene.connect()
    calm, _ = scene.connect()
    flooder.dataReceived(numbers(50))
    calm.dataReceived(b"hello\n")
    assert (len(flooder.lines), calm.lines) == (2, [b"hello"])


def test_an_answer_does_not_let_one_past_flood_control() -> None:
    scene = Scene(LineLimits(flood_burst=2, flood_rate=1.0))
    connection, _ = scene.registered()
    connection.pump()
    connection.dataReceived(numbers(9))
    for _ in range(5):
        connection.pump()
    assert len(connection.lines) == 2
    scene.clock.advance(1)
    assert len(connection.lines) == 3


def test_lines_that_come_one_by_one_are_held_up_as_well() -> None:
    scene = Scene(LineLimits(flood_burst=2, flood_rate=1.0))
    connection, _ = scene.registered()
    for number in range(5):
        connection.dataReceived(b"%d\n" % number)
    assert len(connection.lines) == 2
    for _ in range(3):
        scene.clock.advance(1)
    assert connection.lines == numbered(5)


def test_without_a_burst_the_first_line_is_free() -> None:
    scene = Scene(LineLimits(flood_burst=None, flood_rate=1.0))
    connection, _ = scene.connect()
    connection.dataReceived(numbers(3))
    assert len(connection.lines) == 1
    scene.clock.advance(1)
    assert len(connection.lines) == 2


@pytest.mark.parametrize("how", ["off", "exempt"])
def test_flood_control_can_be_off_for_all_or_for_one(how: str) -> None:
    scene = Scene(LineLimits(flood_burst=2, flood_rate=None if how == "off" else 1.0))
    connection, _ = scene.connect()
    connection.exempt = how == "exempt"
    connection.dataReceived(numbers(30))
    assert len(connection.lines) == 30


def test_a_rate_that_a_reload_brings_holds_from_the_next_line_on(scene: Scene) -> None:
    connection, _ = scene.connect()
    connection.dataReceived(numbers(10))
    scene.around.limits = LineLimits(flood_burst=3, flood_rate=1.0)
    connection.dataReceived(numbers(10))
    assert len(connection.lines) == 13


# A full queue


def test_a_client_with_too_much_waiting_is_not_read_from_until_it_is_handled() -> None:
    scene = Scene(LineLimits(flood_burst=1, flood_rate=1.0, input_queue=10 * (LINE_COST + 3)))
    connection, transport = scene.connect()
    connection.dataReceived(numbers(5))
    assert not transport.paused
    connection.dataReceived(numbers(12, 5))
    assert transport.paused
    scene.pass_time(15)
    assert transport.paused
    scene.pass_time(1)
    assert not transport.paused
    assert connection.lines == numbered(17)


def test_what_was_handled_meanwhile_no_longer_counts() -> None:
    scene = Scene(LineLimits(flood_burst=1, flood_rate=1.0, input_queue=10 * (LINE_COST + 3)))
    connection, transport = scene.registered()
    connection.dataReceived(numbers(6))
    for number in range(6, 100):
        scene.clock.advance(1)
        connection.dataReceived(numbers(1, number))
        assert not transport.paused
    assert len(connection.lines) == 95


def test_tiny_lines_are_weighed_by_what_they_take_in_memory() -> None:
    scene = Scene(LineLimits(flood_burst=1, flood_rate=1.0, input_queue=16384))
    connection, transport = scene.connect()
    connection.dataReceived(b"x\n" * 1000)
    assert transport.paused


def test_the_queue_may_be_without_limit() -> None:
    scene = Scene(LineLimits(flood_burst=1, flood_rate=1.0, input_queue=None))
    connection, transport = scene.connect()
    connection.dataReceived(b"x\n" * 100_000)
    assert not transport.paused


def test_a_long_wait_for_an_answer_pauses_as_well() -> None:
    scene = Scene(LineLimits(flood_rate=None, input_queue=1000))
    connection, transport = scene.connect()
    connection.on_line = lambda line: setattr(connection, "in_flight", line == b"wait")
    connection.dataReceived(b"wait\n" + numbers(100))
    assert transport.paused
    connection.in_flight = False
    connection.pump()
    for _ in range(5):
        scene.turn()
    assert not transport.paused
    assert len(connection.lines) == 101


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
