"""What happened once, as it is told now: with the names that channels and people have today."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.history.record import Record
from chatdaemon.realm.events import (
    Event,
    Joined,
    Kicked,
    ModesChanged,
    Parted,
    Portrayed,
    Posted,
    PostedLines,
    Relayed,
    TopicChanged,
)
from chatdaemon.realm.reading import Reading


def retold(record: Record, reading: Reading, nick: str) -> Event:
    """The event of a record, for a reader who is called `nick` now. Whoever did it is named as it was then:
    only where it was done, and to whom it was said, has today's name, so that clients know which
    conversation it is part of."""
    event = record.told
    where = reading.target
    if isinstance(event, Posted):
        return event._replace(target=_receiver(record, reading, nick))
    if isinstance(event, PostedLines):
        return replace(event, target=_receiver(record, reading, nick))
    if isinstance(event, Relayed):
        return event if event.target == where else replace(event, target=where)
    if isinstance(event, Joined):
        # Who was away then says nothing of now.
        return replace(event, channel=where, away=None)
    if isinstance(event, (Kicked, ModesChanged, Parted, Portrayed, TopicChanged)):
        return event if event.channel == where else replace(event, channel=where)
    return event


def _receiver(record: Record, reading: Reading, nick: str) -> str:
    """To whom or where a message was sent."""
    if not record.conversation.private or record.sender == reading.reader:
        return reading.target
    return nick
