"""What the tests of accounts share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher

from tests.accounts.scene import Scene


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The lines of the log that are about accounts or mail, as they come."""
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        if event["log_namespace"] in ("chatdaemon.accounts", "chatdaemon.mail"):
            lines.append(formatEvent(event))

    observer = cast(ILogObserver, observe)
    globalLogPublisher.addObserver(observer)
    yield lines
    globalLogPublisher.removeObserver(observer)


@pytest.fixture
def scene() -> Scene:
    """Accounts, and a clock that stands still."""
    return Scene()
