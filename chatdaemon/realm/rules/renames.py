"""Giving a channel another name (draft/channel-rename)."""

from __future__ import annotations

from chatdaemon.realm import access, policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import ChannelRenamed, Event, ModesChanged
from chatdaemon.realm.modes import ChannelSetting, ModeChange, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import RenameChannel
from chatdaemon.realm.rules.markers import follow
from chatdaemon.realm.rules.registrations import known, told_operators
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut

# ms between two renames of one channel: each may be a whole JOIN for everybody (draft/channel-rename,
# "Security Considerations").
INTERVAL = 60_000


@applies(RenameChannel)
def rename_channel(state: State, entry: Entry, request: RenameChannel) -> tuple[Event, ...]:
    """It stays the same channel. Channels that forward to it go on doing so; nothing leads from the old name
    to it, so that the name is free."""
    user = state.actor(entry)
    channel = known(state, user, request.channel)
    _check_may(state, channel, user)
    name, old = request.name, channel.name
    fault = state.naming.channel_fault(name, state.settings.channel_length)
    if fault:
        raise Refusal(Reason.CANNOT_RENAME, old, fault)
    if state.channel(name) not in (None, channel):
        raise Refusal(Reason.CHANNEL_NAME_IN_USE, name, old)
    if name == old:
        return ()
    folded = state.fold(name)
    moved = folded != channel.folded
    if moved and entry.at < channel.renamed_at + INTERVAL and not access.may_manage(user):
        raise Refusal(Reason.CANNOT_RENAME, old, "It has been renamed less than a minute ago")
    members = tuple(member.id for member in channel.members)
    reason = cut(request.reason, state.settings.kick_length)
    forwarding = _forwarding(state, channel) if moved else []
    if moved:
        channel.renamed_at = entry.at
    old_folded = channel.folded
    del state.channels[old_folded]
    channel.name, channel.folded = name, folded
    state.channels[folded] = channel
    for member in channel.members:
        # Masks see which channels somebody is in.
        member.identity += 1
    events: list[Event] = [ChannelRenamed(channel.id, user.who, channel.id, old, name, reason, members)]
    for other in forwarding:
        other.settings[ChannelSetting.FORWARD] = name
        change = ModeChange(ChannelSetting.FORWARD, True, name)
        events.append(ModesChanged(other.id, None, other.id, other.name, (change,)))
    events += follow(state, old_folded, channel)
    events += told_operators(state, channel, user, f"renamed {old} to {name}")
    return tuple(events)


def _check_may(state: State, channel: Channel, user: User) -> None:
    """Raise Refusal unless the user may rename the channel: a founder of a registered one, an operator of
    another."""
    if channel.registration is not None:
        access.check_access(state, channel, user, Rank.FOUNDER)
    elif not access.may_manage(user):
        membership = channel.members.get(user)
        if membership is None:
            raise Refusal(Reason.NOT_ON_CHANNEL, channel.name)
        policy.check_rank(channel, membership, Rank.OP)


def _forwarding(state: State, channel: Channel) -> list[Channel]:
    """The channels that forward to this one."""
    return [
        other
        for other in state.channels.values()
        if state.fold(other.settings.get(ChannelSetting.FORWARD, "")) == channel.folded
    ]
