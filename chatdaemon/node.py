"""The node: it has requests ordered (log), applies them (realm) and delivers what happened (sessions)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.history.history import History
from chatdaemon.log import Log
from chatdaemon.missed import RecentEvents, subjects_of, writer_of
from chatdaemon.outbox import Audience, Outbox, Outlet, Renderer
from chatdaemon.realm.entry import ChannelId, Entry, SessionId, UserId, message_id
from chatdaemon.realm.events import (
    Attached,
    Connected,
    Detached,
    Event,
    Joined,
    Kicked,
    Parted,
    Portrayed,
    Posted,
    PostedLines,
    Quit,
    Redacted,
    Relayed,
    Repeated,
    Stamp,
)
from chatdaemon.realm.realm import Realm
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import DURABLE, PostOnce, Request
from chatdaemon.storage.changes import Change, EraseRecord, PutRecord
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.storage.projection import changes_of

Happening = tuple[Stamp, Event]
# What somebody says; a Posted has a way of its own.
SAID = (Posted, PostedLines, Relayed, Portrayed)
Observer = Callable[[Stamp, Event], None]
# Messages with keys of which nothing is kept, that are remembered: who repeats one is told so again.
UNKEPT = 10_000


class Session(Protocol):
    """One connection, as the node sees it. Each request is answered exactly once, by one of the first three.

    `delivered_as` is what deliveries to it look like; the node is told when it changes.
    `echoes` is true when the session's own posts are to reach it like those of others; `mirrors`, when what
    its user's other sessions write to people is to. `durable` says that its messages are answered when they
    are stored.
    """

    id: SessionId
    outbox: Outbox

    @property
    def delivered_as(self) -> Renderer: ...

    @property
    def echoes(self) -> bool: ...

    @property
    def mirrors(self) -> bool: ...

    @property
    def durable(self) -> bool: ...

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        """The request was applied; these of its events concern this session (own posts among them even
        when `echoes` has delivered them). `stored`: that was waited for, and all of it is on the disk."""

    def refused(self, refusal: Refusal) -> None:
        """The request was refused, and nothing has changed."""

    def failed(self) -> None:
        """Applying the request ran into a bug, which is in the log. The connection is to be dropped."""

    def told(self, stamp: Stamp, event: Event) -> None:
        """Somebody else made this happen to this session's user."""


class Store(Protocol):
    """Where what outlives the process goes, in the order of the log."""

    def write(self, index: int, changes: Sequence[Change], soon: bool = True) -> None:
        """Have what came of the entry with this index stored. Never raises: what cannot be stored now is
        stored when it can. What need not be `soon` may wait a little for more that is to be stored."""

    def flushed(self) -> Deferred[None]:
        """Fires when all that was written up to now is on the disk; fails with StorageFailed when it is not,
        and will be only later."""

    def check(self) -> Deferred[None]:
        """Fires when something can be stored; fails with StorageFailed otherwise."""


