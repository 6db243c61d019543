"""What each op does, and what its `ok` says.

PERFORM has, for each op, a function that returns the request to make of the realm, or the answer at once, or
a Deferred of one of these; None when it has answered already. It may raise Fault or Refusal. ANSWERS has
what is answered when the request was applied, where that is more than what the event says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.node import Happening
from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.protocols.api import ops, reads
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import details, stamp_object, user_object
from chatdaemon.realm import requests
from chatdaemon.realm.events import Attached, Connected, Forwarded, Joined, PartlyRefused, Posted
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.names import clean_username
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import CLIENT_TAGS, Kind, Request
from chatdaemon.realm.state import User
from chatdaemon.source import is_among
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

VERSION = 1
# Bytes of all tags of a message: so that they fit into an IRC line even when each needs an escape.
MAX_TAGS = 1024
# Channels in one answer to a list.
PAGE = 500
# Members of all channels that the answer to a hello lists; of what is left it says nothing.
MOST_MEMBERS = 2000

Result = Object | Request | None
AnOp = TypeVar("AnOp", bound=ops.Op)
Perform = Callable[["APISession", AnOp], "Result | Deferred[Result]"]
# It may raise Refusal: what was asked was answered by telling others, and is not done.
Answer = Callable[["APISession", AnOp, Sequence[Happening]], Object]

PERFORM: dict[type, Perform[Any]] = {}
ANSWERS: dict[type, Answer[Any]] = {}


def performs(op: type[AnOp]) -> Callable[[Perform[AnOp]], Perform[AnOp]]:
    """Enter the decorated function as what `op` does."""

    def enter(perform: Perform[AnOp]) -> Perform[AnOp]:
        PERFORM[op] = perform
        return perform

    return enter


def answers(op: type[AnOp]) -> Callable[[Answer[AnOp]], Answer[AnOp]]:
    """Enter the decorated function as what is answered to `op`."""

    def enter(answer: Answer[AnOp]) -> Answer[AnOp]:
        ANSWERS[op] = answer
        return answer

    return enter


def what_happened(session: APISession, op: ops.Op, happenings: Sequence[Happening]) -> Object:
    """The answer to ops that have none of their own: the event, without the name of who asked."""
    found: Object = {}
    for stamp, event in happenings:
        found.update(stamp_object(stamp), **details(event))
    found.pop("from", None)
    return found


def user_of(session: APISession) -> User:
    """The session's user. Raises Refusal when it is gone."""
    if session.user is None:
        raise Refusal(Reason.NOT_CONNECTED)
    return session.user


@performs(ops.Hello)
def hello(session: APISession, op: ops.Hello) -> Result | Deferred[Result]:
    if session.user is not None:
        raise Refusal(Reason.ALREADY_CONNECTED)
    if op.v != VERSION:
        raise Fault(Code.UNSUPPORTED_VERSION, f"This server speaks version {VERSION}", "$.v")
    hashed = session.server.settings.password_hash
    if hashed is None:
        return _connect(session, op)
    verified = session.server.passwords.verify(hashed, op.password or "")
    return verified.addCallbacks(_admit, _unchecked, callbackArgs=(session, op), errbackArgs=(session,))


def _admit(good: bool, session: APISession, op: ops.Hello) -> Result:
    if session.closing:
        return None
    if good:
        return _connect(session, op)
    session.refuse(Fault(Code.BAD_PASSWORD, "The server's password is another", "$.password"))
    session.drop("Bad password")
    return None


def _unchecked(failure: Failure, session: APISession) -> Result:
    failure.trap(QueueFull, Stopped)
    if not session.closing:
        session.refuse(Fault(Code.BUSY, "Too many people are logging in: try again later"))
    return None


def _connect(session: APISession, op: ops.Hello) -> Request:
    session.attach()
    nick = op.nick if op.nick is not None else session.account or _guest(session)
    host = session.host
    return requests.Connect(
        nick,
        clean_username(nick, session.server.settings.username_length),
        op.realname if op.realname is not None else nick,
        host,
        host,
        account=session.account,
        secure=session.secure,
        certificate=session.certificate,
        exempt=is_among(host, session.server.settings.login_exempt),
        device=op.device.lower() if op.device is not None else session.device,
    )


def _guest(session: APISession) -> str:
    """A nick for somebody who does not care."""
    nick = f"guest-{session.id}"
    while session.realm.user(nick) is not None:
        nick += "_"
    return nick


@answers(ops.Hello)
def connected(session: APISession, op: ops.Hello, happenings: Sequence[Happening]) -> Object:
    user = session.realm.sessions[session.id]
    session.entered(user)
    server = session.server
    found: Object = {
        "v": VERSION,
        "session": session.id,
        "server": server.name,
        "network": server.settings.network,
        "time": iso(happenings[0][0].at),
        "user": {**user_object(user.who), "realname": user.realname},
        "modes": [mode.value for mode in user.modes],
        "casemapping": session.realm.settings.casemapping,
        "limits": server.limits(),
    }
    for _, event in happenings:
        if isinstance(event, (Connected, Attached)) and event.seen_at is not None:
            found["seen"] = iso(event.seen_at)
        if isinstance(event, Attached):
            found["channels"] = _channels(user, op.members)
    if user.away is not None:
        found["away"] = user.away
    return found


