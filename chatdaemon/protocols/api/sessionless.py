"""What a session has that nobody listens to: it is answered, and told of nothing else."""

from __future__ import annotations

from typing import Final

from chatdaemon.realm.events import Event, Stamp


class Silence:
    """Renders nothing."""

    def render(self, stamp: Stamp, event: Event) -> bytes:
        return b""


class Nowhere:
    """The transport of a session without a connection."""

    backlog = 0

    def write(self, data: bytes) -> None:
        """Nobody reads it."""

    def send(self, data: bytes) -> int:
        return len(data)


# One of each does for all, so that the node groups them.
SILENCE: Final = Silence()
NOWHERE: Final = Nowhere()
