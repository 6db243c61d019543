"""MONITOR: who wants to know when a nick comes or goes. Lists belong to sessions, not to the realm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.node import Node

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


class WatchLists:
    """Owns, for each folded nick, the sessions that watch it, and for each session what it watches."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.watchers: dict[str, dict[IRCSession, None]] = {}
        self.watched: dict[IRCSession, dict[str, str]] = {}

    def forget(self, session: IRCSession) -> None:
        """The session is gone."""
        for folded in self.watched.pop(session, {}):
            watchers = self.watchers[folded]
            del watchers[session]
            if not watchers:
                del self.watchers[folded]
