"""ChanServ: registered channels. Importing this package fills its table."""

# In the order in which HELP is to list what is in them.
from chatdaemon.protocols.irc.services.chanserv import channels, hooks, lists, members, settings
from chatdaemon.protocols.irc.services.chanserv.service import CHANSERV

__all__ = ["CHANSERV", "channels", "hooks", "lists", "members", "settings"]
