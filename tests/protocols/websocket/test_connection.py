"""One connection, from the first frame to the last: limits, endings, and clients that do what they should not."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from chatdaemon.protocols.line import LINGER, LineLimits
from chatdaemon.protocols.websocket.connection import CLOSE_TIMEOUT, TOLERANCE, WebSocketConnection, Wire
from chatdaemon.wire.lines import TOO_LONG
from tests.protocols.api.conftest import failures
from tests.protocols.websocket.scene import (
    BINARY,
    CLOSE,
    CONT,
    ECHOES,
    PING,
    PONG,
    TEXT,
    EchoScene,
    Got,
    closing,
    deflate,
    sent,
)

__all__ = ["failures"]

both = pytest.mark.parametrize("window", [0, 15], ids=["plain", "deflate"])


@both
def test_a_message_over_the_session_s_limit_is_its_business(
    window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = EchoScene(limit=100, deflates=window)
    lines: list[bytes] = []
    monkeypatch.setattr(scene.session, "line_received", lines.append)
    scene.send(sent(TEXT, b"x" * 100) + sent(TEXT, b"x" * 101) + sent(TEXT, b"y"))
    assert lines == [b"\0" + b"x" * 100, TOO_LONG, b"\0y"]
    assert lines[1] is TOO_LONG
    assert not scene.closed


@both
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_message_far_over_the_limit_ends_the_connection(window: int, size: int) -> None:
    most = 100 * TOLERANCE
    too_long = b"x" * (most + 1)
    for data in (
        sent(TEXT, too_long),
        sent(TEXT, b"x" * 60, fin=False) * 5 + sent(CONT, b"x" * 60, fin=False) * 100,
        sent(TEXT, b"x" * most, fin=False) + sent(PING, b"p" * 125) + sent(CONT, b"x"),
    ):
        scene = EchoScene(limit=100, deflates=window)
        scene.send(data, size)
        *_, last = scene.read()
        assert last.code in {1009, 1002}
        assert scene.transport.gone
        assert scene.session.reasons == ["WebSocket protocol error"]


def test_a_ping_has_its_room_where_a_message_has_none_left() -> None:
    scene = EchoScene(limit=100)
    scene.send(sent(TEXT, b"x" * 400, fin=False) + sent(PING, b"p" * 125) + sent(CONT, b""))
    assert PONG in [each.opcode for each in scene.read()]
    assert not scene.closed


@pytest.mark.parametrize("size", [1, 50, 5000])
def test_no_more_is_inflated_than_a_message_may_have(size: int) -> None:
    scene = EchoScene(limit=1000, deflates=15)
    bomb = deflate(b"\0" * 3_000_000)
    assert len(bomb) < 4000
    scene.send(sent(TEXT, bomb, rsv=4), size)
    assert [each.code for each in scene.read()] == [1009]
    assert scene.transport.gone


def test_many_messages_that_are_small_on_the_wire_wait_there() -> None:
    limits = LineLimits(flood_burst=1, flood_rate=1.0, input_queue=20_000, ping_interval=None)
    scene = EchoScene(limit=10_000, deflates=15, limits=limits)
    scene.session.welcome()
    message = sent(TEXT, deflate(b"\0" * 9_999), rsv=4)
    scene.arrive(message * 1000)
    assert scene.transport.paused
    waiting = scene.session._waiting or ()
    assert sum(map(len, waiting)) < 20 * 10_000, "of ten million"
    scene.pass_time(60)
    assert len(scene.session.heard) > 50
    assert sum(map(len, scene.session._waiting or ())) < 20 * 10_000


def test_who_waits_is_read_from_again_and_nothing_is_lost() -> None:
    limits = LineLimits(flood_burst=10, flood_rate=10.0, input_queue=1000, ping_interval=None)
    for window in (0, 15):
        scene = EchoScene(limit=1000, deflates=window, limits=limits)
        scene.session.welcome()
        paused = 0
        for number in range(200):
            scene.arrive(sent(TEXT, b"%0100d" % number) * 2)
            while scene.transport.paused:
                paused += 1
                scene.pass_time(1)
        scene.pass_time(10)
        assert paused > 20
        assert [int(message) for message in scene.session.heard] == [n // 2 for n in range(400)]
        assert not scene.transport.paused


def test_a_session_that_ends_says_goodbye_and_closes_in_order(failures: Callable[[], int]) -> None:
    scene = EchoScene()
    scene.session.drop("Enough")
    said, close = scene.read()
    assert said == Got(TEXT, b"Enough")
    assert (close.opcode, close.code) == (CLOSE, 1000)
    assert not scene.closed
    # What a client had on its way is not listened to any more.
    scene.send(sent(TEXT, b"still here") + sent(PING, b"a") + closing(1000))
    assert scene.session.heard == []
    assert [each.opcode for each in scene.read()] == [PONG]
    assert scene.transport.gone
    assert scene.session.reasons == ["Enough"]
    assert failures() == 0


def test_a_server_that_ends_is_going_away() -> None:
    scene = EchoScene()
    scene.around.ending = True
    scene.session.drop_unseen("Server is ending")
    *_, close = scene.read()
    assert close.code == 1001


def test_who_does_not_answer_that_it_is_over_is_closed_all_the_same() -> None:
    scene = EchoScene()
    scene.session.drop_unseen("Server is ending")
    scene.pass_time(CLOSE_TIMEOUT - 1)
    assert not scene.closed
    scene.pass_time(1)
    assert scene.transport.gone


def test_who_does_not_even_read_that_it_is_over_is_cut() -> None:
    scene = EchoScene()
    scene.transport.reading = False
    scene.session.drop("Enough")
    scene.pass_time(LINGER + 2)
    assert scene.transport.gone


def test_a_client_s_end_is_heard_where_the_session_had_stopped_reading() -> None:
    limits = LineLimits(flood_burst=1, flood_rate=0.01, input_queue=100, ping_interval=None)
    for window in (0, 15):
        scene = EchoScene(limit=1000, deflates=window, limits=limits)
        scene.session.welcome()
        scene.arrive(sent(TEXT, b"x" * 50) * 30 + closing(1000))
        if window:
            assert scene.transport.paused
            scene.session.drop("Enough")
            assert not scene.transport.paused
        scene.turn()
        assert scene.transport.gone
        assert len(scene.session.reasons) == 1


def test_what_a_session_answered_goes_before_the_goodbye() -> None:
    scene = EchoScene()
    scene.send(sent(TEXT, b"one") + sent(TEXT, b"two") + closing(1001))
    one, two, close = scene.read()
    assert (one.payload, two.payload, close.code) == (b"one", b"two", 1001)
    assert scene.session.reasons == ["Connection closed"]


def test_a_session_that_ends_over_a_message_that_the_client_s_end_follows() -> None:
    scene = EchoScene()
    scene.session.on_message = lambda message: scene.session.drop("You said so")
    scene.send(sent(TEXT, b"QUIT") + closing(1000))
    assert [each.payload for each in scene.read()[:2]] == [b"QUIT", b"You said so"]
    assert scene.transport.gone
    assert scene.session.reasons == ["You said so"]


def test_half_closed_is_closed() -> None:
    scene = EchoScene()
    scene.send(sent(TEXT, b"one"))
    scene.connection.readConnectionLost()
    scene.turn()
    assert [each.payload for each in scene.read()] == [b"one", b"Connection closed"]
    assert scene.transport.gone
    assert scene.session.reasons == ["Connection closed"]


def test_half_closed_amid_the_goodbye_is_closed() -> None:
    scene = EchoScene()
    scene.session.drop("Enough")
    scene.connection.readConnectionLost()
    scene.turn()
    assert scene.transport.gone
    assert scene.session.reasons == ["Enough"]


def test_who_shuts_its_ears_is_gone() -> None:
    scene = EchoScene()
    scene.connection.writeConnectionLost()
    scene.turn()
    assert scene.transport.gone
    assert scene.session.reasons == ["Connection closed"]


@both
def test_a_connection_that_is_lost_amid_a_frame_leaves_no_trace(
    window: int, failures: Callable[[], int]
) -> None:
    whole = sent(TEXT, b"x" * 200) + sent(TEXT, b"y", fin=False)
    for size in range(1, len(whole)):
        scene = EchoScene(deflates=window)
        scene.send(whole[:size])
        scene.transport.lose(ConnectionLost())
        scene.turn()
        assert scene.session.reasons == ["Connection lost"]
    assert failures() == 0


def test_the_collector_is_not_needed() -> None:
    gc.collect()
    gc.disable()
    try:
        scene = EchoScene()
        scene.send(sent(TEXT, b"hi") + sent(TEXT, b"there", fin=False))
        session, connection = weakref.ref(scene.session), weakref.ref(scene.connection)
        wire = weakref.ref(scene.connection._wire)
        scene.transport.lose(ConnectionDone())
        scene.turn()
        # A real transport lets go of its protocol by itself.
        del scene.transport.protocol
        del scene.session, scene.connection, scene.transport
        assert (wire(), session(), connection()) == (None, None, None)
    finally:
        gc.enable()


def test_texts_are_for_texts_and_bytes_for_bytes() -> None:
    for kind, other in ((TEXT, BINARY), (BINARY, TEXT)):
        scene = EchoScene(kind)
        scene.send(sent(other, b"a") + sent(kind, b"b"))
        (close,) = scene.read()
        assert close.code == 1003
        assert scene.transport.gone
        assert scene.session.heard == []


def test_any_sign_of_life_is_one() -> None:
    limits = LineLimits(flood_rate=None, ping_interval=30, ping_timeout=10)
    scene = EchoScene(limits=limits)
    scene.session.welcome()
    for _ in range(10):
        scene.pass_time(20)
        scene.arrive(sent(PONG))
    assert scene.read() == []
    scene.pass_time(32)
    assert [each.payload for each in scene.read()[:1]] == [b"ping"]
    scene.arrive(sent(PING))
    scene.pass_time(20)
    assert not scene.closed


def test_who_says_nothing_is_told_and_closed() -> None:
    limits = LineLimits(flood_rate=None, ping_interval=30, ping_timeout=10)
    scene = EchoScene(limits=limits)
    scene.session.welcome()
    scene.pass_time(30 + 10 + CLOSE_TIMEOUT + 2)
    assert scene.transport.gone
    ping, goodbye, close = scene.read()
    assert (ping.payload, close.code) == (b"ping", 1000)
    assert goodbye.payload.startswith(b"Ping timeout")


def test_who_never_says_who_it_is_is_closed_however_slowly_it_speaks() -> None:
    scene = EchoScene(limits=LineLimits(registration_timeout=30))
    for byte in sent(TEXT, b"x" * 100)[:35]:
        scene.arrive(bytes([byte]))
        scene.pass_time(1)
    assert scene.transport.gone
    assert scene.session.reasons == ["Registration timed out"]


def test_who_asks_for_pongs_and_reads_none_is_dropped() -> None:
    scene = EchoScene(limits=LineLimits(flood_rate=None, send_queue=10_000))
    scene.session.welcome()
    scene.transport.reading = False
    for _ in range(100):
        scene.arrive(sent(PING, b"x" * 120) * 10)
        if scene.transport.gone:
            break
    scene.turn()
    assert scene.transport.gone
    assert scene.transport.backlog < 15_000
    assert scene.session.reasons == ["Send queue exceeded"]


def test_who_does_not_read_is_dropped_at_its_limit() -> None:
    scene = EchoScene(limits=LineLimits(flood_rate=None, send_queue=10_000))
    scene.session.welcome()
    scene.transport.reading = False
    for _ in range(50):
        scene.send(sent(TEXT, b"x" * 1000))
    assert scene.transport.gone
    assert scene.session.reasons == ["Send queue exceeded"]


def test_a_bug_that_meets_a_frame_is_logged_and_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch, failures: Callable[[], int]
) -> None:
    def fail(self: object, frame: object) -> None:
        raise RuntimeError("of ours")

    monkeypatch.setattr(Wire, "recv_frame", fail)
    scene = EchoScene()
    scene.send(sent(TEXT, b"hi"))
    assert [each.code for each in scene.read()] == [1011]
    assert scene.transport.gone
    assert failures() == 1


def test_an_address_that_a_proxy_has_said_is_the_client_s_and_the_certificate_is_the_proxy_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Certificate:
        def digest(self, name: str) -> bytes:
            return b"AB:CD"

    for address, certificate in ((None, "abcd"), (IPv4Address("TCP", "203.0.113.7", 1), None)):
        scene = EchoScene()
        monkeypatch.setattr(scene.transport, "getPeerCertificate", Certificate)
        scene.connection._address = address
        assert scene.session.certificate == certificate
        assert scene.session.host == ("203.0.113.7" if address else "192.0.2.1")
    assert scene.connection.socket is None


def test_a_transport_that_knows_no_certificates_has_none() -> None:
    scene = EchoScene()
    connection = WebSocketConnection(scene.session, ECHOES[TEXT], Wire(), None)
    connection.carrier = object()
    assert connection.getPeerCertificate() is None


frames_of_any_kind = st.lists(
    st.one_of(
        st.builds(
            sent,
            st.sampled_from([TEXT, BINARY, CONT, PING, PONG, TEXT, CONT, 3, 11]),
            st.one_of(st.binary(max_size=40), st.text(max_size=20).map(str.encode)),
            st.booleans(),
            st.sampled_from([0, 0, 0, 4, 2]),
        ),
        st.builds(closing, st.integers(0, 5000), st.binary(max_size=20)),
        st.binary(max_size=5),
    ),
    max_size=8,
)


@settings(max_examples=200)
@given(frames_of_any_kind, st.integers(1, 20), st.sampled_from([0, 15]))
def test_whatever_comes_in_whatever_pieces_comes_to_the_same(
    parts: list[bytes], size: int, window: int
) -> None:
    data = b"".join(parts)
    outcomes = []
    for step in (len(data) or 1, size):
        scene = EchoScene(limit=30, deflates=window)
        scene.send(data, step)
        # Of several mistakes in one piece it is open which is told, and whether a ping after them is answered.
        said = [each for each in scene.read() if each.opcode == TEXT]
        outcomes.append((scene.session.heard, said, len(scene.session.reasons), scene.transport.gone))
        if not scene.transport.gone:
            scene.connection.connectionLost(Failure(ConnectionLost()))
    assert outcomes[0] == outcomes[1]
