"""Taking back what was said: one's own, or what others said where one looks after the channel."""

from __future__ import annotations

from chatdaemon.realm import access, policy
from chatdaemon.realm.conversations import Conversation, Identity, between, identity_of, in_channel
from chatdaemon.realm.entry import Entry, UserId
from chatdaemon.realm.events import Audience, Event, Redacted
from chatdaemon.realm.modes import Privilege, Rank
from chatdaemon.realm.reading import may_read
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Redact
from chatdaemon.realm.settings import Redaction
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import cut
from chatdaemon.realm.written import Written


@applies(Redact)
def redact(state: State, entry: Entry, request: Redact) -> tuple[Event, ...]:
    """Who may not read a message is told no more of it than that there is no such message: ids can be
    guessed."""
    user = state.actor(entry)
    channel = state.channel(request.target)
    if channel is not None:
        target = channel.name
        audience = _in_channel(state, entry, request, user, channel)
    else:
        target, audience = _in_private(state, entry, request, user)
    reason = cut(request.reason, state.settings.kick_length)
    return (Redacted(audience, user.who, target, request.msgid, reason),)


def _in_channel(state: State, entry: Entry, request: Redact, user: User, channel: Channel) -> Audience:
    membership = channel.members.get(user)
    overrides = Privilege.OVERRIDE in user.privileges
    if membership is None and not overrides:
        raise Refusal(Reason.NOTHING_TO_REDACT, channel.name)
    written = request.written
    if written is None or written.conversation != in_channel(channel.id):
        raise Refusal(Reason.UNKNOWN_MESSAGE, request.target, request.msgid)
    if not overrides:
        if _is_author(state, user, written):
            _check_own(state, entry, request, written)
        elif not _could_read(state, user, channel, written):
            raise Refusal(Reason.UNKNOWN_MESSAGE, request.target, request.msgid)
        elif not _looks_after(state, user, channel, written):
            raise Refusal(Reason.CANNOT_REDACT, request.target, request.msgid)
        if request.reason and membership is not None and channel.guarded:
            # Whoever may not speak does not do it so.
            policy.check_heard_by_all(channel, user, membership, request.reason)
    return _who_could_see(state, channel, written, user)


def _in_private(state: State, entry: Entry, request: Redact, user: User) -> tuple[str, tuple[UserId, ...]]:
    """With whoever it was, here or not: the name, and who is to be told."""
    other = state.user(request.target)
    theirs: tuple[Identity, ...]
    if other is not None:
        theirs = _identities(state, other)
    elif owner := state.owner(request.target):
        theirs = (owner.id,)
    else:
        raise Refusal(Reason.NOTHING_TO_REDACT, request.target)
    written = request.written
    if written is None or not _was_sent_between(_identities(state, user), theirs, written.conversation):
        raise Refusal(Reason.UNKNOWN_MESSAGE, request.target, request.msgid)
    if not _is_author(state, user, written):
        # What never reached them because of whom they have silenced is not there for them.
        reason = Reason.UNKNOWN_MESSAGE if written.rank else Reason.CANNOT_REDACT
        raise Refusal(reason, request.target, request.msgid)
    _check_own(state, entry, request, written)
    if other is None:
        return request.target, (user.id,)
    receivers: tuple[UserId, ...] = () if written.rank else (other.id,)
    if request.reason and other.guarded and other is not user:
        if policy.has_silenced(other, user):
            receivers = ()
        else:
            policy.check_message_user(user, other, request.reason)
            if policy.must_call(user, other):
                raise Refusal(Reason.NOT_ACCEPTED, other.nick)
    return other.nick, _with(receivers, user)


def _identities(state: State, user: User) -> tuple[Identity, ...]:
    """Whom history may know a user as: what it wrote before it logged in is its own, too."""
    return tuple(dict.fromkeys((identity_of(state, user), user.id)))


def _was_sent_between(
    mine: tuple[Identity, ...], theirs: tuple[Identity, ...], conversation: Conversation
) -> bool:
    return any(between(one, other) == conversation for one in mine for other in theirs)


def _is_author(state: State, user: User, written: Written) -> bool:
    return written.user == user.id or written.sender == identity_of(state, user)


def _could_read(state: State, user: User, channel: Channel, written: Written) -> bool:
    reading = may_read(state, user, channel.name)
    return written.at >= reading.since and written.rank <= reading.rank


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
    return policy.highest(_ranks_of_author(state, channel, written)) <= policy.highest(membership.ranks)


def _ranks_of_author(state: State, channel: Channel, written: Written) -> Rank:
    """As the member who the author is, or by the access of the author's account."""
    author = state.users.get(written.user)
    membership = channel.members.get(author) if author is not None else None
    if membership is not None:
        return membership.ranks
    return access.ranks_of(state, channel, state.numbered.get(written.sender))


def _who_could_see(state: State, channel: Channel, written: Written, user: User) -> Audience:
    if not written.rank:
        return channel.id
    author = state.users.get(written.user)
    sees = policy.of_rank(channel, Rank(written.rank))
    return _with(sees if author is None else (*sees, author.id), user)


def _with(users: tuple[UserId, ...], user: User) -> tuple[UserId, ...]:
    """Each once, the user last."""
    return tuple({**dict.fromkeys(users), user.id: None})
