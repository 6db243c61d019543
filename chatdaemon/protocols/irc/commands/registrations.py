"""RENAME (draft/channel-rename) and AMODE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Asking, Result, command
from chatdaemon.protocols.irc.refusals import code_for
from chatdaemon.protocols.irc.services import CHANSERV
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import RenameChannel
from chatdaemon.wire.ircmsg import Message, middle
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# Of a name that is refused so many bytes are repeated: there must be room for the reason.
MOST_OF_NAME = 100


@command("RENAME", 2)
def rename(session: IRCSession, message: Message) -> Result:
    """RENAME channel name [reason]."""
    old, new, *rest = message.params
    names = [cut(middle(name), MOST_OF_NAME) for name in (old, new)]

    def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        channel = session.realm.channel(new)
        if channel is not None and channel not in session.me.channels:
            # Who is not there, a founder or an operator of the server, sees nothing else of it.
            session.notice(f"{names[0]} is called {channel.name} now")
        return None

    def refused(session: IRCSession, refusal: Refusal) -> Result:
        if refusal.reason in (Reason.CHANNEL_NAME_IN_USE, Reason.CANNOT_RENAME) and (
            session.has("draft/channel-rename") or session.has("standard-replies")
        ):
            code = code_for(refusal.reason)
            session.send_standard_reply("FAIL", "RENAME", code, *names, text=text_of(refusal))
        else:
            session.refuse(refusal)
        return None

    return Asking(RenameChannel(old, new, rest[0] if rest else ""), answered, refused)


@command("AMODE", 1)
def amode(session: IRCSession, message: Message) -> Result:
    """What ChanServ does by this name."""
    return CHANSERV.hear(session, f"AMODE {' '.join(message.params)}")
