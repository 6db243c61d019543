"""How far somebody has read (draft/read-marker)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetReadMarker:
    """The actor has read all of a channel, or of what a nick and the actor said to one another, up to `at`
    (ms since 1970). A marker only moves forward, and not into the future."""

    target: str
    at: int
