"""How people are told of messages by web push."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Times are in seconds. `contact` is a mailto: or https: address."""

    contact: str
    delay: float = 5.0
    lifetime: float = 7 * 86400.0
    timeout: float = 10.0
    allow_internal: bool = False
    ca_file: Path | None = None
