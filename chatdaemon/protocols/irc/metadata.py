"""Metadata on IRC: which keys each session follows, and telling it of them.

The two drafts, metadata-2 and metadata-3, differ in how a client is told: one has METADATA for it, the
other the numerics 761 and 766.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from chatdaemon.node import Node
from chatdaemon.protocols.irc.batches import Batch
from chatdaemon.protocols.irc.capabilities import METADATA
from chatdaemon.protocols.irc.numerics import ERR_METADATASYNCLATER, RPL_KEYNOTSET, RPL_KEYVALUE
from chatdaemon.realm import policy
from chatdaemon.realm.entry import UserId
from chatdaemon.realm.events import ChannelMetadataChanged, Connected, Event, Stamp, UserMetadataChanged
from chatdaemon.realm.metadata import of_user
from chatdaemon.realm.state import Channel, User
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.command import Steps
    from chatdaemon.protocols.irc.session import IRCSession

# Everybody sees every key.
VISIBILITY = "*"
# More lines than these are not sent to a client that did not ask for them: it is told to ask (774).
MOST_UNASKED = 100
# Whoever has more members than this is not even looked at for them.
MOST_MEMBERS = 200

Value = tuple[str, str, str]
"""The name of a channel or nick of a user, a key, and what it is set to."""


class MetadataDesk:
    """Owns, for each session, the keys that it follows and how many changes it has made lately."""

    def __init__(self, node: Node) -> None:
        self._arrived: tuple[UserId, str] = (0, "")  # the last who came, and the entry with which they did
        self._followers: dict[str, dict[IRCSession, None]] = {}
        self._followed: dict[IRCSession, dict[str, None]] = {}
        self._allowances: dict[IRCSession, tuple[float, float]] = {}  # changes left, and as of when
        node.observers.append(self.observe)

    def followed(self, session: IRCSession) -> Mapping[str, None]:
        """The keys that the session follows, in the order in which it began to."""
        return self._followed.get(session, {})

    def follow(self, session: IRCSession, key: str) -> None:
        """Tell the session of this key from now on."""
        self._followed.setdefault(session, {})[key] = None
        self._followers.setdefault(key, {})[session] = None

    def leave(self, session: IRCSession, key: str) -> None:
        """Tell the session of this key no more; one that it does not follow is passed over."""
        followed = self._followed.get(session, {})
        if key in followed:
            del followed[key]
            if not followed:
                del self._followed[session]
            self._unlist(session, key)

    def forget(self, session: IRCSession) -> None:
        """The session follows nothing any more."""
        for key in self._followed.pop(session, {}):
            self._unlist(session, key)
        if session.closing:
            self._allowances.pop(session, None)

    def _unlist(self, session: IRCSession, key: str) -> None:
        followers = self._followers[key]
        del followers[session]
        if not followers:
            del self._followers[key]

    def spend(self, session: IRCSession) -> int:
        """Count one change. How many seconds the session has to wait before it may make it, or 0."""
        settings = session.server.settings
        if settings.metadata_burst is None or session.exempt:
            return 0
        now = session.around.clock.seconds()
        left, since = self._allowances.get(session, (float(settings.metadata_burst), now))
        left = min(float(settings.metadata_burst), left + (now - since) / settings.metadata_interval)
        if left < 1:
            return max(1, round((1 - left) * settings.metadata_interval))
        self._allowances[session] = (left - 1, now)
        return 0

    # What happens.

    def observe(self, stamp: Stamp, event: Event) -> None:
        """Tell those who follow a key that has changed, of what they share a channel with or watch."""
        if isinstance(event, Connected):
            self._arrived = (event.who.id, _entry(stamp))
        elif isinstance(event, UserMetadataChanged) and (event.target.id, _entry(stamp)) == self._arrived:
            # Who comes brings it along: who watches them has been told of all of it just now.
            return
        if isinstance(event, (UserMetadataChanged, ChannelMetadataChanged)):
            for session in self._followers.get(event.key, ()):
                if session.user is not None and not session.closing and self._concerns(session, event):
                    _tell(session, stamp, event)

    def _concerns(self, session: IRCSession, event: UserMetadataChanged | ChannelMetadataChanged) -> bool:
        user = session.me
        own = event.who is not None and event.who.id == user.id
        if own and session is session.node.asking and not _sibling(user, event):
            # It has asked for this, and is answered.
            return False
        where = event.audience
        if isinstance(where, str):
            return any(channel.id == where for channel in user.channels)
        return user.id in where or (
            isinstance(event, UserMetadataChanged)
            and session.server.watch.watches(session, event.target.nick)
        )


def _sibling(user: User, event: UserMetadataChanged | ChannelMetadataChanged) -> bool:
    """Whether the event is about somebody else who is logged in to the user's account."""
    if isinstance(event, ChannelMetadataChanged) or event.target.id == user.id:
        return False
    return user.account is not None and event.target.account == user.account


