from __future__ import annotations

import pytest

from chatdaemon.protocols.line import (
    LINE_COST,
    LINES_A_TURN,
    LineLimits,
)
from chatdaemon.wire.lines import TOO_LONG
from tests.protocols.lines import Connection, Scene, numbered, numbers


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
