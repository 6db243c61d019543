"""What a world's history has kept, for tests to look at."""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.defer import Deferred

from chatdaemon.history.query import Query
from chatdaemon.history.record import Record
from chatdaemon.realm.conversations import Conversation, between, in_channel
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.reading import Reading
from tests.world import World

T = TypeVar("T")


def result(deferred: Deferred[T]) -> T:
    """What a Deferred that has fired came to."""
    found: list[T] = []
    deferred.addCallback(found.append)
    (value,) = found
    return value


def all_of(world: World, conversation: Conversation) -> list[Record]:
    """Everything that is kept of a conversation, whoever may read it."""
    reading = Reading(conversation, "", 0, Rank(max(Rank) * 2 - 1), 0)
    return result(world.history.read(Query(reading, limit=1000, events=True)))


def of_channel(world: World, name: str) -> list[Record]:
    channel = world.realm.channel(name)
    assert channel is not None
    return all_of(world, in_channel(channel.id))


def of_people(world: World, one: str, other: str) -> list[Record]:
    users = [world.realm.user(nick) for nick in (one, other)]
    ids = [
        account.id if (account := world.realm.account_of(user)) is not None else user.id
        for user in users
        if user is not None
    ]
    return all_of(world, between(*ids))
