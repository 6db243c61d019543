"""The forms of what stands in answers and events beside texts and numbers, as types.

What the reference and the schema say of them is made from here.

An answer of its own is a TypedDict beside what makes it (`verbs/`); what more than one has is here.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from chatdaemon.realm.events import Event, Joined
from chatdaemon.realm.modes import ChannelRank


class User(TypedDict):
    """A user. `bot`: they said that they are one; `operator`: of the server."""

    nick: str
    username: str
    host: str
    account: NotRequired[str]
    bot: NotRequired[bool]
    operator: NotRequired[bool]
    realname: NotRequired[str]


class Error(TypedDict):
    """Why something is not done."""

    code: str
    message: str
    at: NotRequired[str]
    subject: NotRequired[str]
    detail: NotRequired[str]
    msgid: NotRequired[str]
    change: NotRequired[dict[str, Any]]


class Topic(TypedDict):
    """A topic, who set it, and when."""

    text: str
    by: str
    time: str


class Member(TypedDict):
    """Somebody in a channel; `ranks` are theirs there, highest first."""

    nick: str
    account: NotRequired[str]
    bot: NotRequired[bool]
    ranks: NotRequired[list[ChannelRank]]
    away: NotRequired[bool]


class Channel(TypedDict):
    """A channel: what it is called, what it is, and its topic."""

    channel: str
    channel_id: str
    topic: NotRequired[Topic]


class Entered(Channel):
    """A channel where somebody is, with its members."""

    members: NotRequired[list[Member]]


class Pinged(TypedDict):
    """You have been silent for long: send any message, such as `{"op":"ping"}`, or be dropped."""

    time: str


class Ended(TypedDict):
    """The connection ends now, for this reason."""

    time: str
    reason: str


class Slow(TypedDict):
    """You read so slowly that `queued` bytes wait for you, more than half of the `limit` at which you are
    dropped. It is told again when nothing has waited meanwhile."""

    time: str
    queued: int
    limit: int


class Gap(TypedDict):
    """Events are missing here that cannot be told any more: those behind the message id `since`, if you
    have named one, up to `until`. What was said can be asked for by `history`."""

    since: NotRequired[str]
    until: str


class Online(TypedDict):
    """Somebody whom you watch is here."""

    time: str
    user: User


class Offline(TypedDict):
    """Nobody is called `nick` any more, whom you watch."""

    time: str
    nick: str


# Events that are none of the realm's: a session's own.
OWN_EVENTS: dict[str, type] = {
    "online": Online,
    "offline": Offline,
    "ping": Pinged,
    "slow": Slow,
    "gap": Gap,
    "bye": Ended,
}
# What sessions add to events of the realm, where they do.
ADDED: dict[type[Event], type] = {Joined: Entered}
