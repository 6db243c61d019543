"""The rules: one for each request. Importing this package fills the table."""

from chatdaemon.realm.rules import (
    access,
    account_changes,
    accounts,
    channels,
    invitations,
    logins,
    membership,
    messages,
    nicks,
    operators,
    privacy,
    registrations,
    renames,
    roleplay,
    timed_bans,
    users,
    vhosts,
)
from chatdaemon.realm.table import RULES

__all__ = [
    "RULES",
    "access",
    "account_changes",
    "accounts",
    "channels",
    "invitations",
    "logins",
    "membership",
    "messages",
    "nicks",
    "operators",
    "privacy",
    "registrations",
    "renames",
    "roleplay",
    "timed_bans",
    "users",
    "vhosts",
]
