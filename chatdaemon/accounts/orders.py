"""What is asked of the node and of the password threads here, for tests to stand in for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred

from chatdaemon.accounts.login import LoginFailed, Why
from chatdaemon.realm.events import Event, Stamp
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.requests import Request

T = TypeVar("T")


class Orders(Protocol):
    """The part of a Node that is used: what it knows, and what it is asked on the server's own behalf."""

    realm: Realm
    observers: list[Callable[[Stamp, Event], None]]

    def submit(self, session: None, request: Request, /) -> None: ...


class Hashing(Protocol):
    """The part of Passwords that is used. Each method fails with QueueFull or Stopped."""

    def work(self, task: Callable[[], T], /) -> Deferred[T]: ...

    def hash(self, password: str, /) -> Deferred[str]: ...

    def verify(self, encoded: str | None, password: str, /) -> Deferred[bool]: ...


def too_busy() -> LoginFailed:
    """What QueueFull and Stopped are for people."""
    return LoginFailed(Why.WAIT, "Too many people are logging in, try again later", 5.0)
