"""A server under measurement, and how much of everything a scenario does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A running server: where it listens, and the process to measure.

    `bare` is the floor: it knows no IRC and passes what its last connection sends to all others.
    """

    name: str
    address: tuple[str, int]
    tls: bool
    pid: int
    bare: bool = False

    @property
    def transport(self) -> str:
        """`tls` or `plain`."""
        return "tls" if self.tls else "plain"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each scenario does. The defaults are those of docs/performance.md."""

    members: int = 1000
    text_bytes: int = 64
    rate: float = 50.0
    paced_messages: int = 250
    window: int = 16
    saturated_messages: int = 4000
    deep_window: int = 600
    deep_messages: int = 12000
    pairs: int = 50
    pair_messages: int = 1000
    pair_window: int = 16
    connects: int = 2000
    connects_at_once: int = 200
    idle: int = 5000
    joiners: int = 2000
    slow_messages: int = 5000
    slow_text_bytes: int = 400
    slow_send_queue: int = 1024 * 1024
    slow_stall: float = 5.0
    logins: float = 50.0
    login_messages: int = 1500
    patience: float = 300.0
