"""What a session says of events that concern itself: as the answer to its own request, or when somebody
else made it happen. Events that are not here are rendered as others see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from chatdaemon.protocols.irc.arrival import show, show_url
from chatdaemon.protocols.irc.markers import send_marker
from chatdaemon.protocols.irc.metadata import introduce
from chatdaemon.protocols.irc.modes import user_mode_text
from chatdaemon.protocols.irc.numerics import (
    RPL_AWAY,
    RPL_INVITEREMOVED,
    RPL_INVITING,
    RPL_KNOCKDLVR,
    RPL_LINKCHANNEL,
    RPL_LOGGEDIN,
    RPL_LOGGEDOUT,
    RPL_NOWAWAY,
    RPL_TARGNOTIFY,
    RPL_UMODEGMSG,
    RPL_UNAWAY,
    RPL_UNINVITED,
    RPL_VISIBLEHOST,
    RPL_YOUREOPER,
    Numeric,
)
from chatdaemon.protocols.irc.render import nameless
from chatdaemon.protocols.irc.services import CHANSERV
from chatdaemon.protocols.irc.services.service import Face
from chatdaemon.protocols.irc.welcome import send_welcome
from chatdaemon.realm.accounts import RegistrationSetting
from chatdaemon.realm.events import (
    AccountChanged,
    Attached,
    AwayChanged,
    BecameOperator,
    Called,
    ChannelRenamed,
    Configured,
    Connected,
    Forwarded,
    HostChanged,
    Invited,
    Joined,
    Knocked,
    Parted,
    PartlyRefused,
    Posted,
    PostedLines,
    Quit,
    ReadMarkerSet,
    RealnameChanged,
    Stamp,
    Uninvited,
    UserModesChanged,
    Who,
)
from chatdaemon.realm.modes import Privilege, UserModeChange
from chatdaemon.realm.requests import Kind
from chatdaemon.wire.ircmsg import MAX_LINE
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# Python 3.11 takes a tenth of a microsecond to find a member in its enumeration.
MESSAGE = Kind.MESSAGE

E = TypeVar("E")
Say = Callable[["IRCSession", Stamp, E], None]

# As the answer to the session's own request.
ANSWERS: dict[type, Say[Any]] = {}
# When somebody else did it to the session's user.
TOLD: dict[type, Say[Any]] = {}


def answers(event: type[E], *, told: bool = False) -> Callable[[Say[E]], Say[E]]:
    """Enter the decorated function as the answer to `event`; with `told`, also for what others did."""

    def enter(say: Say[E]) -> Say[E]:
        ANSWERS[event] = say
        if told:
            TOLD[event] = say
        return say

    return enter


def _caused(session: IRCSession, stamp: Stamp, who: Who, numeric: Numeric, *params: str) -> None:
    """Send a numeric with the tags of whoever causes it (account-tag, "Description"; bot-mode; oper-tag)."""
    line = cut(numeric.line(session.server.name, session.nick, params), MAX_LINE - 2)
    session.send(f"{session.renderer.tags(nameless(stamp), who)}{line}\r\n".encode())


@answers(Posted)
def posted(session: IRCSession, stamp: Stamp, event: Posted) -> None:
    if session.echo and not session.echoes:
        session.send(session.renderer.render(stamp, event))
    _of_receiver(session, stamp, event)


@answers(PostedLines)
def posted_lines(session: IRCSession, stamp: Stamp, event: PostedLines) -> None:
    if session.echo:
        session.send(session.renderer.render(stamp, event))
    _of_receiver(session, stamp, event)


def _of_receiver(session: IRCSession, stamp: Stamp, event: Posted | PostedLines) -> None:
    user = session.user
    if isinstance(event.audience, str) or user is None or event.rank:
        return
    # Not by the audience: who is silenced is in there alone.
    target = session.realm.user(event.target)
    if target is user:
        # Who writes to themselves receives it, beside the echo; only that has the label.
        with session.unasked():
            session.send(session.renderer.render(stamp, event))
    if target is not None and target.away is not None and event.kind is MESSAGE:
        session.numeric(RPL_AWAY, target.nick, target.away)


@answers(Connected)
def connected(session: IRCSession, stamp: Stamp, event: Connected) -> None:
    _welcome(session, event.who)


def _welcome(session: IRCSession, who: Who) -> None:
    session.user = session.realm.users[who.id]
    session.registration = None
    session.server.strangers.pop(session, None)
    session.welcome()
    send_welcome(session)


@answers(Attached)
def attached(session: IRCSession, stamp: Stamp, event: Attached) -> None:
    """The welcome, what the user has said of itself with other clients, and the channels that it is in, as if
    it joined them now (`arrival.come_back` has the rest)."""
    _welcome(session, event.who)
    user = session.me
    session.exempt = user.may(Privilege.NO_FLOOD)
    if user.modes:
        given = tuple(UserModeChange(mode, True) for mode in user.modes)
        user_modes_changed(session, stamp, UserModesChanged((), user.who, given))
    if user.operator is not None:
        session.numeric(RPL_YOUREOPER)
    if user.away is not None:
        session.numeric(RPL_NOWAWAY)
    for channel in user.channels:
        joined = Joined((), user.who, channel.id, channel.name, None, False)
        session.send(session.renderer.render(nameless(stamp), joined))


@answers(Joined, told=True)
def joined(session: IRCSession, stamp: Stamp, event: Joined) -> None:
    session.send(session.renderer.render(stamp, event))
    user = session.user
    channel = session.realm.channel(event.channel)
    if user is None or event.who.id != user.id or channel is None:
        return
    show(session, channel)
    introduce(session, channel)
    show_url(session, channel)
    registration = channel.registration
    if registration is not None and RegistrationSetting.ENTRY_MESSAGE in registration.settings:
        face = Face(session, CHANSERV, "", "")
        face.say(f"[{channel.name}] {registration.settings[RegistrationSetting.ENTRY_MESSAGE]}")


@answers(ChannelRenamed, told=True)
def channel_renamed(session: IRCSession, stamp: Stamp, event: ChannelRenamed) -> None:
    """RENAME for those who understand it; the others leave one channel and enter another, as it seems to
    them, unless it is only the case of letters that has changed (draft/channel-rename, "Fallback")."""
    user = session.user
    channel = session.realm.channel(event.name)
    if session.has("draft/channel-rename"):
        session.send(session.renderer.render(stamp, event))
        return
    fold = session.realm.fold
    if user is None or channel is None or fold(event.channel) == fold(event.name):
        return
    render = session.renderer.render
    left = Parted((user.id,), user.who, channel.id, event.channel, event.reason or None)
    entered = Joined((user.id,), user.who, channel.id, channel.name, user.away, False)
    session.send(render(stamp, left) + render(nameless(stamp), entered))
    show(session, channel)


@answers(ReadMarkerSet)
def read_marker_set(session: IRCSession, stamp: Stamp, event: ReadMarkerSet) -> None:
    if session.has("draft/read-marker") or session.command == "MARKREAD":
        send_marker(session, event.target, event.at)


def told_read_marker(session: IRCSession, stamp: Stamp, event: ReadMarkerSet) -> None:
    """Another client of the user's, or of its account's, has read on."""
    if session.has("draft/read-marker"):
        send_marker(session, event.target, event.at)


TOLD[ReadMarkerSet] = told_read_marker


@answers(Forwarded)
def forwarded(session: IRCSession, stamp: Stamp, event: Forwarded) -> None:
    session.numeric(RPL_LINKCHANNEL, event.channel, event.to)


@answers(AwayChanged)
def away_changed(session: IRCSession, stamp: Stamp, event: AwayChanged) -> None:
    session.numeric(RPL_UNAWAY if event.text is None else RPL_NOWAWAY)


@answers(RealnameChanged)
def realname_changed(session: IRCSession, stamp: Stamp, event: RealnameChanged) -> None:
    """SETNAME for those who asked for it (setname); words for the others."""
    if session.has("setname"):
        session.send(session.renderer.render(stamp, event))
    else:
        session.notice(f"Your realname is now {event.realname}")


@answers(HostChanged, told=True)
def host_changed(session: IRCSession, stamp: Stamp, event: HostChanged) -> None:
    session.send(session.renderer.render(stamp, event))
    if event.who.id == session.me.id:
        session.numeric(RPL_VISIBLEHOST, event.host)


@answers(AccountChanged, told=True)
def account_changed(session: IRCSession, stamp: Stamp, event: AccountChanged) -> None:
    session.send(session.renderer.render(stamp, event))
    if event.who.id != session.me.id:
        return
    # Another nick may follow, and is not told yet.
    server, who = session.server.name, event.who
    if event.account is not None:
        text = f"You are now logged in as {event.account}"
        session.reply(RPL_LOGGEDIN.line(server, who.nick, (who.source, event.account, text)))
    else:
        session.reply(RPL_LOGGEDOUT.line(server, who.nick, (who.source,)))


@answers(UserModesChanged, told=True)
def user_modes_changed(session: IRCSession, stamp: Stamp, event: UserModesChanged) -> None:
    session.exempt = session.me.may(Privilege.NO_FLOOD)
    nick = event.who.nick
    tags = session.renderer.tags(nameless(stamp), event.who)
    session.send(f"{tags}:{nick} MODE {nick} :{user_mode_text(event.changes)}\r\n".encode())


@answers(BecameOperator)
def became_operator(session: IRCSession, stamp: Stamp, event: BecameOperator) -> None:
    session.exempt = session.me.may(Privilege.NO_FLOOD)
    session.numeric(RPL_YOUREOPER)


@answers(Invited)
def invited(session: IRCSession, stamp: Stamp, event: Invited) -> None:
    if event.target.id == event.who.id:
        # ChanServ opens a closed channel to those with access to it.
        told_invited(session, stamp, event)
        return
    session.numeric(RPL_INVITING, event.target.nick, event.channel)
    target = session.realm.users.get(event.target.id)
    if target is not None and target.away is not None:
        session.numeric(RPL_AWAY, target.nick, target.away)


def told_invited(session: IRCSession, stamp: Stamp, event: Invited) -> None:
    line = session.renderer.line(stamp, event.who, f"INVITE {event.target.nick} :{event.channel}")
    session.send(line.encode())


TOLD[Invited] = told_invited


@answers(Uninvited)
def uninvited(session: IRCSession, stamp: Stamp, event: Uninvited) -> None:
    session.numeric(RPL_INVITEREMOVED, event.channel, event.target.nick)


def told_uninvited(session: IRCSession, stamp: Stamp, event: Uninvited) -> None:
    text = f"You were uninvited from {event.channel} by {event.who.nick}"
    _caused(session, stamp, event.who, RPL_UNINVITED, text)


TOLD[Uninvited] = told_uninvited


@answers(Called)
def called(session: IRCSession, stamp: Stamp, event: Called) -> None:
    """Behind 716, which is how it was refused; as silent as that where there must be no answer."""
    if not session.quiet:
        session.numeric(RPL_TARGNOTIFY, event.target.nick)


def told_called(session: IRCSession, stamp: Stamp, event: Called) -> None:
    who = event.who
    _caused(session, stamp, who, RPL_UMODEGMSG, who.nick, f"{who.username}@{who.host}")


TOLD[Called] = told_called


@answers(Knocked)
def knocked(session: IRCSession, stamp: Stamp, event: Knocked) -> None:
    session.numeric(RPL_KNOCKDLVR, event.channel)


@answers(PartlyRefused)
def partly_refused(session: IRCSession, stamp: Stamp, event: PartlyRefused) -> None:
    for refusal in event.refusals:
        session.refuse(refusal)


@answers(Configured)
def configured(session: IRCSession, stamp: Stamp, event: Configured) -> None:
    """Only the server itself asks for this."""


@answers(Quit, told=True)
def quit_(session: IRCSession, stamp: Stamp, event: Quit) -> None:
    """The user was removed, perhaps by its own KILL, and the session ends with it; or it removed another."""
    if session.user is None or event.who.id != session.user.id:
        session.send(session.renderer.render(stamp, event))
        return
    session.user = None
    session.id = ""
    session.drop(event.reason)
