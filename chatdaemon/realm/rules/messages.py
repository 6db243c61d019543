"""Saying things: to a channel, to a user. The hot path."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Audience, Called, Event, PartlyRefused, Posted
from chatdaemon.realm.modes import ChannelFlag, Rank, UserMode
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind, Post
from chatdaemon.realm.rules.privacy import accept_in_return
from chatdaemon.realm.state import State, User
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
        return _post_to_user(state, entry, request, user, folded)
    membership = channel.members.get(user)
    if membership is None or channel.guarded:
        rank = max(rank, policy.check_speak(channel, user, membership, kind, text))
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


def _post_to_user(state: State, entry: Entry, request: Post, user: User, folded: str) -> tuple[Event, ...]:
    name, text, kind, tags, rank = request
    target = state.nicks.get(folded)
    if target is None or rank is not EVERYBODY:
        raise Refusal(Reason.NO_SUCH_TARGET, name)
    if not text and kind is not TAG:
        raise Refusal(Reason.NO_TEXT)
    audience = (target.id, user.id) if target is not user else (user.id,)
    if target.guarded and target is not user:
        if policy.has_silenced(target, user):
            # Who is silenced is not told, not even by what is missing.
            audience = (user.id,)
        else:
            policy.check_message_user(user, target, text)
            if policy.must_call(user, target):
                return _call(state, entry, user, target, kind)
    if kind is not TAG:
        user.active_at = entry.at
        if user.guarded and UserMode.CALLER_ID in user.modes and target is not user:
            accepted = accept_in_return(state, user, target)
            if accepted:
                said = Posted(audience, user.who, target.nick, text, kind, tags, EVERYBODY)
                return (said, *accepted)
    return (Posted(audience, user.who, target.nick, text, kind, tags, EVERYBODY),)


def _call(state: State, entry: Entry, user: User, target: User, kind: Kind) -> tuple[Event, ...]:
    """Tell a user who has not accepted another that it is written to; once in a while, whoever it is."""
    refusal = Refusal(Reason.NOT_ACCEPTED, target.nick)
    if kind is TAG or entry.at < target.called_at + state.settings.call_interval:
        raise refusal
    target.called_at = entry.at
    return (PartlyRefused((user.id,), (refusal,)), Called((target.id, user.id), user.who, target.who))
