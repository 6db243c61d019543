"""Saying things: to a channel, to a user. The hot path."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Audience, Event, Posted
from chatdaemon.realm.modes import ChannelFlag, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind, Post
from chatdaemon.realm.state import State
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import strip_formatting

# Python 3.11 takes a tenth of a microsecond to find a member in its enumeration.
TAG = Kind.TAG
EVERYBODY = Rank.NONE


@applies(Post)
def post(state: State, entry: Entry, request: Post) -> tuple[Event, ...]:
    """Deliver a message to the members of a channel or to a user."""
    target, text, kind, tags, rank = request
    user = state.sessions.get(entry.actor or "")
    if user is None:
        raise Refusal(Reason.NOT_CONNECTED)
    folded = state.fold(target)
    channel = state.channels.get(folded)
    if channel is None:
        return _post_to_user(state, entry, request, folded)
    membership = channel.members.get(user)
    if membership is None or channel.guarded:
        policy.check_speak(channel, user, membership, kind, text)
        if ChannelFlag.NO_FORMATTING in channel.flags:
            text = strip_formatting(text)
    if kind is not TAG:
        if not text:
            raise Refusal(Reason.NO_TEXT)
        user.active_at = entry.at
    audience: Audience = channel.id if not rank else policy.of_rank(channel, rank)
    if rank and user.id not in audience:
        audience = (*audience, user.id)
    return (Posted(audience, user.who, channel.name, text, kind, tags, rank),)


def _post_to_user(state: State, entry: Entry, request: Post, folded: str) -> tuple[Event, ...]:
    user = state.sessions[entry.actor or ""]
    target = state.nicks.get(folded)
    if target is None or request.rank is not EVERYBODY:
        raise Refusal(Reason.NO_SUCH_TARGET, request.target)
    policy.check_message_user(user, target)
    if request.kind is not TAG:
        if not request.text:
            raise Refusal(Reason.NO_TEXT)
        user.active_at = entry.at
    audience = (target.id, user.id) if target is not user else (user.id,)
    return (Posted(audience, user.who, target.nick, request.text, request.kind, request.tags, EVERYBODY),)
