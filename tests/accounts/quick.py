"""Passwords that are hashed and checked within the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred, execute, fail, succeed

from chatdaemon.passwords import QueueFull

T = TypeVar("T")


class QuickPasswords:
    """The hash of a password is "hash of " and the password. `busy`: there is room for nobody."""

    def __init__(self) -> None:
        self.busy = False
        self.verified: list[str | None] = []

    def work(self, task: Callable[[], T]) -> Deferred[T]:
        return fail(QueueFull()) if self.busy else execute(task)

    def hash(self, password: str) -> Deferred[str]:
        return fail(QueueFull()) if self.busy else succeed(f"hash of {password}")

    def verify(self, encoded: str | None, password: str) -> Deferred[bool]:
        self.verified.append(encoded)
        return fail(QueueFull()) if self.busy else succeed(encoded == f"hash of {password}")
