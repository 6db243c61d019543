"""Channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops, reads
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.forms import Channel, Entered, Member
from chatdaemon.protocols.api.objects import stamp_object
from chatdaemon.protocols.api.scope import within
from chatdaemon.protocols.api.table import Result, answers, performs, user_of, what_happened
from chatdaemon.protocols.api.verbs.history import time_of
from chatdaemon.realm import requests
from chatdaemon.realm.events import Forwarded, Invited, Joined, Kicked, Knocked, Parted, Uninvited
from chatdaemon.realm.masks import compile_glob

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

# Channels in one answer to a list.
PAGE = 500


class NowIn(Entered):
    """The `ok` of a `join`: without `msgid` you were there before. `forwarded_from` is where you wanted to
    go."""

    msgid: NotRequired[str]
    time: NotRequired[str]
    created: NotRequired[bool]
    forwarded_from: NotRequired[str]


class MembersTold(TypedDict):
    """The `ok` of `names`."""

    channel: str
    channel_id: str
    members: list[Member]


class Listed(TypedDict):
    """A channel in a list, and how many are there."""

    channel: str
    members: int
    topic: NotRequired[str]


class Listing(TypedDict):
    """The `ok` of `list`. `more`: there are others behind the last."""

    channels: list[Listed]
    more: bool


class TopicTold(Channel):
    """The `ok` of `topic`; `msgid` where it was changed."""

    msgid: NotRequired[str]
    time: NotRequired[str]


@performs(ops.Join, NowIn)
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
    if not within(session, channel.name):
        # A forward has led out of what the token is for.
        return {**found, "channel": channel.name, "channel_id": channel.id}
    found.update(reads.channel_object(channel))
    if op.members:
        found["members"] = reads.members(channel, user)
    return found


@performs(ops.Part, Parted)
def part(session: APISession, op: ops.Part) -> Result:
    return requests.Part(op.channel, op.reason)


@performs(ops.Names, MembersTold)
def names(session: APISession, op: ops.Names) -> Result:
    user = user_of(session)
    channel = reads.visible_channel(session.realm, user, op.channel)
    return {
        "channel": channel.name,
        "channel_id": channel.id,
        "members": reads.members(channel, user),
    }


@performs(ops.List, Listing)
def list_(session: APISession, op: ops.List) -> Result:
    limit = min(op.limit or PAGE, PAGE)
    return reads.listing(session.realm, user_of(session), op.after, limit, _conditions(session, op))


def _conditions(session: APISession, op: ops.List) -> list[reads.Condition]:
    """What channels have to be, for a list of some of them."""
    found: list[reads.Condition] = []
    fold = session.realm.fold
    if op.mask is not None:
        like = compile_glob(fold(op.mask))
        found.append(lambda channel: bool(like(channel.folded)))
    if op.unlike is not None:
        unlike = compile_glob(fold(op.unlike))
        found.append(lambda channel: not unlike(channel.folded))
    if (above := op.members_above) is not None:
        found.append(lambda channel: len(channel.members) > above)
    if (below := op.members_below) is not None:
        found.append(lambda channel: len(channel.members) < below)
    if (made_after := time_of(op.created_after, "created_after")) is not None:
        found.append(lambda channel: channel.created_at > made_after)
    if (made_before := time_of(op.created_before, "created_before")) is not None:
        found.append(lambda channel: channel.created_at < made_before)
    if (set_after := time_of(op.topic_after, "topic_after")) is not None:
        found.append(lambda channel: bool(channel.topic) and channel.topic_at > set_after)
    if (set_before := time_of(op.topic_before, "topic_before")) is not None:
        found.append(lambda channel: bool(channel.topic) and channel.topic_at < set_before)
    return found


@performs(ops.Topic, TopicTold)
def topic(session: APISession, op: ops.Topic) -> Result:
    if op.text is not None:
        return requests.SetTopic(op.channel, op.text, op.by_access)
    return reads.channel_object(reads.visible_channel(session.realm, user_of(session), op.channel))


@answers(ops.Topic)
def topic_set(session: APISession, op: ops.Topic, happenings: Sequence[Happening]) -> Object:
    found: Object = {}
    for stamp, _ in happenings:
        found.update(stamp_object(stamp))
    channel = reads.visible_channel(session.realm, user_of(session), op.channel)
    return {**found, **reads.channel_object(channel)}


@performs(ops.Kick, Kicked)
def kick(session: APISession, op: ops.Kick) -> Result:
    return requests.Kick(op.channel, op.nick, op.reason, op.by_access)


class InvitedAway(TypedDict, total=False):
    """Why an invitation may not be read at once."""

    away: str


@performs(ops.Invite, Invited, InvitedAway)
def invite(session: APISession, op: ops.Invite) -> Result:
    return requests.Invite(op.nick, op.channel, op.by_access)


@answers(ops.Invite)
def invited(session: APISession, op: ops.Invite, happenings: Sequence[Happening]) -> Object:
    found = what_happened(session, op, [each for each in happenings if isinstance(each[1], Invited)])
    user = session.realm.user(op.nick)
    if user is not None and user.away is not None:
        found["away"] = user.away
    return found


@performs(ops.Uninvite, Uninvited)
def uninvite(session: APISession, op: ops.Uninvite) -> Result:
    return requests.Uninvite(op.nick, op.channel)


class InvitedTo(TypedDict, total=False):
    """The `ok` of `invitations`: names of channels."""

    channels: list[str]


@performs(ops.Invitations, InvitedTo)
def invitations(session: APISession, op: ops.Invitations) -> Result:
    realm = session.realm
    channels = user_of(session).invited or {}
    return {"channels": [each.name for each in channels if realm.channel(each.name) is each]}


@performs(ops.Knock, Knocked)
def knock(session: APISession, op: ops.Knock) -> Result:
    return requests.Knock(op.channel, op.text or "")
