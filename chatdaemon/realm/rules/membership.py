"""Membership: joining, leaving, inviting, knocking, being put out."""

from __future__ import annotations

from chatdaemon.realm import access, policy
from chatdaemon.realm.entry import ChannelId, Entry
from chatdaemon.realm.events import (
    Audience,
    Event,
    Forwarded,
    Invited,
    Joined,
    Kicked,
    Knocked,
    Parted,
    Uninvited,
)
from chatdaemon.realm.modes import ChannelFlag, ChannelSetting, Privilege, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import ForceJoin, ForcePart, Invite, Join, Kick, Knock, Part, Uninvite
from chatdaemon.realm.rules.notices import notice
from chatdaemon.realm.rules.ranks import granted
from chatdaemon.realm.rules.registrations import told_of_access
from chatdaemon.realm.state import Channel, Membership, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut


@applies(Join)
def join(state: State, entry: Entry, request: Join) -> tuple[Event, ...]:
    user = state.actor(entry)
    channel = state.channel(request.channel)
    if channel is None:
        check_channel_name(state, request.channel)
        _check_room(state, user, request.channel)
        return enter(state, entry, user, None, request.channel)
    if channel in user.channels:
        return ()
    _check_room(state, user, channel.name)
    reason = access.refuses_join(state, channel, user, request.key)
    if reason is None:
        return enter(state, entry, user, channel, channel.name)
    onward = state.channel(channel.settings.get(ChannelSetting.FORWARD, ""))
    if onward is None or onward in user.channels or access.refuses_join(state, onward, user, request.key):
        raise Refusal(reason, channel.name)
    return (
        Forwarded((user.id,), user.who, channel.name, onward.name),
        *enter(state, entry, user, onward, onward.name),
    )


def check_channel_name(state: State, name: str) -> None:
    """Raise Refusal unless a channel may have this name."""
    fault = state.naming.channel_fault(name, state.settings.channel_length)
    if fault:
        raise Refusal(Reason.BAD_CHANNEL_NAME, name, fault)


def _check_room(state: State, user: User, name: str) -> None:
    if len(user.channels) >= state.settings.channels_per_user:
        raise Refusal(Reason.TOO_MANY_CHANNELS, name)


def enter(state: State, entry: Entry, user: User, channel: Channel | None, name: str) -> tuple[Event, ...]:
    """Make the user a member, with the ranks that its account has there; None makes the channel too."""
    created = channel is None
    if channel is None:
        channel = Channel(entry.id, name, state.fold(name), entry.at)
        channel.flags = dict.fromkeys(state.settings.channel_flags)
        channel.guarded = policy.is_guarded(channel)
        state.channels[channel.folded] = channel
    membership = Membership(state.settings.creator_rank if created else Rank.NONE, entry.at, entry.index)
    channel.members[user] = membership
    user.channels[channel] = membership
    channel.residents += user.always_on
    user.identity += 1
    if user.invited:
        user.invited.pop(channel, None)
    # Before anybody is told: who has a rank is seen by all, even in an auditorium.
    ranked = granted(state, channel, user) if channel.registration is not None else ()
    audience = policy.presence_audience(channel, user, membership)
    return (Joined(audience, user.who, channel.id, channel.name, user.away, created), *ranked)


def leave(state: State, user: User, channel: Channel) -> None:
    """Undo a membership; the last to leave takes the channel along, unless it is registered."""
    channel.residents -= user.always_on
    del channel.members[user]
    del user.channels[channel]
    user.identity += 1
    if not channel.members and channel.registration is None:
        del state.channels[channel.folded]


def leave_all(state: State, user: User) -> tuple[Audience, tuple[ChannelId, ...]]:
    """Take the user out of all channels; says who saw it there and which channels they were."""
    audience = policy.neighbours(user)
    channels = tuple(channel.id for channel in user.channels)
    for channel in tuple(user.channels):
        leave(state, user, channel)
    return audience, channels


def _own(state: State, entry: Entry, name: str, by_access: bool = False) -> tuple[User, Channel, Membership]:
    """The actor, a channel that it is in (or has access to), and how it stands there. Raises Refusal
    otherwise."""
    user = state.actor(entry)
    channel = _known(state, name)
    membership = access.standing(state, channel, user, by_access)
    if membership is None:
        raise Refusal(Reason.NOT_ON_CHANNEL, channel.name)
    return user, channel, membership


def _known(state: State, name: str) -> Channel:
    channel = state.channel(name)
    if channel is None:
        raise Refusal(Reason.NO_SUCH_CHANNEL, name)
    return channel


def _present(state: State, nick: str, channel: Channel) -> User:
    """The member with this nick. Raises Refusal otherwise."""
    target = state.user(nick)
    if target is None:
        raise Refusal(Reason.NO_SUCH_NICK, nick)
    if target not in channel.members:
        raise Refusal(Reason.TARGET_NOT_ON_CHANNEL, target.nick, channel.name)
    return target


def _part(state: State, user: User, channel: Channel, reason: str | None) -> Parted:
    audience = policy.presence_audience(channel, user, user.channels[channel])
    leave(state, user, channel)
    text = cut(reason, state.settings.quit_length) if reason else None
    return Parted(audience, user.who, channel.id, channel.name, text)


