"""Who wants to know when a nick comes or goes (MONITOR). Lists belong to sessions, not to the realm."""

from __future__ import annotations

from typing import Generic, TypeVar

from chatdaemon.node import Node
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
from chatdaemon.realm.state import User

PresenceChanged = AwayChanged | AccountChanged | HostChanged | RealnameChanged

Watcher = TypeVar("Watcher")


class WatchLists(Generic[Watcher]):
    """Owns, for each folded nick, the sessions of one protocol that watch it, and for each session what it
    watches, with the nicks as they were given. Subclasses tell the sessions."""

    def __init__(self, node: Node) -> None:
        self._realm = node.realm
        self._fold = node.realm.fold
        self.watchers: dict[str, dict[Watcher, None]] = {}
        self.watched: dict[Watcher, dict[str, str]] = {}
        # What those who are away have said of it: saying it again is an event, and no news.
        self._away: dict[UserId, str] = {
            user.id: user.away for user in node.realm.users.values() if user.away is not None
        }
        node.observers.append(self.observe)

    # What subclasses do.

    def came(self, watcher: Watcher, stamp: Stamp, who: Who, nick: str) -> None:
        """Tell the watcher that `who` is here, and is called `nick`."""
        raise AssertionError("a subclass tells")

    def went(self, watcher: Watcher, stamp: Stamp, who: Who, nick: str) -> None:
        """Tell the watcher that nobody is called `nick` any more."""
        raise AssertionError("a subclass tells")

    def changed(self, watcher: Watcher, stamp: Stamp, event: PresenceChanged) -> None:
        """Tell the watcher, unless it was told as a neighbour."""
        raise AssertionError("a subclass tells")

    # The lists.

    def of(self, watcher: Watcher) -> list[str]:
        """The nicks that the session watches, as it gave them."""
        return list(self.watched.get(watcher, {}).values())

    def watches(self, watcher: Watcher, nick: str) -> bool:
        return self._fold(nick) in self.watched.get(watcher, {})

    def add(self, watcher: Watcher, nick: str) -> None:
        """Watch a nick that is not watched yet."""
        folded = self._fold(nick)
        self.watched.setdefault(watcher, {})[folded] = nick
        self.watchers.setdefault(folded, {})[watcher] = None

    def remove(self, watcher: Watcher, nick: str) -> None:
        """Watch a nick no more; one that is not watched is passed over."""
        folded = self._fold(nick)
        watched = self.watched.get(watcher)
        if watched is None or watched.pop(folded, None) is None:
            return
        if not watched:
            del self.watched[watcher]
        self._unlist(watcher, folded)

    def forget(self, watcher: Watcher) -> None:
        """Watch nothing any more, since the list was cleared or the session is gone."""
        for folded in self.watched.pop(watcher, {}):
            self._unlist(watcher, folded)

    def _unlist(self, watcher: Watcher, folded: str) -> None:
        watchers = self.watchers[folded]
        del watchers[watcher]
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
            self._arrive(stamp, event.who, event.who.nick)
        elif isinstance(event, Quit):
            self._leave(stamp, event.who)
        elif isinstance(event, NickChanged):
            if self._fold(event.who.nick) != self._fold(event.nick):
                self._leave(stamp, event.who)
                self._arrive(stamp, event.who, event.nick)
        elif isinstance(event, PresenceChanged):
            for watcher in self._watchers(event.who.nick):
                self.changed(watcher, stamp, event)

    def _is_news(self, event: AwayChanged) -> bool:
        before = self._away.get(event.who.id)
        if event.text is None:
            self._away.pop(event.who.id, None)
        else:
            self._away[event.who.id] = event.text
        return event.text != before

    def _watchers(self, nick: str) -> tuple[Watcher, ...]:
        return tuple(self.watchers.get(self._fold(nick), ()))

    def _arrive(self, stamp: Stamp, who: Who, nick: str) -> None:
        for watcher in self._watchers(nick):
            self.came(watcher, stamp, who, nick)

    def _leave(self, stamp: Stamp, who: Who) -> None:
        for watcher in self._watchers(who.nick):
            self.went(watcher, stamp, who, who.nick)

    @staticmethod
    def is_neighbour(user: User, event: PresenceChanged) -> bool:
        """Whether a user is told of the event for the channels that they have in common."""
        where = event.audience
        if isinstance(where, str):
            return any(channel.id == where for channel in user.channels)
        return user.id in where
