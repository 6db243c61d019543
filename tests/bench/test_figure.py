"""The table and the JSON."""

import json

from bench.compare import summary
from bench.figure import Figure, as_json, table

FIGURES = [
    Figure("fanout-paced", "inspircd", "plain", 11.3, "µs/delivery", 250000, 2.825, 5.0, {"kernel": 0.8712}),
    Figure("join-2000", "threads", "tls", 2.0, "CPU s", 2001000, 2.0, 2.5),
]


def test_the_table_has_a_line_for_each_figure_in_columns() -> None:
    heading, first, second = table(FIGURES).splitlines()
    assert heading.split()[:5] == ["scenario", "server", "via", "figure", "unit"]
    assert first.split()[:5] == ["fanout-paced", "inspircd", "plain", "11.30", "µs/delivery"]
    assert first.endswith("kernel=0.871")
    assert second.index("threads") == first.index("inspircd")


def test_json_has_every_field() -> None:
    first = json.loads(as_json(FIGURES))[0]
    assert first["value"] == 11.3
    assert first["details"] == {"kernel": 0.8712}


def test_a_comparison_is_the_median_of_neighbours_ratios() -> None:
    text = summary("old", "new", "µs", [(10.0, 5.0), (20.0, 12.0), (10.0, 30.0)])
    assert text.splitlines() == [
        "old: median 10.000 µs (from 10.000 to 20.000)",
        "new: median 12.000 µs (from 5.000 to 30.000)",
        "new / old: 0.600",
    ]
