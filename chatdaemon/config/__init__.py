"""The ini file: read whole, every mistake at once, into frozen dataclasses."""

from chatdaemon.config.load import changes_needing_restart, load, without_restart
from chatdaemon.config.mistakes import ConfigError, Mistake, format_mistakes
from chatdaemon.config.model import (
    CAPABILITIES,
    CHANNEL_FLAGS,
    DEFAULT_LISTENERS,
    PRIVILEGES,
    USER_FLAGS,
    Configuration,
    Limits,
    Listener,
    Motd,
    Operator,
    Server,
)

__all__ = [
    "CAPABILITIES",
    "CHANNEL_FLAGS",
    "DEFAULT_LISTENERS",
    "PRIVILEGES",
    "USER_FLAGS",
    "ConfigError",
    "Configuration",
    "Limits",
    "Listener",
    "Mistake",
    "Motd",
    "Operator",
    "Server",
    "changes_needing_restart",
    "format_mistakes",
    "load",
    "without_restart",
]
