"""NickServ: accounts. Importing this package fills its table."""

from chatdaemon.protocols.irc.services.nickserv import accounts, looking, nicks, operators, own
from chatdaemon.protocols.irc.services.nickserv.service import NICKSERV

__all__ = ["NICKSERV", "accounts", "looking", "nicks", "operators", "own"]
