"""MONITOR: who wants to know when a nick comes or goes. Lists belong to sessions, not to the realm.

With extended-monitor, a watcher who shares no channel with somebody also learns what the members of a channel
do: that they go away or come back, log in or out, change their host or their realname.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.node import Node
from chatdaemon.protocols.irc.metadata import introduce
from chatdaemon.protocols.irc.numerics import RPL_MONOFFLINE, RPL_MONONLINE, Numeric
from chatdaemon.protocols.irc.render import nameless
from chatdaemon.realm.entry import UserId
from chatdaemon.realm.events import (
    AccountChanged,
    AwayChanged,
    Connected,
    Event,
    HostChanged,
    NickChanged,
    Quit,
    RealnameChanged,
    Stamp,
    Who,
)

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

PresenceChanged = AwayChanged | AccountChanged | HostChanged | RealnameChanged


class WatchLists:
    """Owns, for each folded nick, the sessions that watch it, and for each session what it watches, with
    the nicks as they were given."""

    def __init__(self, node: Node) -> None:
        self._realm = node.realm
        self._fold = node.realm.fold
        self.watchers: dict[str, dict[IRCSession, None]] = {}
        self.watched: dict[IRCSession, dict[str, str]] = {}
        # What those who are away have said of it: saying it again is an event, and no news.
        self._away: dict[UserId, str] = {
            user.id: user.away for user in node.realm.users.values() if user.away is not None
        }
        node.observers.append(self.observe)

    # The lists.

    def of(self, session: IRCSession) -> list[str]:
        """The nicks that the session watches, as it gave them."""
        return list(self.watched.get(session, {}).values())

    def watches(self, session: IRCSession, nick: str) -> bool:
        return self._fold(nick) in self.watched.get(session, {})

    def add(self, session: IRCSession, nick: str) -> None:
        """Watch a nick that is not watched yet."""
        folded = self._fold(nick)
        self.watched.setdefault(session, {})[folded] = nick
        self.watchers.setdefault(folded, {})[session] = None

    def remove(self, session: IRCSession, nick: str) -> None:
        """Watch a nick no more; one that is not watched is passed over."""
        folded = self._fold(nick)
        watched = self.watched.get(session)
        if watched is None or watched.pop(folded, None) is None:
            return
        if not watched:
            del self.watched[session]
        self._unlist(session, folded)

    def forget(self, session: IRCSession) -> None:
        """Watch nothing any more, since the list was cleared or the session is gone."""
        for folded in self.watched.pop(session, {}):
            self._unlist(session, folded)

    def _unlist(self, session: IRCSession, folded: str) -> None:
        watchers = self.watchers[folded]
        del watchers[session]
        if not watchers:
            del self.watchers[folded]

    # What happens to those who are watched.

    def observe(self, stamp: Stamp, event: Event) -> None:
        """Tell those who watch the user that the event is about."""
        if isinstance(event, AwayChanged) and not self._is_news(event):
            return
        if isinstance(event, Quit):
            self._away.pop(event.who.id, None)
        if not self.watchers:
            return
        if isinstance(event, Connected):
            self._tell(stamp, event.who, event.who.nick, RPL_MONONLINE, event.who.source)
        elif isinstance(event, Quit):
            self._tell(stamp, event.who, event.who.nick, RPL_MONOFFLINE, event.who.nick)
        elif isinstance(event, NickChanged):
            who = event.who
            if self._fold(who.nick) != self._fold(event.nick):
                self._tell(stamp, who, who.nick, RPL_MONOFFLINE, who.nick)
                now = f"{event.nick}!{who.username}@{who.host}"
                self._tell(stamp, who, event.nick, RPL_MONONLINE, now)
        elif isinstance(event, PresenceChanged):
            self._tell_more(stamp, event)

    def _is_news(self, event: AwayChanged) -> bool:
        before = self._away.get(event.who.id)
        if event.text is None:
            self._away.pop(event.who.id, None)
        else:
            self._away[event.who.id] = event.text
        return event.text != before

    def _tell(self, stamp: Stamp, who: Who, nick: str, numeric: Numeric, text: str) -> None:
        for session in self.watchers.get(self._fold(nick), ()):
            # The tags of whoever causes the numeric (account-tag, "Description"; bot-mode).
            tags = session.renderer.tags(nameless(stamp), who)
            line = numeric.line(session.server.name, session.nick, (text,))
            # Never part of the answer to a command, labelled or not: nobody asked just now.
            session.write(f"{tags}{line}\r\n".encode())
            user = self._realm.user(nick) if numeric is RPL_MONONLINE else None
            if user is not None:
                with session.unasked():
                    introduce(session, user)

    def _tell_more(self, stamp: Stamp, event: PresenceChanged) -> None:
        """Tell what changed to watchers with extended-monitor, save those who were told as neighbours."""
        where = event.audience
        for session in self.watchers.get(self._fold(event.who.nick), ()):
            if "extended-monitor" not in session.capabilities:
                continue
            user = session.me
            if isinstance(where, str):
                told = any(channel.id == where for channel in user.channels)
            else:
                told = user.id in where
            if not told:
                text = session.renderer.render(stamp, event)
                if text:
                    session.write(text)
