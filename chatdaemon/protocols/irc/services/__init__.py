"""The services, one module each. Importing this package fills the table."""

from __future__ import annotations

from chatdaemon.protocols.irc.playback import PLAYBACK
from chatdaemon.protocols.irc.services.chanserv import CHANSERV
from chatdaemon.protocols.irc.services.histserv import HISTSERV
from chatdaemon.protocols.irc.services.hostserv import HOSTSERV
from chatdaemon.protocols.irc.services.nickserv import NICKSERV
from chatdaemon.protocols.irc.services.service import Service

# By nick, in lower case: services answer to ASCII whatever the casemapping is.
SERVICES: dict[str, Service] = {each.nick.lower(): each for each in (NICKSERV, CHANSERV, HOSTSERV, HISTSERV)}

__all__ = [
    "CHANSERV",
    "HISTSERV",
    "HOSTSERV",
    "NICKSERV",
    "SERVICES",
    "Service",
    "service_addressed",
    "service_called",
]


def service_called(target: str, server: str) -> Service | None:
    """The service that is meant by the target of a message: by its nick, or by that at this server."""
    target = target.lower()
    return SERVICES.get(target.removesuffix(f"@{server.lower()}") if "@" in target else target)


def service_addressed(target: str, server: str) -> Service | None:
    """The service that a message with this target is for: also one that nobody is shown."""
    return PLAYBACK if target.lower() == PLAYBACK.nick else service_called(target, server)
