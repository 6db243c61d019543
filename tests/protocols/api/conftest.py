"""Worlds for tests of the API: each test runs on a log that answers at once and on one that answers late, and
with binary frames in place of JSON, so that neither format lags."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from twisted.logger import LogLevel, capturedLogs

from tests.protocols.irc.conftest import late, world
from tests.world import World

__all__ = ["failures", "late", "make_world", "world"]


@pytest.fixture(
    params=[{}, {"late": 0.3}, {"late": 0.3, "binary": True}], ids=["at once", "late", "binary and late"]
)
def make_world(request: pytest.FixtureRequest) -> Callable[..., World]:
    """Makes a world with settings of the test's own."""
    settings: dict[str, Any] = request.param
    return partial(World, **settings)


@pytest.fixture
def failures() -> Iterator[Callable[[], int]]:
    """Tells how many failures were logged since the test began."""
    with capturedLogs() as events:
        yield lambda: sum(event["log_level"] is LogLevel.critical for event in events)
