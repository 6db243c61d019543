"""NAMES replies (353, 366): who is in a channel, as far as the asker may know.

The names of a large channel are kept, joined into lines: in a channel of 2,000 everybody who joins is sent
nearly the same two million words that those before were sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from chatdaemon.node import Node
from chatdaemon.protocols.irc.modes import PREFIX, PREFIXES
from chatdaemon.protocols.irc.numerics import RPL_ENDOFNAMES, RPL_NAMREPLY
from chatdaemon.protocols.irc.wrap import wrap
from chatdaemon.realm import policy
from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.events import (
    Event,
    HostChanged,
    Kicked,
    ModesChanged,
    NickChanged,
    Parted,
    Quit,
    Stamp,
)
from chatdaemon.realm.modes import ChannelFlag, ChannelRank
from chatdaemon.realm.state import Channel, Membership, User
from chatdaemon.wire.ircmsg import MAX_LINE
from chatdaemon.wire.text import size_of

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# Names are kept for channels of so many members; those of others are made each time.
LARGE = 50
# Kept lines have room for an asker's nick of so many characters; for longer ones they are made each time.
NICK_ROOM = 32


class Style:
    """How names are written: with all prefixes or the highest, with user and host or without."""

    __slots__ = ("full", "prefixes")

    def __init__(self, *, every_prefix: bool, full: bool) -> None:
        self.prefixes = PREFIXES if every_prefix else PREFIX
        self.full = full

    def words(self, members: Iterable[tuple[User, Membership]]) -> list[str]:
        """One for each member."""
        prefixes = self.prefixes
        if self.full:
            return [prefixes[membership.ranks] + member.who.source for member, membership in members]
        return [prefixes[membership.ranks] + member.nick for member, membership in members]


STYLES = {
    (every_prefix, full): Style(every_prefix=every_prefix, full=full)
    for every_prefix in (False, True)
    for full in (False, True)
}


class Roster:
    """The names of all members of a channel in one style, in lines of at most `room` bytes."""

    __slots__ = ("_line", "_lines", "_size", "count", "room")

    def __init__(self, room: int) -> None:
        self.count = 0
        self.room = room
        self._lines: list[str] = []
        self._line: list[str] = []
        self._size = -1

    def add(self, words: list[str]) -> None:
        """Put the names of more members at the end."""
        self.count += len(words)
        for word in words:
            size = size_of(word)
            self._size += size + 1
            if self._size > self.room and self._line:
                self._lines.append(" ".join(self._line))
                self._line = []
                self._size = size
            self._line.append(word)

    @property
    def lines(self) -> list[str]:
        return [*self._lines, " ".join(self._line)] if self._line else self._lines


class Rosters:
    """Owns the rosters of large channels that somebody has asked for. One is thrown away when a member leaves
    or is called something else, and grows when somebody joins."""

    def __init__(self, node: Node) -> None:
        self._realm = node.realm
        self._kept: dict[ChannelId, dict[Style, Roster]] = {}
        node.observers.append(self._observe)

    def lines(self, channel: Channel, style: Style, room: int) -> list[str]:
        """The names of all members, in lines. `room` is another when the channel is called otherwise."""
        styles = self._kept.get(channel.id)
        if styles is None:
            styles = self._kept[channel.id] = {}
        roster = styles.get(style)
        if roster is None or roster.room != room:
            roster = styles[style] = Roster(room)
        members = channel.members
        missing = len(members) - roster.count
        if missing:
            # Whoever is new is at the end.
            new = list(islice(reversed(members.items()), missing))
            new.reverse()
            roster.add(style.words(new))
        return roster.lines

    def _observe(self, stamp: Stamp, event: Event) -> None:
        kept = self._kept
        if not kept:
            return
        if isinstance(event, (Parted, Kicked)):
            kept.pop(event.channel_id, None)
        elif isinstance(event, ModesChanged):
            if any(isinstance(change.mode, ChannelRank) for change in event.changes):
                kept.pop(event.channel_id, None)
        elif isinstance(event, Quit):
            for each in event.channels:
                kept.pop(each, None)
        elif isinstance(event, (NickChanged, HostChanged)):
            user = self._realm.users.get(event.who.id)
            for channel in user.channels if user is not None else ():
                kept.pop(channel.id, None)


def send_names(session: IRCSession, channel: Channel) -> None:
    """Send the names of one channel."""
    user = session.me
    style = STYLES[session.has("multi-prefix"), session.has("userhost-in-names")]
    symbol = "@" if ChannelFlag.SECRET in channel.flags else "="
    server = session.server
    nick = session.nick
    head = f":{server.name} {RPL_NAMREPLY.code} {nick} {symbol} {channel.name} :"
    everybody = user in channel.members and ChannelFlag.AUDITORIUM not in channel.flags
    if everybody and len(channel.members) >= LARGE and size_of(nick) <= NICK_ROOM:
        found = server.rosters.lines(channel, style, MAX_LINE - 2 - size_of(head) + size_of(nick) - NICK_ROOM)
    else:
        seen = channel.members.items()
        words = style.words(each for each in seen if everybody or policy.sees_member(channel, user, each[0]))
        found = wrap(words, MAX_LINE - 2 - size_of(head))
    session.replies(head + names for names in found)
    session.numeric(RPL_ENDOFNAMES, channel.name)
