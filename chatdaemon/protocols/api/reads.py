"""What ops look up in the realm, as far as the asker may know. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.objects import RANK_WORDS, user_object
from chatdaemon.realm import policy
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelSetting, UserMode
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import Channel, Membership, State, User
from chatdaemon.timestamps import iso

# So many rows cost a client as much as an op.
ROWS_A_TOKEN = 100


def visible_channel(realm: State, viewer: User, name: str) -> Channel:
    """The channel with this name. Raises Refusal when there is none that the viewer may know of."""
    channel = realm.channel(name)
    if channel is None or not policy.sees_channel(channel, viewer):
        raise Refusal(Reason.NO_SUCH_CHANNEL, name)
    return channel


def channel_object(channel: Channel) -> Object:
    """A channel's name, identity and topic."""
    found: Object = {"channel": channel.name, "channel_id": channel.id}
    if channel.topic:
        found["topic"] = {"text": channel.topic, "by": channel.topic_by, "time": iso(channel.topic_at)}
    return found


def member_object(member: User, membership: Membership) -> Object:
    """A member of a channel."""
    found: Object = {"nick": member.nick}
    if member.account is not None:
        found["account"] = member.account
    if member.who.bot:
        found["bot"] = True
    if membership.ranks:
        found["ranks"] = RANK_WORDS[membership.ranks]
    if member.away is not None:
        found["away"] = True
    return found


def seen_members(channel: Channel, viewer: User) -> Iterator[tuple[User, Membership]]:
    """The members that the viewer may know of, in the order in which they came."""
    everybody = viewer in channel.members and ChannelFlag.AUDITORIUM not in channel.flags
    for member, membership in channel.members.items():
        if everybody or policy.sees_member(channel, viewer, member):
            yield member, membership


def members(channel: Channel, viewer: User) -> list[Object]:
    """The same as objects."""
    return [member_object(member, membership) for member, membership in seen_members(channel, viewer)]


def modes(channel: Channel, viewer: User) -> Object:
    """What is set on a channel, save the lists; the key only for those who may read it."""
    found: list[Object] = [{"mode": flag.value} for flag in channel.flags]
    for setting, value in channel.settings.items():
        if setting is not ChannelSetting.KEY or policy.sees_key(channel, viewer):
            found.append({"mode": setting.value, "value": value})
        else:
            found.append({"mode": setting.value})
    return {
        "channel": channel.name,
        "channel_id": channel.id,
        "created": iso(channel.created_at),
        "modes": found,
    }


def masks(channel: Channel, which: ChannelList) -> Object:
    """One of a channel's lists, oldest first."""
    found = []
    for entry in channel.entries(which):
        mask: Object = {"mask": entry.mask, "by": entry.by, "time": iso(entry.at)}
        if entry.until:
            mask["until"] = iso(entry.until)
        found.append(mask)
    return {"channel": channel.name, "channel_id": channel.id, "masks": found}


def person(realm: State, viewer: User, user: User) -> Object:
    """All that the viewer may know of a user (WHOIS)."""
    found: Object = {
        **user_object(user.who),
        "realname": user.realname,
        "channels": [
            _place(channel, membership)
            for channel, membership in user.channels.items()
            if policy.sees_member(channel, viewer, user)
        ],
        "connected": iso(user.connected_at),
        "active": iso(user.active_at),
        "secure": UserMode.SECURE in user.modes,
    }
    if user.away is not None:
        found["away"] = user.away
    if user.account is not None:
        owner = realm.owner(user.nick)
        found["nick_registered"] = owner is not None and owner.name == user.account
    if policy.sees_address(viewer, user):
        clients = user.sessions.values()
        certificates = dict.fromkeys(each.certificate for each in clients)
        found["modes"] = [mode.value for mode in user.modes]
        # Of each client once; of the last one, where there is none now.
        found["addresses"] = list(dict.fromkeys(each.real_host for each in clients)) or [user.real_host]
        found["certificates"] = [each for each in certificates if each is not None]
    return found


def _place(channel: Channel, membership: Membership) -> Object:
    found: Object = {"channel": channel.name}
    if membership.ranks:
        found["ranks"] = RANK_WORDS[membership.ranks]
    return found


def found_object(user: User, place: tuple[Channel, Membership] | None) -> Object:
    """Somebody whom a search found, with the channel that is named for them."""
    found: Object = {**user_object(user.who), "realname": user.realname}
    if user.away is not None:
        found["away"] = True
    if place is not None:
        found.update(_place(*place))
    return found


Condition = Callable[[Channel], bool]


def listing(
    realm: State, viewer: User, after: str, limit: int, conditions: Sequence[Condition] = ()
) -> Object:
    """A page of the channels that the viewer may know of and that fit all conditions, behind the name
    `after`."""
    behind = realm.fold(after)
    names = sorted(
        folded
        for folded, channel in realm.channels.items()
        if folded > behind
        and policy.lists_channel(channel, viewer)
        and all(condition(channel) for condition in conditions)
    )
    channels = []
    for folded in names[:limit]:
        channel = realm.channels[folded]
        found: Object = {"channel": channel.name, "members": len(channel.members)}
        if channel.topic:
            found["topic"] = channel.topic
        channels.append(found)
    return {"channels": channels, "more": len(names) > limit}
