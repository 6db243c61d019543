"""Taking back what was said: one's own, or what others said where one looks after the channel."""

from __future__ import annotations

from chatdaemon.realm import policy
from chatdaemon.realm.entry import Entry, UserId
from chatdaemon.realm.events import Audience, Event, Redacted
from chatdaemon.realm.modes import Privilege, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Redact
from chatdaemon.realm.settings import Redaction
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut
from chatdaemon.realm.written import Written


@applies(Redact)
def redact(state: State, entry: Entry, request: Redact) -> tuple[Event, ...]:
    """Who did not see a message is told no more of it than that there is no such message: ids can be
    guessed."""
    user = state.actor(entry)
    channel = state.channel(request.target)
    if channel is not None:
        target = channel.name
        audience = _in_channel(state, entry, request, user, channel)
    else:
        other = state.user(request.target)
        if other is None:
            raise Refusal(Reason.NOTHING_TO_REDACT, request.target)
        target = other.nick
        audience = _in_private(state, entry, request, user, other)
    reason = cut(request.reason, state.settings.kick_length)
    return (Redacted(audience, user.who, target, request.msgid, reason),)


def _in_channel(state: State, entry: Entry, request: Redact, user: User, channel: Channel) -> Audience:
    membership = channel.members.get(user)
    overrides = Privilege.OVERRIDE in user.privileges
    if membership is None and not overrides:
        raise Refusal(Reason.NOTHING_TO_REDACT, channel.name)
    written = request.written
    if written is None or not _was_sent_to(state, written, channel):
        raise Refusal(Reason.UNKNOWN_MESSAGE, request.target, request.msgid)
    if not isinstance(written.audience, str) and user.id not in written.audience:
        # To those of a rank only, and this one was not among them.
        raise Refusal(Reason.UNKNOWN_MESSAGE, request.target, request.msgid)
    if not overrides:
        if _is_author(state, user, written):
            _check_own(state, entry, request, written)
        elif not _looks_after(state, user, channel, written):
            raise Refusal(Reason.CANNOT_REDACT, request.target, request.msgid)
        if request.reason and membership is not None and channel.guarded:
            # Whoever may not speak does not do it so.
            policy.check_heard_by_all(channel, user, membership, request.reason)
    return channel.id if isinstance(written.audience, str) else _still_here(state, written.audience, user)


def _in_private(state: State, entry: Entry, request: Redact, user: User, other: User) -> Audience:
    written = request.written
    if written is None or not _was_sent_between(state, written, user, other):
        raise Refusal(Reason.UNKNOWN_MESSAGE, request.target, request.msgid)
    if not _is_author(state, user, written):
        raise Refusal(Reason.CANNOT_REDACT, request.target, request.msgid)
    _check_own(state, entry, request, written)
    receivers = tuple(each for each in written.audience if each == other.id)
    if request.reason and other.guarded and other is not user:
        if policy.has_silenced(other, user):
            receivers = ()
        else:
            policy.check_message_user(user, other, request.reason)
            if policy.must_call(user, other):
                raise Refusal(Reason.NOT_ACCEPTED, other.nick)
    return _still_here(state, receivers, user)


def _was_sent_between(state: State, written: Written, user: User, other: User) -> bool:
    """Whether it is a private message of the two. One to somebody who has silenced its author has reached
    nobody; its author is not told that, not even by this."""
    if isinstance(written.audience, str) or state.channel(written.target) is not None:
        return False
    mine = _is_author(state, user, written)
    if other.id in written.audience:
        return mine or user.id in written.audience
    return mine and state.fold(written.target) == other.folded


def _was_sent_to(state: State, written: Written, channel: Channel) -> bool:
    if isinstance(written.audience, str):
        return written.audience == channel.id
    return state.fold(written.target) == channel.folded


def _is_author(state: State, user: User, written: Written) -> bool:
    if written.user == user.id:
        return True
    return written.account is not None and state.fold(written.account) == user.folded_account


def _check_own(state: State, entry: Entry, request: Redact, written: Written) -> None:
    """Raise Refusal unless authors take back what they have said, and this is not too long ago."""
    if state.settings.redaction is Redaction.OFF:
        raise Refusal(Reason.CANNOT_REDACT, request.target, request.msgid)
    if entry.at - written.at > state.settings.redaction_window:
        raise Refusal(Reason.REDACTION_TOO_LATE, request.target, request.msgid)


def _looks_after(state: State, user: User, channel: Channel, written: Written) -> bool:
    """Whether the user is of a rank to redact in the channel what others have said, and the author of this is
    nobody higher there."""
    if state.settings.redaction is not Redaction.OPERATORS:
        return False
    membership = channel.members[user]
    if membership.ranks < Rank.HALFOP:
        return False
    author = state.users.get(written.user)
    theirs = channel.members.get(author) if author is not None else None
    return theirs is None or policy.highest(theirs.ranks) <= policy.highest(membership.ranks)


def _still_here(state: State, users: tuple[UserId, ...], user: User) -> tuple[UserId, ...]:
    here = dict.fromkeys(each for each in users if each in state.users)
    return tuple({**here, user.id: None})
