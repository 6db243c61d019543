"""Snapshots: a whole realm as plain builtins, and back.

A snapshot holds what `Realm.apply` can ever see, in the order in which it sees it, and nothing that follows
from the rest. It is made of dicts with string keys, lists, strings, integers, booleans and None, so that JSON
and MessagePack carry it as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

from chatdaemon.realm import policy
from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.events import Who
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
from chatdaemon.realm.settings import Policy, Settings
from chatdaemon.realm.state import Channel, Departed, Membership, User

VERSION: Final = 1
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
    }


def restore(data: Snapshot) -> Realm:
    """The realm that `take` was given. Raises SnapshotError for the snapshot of a newer version."""
    version = data.get("version")
    if not isinstance(version, int) or version < 1:
        raise SnapshotError("this is not the snapshot of a realm")
    if version > VERSION:
        raise SnapshotError(
            f"the snapshot has version {version}, and this program understands {VERSION}: a newer one made it"
        )
    realm = Realm(_restored_settings(data["settings"]))
    realm.index = data["index"]
    realm.most_users = data["most_users"]
    channels: dict[ChannelId, Channel] = {}
    for each in data["channels"]:
        channel = _restored_channel(each, realm.fold)
        channels[channel.id] = realm.channels[channel.folded] = channel
    for each in data["users"]:
        user = _restored_user(each, realm.fold, channels)
        realm.users[user.id] = user
    # Each side of a membership has an order of its own: the user's came with the user.
    for each in data["channels"]:
        channel = channels[each["id"]]
        for member in each["members"]:
            user = realm.users[member]
            channel.members[user] = user.channels[channel]
    realm.nicks = {realm.users[id].folded: realm.users[id] for id in data["nicks"]}
    realm.sessions = {session: realm.users[id] for session, id in data["sessions"]}
    realm.operators = dict.fromkeys(data["operators"])
    realm.departed.extend(Departed(Who(*who), real_host, at) for who, real_host, at in data["departed"])
    realm.invisible = sum(UserMode.INVISIBLE in user.modes for user in realm.users.values())
    return realm


# What the settings hold beside numbers and strings.
_SETTINGS: Final[dict[str, Callable[[Any], object]]] = {
    "channel_flags": lambda flags: tuple(map(ChannelFlag, flags)),
    "user_modes": lambda modes: tuple(map(UserMode, modes)),
    "creator_rank": Rank,
    "registration": Policy,
    "channel_registration": Policy,
}


def _settings(settings: Settings) -> Snapshot:
    plain: Snapshot = {each.name: getattr(settings, each.name) for each in fields(settings)}
    plain["channel_flags"] = [flag.value for flag in settings.channel_flags]
    plain["user_modes"] = [mode.value for mode in settings.user_modes]
    plain["creator_rank"] = settings.creator_rank.value
    return plain


def _restored_settings(data: Snapshot) -> Settings:
    """Settings that the snapshot does not have yet are at their defaults."""
    values: Snapshot = {
        name: _SETTINGS[name](each) if name in _SETTINGS else each for name, each in data.items()
    }
    return Settings(**values)


def _user(user: User) -> Snapshot:
    return {
        "id": user.id,
        "nick": user.nick,
        "username": user.username,
        "realname": user.realname,
        "host": user.host,
        "real_host": user.real_host,
        "account": user.account,
        "certificate": user.certificate,
        "away": user.away,
        "operator": user.operator,
        "privileges": [privilege.value for privilege in user.privileges],
        "modes": [mode.value for mode in user.modes],
        "sessions": list(user.sessions),
        "connected_at": user.connected_at,
        "active_at": user.active_at,
        "channels": [
            [channel.id, membership.ranks.value, membership.joined_at]
            for channel, membership in user.channels.items()
        ],
        # An invitation to a channel that is gone is good for nothing, and there is nothing to restore it to.
        "invited": [channel.id for channel in user.invited or () if channel.members],
        "knocked": dict(user.knocked or {}),
    }


def _restored_user(data: Snapshot, fold: Fold, channels: dict[ChannelId, Channel]) -> User:
    user = User(data["id"], data["nick"], data["username"], data["realname"], data["host"], data["real_host"])
    user.account = data["account"]
    user.certificate = data["certificate"]
    user.away = data["away"]
    user.operator = data["operator"]
    user.privileges = tuple(map(Privilege, data["privileges"]))
    user.modes = tuple(map(UserMode, data["modes"]))
    user.sessions = tuple(data["sessions"])
    user.connected_at = data["connected_at"]
    user.active_at = data["active_at"]
    user.channels = {channels[id]: Membership(Rank(ranks), at) for id, ranks, at in data["channels"]}
    user.invited = {channels[id]: None for id in data["invited"]} or None
    user.knocked = dict(data["knocked"]) or None
    user.refresh(fold)
    return user


def _channel(channel: Channel) -> Snapshot:
    return {
        "id": channel.id,
        "name": channel.name,
        "created_at": channel.created_at,
        "topic": channel.topic,
        "topic_by": channel.topic_by,
        "topic_at": channel.topic_at,
        "flags": [flag.value for flag in channel.flags],
        "settings": {setting.value: value for setting, value in channel.settings.items()},
        "lists": {
            which.value: [[entry.mask, entry.by, entry.at] for entry in channel.entries(which)]
            for which in channel.lists
        },
        "members": [user.id for user in channel.members],
    }


def _restored_channel(data: Snapshot, fold: Fold) -> Channel:
    """Without its members, who are restored later."""
    channel = Channel(data["id"], data["name"], fold(data["name"]), data["created_at"])
    channel.topic = data["topic"]
    channel.topic_by = data["topic_by"]
    channel.topic_at = data["topic_at"]
    channel.flags = {ChannelFlag(flag): None for flag in data["flags"]}
    channel.settings = {ChannelSetting(setting): value for setting, value in data["settings"].items()}
    for which, entries in data["lists"].items():
        masks = [(ListEntry(mask, by, at), compile_mask(mask, fold)) for mask, by, at in entries]
        channel.lists[ChannelList(which)] = {mask.key: (entry, mask) for entry, mask in masks}
    channel.guarded = policy.is_guarded(channel)
    return channel
