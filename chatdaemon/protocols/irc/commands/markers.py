"""MARKREAD: how far one has read, for one's other clients to know (draft/read-marker)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Asking, Result, command
from chatdaemon.protocols.irc.markers import send_known_marker
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.markers import check_marker_target
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import SetReadMarker
from chatdaemon.timestamps import from_iso
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@command("MARKREAD")
def markread(session: IRCSession, message: Message) -> Result:
    params = message.params
    if not params or not params[0]:
        session.fail("MARKREAD", "NEED_MORE_PARAMS", text="It takes a channel or a nickname")
        return None
    if len(params) == 1:
        try:
            check_marker_target(session.realm, params[0])
        except Refusal as refusal:
            return _refused(session, refusal)
        channel, user = session.realm.channel(params[0]), session.realm.user(params[0])
        send_known_marker(session, channel.name if channel else user.nick if user else params[0])
        return None
    key, _, time = params[1].partition("=")
    try:
        at = from_iso(time)
    except ValueError:
        at = None
    if key != "timestamp" or at is None:
        text = "The time has to be timestamp=YYYY-MM-DDThh:mm:ss.sssZ"
        session.fail("MARKREAD", "INVALID_PARAMS", middle(params[1]), text=text)
        return None
    return Asking(SetReadMarker(params[0], at), refused=_refused)


def _refused(session: IRCSession, refusal: Refusal) -> Result:
    if refusal.reason in (Reason.BAD_NICK, Reason.BAD_CHANNEL_NAME):
        session.fail("MARKREAD", "INVALID_PARAMS", middle(refusal.subject), text=text_of(refusal))
    else:
        session.refuse(refusal)
    return None
