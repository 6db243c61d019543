"""What storage would have to hold of a realm, taken from its state: the projection is held to it."""

from __future__ import annotations

from chatdaemon.realm.accounts import Device, Marker
from chatdaemon.realm.keys import KeyRecord
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import Kept, channel_record, membership_record, user_record


def kept_of(realm: Realm) -> Kept:
    """In the order in which a database gives it back, with the realm's own index."""
    residents = [user for _, user in sorted(realm.users.items()) if user.always_on]
    return Kept(
        index=realm.index,
        accounts=tuple(sorted(realm.accounts.values(), key=lambda each: each.id)),
        channels=tuple(
            sorted(
                (channel_record(channel) for channel in realm.channels.values() if channel.kept),
                key=lambda each: each.id,
            )
        ),
        invitations=tuple(sorted(realm.invitations.values(), key=lambda each: each.code)),
        markers=tuple(
            Marker(account, target, at)
            for account, several in sorted(realm.markers.items())
            for target, at in sorted(several.items())
        ),
        subscriptions=tuple(
            each for _, several in sorted(realm.subscriptions.items()) for _, each in sorted(several.items())
        ),
        tokens=tuple(sorted(realm.tokens.values(), key=lambda each: each.id)),
        users=tuple(user_record(realm, user) for user in residents),
        memberships=tuple(
            sorted(
                (membership_record(user, channel) for user in residents for channel in user.channels),
                key=lambda each: (each.user, each.channel),
            )
        ),
        keys=tuple(
            KeyRecord(owner, key, used)
            for owner, keys in sorted(realm.keys.items())
            for key, used in sorted(keys.items())
            if owner in realm.numbered
        ),
        devices=tuple(
            Device(account, name, at)
            for account, several in sorted(realm.devices.items())
            for name, at in sorted(several.items())
        ),
    )