def _entry(stamp: Stamp) -> str:
    return stamp.msgid.partition(".")[0]


def _tell(session: IRCSession, stamp: Stamp, event: UserMetadataChanged | ChannelMetadataChanged) -> None:
    name = event.channel if isinstance(event, ChannelMetadataChanged) else event.target.nick
    time = f"@time={iso(stamp.at)} " if session.renderer.server_time else ""
    # Never part of the answer to a command, labelled or not: nobody asked just now.
    session.write(f"{time}{news(session, name, event.key, event.value)}\r\n".encode())


def understands(session: IRCSession) -> bool:
    """Whether the client knows of metadata."""
    return session.has("batch") and not METADATA.isdisjoint(session.capabilities)


def news(session: IRCSession, name: str, key: str, value: str | None) -> str:
    """The line that tells a client, unasked, what a key is set to (None: to nothing any more)."""
    server = session.server.name
    if session.has("draft/metadata-2"):
        end = "" if value is None else f" :{value}"
        return f":{server} METADATA {name} {key} {VISIBILITY}{end}"
    if value is None:
        return RPL_KEYNOTSET.line(server, session.nick, (name, key))
    return RPL_KEYVALUE.line(server, session.nick, (name, key, VISIBILITY, value))


def introduce_self(session: IRCSession) -> None:
    """Tell a client all that its own user has."""
    user = session.me
    batch = Batch(session, "metadata", user.nick)
    for key, value in of_user(session.realm, user).items():
        batch.reply(news(session, user.nick, key, value))
    batch.close()


def introduce(session: IRCSession, target: User | Channel) -> None:
    """Tell a client what it follows of a channel that it is in now and of those there, or of a user that it
    watches; when there is too much of it, that it can ask."""
    if not understands(session):
        return
    keys = session.server.metadata.followed(session)
    if isinstance(target, Channel):
        name, targets, many = target.name, everything(session, target), len(target.members) > MOST_MEMBERS
    else:
        name, targets, many = target.nick, iter((target,)), False
    found = (value for each in targets for value in _values(session, each, keys))
    values = list(islice(found, MOST_UNASKED + 1)) if keys and not many else []
    if (keys and many) or len(values) > MOST_UNASKED:
        session.numeric(ERR_METADATASYNCLATER, name, "0")
        return
    batch = None if _silent(session) else Batch(session, "metadata", name)
    for value in values:
        batch = batch or Batch(session, "metadata", name)
        batch.reply(news(session, *value))
    if batch is not None:
        batch.close()


def synchronize(
    session: IRCSession,
    name: str,
    targets: Iterable[User | Channel],
    keys: Iterable[str],
    *,
    asked: bool = True,
) -> Steps:
    """Tell a client what there is of these keys, as fast as it reads."""
    keys = tuple(keys)
    batch = None if not asked and _silent(session) else Batch(session, "metadata", name)
    for target in targets:
        for value in _values(session, target, keys):
            batch = batch or Batch(session, "metadata", name)
            batch.reply(news(session, *value))
        yield
    if batch is not None:
        batch.close()
    return None


def _silent(session: IRCSession) -> bool:
    """Whether the client is spared batches with nothing in them: only the third draft wants them all."""
    return session.has("draft/metadata-2")


def _values(session: IRCSession, target: User | Channel, keys: Iterable[str]) -> Iterator[Value]:
    """What a user or a channel has of these keys."""
    if isinstance(target, Channel):
        name, has = target.name, target.metadata
    else:
        name, has = target.nick, of_user(session.realm, target)
    if has:
        for key in keys:
            if key in has:
                yield name, key, has[key]


def visible(session: IRCSession) -> Iterator[User | Channel]:
    """All that the client is told of: channels, those who are in them, those whom it watches, and itself."""
    viewer = session.me
    found: dict[User, None] = {}
    for channel in tuple(viewer.channels):
        yield channel
        for member in _members(session, channel):
            if member not in found:
                found[member] = None
                yield member
    for user in (viewer, *map(session.realm.user, session.server.watch.of(session))):
        if user is not None and user not in found:
            found[user] = None
            yield user


def everything(session: IRCSession, channel: Channel) -> Iterator[User | Channel]:
    """A channel and everybody in it."""
    yield channel
    yield from _members(session, channel)


def _members(session: IRCSession, channel: Channel) -> Iterator[User]:
    viewer = session.me
    return (member for member in tuple(channel.members) if policy.sees_member(channel, viewer, member))
