"""Whether the other side is still there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall

# Seconds of silence after which the server is asked for a sign of life, and until it must have come.
SILENCE = 60.0
GRACE = 30.0


class Heartbeat:
    """Asks for a sign of life after a silence, and says when none comes. Times are in seconds.

    `deaf`: nothing is read at the moment, so that nothing can be heard. The server wants to hear us all the
    same.
    """

    def __init__(self, reactor: Any, ask: Callable[[], None], give_up: Callable[[], None]) -> None:
        self.deaf = False
        self._reactor = reactor
        self._ask = ask
        self._give_up = give_up
        self._heard = True
        self._call: IDelayedCall | None = None

    def start(self) -> None:
        """Begin to listen."""
        self.stop()
        self._again()

    def stop(self) -> None:
        """Listen no more."""
        call, self._call = self._call, None
        if call is not None:
            call.cancel()

    def heard(self) -> None:
        """There was a sign of life."""
        self._heard = True

    def _again(self) -> None:
        self._heard = False
        self._call = self._reactor.callLater(SILENCE, self._look)

    def _look(self) -> None:
        self._call = None
        if self.deaf or not self._heard:
            self._ask()
        if self.deaf or self._heard:
            self._again()
        else:
            self._call = self._reactor.callLater(GRACE, self._look_again)

    def _look_again(self) -> None:
        self._call = None
        if self.deaf or self._heard:
            self._again()
        else:
            self._give_up()