@applies(Part)
def part(state: State, entry: Entry, request: Part) -> tuple[Event, ...]:
    user, channel, _ = _own(state, entry, request.channel)
    return (_part(state, user, channel, request.reason),)


@applies(Kick)
def kick(state: State, entry: Entry, request: Kick) -> tuple[Event, ...]:
    user, channel, membership = _own(state, entry, request.channel, request.by_access)
    policy.check_rank(channel, membership, Rank.HALFOP)
    target = _present(state, request.nick, channel)
    policy.check_kick(channel, membership, target)
    audience = policy.presence_audience(channel, target, channel.members[target])
    leave(state, target, channel)
    reason = cut(request.reason or user.nick, state.settings.kick_length)
    told = told_of_access(state, channel, user, request.by_access, f"kicked {target.nick} from")
    return (Kicked(audience, user.who, channel.id, channel.name, target.who, reason), *told)


@applies(Invite)
def invite(state: State, entry: Entry, request: Invite) -> tuple[Event, ...]:
    state.actor(entry)
    target = state.user(request.nick)
    if target is None:
        raise Refusal(Reason.NO_SUCH_NICK, request.nick)
    user, channel, membership = _own(state, entry, request.channel, request.by_access)
    if ChannelFlag.INVITE_ONLY in channel.flags or request.by_access:
        policy.check_rank(channel, membership, Rank.HALFOP)
    if target in channel.members:
        raise Refusal(Reason.ALREADY_ON_CHANNEL, target.nick, channel.name)
    audience = tuple(dict.fromkeys((target.id, user.id, *policy.of_rank(channel, Rank.HALFOP))))
    if target is not user and policy.has_silenced(target, user):
        # Who is silenced is not told, and the one who wants to hear nothing of it is not invited.
        return (Invited(audience[1:], user.who, target.who, channel.name),)
    if membership.ranks >= Rank.HALFOP:
        # Only the invitation of somebody with rank opens doors.
        # Channels that are gone are forgotten on the way.
        target.invited = {
            known: None for known in target.invited or () if state.channels.get(known.folded) is known
        }
        target.invited[channel] = None
    told = told_of_access(state, channel, user, request.by_access, f"invited {target.nick} to")
    return (Invited(audience, user.who, target.who, channel.name), *told)


@applies(Uninvite)
def uninvite(state: State, entry: Entry, request: Uninvite) -> tuple[Event, ...]:
    user, channel, membership = _own(state, entry, request.channel)
    policy.check_rank(channel, membership, Rank.HALFOP)
    target = state.user(request.nick)
    if target is None:
        raise Refusal(Reason.NO_SUCH_NICK, request.nick)
    if not target.invited or channel not in target.invited:
        raise Refusal(Reason.NOT_INVITED, target.nick, channel.name)
    del target.invited[channel]
    return (Uninvited((target.id, user.id), user.who, target.who, channel.name),)


@applies(Knock)
def knock(state: State, entry: Entry, request: Knock) -> tuple[Event, ...]:
    user = state.actor(entry)
    channel = state.channel(request.channel)
    if channel is None or not policy.sees_channel(channel, user):
        raise Refusal(Reason.NO_SUCH_CHANNEL, request.channel)
    if channel in user.channels:
        raise Refusal(Reason.ALREADY_ON_CHANNEL, user.nick, channel.name)
    reason = access.refuses_join(state, channel, user, None)
    if reason is None:
        raise Refusal(Reason.CHANNEL_OPEN, channel.name)
    if reason is Reason.BANNED:
        raise Refusal(Reason.CANNOT_KNOCK, channel.name)
    # What is older than the interval no longer counts; so this stays small.
    since = entry.at - state.settings.knock_interval
    knocked = {where: at for where, at in (user.knocked or {}).items() if at > since}
    if channel.id in knocked:
        raise Refusal(Reason.KNOCKED_ALREADY, channel.name)
    user.knocked = {**knocked, channel.id: entry.at}
    audience = (user.id, *policy.of_rank(channel, Rank.HALFOP))
    text = cut(request.text, state.settings.topic_length)
    return (Knocked(audience, user.who, channel.name, text),)


@applies(ForceJoin)
def force_join(state: State, entry: Entry, request: ForceJoin) -> tuple[Event, ...]:
    user = state.actor(entry)
    policy.check_privilege(user, Privilege.OVERRIDE)
    target = state.user(request.nick)
    if target is None:
        raise Refusal(Reason.NO_SUCH_NICK, request.nick)
    channel = state.channel(request.channel)
    if channel is None:
        check_channel_name(state, request.channel)
    elif channel in target.channels:
        raise Refusal(Reason.ALREADY_ON_CHANNEL, target.nick, channel.name)
    name = channel.name if channel is not None else request.channel
    events = enter(state, entry, target, channel, name)
    return (*events, notice(state, f"{user.nick} made {target.nick} join {name}"))


@applies(ForcePart)
def force_part(state: State, entry: Entry, request: ForcePart) -> tuple[Event, ...]:
    user = state.actor(entry)
    policy.check_privilege(user, Privilege.OVERRIDE)
    channel = _known(state, request.channel)
    target = _present(state, request.nick, channel)
    parted = _part(state, target, channel, request.reason)
    return (parted, notice(state, f"{user.nick} made {target.nick} leave {channel.name}"))
