"""The commands, one function each. Importing this package fills the table."""

from chatdaemon.protocols.irc.command import COMMANDS
from chatdaemon.protocols.irc.commands import channels, connection, messages

__all__ = ["COMMANDS", "channels", "connection", "messages"]
