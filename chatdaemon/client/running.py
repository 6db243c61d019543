"""Running a program that is one coroutine."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred


def run(main: Callable[[], Coroutine[Deferred[Any], Any, Any]]) -> None:
    """Run the reactor until the coroutine is done. Like task.react it does not return: it exits, with status
    1 and a traceback where the coroutine raised."""
    task.react(lambda reactor: Deferred.fromCoroutine(main()))
