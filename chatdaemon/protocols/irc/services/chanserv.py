"""ChanServ: registered channels."""

from __future__ import annotations

from chatdaemon.protocols.irc.services.service import Service

CHANSERV = Service("ChanServ", "registers channels, and keeps them for their founders", ("CS", "CHANSERV"))
