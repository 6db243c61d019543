"""The rules: one for each request. Importing this package fills the table."""

from chatdaemon.realm.rules import channels, membership, messages, operators, users
from chatdaemon.realm.table import RULES

__all__ = ["RULES", "channels", "membership", "messages", "operators", "users"]
