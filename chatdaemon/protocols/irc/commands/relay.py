"""RELAYMSG: what a bridge says for people of another network (IRCv3 draft/relaymsg)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.irc.commands.messages import client_only
from chatdaemon.protocols.irc.numerics import ERR_UNKNOWNCOMMAND
from chatdaemon.protocols.irc.render import Renderer, nameless, pieces, renders
from chatdaemon.realm.events import Relayed, Stamp
from chatdaemon.realm.requests import Relay
from chatdaemon.wire.ircmsg import Message, escape_tag

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

CAPABILITY = "draft/relaymsg"


@command("RELAYMSG", 3)
def relaymsg(session: IRCSession, message: Message) -> Result:
    """For those who have the capability, and can tell by its tag what they have relayed themselves: it comes
    back to them like to everybody."""
    if not session.has(CAPABILITY):
        session.numeric(ERR_UNKNOWNCOMMAND, "RELAYMSG")
        return None
    channel, nick, text = message.params[:3]
    tags = client_only(message.tags) if message.tags and session.renderer.message_tags else None
    return Relay(channel, nick, text, tags)


@renders(Relayed)
def relayed(renderer: Renderer, stamp: Stamp, event: Relayed) -> str:
    """A PRIVMSG of somebody who is not here. Those who see tags see who relayed it; that one's account is
    nothing that the one who speaks has."""
    head = f":{event.source} PRIVMSG {event.target} :"
    first, *others = pieces(head, event.text)
    tags, rest = _tags(renderer, stamp, event), _tags(renderer, nameless(stamp), event)
    return f"{tags}{head}{first}\r\n" + "".join([f"{rest}{head}{each}\r\n" for each in others])


def _tags(renderer: Renderer, stamp: Stamp, event: Relayed) -> str:
    tags = renderer.tags(stamp, None, event.tags)
    if not renderer.message_tags and CAPABILITY not in renderer.capabilities:
        return tags
    relayer = f"{CAPABILITY}={escape_tag(event.who.nick)}"
    # Before the client's own (message-tags, "Client-only tags").
    return f"@{relayer};{tags[1:]}" if tags else f"@{relayer} "
