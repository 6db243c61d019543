"""Sessions that can be resumed: kept for a while when their connection is lost, for who has their token."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, succeed

from chatdaemon.history.record import Point
from chatdaemon.missed import Missed
from chatdaemon.node import Happening
from chatdaemon.outbox import Outbox
from chatdaemon.protocols.api.sessionless import NOWHERE, SILENCE
from chatdaemon.realm.events import Event, Quit, Stamp
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import Disconnect
from chatdaemon.realm.state import User
from chatdaemon.realm.tokens import Token
from chatdaemon.source import source_of_host

if TYPE_CHECKING:
    from chatdaemon.protocols.api.connection import APIConnection
    from chatdaemon.protocols.api.server import APIServer

# Bytes of chance in a token.
TOKEN_BYTES = 24
# Sessions without a connection, of everybody together.
MOST_PARKED = 10_000


class Place:
    """The place of one session that can be resumed, and for as long as no connection has it, the session
    itself, as the node sees it: it hears nothing, since what happens meanwhile is told later.

    `connection` is the one that has it, or is just being told what was missed; None while it is parked.
    `began` is the place in the log from which the session was told anything.
    """

    delivered_as = SILENCE
    echoes = False
    mirrors = True
    durable = False

    def __init__(
        self, parking: Parking, token: str, session: APIConnection, user: User, began: Point
    ) -> None:
        self.id = session.id
        self.token = token
        self.user = user
        self.began = began
        self.connection: APIConnection | None = session
        self.outbox = Outbox(NOWHERE, parking.server.node.outlet, 0, _nothing)
        # What the session has of its own beside its user.
        self.account: str | None = None
        self.device = ""
        self.scope: Token | None = None
        self.watched: list[str] = []
        # Why it ends if nobody comes, up to when its client was surely there (ms), and whose it is.
        self.reason = ""
        self.seen_at = 0
        self.owner: str | None = None
        self.due = 0
        # The user is gone, or the time was over.
        self.over = False
        self._parking = parking
        # The last connection's request is not answered yet; who waits for that.
        self._busy = False
        self._idle: list[Deferred[None]] = []

    # What the node tells: nobody is there to be told.

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        self.settled()

    def refused(self, refusal: Refusal) -> None:
        self.settled()

    def failed(self) -> None:
        self.settled()

    def told(self, stamp: Stamp, event: Event) -> None:
        if isinstance(event, Quit):
            self._parking.user_gone(self)
            # Who only waits for it has no user yet, and begins a session.
            if self.connection is not None and self.connection.user is not None:
                self.connection.told(stamp, event)

    # Taking it over.

    def settled(self) -> None:
        """What its last connection has asked for was answered."""
        self._busy = False
        idle, self._idle = self._idle, []
        for each in idle:
            each.callback(None)

    def busy(self) -> None:
        """What its last connection has asked for is still to be answered."""
        self._busy = True

    def when_idle(self) -> Deferred[None]:
        """Fires when nothing that was asked is unanswered: it must not be answered to the next connection."""
        if not self._busy:
            return succeed(None)
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        return idle

    def missed(self, after: Point | None) -> Missed:
        """What is to be told to whoever takes it over, who has seen all up to `after`."""
        since = self.began if after is None else max(after, self.began)
        return Missed(self._parking.server.node.recent, self.user, self.id, since)

    def deadline_reached(self) -> None:
        """Nobody has come."""
        self._parking.end(self)


class Parking:
    """Owns the places of all sessions that can be resumed, by their tokens."""

    def __init__(self, server: APIServer) -> None:
        self.server = server
        self.places: dict[str, Place] = {}
        # Those without a connection, the longest without one first; in all, and of each owner.
        self.parked: dict[Place, None] = {}
        self._of_owners: dict[str, dict[Place, None]] = {}

    def keep(self, session: APIConnection, began: Point) -> Place | None:
        """A place for a session that has a user now; None where sessions are not kept."""
        assert session.user is not None
        if not self.server.settings.resume_time:
            return None
        token = token_urlsafe(TOKEN_BYTES)
        place = self.places[token] = Place(self, token, session, session.user, began)
        return place

    def find(self, token: str, session: APIConnection) -> Place | None:
        """The place of this token, if the session may have it: one that has logged in to another account may
        not, nor may one whose connection is not encrypted where the other was. Whoever had it has it no more,
        and it waits for this one from now on."""
        place = self.places.get(token)
        if place is None:
            return None
        if place.user.sessions[place.id].secure and not session.secure:
            return None
        if session.account is not None and session.account != place.user.account:
            return None
        before = place.connection
        if before is not None and before.id:
            before.park("Resumed elsewhere", before.silence)
        self._unpark(place)
        place.connection = session
        if before is not None:
            before.drop("Resumed elsewhere")
        return place

    def park(self, place: Place, host: str, reason: str) -> None:
        """Nobody has the place any more; keep it for a while."""
        place.connection = None
        place.reason = reason
        place.owner = place.user.folded_account or source_of_host(host)
        self.parked[place] = None
        if place.owner is not None:
            own = self._of_owners.setdefault(place.owner, {})
            own[place] = None
            if len(own) > self._most_of(place):
                self.end(next(iter(own)))
        if len(self.parked) > MOST_PARKED:
            self.end(next(iter(self.parked)))
        if not place.over:
            self.server.around.deadlines.set(place, self.server.settings.resume_time)

    def _most_of(self, place: Place) -> int:
        """How many an owner may have. Of an account's they leave room for as many that are there: a user has
        so many sessions and no more, and who always begins another would soon be shut out."""
        most = self.server.settings.resume_sessions
        if place.user.account is None:
            return most
        return min(most, max(1, self.server.realm.settings.sessions_per_user // 2))

    def _unpark(self, place: Place) -> None:
        if place in self.parked:
            del self.parked[place]
            self.server.around.deadlines.clear(place)
            own = self._of_owners.get(place.owner, {}) if place.owner is not None else {}
            own.pop(place, None)
            if place.owner is not None and not own:
                self._of_owners.pop(place.owner, None)

    def forget(self, place: Place) -> None:
        """It cannot be resumed any more."""
        place.over = True
        self.places.pop(place.token, None)
        self._unpark(place)

    def user_gone(self, place: Place) -> None:
        """Its user was removed, and its session with it."""
        self.forget(place)
        place.settled()

    def end(self, place: Place) -> None:
        """Nobody has come for it: its session ends, for the reason for which it was lost."""
        self.forget(place)
        self.server.node.submit(place, Disconnect(place.reason, place.seen_at))

    def revoked(self, digest: str) -> None:
        """A token is good no longer, nor are the sessions that came by it. Those who have one are told
        themselves; who only waits for one begins another."""
        for place in tuple(self.places.values()):
            held = place.connection is not None and place.connection.user is not None
            if not held and place.scope is not None and place.scope.digest == digest:
                self.end(place)

    def stop(self) -> None:
        """The server ends: so do all that nobody has."""
        for place in tuple(self.parked):
            self.end(place)


def _nothing() -> None:
    """Nothing waits for nobody."""
