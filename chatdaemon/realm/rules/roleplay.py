"""Speaking as somebody who is not there."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Audience, Event, Portrayed
from chatdaemon.realm.modes import ChannelFlag
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind, Portray
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import is_ctcp, strip_formatting


@applies(Portray)
def portray(state: State, entry: Entry, request: Portray) -> tuple[Event, ...]:
    """As saying the same, for members of a channel that takes it. A character has a name that a nick could
    have: that it is none is for each protocol to show."""
    user = state.actor(entry)
    channel = state.channel(request.channel)
    if channel is None:
        raise Refusal(Reason.NO_SUCH_CHANNEL, request.channel)
    membership = channel.members.get(user)
    if membership is None:
        raise Refusal(Reason.NOT_ON_CHANNEL, channel.name)
    if not state.settings.roleplay:
        raise Refusal(Reason.CANNOT_PORTRAY, channel.name, "This server has no roleplay")
    if ChannelFlag.ROLEPLAY not in channel.flags:
        raise Refusal(Reason.CANNOT_PORTRAY, channel.name, "The channel has no roleplay (mode E)")
    if request.character is not None:
        fault = state.naming.nick_fault(request.character, state.settings.nick_length)
        if fault is not None:
            raise Refusal(Reason.CANNOT_PORTRAY, channel.name, fault)
    text = request.text
    if is_ctcp(text):
        raise Refusal(Reason.CANNOT_PORTRAY, channel.name, "Nobody on a stage sends CTCP")
    rank = policy.check_speak(channel, user, membership, Kind.MESSAGE, text)
    if ChannelFlag.NO_FORMATTING in channel.flags:
        text = strip_formatting(text)
    if not text:
        raise Refusal(Reason.NO_TEXT)
    user.active_at = entry.at
    audience: Audience = channel.id
    if rank:
        audience = (user.id, *(each for each in policy.of_rank(channel, rank) if each != user.id))
    return (Portrayed(audience, user.who, channel.name, request.character, text, request.action, rank),)
