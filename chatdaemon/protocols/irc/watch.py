"""MONITOR: telling IRC clients when a nick comes or goes.

With extended-monitor, a watcher who shares no channel with somebody also learns what the members of a channel
do: that they go away or come back, log in or out, change their host or their realname.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols import watching
from chatdaemon.protocols.irc.metadata import introduce
from chatdaemon.protocols.irc.numerics import RPL_MONOFFLINE, RPL_MONONLINE, Numeric
from chatdaemon.protocols.irc.render import nameless
from chatdaemon.protocols.watching import PresenceChanged
from chatdaemon.realm.events import Stamp, Who

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


class WatchLists(watching.WatchLists["IRCSession"]):
    """The nicks that IRC sessions watch."""

    def came(self, watcher: IRCSession, stamp: Stamp, who: Who, nick: str) -> None:
        _tell(watcher, stamp, who, RPL_MONONLINE, f"{nick}!{who.username}@{who.host}")
        user = self._realm.user(nick)
        if user is not None:
            with watcher.unasked():
                introduce(watcher, user)

    def went(self, watcher: IRCSession, stamp: Stamp, who: Who, nick: str) -> None:
        _tell(watcher, stamp, who, RPL_MONOFFLINE, nick)

    def changed(self, watcher: IRCSession, stamp: Stamp, event: PresenceChanged) -> None:
        if "extended-monitor" in watcher.capabilities and not self.is_neighbour(watcher.me, event):
            text = watcher.renderer.render(stamp, event)
            if text:
                watcher.write(text)


def _tell(session: IRCSession, stamp: Stamp, who: Who, numeric: Numeric, text: str) -> None:
    # The tags of whoever causes the numeric (account-tag, "Description"; bot-mode).
    tags = session.renderer.tags(nameless(stamp), who)
    line = numeric.line(session.server.name, session.nick, (text,))
    # Never part of the answer to a command, labelled or not: nobody asked just now.
    session.write(f"{tags}{line}\r\n".encode())
