"""NickServ: accounts. Importing this package fills its table."""

from chatdaemon.protocols.irc.services.nickserv import (
    accounts,
    clients,
    looking,
    nicks,
    operators,
    own,
    tokens,
)
from chatdaemon.protocols.irc.services.nickserv.service import NICKSERV

__all__ = ["NICKSERV", "accounts", "clients", "looking", "nicks", "operators", "own", "tokens"]