def _channels(user: User, with_members: bool) -> list[Object]:
    """The channels of somebody who was here before this client came, as if it had joined them now."""
    found = []
    left = MOST_MEMBERS if with_members else 0
    for channel in user.channels:
        described = reads.channel_object(channel)
        if len(channel.members) <= left:
            left -= len(channel.members)
            described["members"] = reads.members(channel, user)
        found.append(described)
    return found


@performs(ops.Nick)
def nick(session: APISession, op: ops.Nick) -> Result:
    return requests.ChangeNick(op.nick)


@answers(ops.Nick)
def renamed(session: APISession, op: ops.Nick, happenings: Sequence[Happening]) -> Object:
    return {**what_happened(session, op, happenings), "nick": user_of(session).nick}


@performs(ops.Join)
def join(session: APISession, op: ops.Join) -> Result:
    return requests.Join(op.channel, op.key)


@answers(ops.Join)
def joined(session: APISession, op: ops.Join, happenings: Sequence[Happening]) -> Object:
    """The channel as it is now; also when the user was there already."""
    found: Object = {}
    name = op.channel
    for stamp, event in happenings:
        if isinstance(event, Forwarded):
            found["forwarded_from"] = event.channel
        elif isinstance(event, Joined):
            found.update(stamp_object(stamp), created=event.created)
            name = event.channel
    user = user_of(session)
    channel = reads.visible_channel(session.realm, user, name)
    found.update(reads.channel_object(channel))
    if op.members:
        found["members"] = reads.members(channel, user)
    return found


@performs(ops.Part)
def part(session: APISession, op: ops.Part) -> Result:
    return requests.Part(op.channel, op.reason)


@performs(ops.Send)
def send(session: APISession, op: ops.Send) -> Result:
    most = session.server.settings.text_length
    if most is not None and len(op.text) * 4 > most and len(op.text.encode()) > most:
        raise Fault(Code.TOO_LONG, f"A text has {most} bytes at most", "$.text")
    if op.tags:
        _check_tags(op.tags)
    if op.kind is Kind.TAG:
        if op.text:
            raise Fault(Code.BAD_REQUEST, "What is of kind tag has no text", "$.text")
        if not op.tags:
            raise Fault(Code.BAD_REQUEST, "What is of kind tag has tags", "$.tags")
    rank = op.rank.rank if op.rank is not None else Rank.NONE
    return requests.Post(op.target, op.text, op.kind, op.tags or None, rank)


def _check_tags(tags: dict[str, str]) -> None:
    size = 0
    for name, value in tags.items():
        if name not in CLIENT_TAGS:
            raise Fault(Code.UNKNOWN_TAG, f"Tags are {', '.join(CLIENT_TAGS)}", "$.tags")
        size += len(name) + len(value.encode())
    if size > MAX_TAGS:
        raise Fault(Code.TOO_LONG, f"Tags have {MAX_TAGS} bytes at most", "$.tags")


@answers(ops.Send)
def sent(session: APISession, op: ops.Send, happenings: Sequence[Happening]) -> Object:
    """The id and time that all others see, and what the sender could not know."""
    found: Object = {}
    for stamp, event in happenings:
        found.update(stamp_object(stamp))
        if isinstance(event, PartlyRefused):
            # Somebody was told that there is a message, not what it says.
            raise event.refusals[0]
        if isinstance(event, Posted):
            found.update(_unforeseen(session, op, event))
    return found


def _unforeseen(session: APISession, op: ops.Send, event: Posted) -> Object:
    """What became of a message that its sender could not know."""
    found: Object = {}
    if event.text != op.text:
        found["text"] = event.text
    if op.kind is Kind.MESSAGE and not isinstance(event.audience, str) and not event.rank:
        # Not by the audience: who is silenced is in there alone.
        receiver = session.realm.user(event.target)
        if receiver is not None and receiver.away is not None:
            found["away"] = receiver.away
    return found


@performs(ops.Names)
def names(session: APISession, op: ops.Names) -> Result:
    user = user_of(session)
    channel = reads.visible_channel(session.realm, user, op.channel)
    return {
        "channel": channel.name,
        "channel_id": channel.id,
        "members": reads.members(channel, user),
    }


@performs(ops.List)
def list_(session: APISession, op: ops.List) -> Result:
    return reads.listing(session.realm, user_of(session), op.after, min(op.limit or PAGE, PAGE))


@performs(ops.Topic)
def topic(session: APISession, op: ops.Topic) -> Result:
    if op.text is not None:
        return requests.SetTopic(op.channel, op.text)
    return reads.channel_object(reads.visible_channel(session.realm, user_of(session), op.channel))


@answers(ops.Topic)
def topic_set(session: APISession, op: ops.Topic, happenings: Sequence[Happening]) -> Object:
    found: Object = {}
    for stamp, _ in happenings:
        found.update(stamp_object(stamp))
    channel = reads.visible_channel(session.realm, user_of(session), op.channel)
    return {**found, **reads.channel_object(channel)}


@performs(ops.Away)
def away(session: APISession, op: ops.Away) -> Result:
    return requests.SetAway(op.text)


@performs(ops.Ping)
def ping(session: APISession, op: ops.Ping) -> Result:
    return {"time": session.server.time()}


@performs(ops.Bye)
def bye(session: APISession, op: ops.Bye) -> Result:
    session.reply({})
    session.drop(f"Quit: {op.reason}" if op.reason else "Quit")
    return None
