"""Every scenario of history, made tiny."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import history, stage
from bench.figure import BenchError
from bench.history import SCENARIOS, Sizes
from bench.stage import Past
from chatdaemon.realm import records
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.settings import Settings
from chatdaemon.storage.sqlite import FILE_NAME, SQLite

TINY = {
    "stored": 300,
    "rate": 1000,
    "seconds": 0.3,
    "latest": 200,
    "messages": 400,
    "channels": 5,
    "users": 8,
    "queries": 10,
    "present": 20,
    "writers": 3,
}


def test_every_scenario_runs_through(tmp_path: Path) -> None:
    sizes = [word for name, value in TINY.items() for word in (f"--{name}", str(value))]
    # The reactor of this process is not theirs to run.
    done = subprocess.run(
        [sys.executable, "-m", "bench.history", "--json", "--directory", str(tmp_path), *sizes],
        cwd=Path(history.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = {figure["scenario"]: figure for figure in json.loads(done.stdout)}
    assert set(figures) == set(SCENARIOS)
    assert figures["search"]["details"]["common_results"] == 50
    assert figures["search"]["details"]["none_results"] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_past_is_one_that_a_daemon_starts_with(tmp_path: Path) -> None:
    stage.directory(tmp_path, Past(messages=20, channels=4, users=6, joined=2))
    engine = SQLite(tmp_path / FILE_NAME)
    engine.open()
    kept = engine.load()
    engine.close()
    realm = Realm(Settings())
    records.load(realm, kept)
    assert len(realm.channels) == 4
    assert [len(user.channels) for user in realm.users.values()] == [2] * 6
    assert kept.index == Past(20, 4, 6, 2).first_message + 19


def test_messages_that_are_missing_are_no_figure(tmp_path: Path) -> None:
    past = Past(messages=7)
    stage.directory(tmp_path, past)
    history._must_hold(tmp_path, 7)
    with pytest.raises(BenchError, match="7 of 8"):
        history._must_hold(tmp_path, 8)
    with pytest.raises(BenchError, match="7 of 8"):
        history._until_stored(tmp_path, 8, 0.05)


def test_the_sizes_of_the_command_line_are_those_that_there_are() -> None:
    assert set(TINY) | {"patience"} == set(Sizes.__dataclass_fields__)
