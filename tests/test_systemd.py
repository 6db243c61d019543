from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from chatdaemon.systemd import Notifier, Watchdog, watchdog_interval


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


@pytest.fixture
def notifier(manager: socket.socket) -> Notifier:
    return Notifier.from_environment({"NOTIFY_SOCKET": manager.getsockname()})


def lines(manager: socket.socket) -> list[str]:
    return manager.recv(4096).decode().split("\n")


def test_ready_is_said_with_a_status_line(manager: socket.socket, notifier: Notifier) -> None:
    notifier.ready("listening on 2 ports")
    assert lines(manager) == ["READY=1", "STATUS=listening on 2 ports"]


def test_without_a_status_only_the_state_is_sent(manager: socket.socket, notifier: Notifier) -> None:
    notifier.ready()
    notifier.stopping()
    assert lines(manager) == ["READY=1"]
    assert lines(manager) == ["STOPPING=1"]


def test_reloading_carries_the_monotonic_time_in_microseconds(
    manager: socket.socket, notifier: Notifier
) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notifier.reloading("reading the configuration")
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    state, stamp, status = lines(manager)
    assert state == "RELOADING=1"
    assert stamp.startswith("MONOTONIC_USEC=")
    assert before <= int(stamp.partition("=")[2]) <= after
    assert status == "STATUS=reading the configuration"


def test_a_newline_in_a_status_cannot_add_another_assignment(
    manager: socket.socket, notifier: Notifier
) -> None:
    notifier.status("3 users\nSTOPPING=1")
    assert lines(manager) == ["STATUS=3 users STOPPING=1"]


def test_text_that_is_no_utf_8_is_sent_escaped(manager: socket.socket, notifier: Notifier) -> None:
    notifier.status("odd \udcff name")
    assert lines(manager) == ["STATUS=odd \\udcff name"]


def test_an_abstract_socket_is_written_with_an_at_sign() -> None:
    name = f"chatdaemon-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.setblocking(False)
        Notifier("@" + name).ready()
        assert lines(listening) == ["READY=1"]


@pytest.mark.parametrize("address", [None, "", "@", "/", "vsock:2:1234", "relative"])
def test_without_a_usable_address_nothing_is_opened(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    Notifier(address).ready("nobody listens")


def test_a_manager_that_has_gone_is_no_error(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "gone")).ready()


def test_a_manager_that_does_not_read_does_not_hold_us_up(manager: socket.socket, notifier: Notifier) -> None:
    # More datagrams than any receive queue holds: a sender that waits would hang here for ever.
    for _ in range(5_000):
        notifier.watchdog()
    assert lines(manager) == ["WATCHDOG=1"]


def test_the_keep_alive_comes_twice_in_each_watchdog_period() -> None:
    assert watchdog_interval({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}) == 15.0
    assert watchdog_interval({"WATCHDOG_USEC": "1000000"}) == 0.5


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "-5"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "me"},
    ],
)
def test_nobody_watches_this_process(environ: dict[str, str]) -> None:
    assert watchdog_interval(environ) is None


def test_the_watchdog_beats_from_start_to_stop(manager: socket.socket, notifier: Notifier) -> None:
    clock = Clock()
    watchdog = Watchdog(notifier, 10.0, clock)
    watchdog.start()
    watchdog.start()
    clock.advance(9.9)
    clock.advance(0.1)
    assert [lines(manager), lines(manager)] == [["WATCHDOG=1"], ["WATCHDOG=1"]]
    watchdog.stop()
    watchdog.stop()
    clock.advance(60)
    with pytest.raises(BlockingIOError):
        lines(manager)


def test_a_watchdog_that_nobody_watches_schedules_nothing(notifier: Notifier) -> None:
    clock = Clock()
    watchdog = Watchdog(notifier, None, clock)
    watchdog.start()
    assert clock.getDelayedCalls() == []
    watchdog.stop()
