"""From events to records: what history keeps of each, and in which conversations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chatdaemon.history.settings import Kept
from chatdaemon.realm.conversations import Conversation, Identity, between, identity_of, in_channel
from chatdaemon.realm.events import (
    Audience,
    Joined,
    Kicked,
    ModesChanged,
    NickChanged,
    Parted,
    Portrayed,
    Posted,
    PostedLines,
    Quit,
    Relayed,
    TopicChanged,
    Who,
)
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.names import CHANTYPES
from chatdaemon.realm.policy import is_hidden
from chatdaemon.realm.requests import Kind
from chatdaemon.realm.state import State

# Python 3.11 takes a tenth of a microsecond to find a member in its enumeration.
TAG = Kind.TAG
# That somebody is typing is nothing to remember.
FLEETING = frozenset({"+typing", "+draft/typing"})

Place = tuple[Conversation, int]
"""A conversation, and the rank that it takes there to see a record."""

# Who comes and goes unseen by most (in an auditorium) is seen by half-operators.
HIDDEN = int(Rank.HALFOP)
# In a private conversation a record with a rank is shown to its sender only.
SENDER_ONLY = int(Rank.VOICE)


def identity_of_who(state: State, who: Who | None) -> Identity:
    """Who somebody is to history; 0 for the server."""
    if who is None:
        return 0
    account = state.account(who.account) if who.account is not None else None
    return who.id if account is None else account.id


def is_worth_keeping(event: Posted) -> bool:
    """False for what programs say to one another (CTCP, but for actions) and for tags that are fleeting."""
    if event.kind is TAG:
        return event.tags is not None and not FLEETING.issuperset(event.tags)
    text = event.text
    return text[0] != "\x01" or text.startswith("\x01ACTION ")


def place_of_message(state: State, event: Posted | PostedLines) -> Place | None:
    """Where a message belongs; None where its receiver is not here any more."""
    audience = event.audience
    if isinstance(audience, str):
        return in_channel(audience), 0
    if len(audience) == 2 and event.target[:1] != CHANTYPES:
        # Who received it stands first: the common case, without a look at names.
        receiver = state.users.get(audience[0])
        if receiver is None:
            return None
        return between(identity_of_who(state, event.who), identity_of(state, receiver)), 0
    channel = state.channel(event.target)
    if channel is not None:
        return in_channel(channel.id), int(event.rank)
    target = state.user(event.target)
    if target is None:
        return None
    seen = target.id in audience
    return between(identity_of_who(state, event.who), identity_of(state, target)), 0 if seen else SENDER_ONLY


def _in_its_channel(state: State, event: Any) -> Iterator[Place]:
    yield in_channel(event.channel_id), _rank(event.audience)


def _rank(audience: Audience) -> int:
    return 0 if isinstance(audience, str) else HIDDEN


def _portrayed(state: State, event: Portrayed) -> Iterator[Place]:
    channel = state.channel(event.channel)
    if channel is not None:
        yield in_channel(channel.id), int(event.rank)


def _quit(state: State, event: Quit) -> Iterator[Place]:
    for channel in event.channels:
        yield in_channel(channel), HIDDEN if channel in event.hidden else 0


def _nick(state: State, event: NickChanged) -> Iterator[Place]:
    user = state.users.get(event.who.id)
    if user is not None:
        for channel, membership in user.channels.items():
            yield in_channel(channel.id), HIDDEN if is_hidden(channel, membership) else 0


PLACES: dict[type, tuple[Kept | None, Callable[[State, Any], Iterator[Place]]]] = {
    Relayed: (None, _in_its_channel),
    Portrayed: (None, _portrayed),
    Joined: (Kept.JOIN, _in_its_channel),
    Parted: (Kept.PART, _in_its_channel),
    Kicked: (Kept.PART, _in_its_channel),
    Quit: (Kept.QUIT, _quit),
    NickChanged: (Kept.NICK, _nick),
    TopicChanged: (Kept.TOPIC, _in_its_channel),
    ModesChanged: (Kept.MODE, _in_its_channel),
}
"""By the type of the event, beside Posted and PostedLines: whether it is kept at all (None: always), and
where."""
