"""The realm itself: state, and the one way to change it."""

from __future__ import annotations

from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event
from chatdaemon.realm.rules import RULES
from chatdaemon.realm.state import State


class Realm(State):
    """All users and channels. `apply` is the only thing that changes it."""

    def apply(self, entry: Entry) -> tuple[Event, ...]:
        """Apply one entry and say what happened. Raises Refusal before anything but `index` has changed."""
        self.index = entry.index
        return RULES[type(entry.request)](self, entry, entry.request)
