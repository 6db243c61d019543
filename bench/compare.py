"""Two servers or checkouts by turns: `python -m bench.compare inspircd chatdaemon fanout-paced -n 5`.

Alternating takes the machine's changes of mood out of the ratio, as far as that goes: the ratio printed is
the median of the ratios of neighbours.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from statistics import median

from bench.figure import BenchError
from bench.irc import SCENARIOS, add_size_options, chosen_sizes, measure
from bench.process import Cores, raise_file_limit


def summary(first: str, second: str, unit: str, pairs: Sequence[tuple[float, float]]) -> str:
    """The medians, the spread and the ratio of pairs of measurements, as lines of text."""
    lines = []
    for name, values in ((first, [a for a, _ in pairs]), (second, [b for _, b in pairs])):
        lines.append(
            f"{name}: median {median(values):.3f} {unit} (from {min(values):.3f} to {max(values):.3f})"
        )
    lines.append(f"{second} / {first}: {median(b / a for a, b in pairs):.3f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("first", help="a server or a checkout's directory")
    parser.add_argument("second", help="the one to hold against it")
    parser.add_argument("scenario", choices=list(SCENARIOS))
    parser.add_argument("-n", type=int, default=5, help="how many times each (default 5)")
    parser.add_argument("--tls", action="store_true", help="connect with TLS")
    add_size_options(parser)
    options = parser.parse_args(arguments)
    sizes = chosen_sizes(options)
    raise_file_limit()
    cores = Cores.choose()
    cores.pin_driver()
    pairs = []
    unit = ""
    try:
        for turn in range(options.n):
            figures = [
                measure(server, options.scenario, options.tls, sizes, cores)
                for server in (options.first, options.second)
            ]
            unit = figures[0].unit
            pairs.append((figures[0].value, figures[1].value))
            print(
                f"{turn + 1}: {figures[0].value:.3f} {figures[1].value:.3f} {unit}",
                file=sys.stderr,
                flush=True,
            )
    except (BenchError, OSError) as error:
        print(f"{options.scenario}: {error}", file=sys.stderr)
        return 1
    print(summary(options.first, options.second, unit, pairs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
