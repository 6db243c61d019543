"""HostServ: virtual hosts, asked for by people and approved of by operators."""

from __future__ import annotations

from chatdaemon.protocols.irc.services.service import Service

HOSTSERV = Service("HostServ", "gives accounts another host to be shown by", ("HS", "HOSTSERV"))
