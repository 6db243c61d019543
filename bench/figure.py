"""What a scenario returns, and the table and JSON made of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

Detail = float | int | str


class BenchError(Exception):
    """The server did not do what the scenario needs: a wrong line, a refusal, a timeout."""


class StalledError(BenchError):
    """What was waited for did not come in time."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement: `value` in `unit`, over `count` deliveries, connections or users."""

    scenario: str
    server: str
    transport: str
    value: float
    unit: str
    count: int
    cpu_seconds: float
    wall_seconds: float
    details: dict[str, Detail] = field(default_factory=dict)


def _plain(value: Detail) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned columns, one a line."""
    rows: list[Sequence[str]] = [
        ("scenario", "server", "via", "figure", "unit", "count", "cpu s", "wall s", "")
    ]
    for figure in figures:
        rows.append(
            (
                figure.scenario,
                figure.server,
                figure.transport,
                f"{figure.value:.2f}",
                figure.unit,
                str(figure.count),
                f"{figure.cpu_seconds:.2f}",
                f"{figure.wall_seconds:.2f}",
                " ".join(f"{key}={_plain(value)}" for key, value in figure.details.items()),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    right_aligned = {3, 5, 6, 7}
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right_aligned else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row[:-1], widths, strict=True))
        ]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def as_json(figures: Iterable[Figure]) -> str:
    """The figures as a JSON array of objects with the fields of `Figure`."""
    return json.dumps([asdict(figure) for figure in figures], indent=2)
