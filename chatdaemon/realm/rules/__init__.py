"""The rules: one for each request. Importing this package fills the table."""

from chatdaemon.realm.rules import (
    access,
    channels,
    membership,
    messages,
    operators,
    registrations,
    renames,
    users,
)
from chatdaemon.realm.table import RULES

__all__ = [
    "RULES",
    "access",
    "channels",
    "membership",
    "messages",
    "operators",
    "registrations",
    "renames",
    "users",
]
