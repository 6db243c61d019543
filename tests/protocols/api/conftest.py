"""The same worlds as for IRC: a log that answers at once, and one that answers late."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from twisted.logger import LogLevel, capturedLogs

from tests.protocols.irc.conftest import late, make_world, world

__all__ = ["failures", "late", "make_world", "world"]


@pytest.fixture
def failures() -> Iterator[Callable[[], int]]:
    """Tells how many failures were logged since the test began."""
    with capturedLogs() as events:
        yield lambda: sum(event["log_level"] is LogLevel.critical for event in events)
