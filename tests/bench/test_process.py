"""A process seen from outside."""

import os
import sys
import time
from pathlib import Path

import pytest

from bench.process import Cores, Meter, cpu_seconds, resident_bytes, start, stop, thread_count


def test_the_cpu_clock_is_the_one_that_the_process_itself_reads() -> None:
    before = time.process_time()
    from_outside = cpu_seconds(os.getpid())
    assert before <= from_outside <= time.process_time()


def test_a_meter_counts_from_when_it_is_made() -> None:
    meter = Meter(os.getpid())
    first = meter.read()
    sum(range(100_000))
    second = meter.read()
    assert 0 < first.cpu < second.cpu
    assert 0 < first.wall < second.wall
    assert set(second.details()) == {"kernel", "server_busy", "driver_busy", "ksoftirqd"}


def test_memory_and_threads_are_read() -> None:
    assert resident_bytes(os.getpid()) > 1024 * 1024
    assert thread_count(os.getpid()) >= 1


def test_a_process_runs_on_the_servers_core_and_this_one_stays_where_it_was(tmp_path: Path) -> None:
    here = os.sched_getaffinity(0)
    cores = Cores.choose()
    log = tmp_path / "log"
    show = "import os; print(sorted(os.sched_getaffinity(0)), os.environ['WORD'])"
    process = start([sys.executable, "-c", show], cores, log, {"WORD": "given"})
    process.wait(30)
    assert log.read_text() == f"[{cores.server}] given\n"
    assert os.sched_getaffinity(0) == here


def test_a_process_that_does_not_end_when_asked_is_ended(tmp_path: Path) -> None:
    deaf = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); signal.pause()"
    )
    log = tmp_path / "log"
    process = start([sys.executable, "-c", deaf], Cores.choose(), log)
    while not log.read_text():
        os.sched_yield()
    stop(process, patience=0.05)
    assert process.returncode == -9
    with pytest.raises(ProcessLookupError):
        cpu_seconds(process.pid)
