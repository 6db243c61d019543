"""From changes to statements, the same for both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from chatdaemon.storage import changes, rows, tables
from chatdaemon.storage.changes import Change
from chatdaemon.storage.tables import Row, Statement, Table


def _put(record: Iterable[tuple[Table, list[Row]]]) -> Iterator[Statement]:
    """A record whole, in place of what it was before."""
    own, *others = record
    table, (row,) = own
    yield table.put, row
    for table, several in others:
        yield table.drop, row[:1]
        for each in several:
            yield table.put, each


_DROP_TOKEN = f"DELETE FROM {tables.ACCESS_TOKENS.name} WHERE digest = ?"

STATEMENTS: dict[type, Callable[[Any], Iterable[Statement]]] = {
    changes.PutAccount: lambda change: _put(rows.of_account(change.account)),
    # What belongs to it goes with it (ON DELETE CASCADE).
    changes.DropAccount: lambda change: [(tables.ACCOUNTS.drop, (change.id,))],
    changes.PutChannel: lambda change: _put(rows.of_channel(change.channel)),
    changes.DropChannel: lambda change: [(tables.CHANNELS.drop, (change.id,))],
    changes.PutInvitation: lambda change: [(tables.INVITATIONS.put, rows.of_invitation(change.invitation))],
    changes.DropInvitation: lambda change: [(tables.INVITATIONS.drop, (change.code,))],
    changes.DropMarker: lambda change: [(tables.READ_MARKERS.drop_one, (change.account, change.target))],
    changes.PutMarker: lambda change: [(tables.READ_MARKERS.put, rows.of_marker(change.marker))],
    changes.PutSubscription: lambda change: [
        (tables.PUSH_SUBSCRIPTIONS.put, rows.of_subscription(change.subscription))
    ],
    changes.DropSubscription: lambda change: [
        (tables.PUSH_SUBSCRIPTIONS.drop_one, (change.account, change.endpoint))
    ],
    changes.PutToken: lambda change: [(tables.ACCESS_TOKENS.put, rows.of_token(change.token))],
    changes.DropToken: lambda change: [(_DROP_TOKEN, (change.digest,))],
    changes.PutUser: lambda change: _put(rows.of_user(change.user)),
    changes.DropUser: lambda change: [(tables.USERS.drop, (change.id,))],
    changes.PutMembership: lambda change: [(tables.MEMBERSHIPS.put, rows.of_membership(change.membership))],
    changes.DropMembership: lambda change: [(tables.MEMBERSHIPS.drop_one, (change.user, change.channel))],
    changes.PutKey: lambda change: [(tables.MESSAGE_KEYS.put, rows.of_key(change.record))],
    changes.DropKey: lambda change: [(tables.MESSAGE_KEYS.drop_one, (change.account, change.key))],
    changes.PutDevice: lambda change: [(tables.DEVICES.put, rows.of_device(change.device))],
    changes.DropDevice: lambda change: [(tables.DEVICES.drop_one, (change.account, change.name))],
}
"""By the type of the change."""


def statements_of(change: Change) -> Iterable[Statement]:
    """What has a database hold what the change says."""
    return STATEMENTS[type(change)](change)
