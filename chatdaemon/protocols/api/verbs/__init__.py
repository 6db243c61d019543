"""What each op does: a module for each of `ops/`. Importing them enters their functions in the table."""

from chatdaemon.protocols.api.verbs import (
    accounts,
    channels,
    connection,
    history,
    hooks,
    markers,
    messages,
    metadata,
    modes,
    presence,
    server,
    tokens,
    users,
)

__all__ = [
    "accounts",
    "channels",
    "connection",
    "history",
    "hooks",
    "markers",
    "messages",
    "metadata",
    "modes",
    "presence",
    "server",
    "tokens",
    "users",
]
