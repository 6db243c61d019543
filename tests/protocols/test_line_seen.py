"""When a client was last surely there: what is told of it once in a while, and when it goes."""

from __future__ import annotations

import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from chatdaemon.protocols.line import SEEN_INTERVAL, LineLimits
from tests.protocols.lines import Scene

BEATS = LineLimits(flood_rate=None, ping_interval=90, ping_timeout=60)


@pytest.fixture
def scene() -> Scene:
    return Scene(BEATS)


def test_who_is_dropped_between_two_signs_of_life_was_there_until_now(scene: Scene) -> None:
    connection, _ = scene.registered()
    scene.pass_time(50)
    connection.drop("Quit")
    assert connection.silences == [0]


def test_of_one_that_closes_without_a_word_nothing_is_known_either(scene: Scene) -> None:
    connection, _ = scene.registered()
    scene.pass_time(50)
    connection.connectionLost(Failure(ConnectionDone()))
    assert connection.silences == [51]


def test_of_one_whose_connection_breaks_nothing_is_known_since_its_last_sign_of_life(scene: Scene) -> None:
    connection, _ = scene.registered()
    scene.pass_time(50)
    connection.connectionLost(Failure(ConnectionLost()))
    assert connection.silences == [51]


def test_of_one_that_does_not_answer_a_ping_neither(scene: Scene) -> None:
    connection, _ = scene.registered()
    scene.pass_time(150)
    assert (connection.reasons, connection.silences) == (["Ping timeout: 150 seconds"], [150])


def test_of_one_that_closes_with_a_ping_unanswered_neither(scene: Scene) -> None:
    connection, _ = scene.registered()
    scene.pass_time(100)
    connection.drop("Connection closed")
    assert connection.silences == [100]


def test_of_one_that_has_not_read_what_it_was_sent_neither(scene: Scene) -> None:
    connection, transport = scene.registered()
    transport.reading = False
    connection.outbox.write(b"news\n")
    scene.turn()
    scene.pass_time(20)
    connection.readConnectionLost()
    assert connection.silences == [21]


def test_of_one_that_was_not_even_sent_it_neither(scene: Scene) -> None:
    connection, _ = scene.registered()
    scene.pass_time(20)
    connection.outbox.write(b"news\n")
    connection.connectionLost(Failure(ConnectionDone()))
    assert connection.silences == [21]


def test_of_one_whose_queue_is_too_long_neither(scene: Scene) -> None:
    connection, _ = scene.registered()
    scene.pass_time(30)
    connection.abort("Send queue exceeded")
    assert connection.silences == [31]


def test_a_client_that_talks_is_told_of_once_in_a_while(scene: Scene) -> None:
    connection, _ = scene.registered()
    for _ in range(2 * SEEN_INTERVAL):
        connection.dataReceived(b"something\n")
        scene.pass_time(1)
    assert 1 <= len(connection.sightings) <= 2
    assert all(silence <= 1 for silence in connection.sightings)


def test_one_that_only_answers_pings_is_told_of_as_well(scene: Scene) -> None:
    connection, _ = scene.registered()
    for _ in range(3 * SEEN_INTERVAL):
        scene.pass_time(1)
        if connection.pings:
            connection.pings = 0
            connection.dataReceived(b"PONG\n")
    assert 2 <= len(connection.sightings) <= 3


def test_one_that_cannot_be_told_of_now_is_told_of_at_the_next_look(scene: Scene) -> None:
    connection, _ = scene.registered()
    connection.busy = True
    for _ in range(SEEN_INTERVAL + 90):
        connection.dataReceived(b"something\n")
        scene.pass_time(1)
    assert connection.sightings == []
    connection.busy = False
    for _ in range(90):
        connection.dataReceived(b"something\n")
        scene.pass_time(1)
    assert len(connection.sightings) == 1


def test_one_that_says_nothing_is_not_told_of(scene: Scene) -> None:
    silent = Scene(LineLimits(flood_rate=None, ping_interval=None))
    connection, _ = silent.registered()
    silent.pass_time(3 * SEEN_INTERVAL)
    assert connection.sightings == []


def test_when_the_server_ends_and_the_realm_is_not_told_everybody_is_told_of(scene: Scene) -> None:
    connection, _ = scene.registered()
    stranger, _ = scene.connect()
    for each in (connection, stranger):
        each.drop_unseen("the end")
    assert (connection.sightings, connection.silences) == ([0], [])
    assert stranger.sightings == []
