"""Who may read what of the history. Every way to it asks here: there is no other rule anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm import access
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.conversations import (
    Conversation,
    Identity,
    between,
    identity_of,
    in_channel,
    name_of,
)
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.settings import Cutoff
from chatdaemon.realm.state import Channel, State, User


@dataclass(frozen=True, slots=True)
class Reading:
    """What a user may read of one conversation: what is not older than `since` (ms since 1970), and what was
    meant for members of `rank` or of less, or was written by `reader`, who is the user itself.

    `target` is the name of the channel, or the nick of the other one, as it is shown now.
    """

    conversation: Conversation
    target: str
    since: int
    rank: Rank
    reader: Identity


def may_read(state: State, user: User, target: str) -> Reading:
    """What the user may read of the channel or person of this name. Raises Refusal (NO_HISTORY) where it may
    read nothing; a channel that it is not in and one that does not exist are not told apart."""
    channel = state.channel(target)
    if channel is not None:
        if channel not in user.channels:
            raise Refusal(Reason.NO_HISTORY, target)
        return _of_channel(state, user, channel)
    other = state.user(target)
    if other is not None:
        return _of_person(state, user, identity_of(state, other), other.nick)
    owner = state.owner(target)
    if owner is None:
        raise Refusal(Reason.NO_HISTORY, target)
    return _of_person(state, user, owner.id, target)


def readings(state: State, user: User) -> tuple[Reading, ...]:
    """What the user may read of all of its channels."""
    return tuple(_of_channel(state, user, channel) for channel in user.channels)


def reading_of(state: State, user: User, conversation: Conversation) -> Reading | None:
    """What the user may read of a conversation; None where it has no part in it, or where there is no name
    any more by which the other one could be called."""
    if conversation.private:
        own = identity_of(state, user)
        if own not in conversation:
            return None
        other = conversation.second if conversation.first == own else conversation.first
        name = user.nick if other == own else name_of(state, other)
        return Reading(conversation, name, 0, Rank.NONE, own) if name is not None else None
    for channel in user.channels:
        if in_channel(channel.id) == conversation:
            return _of_channel(state, user, channel)
    return None


def _of_channel(state: State, user: User, channel: Channel) -> Reading:
    membership = user.channels[channel]
    since = 0
    match cutoff_of(state, channel):
        case Cutoff.JOIN:
            since = membership.joined_at
        case Cutoff.REGISTRATION:
            account = state.account_of(user)
            since = membership.joined_at if account is None else account.registered_at
    if access.is_founder(state, channel, user):
        since = 0
    return Reading(in_channel(channel.id), channel.name, since, membership.ranks, identity_of(state, user))


def cutoff_of(state: State, channel: Channel) -> Cutoff:
    """From where on members may read: as the channel's founder has set it, or as everywhere."""
    registration = channel.registration
    own = registration.settings.get(RegistrationSetting.CUTOFF) if registration is not None else None
    return Cutoff(own) if own is not None else state.settings.cutoff


def _of_person(state: State, user: User, other: Identity, name: str) -> Reading:
    own = identity_of(state, user)
    return Reading(between(own, other), name, 0, Rank.NONE, own)
