"""Snapshots: a whole realm as plain builtins, and back.

A snapshot holds what `Realm.apply` can ever see, in the order in which it sees it, and nothing that follows
from the rest. It is made of dicts with string keys, lists, strings, integers, booleans and None, so that JSON
and MessagePack carry it as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, fields
from enum import Enum
from typing import Any, Final

from chatdaemon.realm import policy
from chatdaemon.realm.accounts import NOTHING
from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.events import Who
from chatdaemon.realm.hooks import enter_hooks
from chatdaemon.realm.keys import UsedKey
from chatdaemon.realm.masks import compile_mask
from chatdaemon.realm.modes import (
    ChannelFlag,
    ChannelList,
    ChannelSetting,
    ListEntry,
    Privilege,
    Rank,
    UserMode,
)
from chatdaemon.realm.names import Fold
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.records import keep
from chatdaemon.realm.settings import Settings
from chatdaemon.realm.snapshot_accounts import (
    plain_account,
    plain_invitation,
    plain_registration,
    plain_subscription,
    plain_token,
    restored_account,
    restored_invitation,
    restored_registration,
    restored_subscription,
    restored_token,
)
from chatdaemon.realm.state import Attachment, Channel, Departed, Membership, User

VERSION: Final = 5
"""Grows when a snapshot holds something that older code would lose."""

Snapshot = dict[str, Any]


class SnapshotError(ValueError):
    """This cannot be restored. The text says why, for people."""


def take(realm: Realm) -> Snapshot:
    """Everything that the realm knows. It shares nothing with the realm that could change later."""
    return {
        "version": VERSION,
        "index": realm.index,
        "most_users": realm.most_users,
        "settings": _settings(realm.settings),
        "users": [_user(user) for user in realm.users.values()],
        "channels": [_channel(channel) for channel in realm.channels.values()],
        "nicks": [user.id for user in realm.nicks.values()],
        "sessions": [[session, user.id] for session, user in realm.sessions.items()],
        "operators": list(realm.operators),
        "departed": [[list(each.who), each.real_host, each.at] for each in realm.departed],
        "accounts": [plain_account(account) for account in realm.accounts.values()],
        "logged_in": [[folded, [user.id for user in users]] for folded, users in realm.logged_in.items()],
        "founded": [[folded, [each.id for each in channels]] for folded, channels in realm.founded.items()],
        "invitations": [plain_invitation(invitation) for invitation in realm.invitations.values()],
        "markers": [[account, dict(markers)] for account, markers in realm.markers.items()],
        "keys": [[owner, [[key, *used] for key, used in keys.items()]] for owner, keys in realm.keys.items()],
        "devices": [[account, dict(devices)] for account, devices in realm.devices.items()],
        "subscriptions": [
            plain_subscription(each) for known in realm.subscriptions.values() for each in known.values()
        ],
        "tokens": [plain_token(token) for token in realm.tokens.values()],
    }


def restore(data: Snapshot) -> Realm:
    """The realm that `take` was given. Raises SnapshotError for the snapshot of another version."""
    version = data.get("version")
    if not isinstance(version, int) or version < 1:
        raise SnapshotError("this is not the snapshot of a realm")
    if version != VERSION:
        other = "a newer" if version > VERSION else "an older"
        raise SnapshotError(
            f"the snapshot has version {version}, and this program understands {VERSION}: {other} one made it"
        )
    realm = Realm(_restored_settings(data["settings"]))
    realm.index = data["index"]
    realm.most_users = data["most_users"]
    channels: dict[ChannelId, Channel] = {}
    for each in data["channels"]:
        channel = _restored_channel(each, realm.fold)
        channels[channel.id] = realm.channels[channel.folded] = channel
        enter_hooks(realm, channel)
    for each in data["accounts"]:
        keep(realm, restored_account(each))
    for each in data["users"]:
        user = _restored_user(each, realm.fold, channels)
        realm.users[user.id] = user
    # Each side of a membership has an order of its own: the user's came with the user.
    for each in data["channels"]:
        channel = channels[each["id"]]
        for member in each["members"]:
            user = realm.users[member]
            channel.members[user] = user.channels[channel]
            channel.residents += user.always_on
    realm.nicks = {realm.users[id].folded: realm.users[id] for id in data["nicks"]}
    realm.sessions = {session: realm.users[id] for session, id in data["sessions"]}
    realm.operators = dict.fromkeys(data["operators"])
    realm.logged_in = {folded: {realm.users[id]: None for id in ids} for folded, ids in data["logged_in"]}
    realm.founded = {folded: {channels[id]: None for id in ids} for folded, ids in data["founded"]}
    for each in data["invitations"]:
        invitation = restored_invitation(each)
        realm.invitations[invitation.code] = invitation
    realm.markers = {account: dict(markers) for account, markers in data["markers"]}
    realm.keys = {owner: {key: UsedKey(*used) for key, *used in keys} for owner, keys in data["keys"]}
    realm.devices = {account: dict(devices) for account, devices in data["devices"]}
    for each in data["subscriptions"]:
        subscription = restored_subscription(each)
        realm.subscriptions.setdefault(subscription.account, {})[subscription.endpoint] = subscription
    for each in data["tokens"]:
        token = restored_token(each)
        realm.tokens[token.digest] = token
    realm.departed.extend(Departed(Who(*who), real_host, at) for who, real_host, at in data["departed"])
    realm.invisible = sum(UserMode.INVISIBLE in user.modes for user in realm.users.values())
    return realm


# What the settings hold beside numbers, strings and members of an enumeration.
_SETTINGS: Final[dict[str, Callable[[Any], object]]] = {
    "channel_flags": lambda flags: tuple(map(ChannelFlag, flags)),
    "user_modes": lambda modes: tuple(map(UserMode, modes)),
}
_DEFAULTS: Final = Settings()


def _settings(settings: Settings) -> Snapshot:
    return {each.name: _plain(getattr(settings, each.name)) for each in fields(settings)}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _restored_settings(data: Snapshot) -> Settings:
    """Settings that the snapshot does not have yet are at their defaults."""
    return Settings(**{name: _restored_setting(name, value) for name, value in data.items()})


def _restored_setting(name: str, value: Any) -> Any:
    if name in _SETTINGS:
        return _SETTINGS[name](value)
    kind = type(getattr(_DEFAULTS, name))
    return kind(value) if issubclass(kind, Enum) else value


def _user(user: User) -> Snapshot:
    return {
        "id": user.id,
        "nick": user.nick,
        "username": user.username,
        "realname": user.realname,
        "host": user.host,
        "plain_host": user.plain_host,
        "real_host": user.real_host,
        "exempt": user.exempt,
        "account": user.account,
        "certificate": user.certificate,
        "away": user.away,
        "auto_away": user.auto_away,
        "always_on": user.always_on,
        "left_at": user.left_at,
        "operator": user.operator,
        "privileges": [privilege.value for privilege in user.privileges],
        "modes": [mode.value for mode in user.modes],
        "sessions": [[name, *astuple(client)] for name, client in user.sessions.items()],
        "connected_at": user.connected_at,
        "active_at": user.active_at,
        "channels": [
            [channel.id, membership.ranks.value, membership.joined_at, membership.entry]
            for channel, membership in user.channels.items()
        ],
        # An invitation to a channel that is gone is good for nothing, and there is nothing to restore it to.
        "invited": [channel.id for channel in user.invited or () if channel.members or channel.registration],
        "knocked": dict(user.knocked or {}),
        "accepted": [[whom, name] for whom, name in (user.accepted or {}).items()],
        "called_at": user.called_at,
        "silences": [mask.text for mask in (user.silences or {}).values()],
        "metadata": dict(user.metadata),
        "markers": dict(user.markers or {}),
    }


def _restored_user(data: Snapshot, fold: Fold, channels: dict[ChannelId, Channel]) -> User:
    user = User(data["id"], data["nick"], data["username"], data["realname"], data["host"], data["real_host"])
    user.plain_host = data["plain_host"]
    user.exempt = data["exempt"]
    user.account = data["account"]
    user.certificate = data["certificate"]
    user.away = data["away"]
    user.auto_away = data["auto_away"]
    user.always_on = data["always_on"]
    user.left_at = data["left_at"]
    user.operator = data["operator"]
    user.privileges = tuple(map(Privilege, data["privileges"]))
    user.modes = tuple(map(UserMode, data["modes"]))
    user.sessions = {name: Attachment(*client) for name, *client in data["sessions"]}
    user.connected_at = data["connected_at"]
    user.active_at = data["active_at"]
    user.channels = {
        channels[id]: Membership(Rank(ranks), at, entry) for id, ranks, at, entry in data["channels"]
    }
    user.invited = {channels[id]: None for id in data["invited"]} or None
    user.knocked = dict(data["knocked"]) or None
    user.accepted = dict(data["accepted"]) or None
    user.called_at = data["called_at"]
    silences = [compile_mask(text, fold) for text in data["silences"]]
    user.silences = {mask.key: mask for mask in silences} or None
    user.metadata = dict(data["metadata"]) or NOTHING
    user.markers = dict(data["markers"]) or None
    user.refresh(fold)
    return user


def _channel(channel: Channel) -> Snapshot:
    return {
        "id": channel.id,
        "name": channel.name,
        "created_at": channel.created_at,
        "renamed_at": channel.renamed_at,
        "topic": channel.topic,
        "topic_by": channel.topic_by,
        "topic_at": channel.topic_at,
        "flags": [flag.value for flag in channel.flags],
        "settings": {setting.value: value for setting, value in channel.settings.items()},
        "lists": {
            which.value: [[entry.mask, entry.by, entry.at, entry.until] for entry in channel.entries(which)]
            for which in channel.lists
        },
        "members": [user.id for user in channel.members],
        "registration": plain_registration(channel.registration),
        "metadata": dict(channel.metadata),
    }


def _restored_channel(data: Snapshot, fold: Fold) -> Channel:
    """Without its members, who are restored later."""
    channel = Channel(data["id"], data["name"], fold(data["name"]), data["created_at"])
    channel.renamed_at = data["renamed_at"]
    channel.topic = data["topic"]
    channel.topic_by = data["topic_by"]
    channel.topic_at = data["topic_at"]
    channel.flags = {ChannelFlag(flag): None for flag in data["flags"]}
    channel.settings = {ChannelSetting(setting): value for setting, value in data["settings"].items()}
    for which, entries in data["lists"].items():
        masks = [(ListEntry(*entry), compile_mask(entry[0], fold)) for entry in entries]
        channel.lists[ChannelList(which)] = {mask.key: (entry, mask) for entry, mask in masks}
    channel.registration = restored_registration(data["registration"])
    channel.metadata = dict(data["metadata"]) or NOTHING
    channel.guarded = policy.is_guarded(channel)
    return channel
