"""ChanServ: registered channels. Importing this package fills its table."""

from chatdaemon.protocols.irc.services.chanserv import access, members, registering, settings
from chatdaemon.protocols.irc.services.chanserv.service import CHANSERV

__all__ = ["CHANSERV", "access", "members", "registering", "settings"]
