"""What history costs: `python -m bench.history`, or some of its scenarios by name.

`stored`, `delay`, `latest` and `search` use the storage in this process; the others start the daemon. All
files are in a directory under --directory, which is to be on the disk that is to be measured, not in memory.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet import reactor as installed
from twisted.internet import task
from twisted.internet.defer import Deferred, ensureDeferred

from bench import servers, stage
from bench.driver import Client, Fleet, Ready
from bench.figure import BenchError, Detail, Figure, as_json, table
from bench.process import Cores, Meter, cpu_seconds, raise_file_limit, resident_bytes
from bench.stage import Past
from chatdaemon.history.history import History
from chatdaemon.history.query import Query, Search
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.reading import Reading
from chatdaemon.realm.state import State
from chatdaemon.storage.changes import PutRecord
from chatdaemon.storage.opening import Opened
from chatdaemon.storage.sqlite import FILE_NAME
from chatdaemon.storage.store import Store

T = TypeVar("T")

reactor: Any = installed
Scenario = Callable[["Sizes", Path], Figure]
# Entries that may wait for the writer before the one who writes waits for it.
MOST_WAITING = 8192
# Seconds between two looks at how late the reactor is.
LOOK = 0.002
# Lines of a client's that are on their way at a time.
CHUNK = 500
READER = b"BATCH -"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each scenario does. The defaults are those of docs/performance.md."""

    stored: int = 100_000
    rate: int = 5000
    seconds: float = 20.0
    latest: int = 500_000
    messages: int = 1_000_000
    channels: int = 1000
    users: int = 1000
    queries: int = 1000
    present: int = 10_000
    writers: int = 10
    patience: float = 300.0


def stored(sizes: Sizes, directory: Path) -> Figure:
    """Messages a second through the Store alone, as fast as it takes them (synchronous=FULL)."""
    past = Past()
    records = list(stage.records(past.first_message, sizes.stored, past))

    async def run(store: Store) -> tuple[float, float]:
        cpu, start = time.process_time(), time.perf_counter()
        for at, record in enumerate(records):
            store.write(record.point.entry, (PutRecord(record),), False)
            if at % 64 == 63:
                # What a busy turn of the reactor would have.
                await _later(0.0)
                while store.waiting > MOST_WAITING:
                    await _later(0.001)
        await store.flushed()
        return time.process_time() - cpu, time.perf_counter() - start

    cpu, wall = _with_store(directory, past, run)
    _must_hold(directory, sizes.stored)
    return _figure("stored", sizes.stored / wall, "messages/s", sizes.stored, cpu, wall)


def delay(sizes: Sizes, directory: Path) -> Figure:
    """How late the reactor is while messages are stored at a steady rate; and while they are only made."""
    past = Past()
    count = int(sizes.rate * sizes.seconds)
    records = list(stage.records(past.first_message, count, past))

    async def run(store: Store) -> tuple[list[float], list[float], float]:
        quiet = await _lateness(lambda record: None, records, sizes)
        cpu = time.process_time()
        late = await _lateness(
            lambda record: store.write(record.point.entry, (PutRecord(record),), False), records, sizes
        )
        await store.flushed()
        return quiet, late, time.process_time() - cpu

    quiet, late, cpu = _with_store(directory, past, run)
    _must_hold(directory, count)
    details: dict[str, Detail] = {
        "p50_ms": percentile(late, 50),
        "max_ms": max(late),
        "quiet_p99_ms": percentile(quiet, 99),
        "rate": sizes.rate,
    }
    return _figure("delay", percentile(late, 99), "ms p99", count, cpu, sizes.seconds, details)


async def _lateness(write: Callable[[Any], None], records: Sequence[Any], sizes: Sizes) -> list[float]:
    """Have each record written when it is due, and see how late the reactor calls, in ms."""
    late: list[float] = []
    start = time.perf_counter()
    left = iter(records)
    done = 0
    while done < len(records):
        due = time.perf_counter() + LOOK
        await _later(LOOK)
        now = time.perf_counter()
        late.append((now - due) * 1000)
        for _ in range(min(int((now - start) * sizes.rate), len(records)) - done):
            write(next(left))
            done += 1
    return late


