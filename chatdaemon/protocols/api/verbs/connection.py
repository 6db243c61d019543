"""Coming, going, and being there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.history.record import point_of
from chatdaemon.node import Happening
from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.protocols.api import forms, ops, reads
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import user_object
from chatdaemon.protocols.api.parking import Place
from chatdaemon.protocols.api.table import Result, answers, performs
from chatdaemon.realm import requests
from chatdaemon.realm.events import Attached, Connected
from chatdaemon.realm.modes import UserMode
from chatdaemon.realm.names import clean_username
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Request
from chatdaemon.realm.state import User
from chatdaemon.source import is_among
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

VERSION = 1
# Members of all channels that the answer to a hello lists; of what is left it says nothing.
MOST_MEMBERS = 2000


class Welcome(TypedDict):
    """Who you are, and what the server is. `channels` are there where you are here already, `seen` where your
    device was told something before; `limits` are in bytes, but for `channels` and `lines`. `resume` is the
    token to go on with the session by, and `resumed` whether it is the one that you wanted to go on with."""

    v: int
    session: str
    server: str
    network: str
    time: str
    user: forms.User
    modes: list[UserMode]
    casemapping: str
    limits: dict[str, int]
    seen: NotRequired[str]
    channels: NotRequired[list[forms.Entered]]
    away: NotRequired[str]
    resume: NotRequired[str]
    resumed: NotRequired[bool]


class Now(TypedDict):
    """The time of day."""

    time: str


@performs(ops.Hello, Welcome)
def hello(session: APISession, op: ops.Hello) -> Result | Deferred[Result]:
    if session.user is not None:
        raise Refusal(Reason.ALREADY_CONNECTED)
    if op.v != VERSION:
        raise Fault(Code.UNSUPPORTED_VERSION, f"This server speaks version {VERSION}", "$.v")
    if (
        isinstance(op.resume, ops.Resume)
        and op.resume.after is not None
        and point_of(op.resume.after) is None
    ):
        raise Fault(Code.BAD_REQUEST, "This is no message id", "$.resume.after")
    hashed = session.server.settings.password_hash
    if hashed is None:
        return _begin(session, op)
    verified = session.server.passwords.verify(hashed, op.password or "")
    return verified.addCallbacks(_admit, _unchecked, callbackArgs=(session, op), errbackArgs=(session,))


def _admit(good: bool, session: APISession, op: ops.Hello) -> Result | Deferred[Result]:
    if session.closing:
        return None
    if good:
        return _begin(session, op)
    session.refuse(Fault(Code.BAD_PASSWORD, "The server's password is another", "$.password"))
    session.drop("Bad password")
    return None


def _unchecked(failure: Failure, session: APISession) -> Result:
    failure.trap(QueueFull, Stopped)
    if not session.closing:
        session.refuse(Fault(Code.BUSY, "Too many people are logging in: try again later"))
    return None


def _begin(session: APISession, op: ops.Hello) -> Result | Deferred[Result]:
    """Go on with a session, if that is asked for and can be, or begin one."""
    place = session.claim(op.resume.token) if isinstance(op.resume, ops.Resume) else None
    if place is None:
        return _connect(session, op)

    def go_on(_: None) -> Result:
        if session.closing:
            return None
        return _connect(session, op) if place.over else place

    return place.when_idle().addCallback(go_on)


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
    stamp = happenings[0][0]
    found = _welcome(session, session.id, user, iso(stamp.at))
    if op.resume:
        began = point_of(stamp.msgid)
        assert began is not None, "the node has made it"
        token = session.resumable(began)
        if token is not None:
            found["resume"] = token
    if isinstance(op.resume, ops.Resume):
        found["resumed"] = False
        session.behind = gap_object(op.resume.after, stamp.msgid)
    for _, event in happenings:
        if isinstance(event, (Connected, Attached)) and event.seen_at is not None:
            found["seen"] = iso(event.seen_at)
        if isinstance(event, Attached):
            found["channels"] = _channels(session, user, op.members)
    return found


def gap_object(since: str | None, until: str) -> Object:
    """Says that of what happened between these two nothing is told."""
    found: Object = {"event": "gap", "until": until}
    if since is not None:
        found["since"] = since
    return found


def welcome_back(session: APISession, place: Place, op: ops.Hello) -> Object:
    """The `ok` of a hello that goes on with a session."""
    user = place.user
    return {
        **_welcome(session, place.id, user, session.server.time()),
        "channels": _channels(session, user, op.members),
        "resume": place.token,
        "resumed": True,
    }


def _welcome(session: APISession, id: str, user: User, time: str) -> Object:
    server = session.server
    found: Object = {
        "v": VERSION,
        "session": id,
        "server": server.name,
        "network": server.settings.network,
        "time": time,
        "user": {**user_object(user.who), "realname": user.realname},
        "modes": [mode.value for mode in user.modes],
        "casemapping": session.realm.settings.casemapping,
        "limits": server.limits(),
    }
    if user.away is not None:
        found["away"] = user.away
    return found


def _channels(session: APISession, user: User, with_members: bool) -> list[Object]:
    """The channels of somebody who was here before this client came, as if it had joined them now."""
    found = []
    left = MOST_MEMBERS if with_members else 0
    for channel in user.channels:
        if session.reach is not None and not session.reach.holds(channel.name):
            continue
        described = reads.channel_object(channel)
        if len(channel.members) <= left:
            left -= len(channel.members)
            described["members"] = reads.members(channel, user)
        found.append(described)
    return found


@performs(ops.Ping, Now)
def ping(session: APISession, op: ops.Ping) -> Result:
    return {"time": session.server.time()}


@performs(ops.Bye)
def bye(session: APISession, op: ops.Bye) -> Result:
    session.reply({})
    session.leave(f"Quit: {op.reason}" if op.reason else "Quit")
    return None
