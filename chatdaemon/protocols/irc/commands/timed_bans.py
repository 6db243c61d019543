"""TBAN: a ban for some time, for those whose client has no other way to say it (as InspIRCd has it)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.realm.modes import ChannelList, ModeChange
from chatdaemon.realm.requests import ChangeModes
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@command("TBAN", 3)
def tban(session: IRCSession, message: Message) -> Result:
    """The duration is in seconds where it has no unit; the mask's own is in minutes."""
    channel, duration, mask = message.params[:3]
    time = f"{duration}s" if duration.isascii() and duration.isdigit() else duration
    return ChangeModes(channel, (ModeChange(ChannelList.BAN, True, f"~t:{time}:{mask}"),))