def latest(sizes: Sizes, directory: Path) -> Figure:
    """The last 100 messages of one channel with very many, through History."""
    past = Past(sizes.latest, 1)
    stage.directory(directory, past)
    query = Query(_readings(past)[0], limit=100)
    timed = _timed(directory, sizes.queries, partial(History.read, query=query))
    if timed.results != 100:
        raise BenchError(f"{timed.results} messages in place of 100")
    details: dict[str, Detail] = {"p50_ms": percentile(timed.times, 50), "max_ms": max(timed.times)}
    value = percentile(timed.times, 99)
    return _figure("latest", value, "ms p99", sizes.queries, timed.cpu, timed.wall, details)


def search(sizes: Sizes, directory: Path) -> Figure:
    """50 results among very many messages: the slowest median of rare and frequent words, in one channel and
    in a hundred. Each has its own in the details."""
    past = Past(sizes.messages, 100)
    stage.directory(directory, past)
    readings = _readings(past)
    found: dict[str, Detail] = {}
    medians: list[float] = []
    cpu = wall = 0.0
    for name, words, where in (
        ("rare", stage.RARE, readings),
        ("rare_in_one", stage.RARE, readings[:1]),
        ("common", stage.COMMON, readings),
        ("common_in_one", stage.COMMON, readings[1:2]),
        ("both", f"{stage.COMMON} {stage.RARE}", readings),
        ("none", "nosuchword", readings),
    ):
        timed = _timed(directory, sizes.queries // 5, partial(History.search, search=Search(where, words)))
        medians.append(percentile(timed.times, 50))
        found[f"{name}_p50"], found[f"{name}_p99"] = medians[-1], percentile(timed.times, 99)
        found[f"{name}_results"] = timed.results
        cpu, wall = cpu + timed.cpu, wall + timed.wall
    return _figure("search", max(medians), "ms p50", sizes.messages, cpu, wall, found)


def latest_irc(sizes: Sizes, directory: Path) -> Figure:
    """The same as `latest`, as CHATHISTORY over a socket."""
    past = Past(sizes.latest, 1)
    stage.directory(directory, past)
    with _daemon(directory, "chatdaemon") as (fleet, pid):
        [client] = fleet.register(["reader"])
        client.send(b"CAP REQ :batch message-tags server-time draft/chathistory\r\n")
        fleet.join([client], "#c0")
        pages = _Pages()
        client.sink = pages
        times = []
        meter = Meter(pid)
        for _ in range(sizes.queries):
            start = time.perf_counter()
            pages.ended_at = 0.0
            client.send(b"CHATHISTORY LATEST #c0 * 100\r\n")
            fleet.until(lambda: pages.ended_at > 0, sizes.patience, "a page of history")
            times.append((pages.ended_at - start) * 1000)
        usage = meter.read()
    if pages.lines != 100 * sizes.queries:
        raise BenchError(f"{pages.lines} messages came in {sizes.queries} pages")
    details: dict[str, Detail] = {"p50_ms": percentile(times, 50), **usage.details()}
    return _figure(
        "latest-irc", percentile(times, 99), "ms p99", sizes.queries, usage.cpu, usage.wall, details
    )


class _Pages:
    """The sink of one who reads history: how many messages have come, and when the last batch ended."""

    def __init__(self) -> None:
        self.lines = 0
        self.ended_at = 0.0
        self._tail = b""

    def feed(self, client: Client, data: memoryview) -> None:
        *lines, self._tail = (self._tail + bytes(data)).split(b"\r\n")
        for line in lines:
            self.lines += b" PRIVMSG " in line
            if b" FAIL " in line:
                raise BenchError(f"{client.nick}: {line!r}")
            if READER in line:
                self.ended_at = time.perf_counter()

    def ended(self, client: Client) -> None:
        raise BenchError(f"{client.nick}: the server closed the connection")


def whole(sizes: Sizes, directory: Path) -> Figure:
    """Messages a second through the whole daemon, from several clients, each alone in a channel, until the
    last of them is on the disk."""
    each = sizes.stored // sizes.writers
    with _daemon(directory, "chatdaemon") as (fleet, pid):
        clients = fleet.register(f"writer{number}" for number in range(sizes.writers))
        for number, client in enumerate(clients):
            fleet.join([client], f"#c{number}")
        meter = Meter(pid)
        for start in range(0, each, CHUNK):
            for number, client in enumerate(clients):
                lines = (
                    f"PRIVMSG #c{number} :{at:08d} the quick brown fox jumps over the lazy dog\r\n"
                    for at in range(start, min(start + CHUNK, each))
                )
                client.send("".join(lines).encode())
            fleet.settle(clients, sizes.patience)
        answered = meter.read()
        _until_stored(directory, each * sizes.writers, sizes.patience)
        usage = meter.read()
    details: dict[str, Detail] = {**usage.details(), "answered_s": answered.wall}
    count = each * sizes.writers
    return _figure("whole", count / usage.wall, "messages/s", count, usage.cpu, usage.wall, details)


def start(sizes: Sizes, directory: Path) -> Figure:
    """The time to start, with very many messages, channels and people who are always on; and with none."""
    times: list[float] = []
    empty: list[float] = []
    past = Past(sizes.messages, sizes.channels, sizes.users)
    stage.directory(directory, past)
    (directory / "empty").mkdir()
    cpu = 0.0
    for _ in range(3):
        for place, found, users in ((directory / "empty", empty, 0), (directory, times, sizes.users)):
            begun = time.perf_counter()
            with _daemon(place, "chatdaemon") as (fleet, pid):
                found.append(time.perf_counter() - begun)
                cpu = cpu_seconds(pid)
                _must_be_on(fleet, users, sizes.patience)
    details: dict[str, Detail] = {"empty_s": sorted(empty)[1], "slowest_s": max(times)}
    return _figure("start", sorted(times)[1], "s", sizes.messages, cpu, sum(times), details)


def presence(sizes: Sizes, directory: Path) -> Figure:
    """Resident memory for each user who is always on and has no client."""
    resident = []
    for number, users in enumerate((0, sizes.present)):
        place = directory / str(number)
        place.mkdir()
        stage.directory(place, Past(0, sizes.channels, users))
        with _daemon(place, "chatdaemon") as (fleet, pid):
            _must_be_on(fleet, users, sizes.patience)
            resident.append(resident_bytes(pid))
    each = (resident[1] - resident[0]) / sizes.present / 1024
    details: dict[str, Detail] = {"MiB_without": resident[0] / 2**20, "MiB_with": resident[1] / 2**20}
    return _figure("presence", each, "KiB/user", sizes.present, 0.0, 0.0, details)


SCENARIOS: dict[str, Scenario] = {
    "stored": stored,
    "whole": whole,
    "delay": delay,
    "latest": latest,
    "latest-irc": latest_irc,
    "search": search,
    "start": start,
    "presence": presence,
}


def percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def _figure(
    scenario: str,
    value: float,
    unit: str,
    count: int,
    cpu: float,
    wall: float,
    details: dict[str, Detail] | None = None,
) -> Figure:
    return Figure(scenario, "chatdaemon", "", value, unit, count, cpu, wall, details or {})


def _readings(past: Past) -> tuple[Reading, ...]:
    """What one may read who is in all channels."""
    return tuple(
        Reading(past.conversation(number), f"#c{number}", 0, Rank.NONE, 0) for number in range(past.channels)
    )


def _later(seconds: float) -> Deferred[None]:
    return task.deferLater(reactor, seconds, lambda: None)


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run the reactor until it is done. The reactor cannot run twice, so it is crashed and set up again."""
    found: list[Any] = []

    def begin() -> None:
        ensureDeferred(coroutine).addBoth(found.append).addBoth(lambda _: reactor.crash())

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    if hasattr(found[0], "raiseException"):
        found[0].raiseException()
    result: T = found[0]
    return result


def _with_store(directory: Path, past: Past, run: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """Run with a store that has an empty past behind it."""
    stage.directory(directory, past)
    opened = Opened("", directory)

    async def session() -> T:
        store = opened.store(reactor)
        try:
            return await run(store)
        finally:
            await store.close(10.0)

    try:
        return _run(session())
    finally:
        opened.release()


@dataclass(frozen=True, slots=True)
class Timed:
    """How long each of the answers took, in ms; their CPU in seconds; how much one of them held."""

    times: list[float]
    cpu: float
    results: int

    @property
    def wall(self) -> float:
        return sum(self.times) / 1000


def _timed(directory: Path, count: int, ask: Callable[[History], Deferred[list[Any]]]) -> Timed:
    """The same question again and again, one at a time, the first few not counted."""
    opened = Opened("", directory)

    async def session() -> Timed:
        archive = opened.archive(reactor)
        history = History(State(), archive=archive)
        times: list[float] = []
        try:
            found = await ask(history)
            for _ in range(10):
                await ask(history)
            cpu = time.process_time()
            for _ in range(count):
                begun = time.perf_counter()
                await ask(history)
                times.append((time.perf_counter() - begun) * 1000)
            return Timed(times, time.process_time() - cpu, len(found))
        finally:
            archive.stop()

    try:
        return _run(session())
    finally:
        opened.engine.close()
        opened.release()


@contextmanager
def _daemon(directory: Path, name: str) -> Iterator[tuple[Fleet, int]]:
    with (
        servers.running(name, Cores.choose(), directory) as target,
        Fleet(target.address, target.tls) as fleet,
    ):
        yield fleet, target.pid


def _must_be_on(fleet: Fleet, users: int, patience: float) -> None:
    """So many users are there beside the one who asks."""
    [client] = fleet.register(["probe"])
    counted = Ready([b":Current local users %d, " % (users + 1)])
    counted.expect(client)
    client.send(b"LUSERS\r\n")
    fleet.until(counted.all_reached, patience, f"{users} users who are always on")


def _held(directory: Path) -> int:
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        count: int = connection.execute("SELECT count(*) FROM history WHERE kind = 'message'").fetchone()[0]
        return count


def _must_hold(directory: Path, count: int) -> None:
    if (held := _held(directory)) != count:
        raise BenchError(f"{held} of {count} messages are stored")


def _until_stored(directory: Path, count: int, patience: float) -> None:
    end = time.monotonic() + patience
    while _held(directory) < count:
        if time.monotonic() > end:
            raise BenchError(f"{_held(directory)} of {count} messages are stored after {patience:g} s")
        time.sleep(0.02)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status is 1 when any measurement failed."""
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="default: the working directory")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    for field in fields(Sizes):
        kind = float if field.type == "float" else int
        parser.add_argument(f"--{field.name}", type=kind, metavar="N", help=f"default {field.default}")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    given = {field.name: getattr(options, field.name) for field in fields(Sizes)}
    sizes = replace(Sizes(), **{name: value for name, value in given.items() if value is not None})
    raise_file_limit()
    figures, failures = [], 0
    for name in options.scenarios or list(SCENARIOS):
        print(name, file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="chatdaemon-bench-", dir=options.directory) as place:
            try:
                figures.append(SCENARIOS[name](sizes, Path(place)))
            except (BenchError, OSError) as error:
                failures += 1
                print(f"{name}: {error}", file=sys.stderr)
    print(as_json(figures) if options.json else table(figures), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
