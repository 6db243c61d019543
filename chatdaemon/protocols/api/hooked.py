"""Events as the addresses of hooks get them: as JSON clients do, with the hook's name."""

from __future__ import annotations

from msgspec import json

from chatdaemon.protocols.api.objects import EVENTS, event_object
from chatdaemon.realm.events import Event, Stamp


def event_name(event: Event) -> str | None:
    """What an event is called; None where nobody is told of it."""
    return EVENTS.get(type(event))


def hooked(stamp: Stamp, event: Event, hook: str) -> bytes:
    """An event as the body of what is sent to the hook of this name."""
    return json.encode({**event_object(stamp, event), "hook": hook})
