"""JSON that a Go program has written, or that somebody has made for one."""

from __future__ import annotations

import json
from typing import Any


def read(text: str | bytes) -> Any:
    """What it says; None where it cannot be read. Half a surrogate pair, which no text of ours can hold,
    becomes a question mark."""
    try:
        return _whole(json.loads(text)) if text else None
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return value
