"""What is said of each field of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.config.kinds import Kind


@dataclass(frozen=True, slots=True)
class Key:
    """How a field is written in the ini file."""

    kind: Kind
    doc: str
    file: str | None = None
    """The key that names a file to read the value from, for values that may live in one."""
    secret: bool = False
    """Whether the file with this value, or named by it, should be readable by its owner only."""
    restart: bool = False
    """Whether a change needs a restart."""
    example: str | None = None
    """What the commented ini shows where the default is not a value that could be written there."""
