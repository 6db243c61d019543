"""Resident memory of the server for each registered, idle connection."""

from __future__ import annotations

import time

from bench.driver import Fleet
from bench.figure import Figure
from bench.process import Meter, resident_bytes, thread_count
from bench.target import Sizes, Target

_BASELINE = 50
_QUIET_SECONDS = 1.0


def idle(target: Target, sizes: Sizes) -> Figure:
    """Growth of VmRSS from 50 connections to `sizes.idle` more, each time after a second of silence."""
    with Fleet(target.address, target.tls) as fleet:
        first = fleet.register((f"b{number}" for number in range(_BASELINE)), timeout=sizes.patience)
        fleet.settle(first, sizes.patience)
        before = _at_rest(fleet, target.pid)
        meter = Meter(target.pid)
        clients = fleet.register((f"i{number}" for number in range(sizes.idle)), timeout=sizes.patience)
        fleet.settle(clients, sizes.patience)
        usage = meter.read()
        after = _at_rest(fleet, target.pid)
        threads = thread_count(target.pid)
    return Figure(
        scenario=f"idle-memory-{sizes.idle}",
        server=target.name,
        transport=target.transport,
        value=(after - before) / sizes.idle / 1024,
        unit="KiB/connection",
        count=sizes.idle,
        cpu_seconds=usage.cpu,
        wall_seconds=usage.wall,
        details={"baseline_MiB": before / 2**20, "total_MiB": after / 2**20, "threads": threads},
    )


def _at_rest(fleet: Fleet, pid: int) -> int:
    end = time.monotonic() + _QUIET_SECONDS
    lowest = resident_bytes(pid)
    while time.monotonic() < end:
        fleet.turn(0.1)
        lowest = min(lowest, resident_bytes(pid))
    return lowest
