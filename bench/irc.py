"""One server, some scenarios: `python -m bench.irc --server inspircd fanout-paced`.

With `--server HOST:PORT --pid PID` the server is one that is already running on this machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from bench import servers
from bench.figure import BenchError, Figure, as_json, table
from bench.process import Cores, raise_file_limit
from bench.scenarios import connects, fanout, joins, logins, memory, pairs, slow
from bench.target import Sizes, Target


@dataclass(frozen=True, slots=True)
class Scenario:
    """A measurement by name; only some make sense for the floor."""

    run: Callable[[Target, Sizes], Figure]
    floor: bool = False
    small_send_queue: bool = False
    accounts: bool = False


SCENARIOS = {
    "fanout-paced": Scenario(fanout.paced, floor=True),
    "fanout-saturated": Scenario(fanout.saturated, floor=True),
    "fanout-deep": Scenario(fanout.deep, floor=True),
    "pairs-single": Scenario(pairs.one_by_one),
    "pairs-pipelined": Scenario(pairs.pipelined),
    "connects": Scenario(connects.connects),
    "idle-memory": Scenario(memory.idle),
    "join": Scenario(joins.crowd),
    "logins": Scenario(logins.logins, accounts=True),
    "slow-reader": Scenario(slow.slow_reader, small_send_queue=True),
}


def measure(server: str, scenario: str, tls: bool, sizes: Sizes, cores: Cores) -> Figure:
    """Start `server` afresh, run one scenario on it, end it. Raises BenchError."""
    chosen = SCENARIOS[scenario]
    with tempfile.TemporaryDirectory(prefix="chatdaemon-bench-") as directory:
        if chosen.small_send_queue:
            starting = servers.running(
                server, cores, Path(directory), tls, sizes.members, send_queue=sizes.slow_send_queue
            )
        else:
            starting = servers.running(
                server, cores, Path(directory), tls, sizes.members, accounts=chosen.accounts
            )
        with starting as target:
            return chosen.run(target, sizes)


def add_size_options(parser: argparse.ArgumentParser) -> None:
    """An option for every field of `Sizes`."""
    group = parser.add_argument_group("sizes")
    for field in fields(Sizes):
        kind = float if field.type in ("float", float) else int
        option = "--" + field.name.replace("_", "-")
        group.add_argument(option, type=kind, metavar="N", help=f"default {field.default}")


def chosen_sizes(options: argparse.Namespace) -> Sizes:
    """The sizes with what was given on the command line in place of the defaults."""
    given = {
        field.name: getattr(options, field.name)
        for field in fields(Sizes)
        if getattr(options, field.name) is not None
    }
    return replace(Sizes(), **given)


def report(figures: Sequence[Figure], json: bool) -> None:
    """Print the figures."""
    print(as_json(figures) if json else table(figures), flush=True)


def _running_target(server: str, pid: int, tls: bool) -> Target:
    host, _, port = server.rpartition(":")
    return Target(server, (host, int(port)), tls, pid)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.irc", description=__doc__)
    known = ", ".join(servers.LAUNCHERS)
    parser.add_argument(
        "--server", required=True, help=f"{known}, a checkout's directory, or HOST:PORT with --pid"
    )
    parser.add_argument("--pid", type=int, help="the process to measure, for HOST:PORT")
    parser.add_argument("--tls", action="store_true", help="connect with TLS")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    parser.add_argument(
        "scenarios", nargs="+", choices=list(SCENARIOS), metavar="SCENARIO", help=", ".join(SCENARIOS)
    )
    add_size_options(parser)
    options = parser.parse_args(arguments)
    sizes = chosen_sizes(options)
    raise_file_limit()
    cores = Cores.choose()
    cores.pin_driver()
    figures = []
    try:
        for name in options.scenarios:
            if options.pid is None:
                figures.append(measure(options.server, name, options.tls, sizes, cores))
            else:
                target = _running_target(options.server, options.pid, options.tls)
                figures.append(SCENARIOS[name].run(target, sizes))
    except (BenchError, OSError) as error:
        report(figures, options.json)
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    report(figures, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
