"""What somebody has missed, for clients that cannot ask for it: sent by itself when they come back.

A client that comes is told what was said since it was last there: when its user is here (always on, or with
another client), in all channels and by people; otherwise by people at once, and in each channel when it joins
that. It is as much as there is up to the moment from which on it hears what is said as it happens, so that
nothing is missing and nothing told twice. What is said while the replay lasts may come in between: that is
what the batch, and the times, are for. What was said in the very millisecond up to which a client had been
told, it may be told again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.history.query import Bound, Query, TargetsQuery
from chatdaemon.history.record import Point, point_of
from chatdaemon.history.scope import EVER, PEOPLE
from chatdaemon.protocols.irc.playing import (
    ASKING,
    STEPS_A_TURN,
    heads,
    is_playable,
    messages,
    minute,
    play,
    say,
)
from chatdaemon.realm.conversations import Conversation, identity_of, in_channel
from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.events import AccountChanged, Attached, Connected, Event, Joined, Kicked, Parted, Stamp
from chatdaemon.realm.modes import Rank
from chatdaemon.realm.presence import device_seen_at
from chatdaemon.realm.reading import Reading, reading_of
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.server import IRCServer
    from chatdaemon.protocols.irc.session import IRCSession

# Of each conversation so much is told to a client of which it is not known what it has been told before.
LATEST = 50
# How often a client that is slow to read is looked at, seconds.
SLOW_LOOK = 0.1
# Conversations that a client may have waiting to be told.
MOST_WAITING = 1000
# Behind the last step of what is played.
END = object()


@dataclass(frozen=True, slots=True)
class Missed:
    """What is to be told: of one conversation, or of all that people have written (None); from `since` on (ms
    since 1970; None: the latest), up to what was `before`, `limit` messages at most of each conversation.

    With `asked` the client has asked for just this, and knows that there may be more.
    """

    conversation: Conversation | None
    since: int | None
    before: Bound
    limit: int
    asked: bool = False
    behind: Point | None = None  # in place of `since`, where it is known to the event


class Absence:
    """What one client has missed, as far as it is to be told by itself.

    It had been told all up to `since` (ms since 1970; None: not known) when it came, and of the channels that
    it `left` later all up to then; or it has `asked` for what was said since then. `owed` is from when on it
    could not be told, since nothing could be read.
    """

    __slots__ = ("asked", "left", "owed", "queue", "ready", "running", "since")

    def __init__(self, since: int | None, *, ready: bool) -> None:
        self.since = since
        self.asked = False
        self.ready = ready
        self.running = False
        self.left: dict[ChannelId, Stamp] = {}
        self.queue: deque[Missed] = deque()
        self.owed: int | None = None


class Replays:
    """Follows a server's node, and owns what its clients are still to be told."""

    log = Logger(namespace="chatdaemon.replay")

    def __init__(self, server: IRCServer) -> None:
        self._server = server
        self._absences: dict[IRCSession, Absence] = {}
        server.node.observers.append(self.observe)

    def meet(self, session: IRCSession, stamp: Stamp, event: Connected | Attached) -> None:
        """The client has come; what it has missed is told from `begin` on."""
        realm, settings = self._server.realm, self._server.node.history.settings
        account = realm.account_of(session.me)
        if account is None or not settings.replay or not _cannot_ask(session):
            return
        absence = Absence(event.seen_at, ready=False)
        before = _place(stamp)
        since = absence.since
        if isinstance(event, Attached):
            limit = settings.replay if since is not None else min(LATEST, settings.replay)
            for channel in session.me.channels:
                absence.queue.append(Missed(in_channel(channel.id), since, before, limit))
            if since is None and len(session.me.sessions) == 1:
                # Of its user's clients this is one that was never seen, and none was there meanwhile.
                since = account.last_seen_at
        if since is not None:
            absence.queue.append(Missed(None, since, before, settings.replay))
        if absence.queue:
            self._absences[session] = absence

    def begin(self, session: IRCSession) -> None:
        """The client has been told where it is."""
        absence = self._absences.get(session)
        if absence is not None:
            absence.ready = True
            self._go(session, absence)

    def ask(self, session: IRCSession, since: int | None, wanted: Sequence[Missed]) -> bool:
        """The client has asked for this; and, with `since` (ms since 1970), for what was said from then on in
        channels that it is not in yet, when it joins them. False when too much is waiting to be told."""
        absence = self._absences.get(session)
        if absence is None:
            absence = self._absences[session] = Absence(None, ready=True)
        elif len(absence.queue) + len(wanted) > MOST_WAITING:
            return False
        if since is not None:
            absence.since, absence.asked = since, True
        absence.queue.extend(wanted)
        self._go(session, absence)
        return True

    def owed(self, session: IRCSession) -> int | None:
        """From when on (ms since 1970) the client has not been told all yet that is about to be; None when it
        has been."""
        absence = self._absences.get(session)
        if absence is None:
            return None
        since = [each.since for each in absence.queue if each.since is not None]
        return min([*since, absence.owed] if absence.owed is not None else since, default=None)

    def forget(self, session: IRCSession) -> None:
        """The client has gone."""
        self._absences.pop(session, None)

    def observe(self, stamp: Stamp, event: Event) -> None:
        """See who enters channels, and who leaves them."""
        if isinstance(event, Joined):
            for session in self._server.node.sessions_of(event.who.id):
                if session in self._server.sessions and not event.created:
                    self._entered(session, stamp, event.channel_id)
        elif isinstance(event, (Parted, Kicked)):
            for session in self._server.node.sessions_of(event.subject):
                absence = self._absences.get(cast("IRCSession", session))
                if absence is not None:
                    absence.left[event.channel_id] = stamp

        elif isinstance(event, AccountChanged) and event.account is not None:
            for session in self._server.node.sessions_of(event.who.id):
                if session in self._server.sessions:
                    self._logged_in(session, stamp)

    def _logged_in(self, session: IRCSession, stamp: Stamp) -> None:
        """Who logs in when it is here already has heard what was said since it joined its channels."""
        settings = self._server.node.history.settings
        user = session.user
        if user is None or session in self._absences or not settings.replay or not _cannot_ask(session):
            return
        since = device_seen_at(self._server.realm, user, user.sessions[session.id].device)
        if since is None:
            return
        absence = self._absences[session] = Absence(since, ready=True)
        for channel, membership in user.channels.items():
            absence.queue.append(Missed(in_channel(channel.id), since, membership.joined_at, settings.replay))
        absence.queue.append(Missed(None, since, _place(stamp), settings.replay))
        self._go(session, absence)

    def _entered(self, session: IRCSession, stamp: Stamp, channel: ChannelId) -> None:
        settings = self._server.node.history.settings
        absence = self._absences.get(session)
        if absence is None:
            if not settings.replay_on_join or not _cannot_ask(session):
                return
            absence = self._absences[session] = Absence(None, ready=True)
        left = absence.left.pop(channel, None)
        since = absence.since if left is None else left.at
        behind = None if left is None else _place(left)
        limit = settings.replay_on_join if since is None else settings.replay
        if limit:
            absence.queue.append(
                Missed(in_channel(channel), since, _place(stamp), limit, absence.asked, behind)
            )
            self._go(session, absence)

    def _go(self, session: IRCSession, absence: Absence) -> None:
        if absence.ready and not absence.running and absence.queue:
            absence.running = True
            told = Deferred.fromCoroutine(self._tell_all(session, absence))
            told.addErrback(self._broken, session)

    def _broken(self, failure: Failure, session: IRCSession) -> None:
        self.log.failure("what {peer} has missed could not be told", failure, peer=session.peer)

    async def _tell_all(self, session: IRCSession, absence: Absence) -> None:
        try:
            # Behind the answer to what set it off.
            await self._pause(session)
            while absence.queue and not session.closing:
                missed = absence.queue[0]
                try:
                    await self._tell(session, missed)
                except StorageFailed:
                    if missed.since is not None:
                        absence.owed = min(missed.since, absence.owed or missed.since)
                    self._say(session, session.nick, "What you have missed cannot be read at the moment.")
                if not session.closing:
                    absence.queue.popleft()
        finally:
            absence.running = False
        if absence.since is None and not session.closing:
            self.forget(session)

    async def _tell(self, session: IRCSession, missed: Missed) -> None:
        user = session.user
        if user is None:
            return
        realm = self._server.realm
        if missed.conversation is not None:
            await self._tell_of(session, missed.conversation, missed)
            return
        own = identity_of(realm, user)
        query = TargetsQuery(own, (), (missed.since or 0) - 1, EVER, PEOPLE)
        for each in await self._server.node.history.targets(query):
            if each.conversation.private and not session.closing:
                await self._tell_of(session, each.conversation, missed)

    async def _tell_of(self, session: IRCSession, conversation: Conversation, missed: Missed) -> None:
        reading = self._reading(session, conversation)
        if reading is None:
            return
        after = missed.since - 1 if missed.since is not None else None
        query = Query(reading, missed.behind or after, missed.before, missed.limit + 1)
        found = await self._server.node.history.read(query)
        # It may have left, and the channel have another name.
        reading = self._reading(session, conversation)
        if session.closing or reading is None:
            return
        more = len(found) > missed.limit and missed.since is not None
        records = [each for each in found[-missed.limit :] if is_playable(session, each, reading)]
        if not records:
            return
        if more and not missed.asked:
            span = f"{iso(missed.since or 0)} {iso(records[0].at)}"
            text = f"More was said than the {len(records)} messages that follow. For the rest:"
            where = session.nick if conversation.private else reading.target
            self._say(session, where, f"{text} /msg HistServ PLAY {reading.target} {span}")
        head = heads(session, _head(len(records), missed.since or None))
        steps = play(session, reading, records, head=head)
        while not session.closing:
            with session.unasked():
                for _ in range(STEPS_A_TURN):
                    if next(steps, END) is END:
                        return
            await self._pause(session)

    def _reading(self, session: IRCSession, conversation: Conversation) -> Reading | None:
        """What the client may read of a conversation now."""
        user = session.user
        if user is None:
            return None
        realm = self._server.realm
        reading = reading_of(realm, user, conversation)
        own = identity_of(realm, user)
        if reading is None and conversation.private and own in conversation:
            # With somebody who was logged in to no account, and has gone.
            return Reading(conversation, "*", 0, Rank.NONE, own)
        return reading

    async def _pause(self, session: IRCSession) -> None:
        """Let others have their turn, and the client read."""
        clock = session.around.clock
        await deferLater(clock, 0)
        while not session.closing and session.outbox.transport.backlog:
            await deferLater(clock, SLOW_LOOK)

    def _say(self, session: IRCSession, target: str, text: str) -> None:
        if not session.closing:
            with session.unasked():
                say(session, target, text)


def _cannot_ask(session: IRCSession) -> bool:
    return session.capabilities.isdisjoint(ASKING)


def _place(stamp: Stamp) -> Point:
    """Where in the log something has just happened."""
    place = point_of(stamp.msgid)
    assert place is not None
    return place


def _head(count: int, since: int | None) -> str:
    if since is None:
        return f"The last {messages(count)}, with times in UTC:"
    return f"{messages(count)} since {minute(since)}, with times in UTC:"
