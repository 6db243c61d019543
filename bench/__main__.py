"""Everything at once: `python -m bench` runs all scenarios on all servers at hand and prints one table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench import servers
from bench.figure import BenchError
from bench.irc import SCENARIOS, add_size_options, chosen_sizes, measure, report
from bench.process import Cores, raise_file_limit
from bench.target import Sizes


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement to make."""

    server: str
    scenario: str
    tls: bool
    sizes: Sizes


def planned(
    names: Sequence[str], scenarios: Sequence[str], transports: Sequence[str], sizes: Sizes
) -> Iterator[Run]:
    """What makes sense: the floors only fan out, and the thread-per-client server has no TLS.

    The latter is measured with the members of a channel and with `sizes.idle` of them.
    """
    for scenario in scenarios:
        for transport in transports:
            for server in names:
                tls = transport == "tls"
                if servers.is_bare(server) and not SCENARIOS[scenario].floor:
                    continue
                if SCENARIOS[scenario].accounts and not servers.keeps_accounts(server):
                    continue
                if server == "threads":
                    if tls:
                        continue
                    yield from _with_threads(scenario, sizes)
                    continue
                yield Run(server, scenario, tls, sizes)


def _with_threads(scenario: str, sizes: Sizes) -> Iterator[Run]:
    yield Run("threads", scenario, False, sizes)
    if scenario == "fanout-paced":
        # The same number of deliveries a second, to more members.
        factor = sizes.idle / sizes.members
        many = replace(
            sizes,
            members=sizes.idle,
            rate=sizes.rate / factor,
            paced_messages=max(round(sizes.paced_messages / factor), 1),
        )
        yield Run("threads", scenario, False, many)
    elif scenario == "idle-memory":
        yield Run("threads", scenario, False, replace(sizes, idle=sizes.members))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status is 1 when any measurement failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--server", action="append", help="only this one (may be repeated); a checkout, too")
    parser.add_argument(
        "--scenario", action="append", choices=list(SCENARIOS), help="only this one (repeatable)"
    )
    parser.add_argument("--transport", choices=["plain", "tls"], help="only this one")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    add_size_options(parser)
    options = parser.parse_args(arguments)
    raise_file_limit()
    cores = Cores.choose()
    cores.pin_driver()
    transports = [options.transport] if options.transport else ["plain", "tls"]
    figures, failures = [], 0
    for run in planned(
        options.server or servers.ORDINARY,
        options.scenario or list(SCENARIOS),
        transports,
        chosen_sizes(options),
    ):
        name = f"{run.scenario} on {run.server} ({'tls' if run.tls else 'plain'})"
        print(name, file=sys.stderr, flush=True)
        try:
            figures.append(measure(run.server, run.scenario, run.tls, run.sizes, cores))
        except (BenchError, OSError) as error:
            failures += 1
            print(f"{name}: {error}", file=sys.stderr)
    report(figures, options.json)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
