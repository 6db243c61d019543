"""NPC, NPCA and SCENE: speaking as somebody who is not there (as Ergo has them)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.realm.requests import Portray
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@command("NPC", 3)
def npc(session: IRCSession, message: Message) -> Result:
    channel, character, text = message.params[:3]
    return Portray(channel, character, text)


@command("NPCA", 3)
def npca(session: IRCSession, message: Message) -> Result:
    channel, character, text = message.params[:3]
    return Portray(channel, character, text, action=True)


@command("SCENE", 2)
def scene(session: IRCSession, message: Message) -> Result:
    return Portray(message.params[0], None, message.params[1])
