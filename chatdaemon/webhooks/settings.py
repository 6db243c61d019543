"""How what happens is sent to the addresses of hooks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Times are in seconds. `lifetime`: for how long it is tried to send something; `queue`: how much may
    wait for one hook; `allow_internal`: also to addresses that are not public ones, and without TLS."""

    timeout: float = 10.0
    lifetime: float = 3600.0
    queue: int = 1000
    allow_internal: bool = False
    ca_file: Path | None = None
