"""Speaking as somebody who is not there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Portray:
    """Say something in a channel as `character` (NPC), or as what happens there (None: SCENE). `action`: what
    the character does (NPCA)."""

    channel: str
    character: str | None
    text: str
    action: bool = False
