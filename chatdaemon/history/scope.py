"""Where a search looks: all that somebody may read, channels and people."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed

from chatdaemon.history.history import History
from chatdaemon.history.query import Target, TargetsQuery
from chatdaemon.realm.conversations import identity_of
from chatdaemon.realm.reading import Reading, may_read, reading_of, readings
from chatdaemon.realm.state import State, User

# Of the people that somebody has written with, those of late are searched.
PEOPLE = 500
# Behind all times, in ms since 1970.
EVER = 2**53


def readings_of(
    history: History, state: State, user: User, target: str | None = None
) -> Deferred[tuple[Reading, ...]]:
    """What the user may read of the channel or person of this name; without one, of all its channels and of
    what it has written with people.

    Raises Refusal (NO_HISTORY) where it may read nothing of the target. The Deferred fails with
    StorageFailed.
    """
    if target is not None:
        return succeed((may_read(state, user, target),))
    channels = readings(state, user)
    query = TargetsQuery(identity_of(state, user), (), 0, EVER, PEOPLE)

    def complete(found: list[Target]) -> tuple[Reading, ...]:
        people = (reading_of(state, user, each.conversation) for each in found)
        return (*channels, *(reading for reading in people if reading is not None))

    return history.targets(query).addCallback(complete)
