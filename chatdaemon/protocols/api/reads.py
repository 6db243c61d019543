"""What ops look up in the realm, as far as the asker may know. Nothing here changes anything."""

from __future__ import annotations

from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.objects import RANK_WORDS
from chatdaemon.realm import policy
from chatdaemon.realm.modes import ChannelFlag
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.state import Channel, Membership, State, User
from chatdaemon.timestamps import iso


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


def members(channel: Channel, viewer: User) -> list[Object]:
    """The members that the viewer may know of, in the order in which they came."""
    everybody = viewer in channel.members and ChannelFlag.AUDITORIUM not in channel.flags
    return [
        member_object(member, membership)
        for member, membership in channel.members.items()
        if everybody or policy.sees_member(channel, viewer, member)
    ]


def listing(realm: State, viewer: User, after: str, limit: int) -> Object:
    """A page of the channels that the viewer may know of, behind the name `after`."""
    behind = realm.fold(after)
    names = sorted(
        folded
        for folded, channel in realm.channels.items()
        if folded > behind and policy.lists_channel(channel, viewer)
    )
    channels = []
    for folded in names[:limit]:
        channel = realm.channels[folded]
        found: Object = {"channel": channel.name, "members": len(channel.members)}
        if channel.topic:
            found["topic"] = channel.topic
        channels.append(found)
    return {"channels": channels, "more": len(names) > limit}
