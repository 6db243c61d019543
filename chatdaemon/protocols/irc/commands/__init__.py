"""The commands, one function each. Importing this package fills the table."""

from chatdaemon.protocols.irc.command import COMMANDS
from chatdaemon.protocols.irc.commands import (
    cap,
    channels,
    connection,
    listing,
    messages,
    modes,
    monitor,
    operators,
    server,
    services,
    users,
    who,
)

__all__ = [
    "COMMANDS",
    "cap",
    "channels",
    "connection",
    "listing",
    "messages",
    "modes",
    "monitor",
    "operators",
    "server",
    "services",
    "users",
    "who",
]
