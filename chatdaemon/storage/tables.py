"""The tables, as both databases have them, and the statements that each needs.

`schema/` makes them. They are meant to be read by operators as well: one row a fact, times in ms since 1970,
names as people see them. Where order matters, `position` keeps it.
"""

from __future__ import annotations

Value = int | str | None
Row = tuple[Value, ...]
Statement = tuple[str, Row]
"""SQL with a ? for each value, and the values. Neither database has a ? or % elsewhere in it."""


class Table:
    """A table with its columns, the first `keys` of which are its primary key, and the order of its rows.

    The rows of a table with a `position` are all there is of what the first column names, and are replaced
    together.
    """

    def __init__(self, name: str, columns: tuple[str, ...], keys: int = 1) -> None:
        self.name = name
        self.columns = columns
        names, key = ", ".join(columns), ", ".join(columns[:keys])
        changed = ", ".join(f"{column} = excluded.{column}" for column in columns[keys:])
        self.put = (
            f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' * len(columns))})"
            f" ON CONFLICT ({key}) DO UPDATE SET {changed}"
        )
        self.drop = f"DELETE FROM {name} WHERE {columns[0]} = ?"
        self.drop_one = f"DELETE FROM {name} WHERE " + " AND ".join(f"{each} = ?" for each in columns[:keys])
        self.all = f"SELECT {names} FROM {name} ORDER BY {key}"


META = Table("meta", ("name", "value"))
"""`schema`: the version of the tables; `last_index`: the index of the last entry that is stored; `epoch`: the
number of the last start; `checks`: how often it was tried whether anything can be stored."""

ACCOUNTS = Table(
    "accounts",
    (
        "id", "name", "registered_at", "standing", "password", "scram", "email", "asked_email",
        "code", "code_until", "vhost", "asked_vhost", "last_seen_at", "note",
    ),
)  # fmt: skip
ACCOUNT_NICKS = Table("account_nicks", ("account_id", "position", "nick"), 2)
ACCOUNT_CERTIFICATES = Table("account_certificates", ("account_id", "position", "fingerprint"), 2)
ACCOUNT_SETTINGS = Table("account_settings", ("account_id", "position", "name", "value"), 2)
ACCOUNT_METADATA = Table("account_metadata", ("account_id", "position", "name", "value"), 2)

CHANNELS = Table(
    "channels",
    ("id", "name", "created_at", "founder", "registered_at", "topic", "topic_by", "topic_at"),
)
CHANNEL_FLAGS = Table("channel_flags", ("channel_id", "position", "flag"), 2)
CHANNEL_MODES = Table("channel_modes", ("channel_id", "position", "mode", "value"), 2)
CHANNEL_MASKS = Table(
    "channel_masks", ("channel_id", "position", "list", "mask", "set_by", "set_at", "until"), 2
)
CHANNEL_ACCESS = Table(
    "channel_access", ("channel_id", "position", "folded", "account", "ranks", "given_by", "given_at"), 2
)
CHANNEL_SETTINGS = Table("channel_settings", ("channel_id", "position", "name", "value"), 2)
CHANNEL_METADATA = Table("channel_metadata", ("channel_id", "position", "name", "value"), 2)

CHANNEL_HOOKS = Table(
    "channel_hooks",
    (
        "channel_id", "position", "direction", "name", "digest", "url", "secret", "events",
        "made_by", "made_at",
    ),
    2,
)  # fmt: skip

INVITATIONS = Table("invitations", ("code", "made_by", "uses", "until"))
READ_MARKERS = Table("read_markers", ("account_id", "target", "read_at"), 2)
PUSH_SUBSCRIPTIONS = Table(
    "push_subscriptions",
    ("account_id", "endpoint", "public_key", "secret", "capabilities", "renewed_at"),
    2,
)

ACCESS_TOKENS = Table(
    "access_tokens",
    (
        "id", "account_id", "name", "digest", "verbs", "channels", "created_at", "expires_at", "used_at",
    ),
)  # fmt: skip

MESSAGE_KEYS = Table("message_keys", ("account_id", "key", "msgid", "said_at", "fingerprint"), 2)

DEVICES = Table("devices", ("account_id", "device", "seen_at"), 2)

USERS = Table(
    "users",
    (
        "id", "account_id", "nick", "username", "realname", "host", "plain_host", "real_host",
        "connected_at", "exempt", "away", "auto_away", "left_at",
    ),
)  # fmt: skip
USER_MODES = Table("user_modes", ("user_id", "position", "mode"), 2)
USER_ACCEPTED = Table("user_accepted", ("user_id", "position", "account"), 2)
USER_SILENCES = Table("user_silences", ("user_id", "position", "mask"), 2)
MEMBERSHIPS = Table("memberships", ("user_id", "channel_id", "ranks", "joined_at", "entry"), 2)

OF_ACCOUNTS = (ACCOUNT_NICKS, ACCOUNT_CERTIFICATES, ACCOUNT_SETTINGS, ACCOUNT_METADATA)
OF_CHANNELS = (
    CHANNEL_FLAGS,
    CHANNEL_MODES,
    CHANNEL_MASKS,
    CHANNEL_ACCESS,
    CHANNEL_SETTINGS,
    CHANNEL_METADATA,
    CHANNEL_HOOKS,
)
