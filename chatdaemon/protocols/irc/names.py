"""NAMES replies (353, 366): who is in a channel, as far as the asker may know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc.modes import PREFIX, PREFIXES
from chatdaemon.protocols.irc.numerics import RPL_ENDOFNAMES, RPL_NAMREPLY
from chatdaemon.realm import policy
from chatdaemon.realm.modes import ChannelFlag
from chatdaemon.realm.state import Channel
from chatdaemon.wire.ircmsg import MAX_LINE

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


def send_names(session: IRCSession, channel: Channel) -> None:
    """Send the names of one channel."""
    user = session.user
    if user is None:
        return
    prefixes = PREFIXES if session.has("multi-prefix") else PREFIX
    full = session.has("userhost-in-names")
    everybody = user in channel.members and ChannelFlag.AUDITORIUM not in channel.flags
    words = [
        prefixes[membership.ranks] + (member.who.source if full else member.nick)
        for member, membership in channel.members.items()
        if everybody or policy.sees_member(channel, user, member)
    ]
    symbol = "@" if ChannelFlag.SECRET in channel.flags else "="
    room = MAX_LINE - 2 - len(f":{session.server.name} 353 {session.nick} {symbol} {channel.name} :")
    for names in lines(words, room):
        session.numeric(RPL_NAMREPLY, symbol, channel.name, names)
    session.numeric(RPL_ENDOFNAMES, channel.name)


def lines(words: Iterable[str], room: int) -> list[str]:
    """Words joined by spaces, in lines of at most `room` ASCII characters each."""
    found: list[str] = []
    line: list[str] = []
    size = -1
    for word in words:
        size += len(word) + 1
        if size > room and line:
            found.append(" ".join(line))
            line = []
            size = len(word)
        line.append(word)
    if line:
        found.append(" ".join(line))
    return found
