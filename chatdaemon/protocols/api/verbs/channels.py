"""Channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops, reads
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.objects import stamp_object
from chatdaemon.protocols.api.table import Result, answers, performs, user_of
from chatdaemon.realm import requests
from chatdaemon.realm.events import Forwarded, Joined

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# Channels in one answer to a list.
PAGE = 500


@performs(ops.Join)
def join(session: APISession, op: ops.Join) -> Result:
    return requests.Join(op.channel, op.key)


@answers(ops.Join)
def joined(session: APISession, op: ops.Join, happenings: Sequence[Happening]) -> Object:
    """The channel as it is now; also when the user was there already."""
    found: Object = {}
    name = op.channel
    for stamp, event in happenings:
        if isinstance(event, Forwarded):
            found["forwarded_from"] = event.channel
        elif isinstance(event, Joined):
            found.update(stamp_object(stamp), created=event.created)
            name = event.channel
    user = user_of(session)
    channel = reads.visible_channel(session.realm, user, name)
    found.update(reads.channel_object(channel))
    if op.members:
        found["members"] = reads.members(channel, user)
    return found


@performs(ops.Part)
def part(session: APISession, op: ops.Part) -> Result:
    return requests.Part(op.channel, op.reason)


@performs(ops.Names)
def names(session: APISession, op: ops.Names) -> Result:
    user = user_of(session)
    channel = reads.visible_channel(session.realm, user, op.channel)
    return {
        "channel": channel.name,
        "channel_id": channel.id,
        "members": reads.members(channel, user),
    }


@performs(ops.List)
def list_(session: APISession, op: ops.List) -> Result:
    return reads.listing(session.realm, user_of(session), op.after, min(op.limit or PAGE, PAGE))


@performs(ops.Topic)
def topic(session: APISession, op: ops.Topic) -> Result:
    if op.text is not None:
        return requests.SetTopic(op.channel, op.text)
    return reads.channel_object(reads.visible_channel(session.realm, user_of(session), op.channel))


@answers(ops.Topic)
def topic_set(session: APISession, op: ops.Topic, happenings: Sequence[Happening]) -> Object:
    found: Object = {}
    for stamp, _ in happenings:
        found.update(stamp_object(stamp))
    channel = reads.visible_channel(session.realm, user_of(session), op.channel)
    return {**found, **reads.channel_object(channel)}
