"""NickServ: accounts. Importing this package fills its table."""

from chatdaemon.protocols.irc.services.nickserv import looking, nicks, operators, own, registering
from chatdaemon.protocols.irc.services.nickserv.service import NICKSERV

__all__ = ["NICKSERV", "looking", "nicks", "operators", "own", "registering"]
