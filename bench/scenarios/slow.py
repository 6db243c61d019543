"""A member that stops reading: what the others notice, and what it costs the server in memory."""

from __future__ import annotations

import time
from contextlib import suppress

from bench.driver import Fleet
from bench.figure import Figure, StalledError
from bench.process import Meter, resident_bytes
from bench.scenarios import fanout
from bench.target import Sizes, Target


def slow_reader(target: Target, sizes: Sizes) -> Figure:
    """One member of the channel stops reading while `sizes.slow_messages` long lines are poured in.

    The figure is how many of them reached everybody else; the scenario gives up when nothing has moved for
    `sizes.slow_stall` seconds. `others_waited_s` is the longest time in which
    nobody got anything; `reader_dropped` tells whether the others saw it quit.
    """
    with Fleet(target.address, target.tls) as fleet:
        members = fleet.register((f"m{number}" for number in range(sizes.members)), timeout=sizes.patience)
        [sender] = fleet.register(["sender"], timeout=sizes.patience)
        [slow] = fleet.register(["slow"], timeout=sizes.patience, distant=True)
        fleet.join([*members, sender, slow], fanout.CHANNEL, sizes.patience)
        fleet.forget(slow)
        audience = fanout.listen(
            fleet, sender, members, sizes, sizes.slow_text_bytes, leavers=frozenset([slow.nick])
        )
        before = highest = resident_bytes(target.pid)
        meter = Meter(target.pid)
        reached, longest_wait, moved = 0, 0.0, time.monotonic()
        portion = max(sizes.slow_messages // 50, 1)
        with suppress(StalledError):
            while reached < sizes.slow_messages:
                fanout.pour(fleet, audience, portion, sizes.window, stall=sizes.slow_stall)
                reached += portion
                longest_wait = max(longest_wait, time.monotonic() - moved)
                moved = time.monotonic()
                highest = max(highest, resident_bytes(target.pid))
        usage = meter.read()
        longest_wait = max(longest_wait, time.monotonic() - moved)
        with suppress(StalledError):
            fleet.until(
                lambda: all(listener.gone for listener in audience.listeners), 2.0, "the reader's QUIT"
            )
        dropped = all(listener.gone for listener in audience.listeners)
        slow.sock.close()
    return Figure(
        scenario="slow-reader",
        server=target.name,
        transport=target.transport,
        value=float(reached),
        unit=f"of {sizes.slow_messages} lines",
        count=reached * sizes.members,
        cpu_seconds=usage.cpu,
        wall_seconds=usage.wall,
        details={
            "others_waited_s": longest_wait,
            "reader_dropped": str(dropped).lower(),
            "memory_grew_MiB": (highest - before) / 2**20,
        },
    )
