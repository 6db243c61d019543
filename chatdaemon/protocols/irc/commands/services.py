"""NICKSERV, NS and their like: a message to a service, whatever is called by its nick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Function, Result, command
from chatdaemon.protocols.irc.services import SERVICES, Service
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


def _shortcut(service: Service) -> Function:
    def say(session: IRCSession, message: Message) -> Result:
        return service.hear(session, " ".join(message.params))

    return say


for _service in SERVICES.values():
    for _name in _service.shortcuts:
        command(_name)(_shortcut(_service))
