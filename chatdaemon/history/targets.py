"""Which conversations somebody has, by their last message, over records in memory."""

from __future__ import annotations

from collections.abc import Iterable

from chatdaemon.history.query import Target, TargetsQuery
from chatdaemon.history.record import Record
from chatdaemon.history.selection import is_shown
from chatdaemon.realm.conversations import Conversation
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.reading import Reading


def targets_in(
    conversations: Iterable[tuple[Conversation, Iterable[Record]]], query: TargetsQuery
) -> list[Target]:
    """Those of the reader's, each with the last message that it may read. Bounds are not looked at: there may
    be a later message elsewhere."""
    channels = {reading.conversation: reading for reading in query.readings}
    found = []
    for conversation, records in conversations:
        reading = channels.get(conversation)
        if reading is None:
            if not conversation.private or query.reader not in conversation:
                continue
            reading = Reading(conversation, "", 0, Rank.NONE, query.reader)
        last = max((each.at for each in records if each.message and is_shown(each, reading)), default=None)
        if last is not None:
            found.append(Target(conversation, last))
    return found


def without_doubles(targets: Iterable[Target], query: TargetsQuery) -> list[Target]:
    """Each conversation once, with the latest of its times, and of them those that the query asks for."""
    latest: dict[Conversation, int] = {}
    for conversation, at in targets:
        latest[conversation] = max(at, latest.get(conversation, 0))
    found = [Target(*each) for each in latest.items() if query.after < each[1] < query.before]
    found.sort(key=lambda target: (target.at, target.conversation))
    return found[-query.limit :] if query.newest else found[: query.limit]
