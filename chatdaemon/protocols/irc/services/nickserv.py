"""NickServ: accounts."""

from __future__ import annotations

from chatdaemon.protocols.irc.services.service import Service

NICKSERV = Service("NickServ", "registers accounts, and keeps nicknames for them", ("NS", "NICKSERV"))
