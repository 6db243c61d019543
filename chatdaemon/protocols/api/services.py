"""What the API needs of the services, which are IRC's: whoever puts the server together says who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred

from chatdaemon.node import Happening
from chatdaemon.realm.refusal import Refusal

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


class Visit(Protocol):
    """One command that a session gives to a service. What comes of its requests meanwhile is the visit's."""

    def hear(self, text: str) -> Deferred[list[str]]:
        """Give it; fires with the lines of the answer, when it is done."""

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        """As for a session of the node."""

    def refused(self, refusal: Refusal) -> None:
        """As for a session of the node."""


Services = Callable[["APISession", str], Visit | None]
"""Makes a visit to the service that is the target of a message; None where it is for nobody of that kind."""