class Node:
    """Owns the local sessions and who of them hears what. `observers` are called with every event that is
    not a Posted, after it was delivered."""

    log_events = Logger(namespace="chatdaemon.node")

    def __init__(
        self,
        realm: Realm,
        log: Log,
        outlet: Outlet,
        name: str = "a",
        store: Store | None = None,
        history: History | None = None,
    ) -> None:
        self.realm = realm
        self.history = history if history is not None else History(realm)
        self.store = store
        self.outlet = outlet
        self.name = name
        self.sessions: dict[SessionId, Session] = {}
        # What sessions that come back are told.
        self.recent = RecentEvents(0)
        self.observers: list[Observer] = []
        # Called with every Posted, after it was delivered: on the path of every message.
        self.post_observers: list[Callable[[Stamp, Posted], None]] = []
        self.posts = 0  # messages applied, for STATS and metrics
        self._unkept: dict[str, None] = {}
        # Whose request it is that observers hear the events of, of the sessions here.
        self.asking: Session | None = None
        self._log = log
        self._present: dict[UserId, tuple[Session, ...]] = {}
        self._audiences: dict[ChannelId, Audience] = {}
        self._last_session = 0
        # What the server itself asks and who is to be answered, by the identity of the request.
        self._asked: dict[int, tuple[Request, Session]] = {}
        log.follow(self.commit)

    def attach(self, session: Session) -> SessionId:
        """Take a session in and name it. It stays until its Disconnect is applied, or `detach`."""
        self._last_session += 1
        name = f"{self.name}{self._last_session}"
        self.sessions[name] = session
        return name

    def detach(self, session: Session) -> None:
        """Forget a session that has no user (any more). One that has stays until that has gone."""
        if session.id not in self.realm.sessions:
            self.sessions.pop(session.id, None)

    def submit(self, session: Session | None, request: Request) -> None:
        """Have a request ordered and applied, for a session or for the server itself.

        The answer reaches the session when the entry is applied, and stored if the request is one of DURABLE:
        within this call, or later.
        """
        if type(request) in DURABLE and self.store is not None and session is not None:
            # Before anything is done, so that a full disk leaves nothing half-done.
            checked = self.store.check()
            checked.addCallbacks(
                self._append,
                self._unstored,
                callbackArgs=(session, request),
                errbackArgs=(session, Reason.STORAGE_UNAVAILABLE),
            )
            checked.addErrback(self._unanswered, session)
        else:
            self._log.append(session.id if session is not None else None, request)

    def ask(self, session: Session, request: Request) -> None:
        """Have the server itself ask for something, and answer a session, which has no user and is not
        attached: an operator's at a terminal, say."""
        self._asked[id(request)] = (request, session)
        self._log.append(None, request)

    def _append(self, _: None, session: Session, request: Request) -> None:
        self._log.append(session.id, request)

    def _unstored(self, failure: Failure, session: Session, reason: Reason, subject: str = "") -> None:
        failure.trap(StorageFailed)
        session.refused(Refusal(reason, subject))

    def _unanswered(self, failure: Failure, session: Session) -> None:
        self.log_events.failure("session {id} could not be answered", failure, id=session.id)
        session.failed()

    def sessions_of(self, user: UserId) -> tuple[Session, ...]:
        """The local sessions of a user."""
        return self._present.get(user, ())

    def replace(self, old: Session, new: Session) -> None:
        """Have another be this session from now on: what it would be told and answered, that one is. Others
        see nothing of it. `new` has no id yet."""
        new.id = old.id
        self.sessions[new.id] = new
        user = self.realm.sessions[new.id]
        self._present[user.id] = tuple(new if each is old else each for each in self._present[user.id])
        for channel in user.channels:
            audience = self._audiences[channel.id]
            audience.remove(old.delivered_as, old.outbox)
            audience.add(new.delivered_as, new.outbox)

    def renderer_changed(self, session: Session, before: Renderer) -> None:
        """Deliver to the session in another form from now on."""
        user = self.realm.sessions.get(session.id)
        if user is None or session.delivered_as is before:
            return
        for channel in user.channels:
            audience = self._audiences[channel.id]
            audience.remove(before, session.outbox)
            audience.add(session.delivered_as, session.outbox)

    def commit(self, entry: Entry) -> None:
        """Apply an entry that the log has ordered, deliver what happened, and answer who asked."""
        actor = entry.actor
        session = self.sessions.get(actor) if actor is not None else None
        if self._asked and id(entry.request) in self._asked:
            session = self._asked.pop(id(entry.request))[1]
        try:
            events = self.realm.apply(entry)
        except Refusal as refusal:
            if session is not None:
                try:
                    session.refused(refusal)
                except Exception:
                    self._untold(entry, session)
            return
        except Exception:
            # A bug in the realm. Everybody else goes on; the entry's index is where to look.
            self.log_events.failure(
                "the realm could not apply entry {index} ({request})",
                index=entry.index,
                request=type(entry.request).__name__,
            )
            if session is not None:
                session.failed()
            return
        try:
            if len(events) == 1 and type(events[0]) is Posted:
                self._post(entry, events[0], session)
            elif len(events) == 1 and isinstance(events[0], Repeated):
                if session is not None:
                    self._repeat(events[0], session)
            else:
                self._happen(entry, events, session)
        except Exception:
            self._untold(entry, session)

    def _untold(self, entry: Entry, session: Session | None) -> None:
        """A bug in a protocol. The realm and the other sessions go on; the one that asked does not know what
        it was answered."""
        self.log_events.failure("what came of entry {index} could not be told", index=entry.index)
        if session is not None:
            session.failed()

    def _happen(self, entry: Entry, events: tuple[Event, ...], session: Session | None) -> None:
        concerned: list[Happening] = []
        records, erased = self.history.keep(entry.index, entry.at, events)
        changes: list[Change] = []
        if self.store is not None:
            changes = changes_of(self.realm, events)
            vital = bool(changes) or bool(erased)
            changes += [PutRecord(record) for record in records]
            changes += [EraseRecord(point) for point in erased]
            if changes:
                self.store.write(entry.index, changes, vital)
        if type(entry.request) is PostOnce and not records:
            self._unkept[entry.id] = None
            if len(self._unkept) > UNKEPT:
                del self._unkept[next(iter(self._unkept))]
        self.asking = session
        try:
            for ordinal, event in enumerate(events):
                stamp = Stamp(entry.at, message_id(entry.index, ordinal))
                if isinstance(event, Redacted):
                    self.recent.forget(event.message_id)
                self.recent.events.append((stamp, event, entry.actor))
                if self._deliver(stamp, event, session):
                    concerned.append((stamp, event))
                if isinstance(event, Posted):
                    self.posts += 1
                    for observe in self.post_observers:
                        observe(stamp, event)
                    continue
                for observe in self.observers:
                    observe(stamp, event)
        finally:
            self.asking = None
        if session is None:
            return
        # What was taken back must not come again, so that its author waits for the disk as well.
        said = bool(erased) or (bool(records) and isinstance(events[0], SAID) and session.durable)
        if changes and (said or type(entry.request) in DURABLE):
            self._answer_when_stored(session, concerned)
        else:
            session.answered(concerned)

    def _repeat(self, event: Repeated, session: Session) -> None:
        """Answer for a message with the one that was said before, when that is stored."""
        msgid, at, _ = event.used
        happened = ((Stamp(at, msgid), event),)
        if self.store is None or msgid in self._unkept:
            session.answered(happened)
        else:
            self._answer_when_stored(session, happened)

    def _answer_when_stored(self, session: Session, concerned: Sequence[Happening]) -> None:
        assert self.store is not None
        stored = self.store.flushed()
        stored.addCallbacks(
            lambda _: session.answered(concerned, stored=True),
            self._unstored,
            # What it is called that was done all the same.
            errbackArgs=(session, Reason.NOT_STORED, concerned[0][0].msgid if concerned else ""),
        )
        stored.addErrback(self._unanswered, session)

    def _post(self, entry: Entry, event: Posted, session: Session | None) -> None:
        """Deliver a message: the hot path."""
        self.posts += 1
        stamp = Stamp(entry.at, message_id(entry.index, 0))
        record = self.history.keep_post(entry.index, stamp, event)
        durable = False
        if record is not None and self.store is not None:
            durable = session is not None and session.durable
            self.store.write(entry.index, (PutRecord(record),), durable)
        where = event.audience
        if isinstance(where, str):
            audience = self._audiences.get(where)
            if session is None or session.echoes:
                if audience is not None:
                    self.outlet.multicast(audience, stamp, event)
                if session is not None and (
                    audience is None or not audience.holds(session.delivered_as, session.outbox)
                ):
                    text = session.delivered_as.render(stamp, event)
                    if text:
                        session.outbox.write(text)
            elif audience is not None:
                self.outlet.multicast(audience, stamp, event, ((session.delivered_as, session.outbox),))
        else:
            writer = writer_of(event)
            for user in where:
                own = user == writer
                for other in self._present.get(user, ()):
                    if other.echoes if other is session else not own or other.mirrors:
                        text = other.delivered_as.render(stamp, event)
                        if text:
                            other.outbox.write(text)
        self.recent.events.append((stamp, event, entry.actor))
        for observe in self.post_observers:
            observe(stamp, event)
        if session is None:
            return
        if durable:
            self._answer_when_stored(session, ((stamp, event),))
        else:
            session.answered(((stamp, event),))

    def _deliver(self, stamp: Stamp, event: Event, session: Session | None) -> bool:
        """Deliver an event to all but the session that caused it; says whether it concerns that one."""
        if isinstance(event, Connected) and session is not None:
            self._present[event.who.id] = (session,)
        elif isinstance(event, Attached):
            # The user's other clients are not told.
            if session is not None:
                self._join_in(event, session)
            return session is not None
        elif isinstance(event, Detached):
            self._drop_out(event)
        subjects = self._subjects(event)
        # Who says something is answered even from outside of the channel.
        concerned = session in subjects or isinstance(event, PostedLines)
        self._leave(event, subjects)
        where = event.audience
        if isinstance(where, str):
            audience = self._audiences.get(where)
            if audience is not None:
                # Who joins is not in there yet, who leaves not any more: leaving nobody out is cheaper.
                without = [
                    (other.delivered_as, other.outbox)
                    for other in subjects
                    if audience.holds(other.delivered_as, other.outbox)
                ]
                if session is not None and audience.holds(session.delivered_as, session.outbox):
                    concerned = True
                    without.append((session.delivered_as, session.outbox))
                self.outlet.multicast(audience, stamp, event, tuple(without))
        else:
            rendered: dict[Renderer, bytes] = {}
            writer = writer_of(event)
            for user in where:
                for other in self.sessions_of(user):
                    if other is session:
                        concerned = True
                    elif other not in subjects and (user != writer or other.mirrors):
                        renderer = other.delivered_as
                        text = rendered.get(renderer)
                        if text is None:
                            text = rendered[renderer] = renderer.render(stamp, event)
                        if text:
                            other.outbox.write(text)
        if isinstance(event, Joined):
            self._enter(event, subjects)
        for other in subjects:
            if other is not session:
                try:
                    other.told(stamp, event)
                except Exception:
                    self.log_events.failure("session {id} could not be told of an event", id=other.id)
                    other.failed()
        return concerned

    def _subjects(self, event: Event) -> tuple[Session, ...]:
        """The sessions of those whom the event is about, who are told of it one by one."""
        return tuple(session for user in subjects_of(event) for session in self.sessions_of(user))

    def _join_in(self, event: Attached, session: Session) -> None:
        """One more session hears what its user hears."""
        self._present[event.who.id] = (*self._present.get(event.who.id, ()), session)
        for channel in self.realm.users[event.who.id].channels:
            self._audience(channel.id).add(session.delivered_as, session.outbox)

    def _drop_out(self, event: Detached) -> None:
        """A session hears nothing any more of what its user, who stays, hears."""
        session = self.sessions.pop(event.session, None)
        if session is None:
            return
        left = tuple(other for other in self._present.get(event.who.id, ()) if other is not session)
        if left:
            self._present[event.who.id] = left
        else:
            self._present.pop(event.who.id, None)
        for channel in self.realm.users[event.who.id].channels:
            self._remove(channel.id, session)

    def _audience(self, channel: ChannelId) -> Audience:
        audience = self._audiences.get(channel)
        if audience is None:
            audience = self._audiences[channel] = Audience(self.outlet)
        return audience

    def _remove(self, channel: ChannelId, session: Session) -> None:
        audience = self._audiences[channel]
        audience.remove(session.delivered_as, session.outbox)
        if not audience.groups:
            del self._audiences[channel]

    def _enter(self, event: Joined, sessions: tuple[Session, ...]) -> None:
        if sessions:
            audience = self._audience(event.channel_id)
            for session in sessions:
                audience.add(session.delivered_as, session.outbox)

    def _leave(self, event: Event, sessions: tuple[Session, ...]) -> None:
        """Take the sessions of one who leaves out of the audiences."""
        if isinstance(event, Quit):
            channels = event.channels
            self._present.pop(event.who.id, None)
            for session in sessions:
                self.sessions.pop(session.id, None)
        elif isinstance(event, (Parted, Kicked)):
            channels = (event.channel_id,)
        else:
            return
        for channel in channels:
            for session in sessions:
                self._remove(channel, session)
