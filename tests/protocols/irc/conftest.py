"""Worlds for tests: each test runs on a log that answers at once and on one that answers late."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.world import World

MakeWorld = Callable[..., World]


@pytest.fixture(params=[0.0, 0.3], ids=["at once", "late"])
def late(request: pytest.FixtureRequest) -> float:
    """How many seconds late the log answers."""
    seconds: float = request.param
    return seconds


@pytest.fixture
def make_world(late: float) -> MakeWorld:
    """Makes a world with settings of the test's own."""
    return partial(World, late=late)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()
