"""The sessions of access tokens: who asks over HTTP has one, which does its ops one after the other.

It attaches to the user of the token's account when it is asked for something, and leaves when nobody has
asked for a while. What happens is told to event streams (`events`), not to it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatdaemon.accounts.devices import DEVICE
from chatdaemon.node import Happening
from chatdaemon.outbox import Outbox
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import refusal_object
from chatdaemon.protocols.api.session import APISession
from chatdaemon.protocols.api.sessionless import NOWHERE, SILENCE
from chatdaemon.protocols.line import UNBOUNDED
from chatdaemon.protocols.web.body import BODY
from chatdaemon.protocols.web.flood import Bucket
from chatdaemon.protocols.web.statuses import Trouble
from chatdaemon.realm.events import Event, Quit, Stamp
from chatdaemon.realm.names import clean_username
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import Connect, Disconnect, UseToken
from chatdaemon.realm.tokens import USE_NOTED, Token

if TYPE_CHECKING:
    from chatdaemon.protocols.api.server import APIServer

# Ops of one token that may wait, while another is being done.
MOST_WAITING: Final = 32
INTERNAL: Final = "Internal server error"
_NOT_IN_DEVICES = re.compile(r"[^a-z0-9_-]")
LONGEST_DEVICE = 32


def device_of(token: Token) -> str:
    """What the clients that use the token are called among those of its account."""
    device = "token-" + _NOT_IN_DEVICES.sub("-", token.name.lower())
    return device[:LONGEST_DEVICE]


assert re.match(DEVICE, "token-" + "a" * (LONGEST_DEVICE - len("token-")))


def coming(server: APIServer, token: Token, host: str, secure: bool) -> Connect:
    """The request by which whoever has shown the token is the user of its account: the one that is here, or
    else a new one."""
    realm = server.realm
    account = token.account
    here = tuple(realm.logged_in.get(realm.fold(account), ()))
    nick = next((user.nick for user in here if realm.fold(user.nick) == realm.fold(account)), None)
    if nick is None:
        nick = here[0].nick if here else account
    return Connect(
        nick,
        clean_username(account, server.settings.username_length),
        account,
        host,
        host,
        account=account,
        secure=secure,
        device=device_of(token),
    )


def note_use(server: APIServer, token: Token) -> None:
    """Somebody has come by the token: have it noted, if it was not a while ago."""
    if server.now() * 1000 >= token.used_at + USE_NOTED:
        server.node.submit(None, UseToken(token.digest))


class Asked:
    """An op that somebody waits for. `answer` fires once, with {"ok": ...} or {"error": ...}."""

    __slots__ = ("answer", "op")

    def __init__(self, op: ops.AnyOp) -> None:
        self.op = op
        self.answer: Deferred[Object] = Deferred()


class TokenSession(APISession):
    """The session of whoever shows one token. `ended` is called once, when it is over."""

    log = Logger(namespace="chatdaemon.http")

    # Nobody reads what it would be sent.
    mirrors = False

    def __init__(
        self, server: APIServer, token: Token, host: str, secure: bool, idle_time: Callable[[], float]
    ) -> None:
        """
        :param idle_time: for how many seconds it stays when nothing is asked.
        """
        self._init(server, BODY, secure)
        self.delivered_as = SILENCE
        self.outbox = Outbox(NOWHERE, server.around.outlet, UNBOUNDED, lambda: None)
        self.in_flight = False
        self.closing = False
        self.due = 0
        self.limit_to(token)
        self.account = token.account
        self.device = device_of(token)
        self.bucket = Bucket(server.around.clock.seconds)
        self.ended: Callable[[], None] = lambda: None
        self._host = host
        self._idle_time = idle_time
        self._waiting: deque[Asked] = deque()
        self._asked: Asked | None = None
        self._pumping = False

    def use(self, token: Token) -> None:
        """The token was shown again: as it is now."""
        self.limit_to(token)
        note_use(self.server, token)

    # In.

    def ask(self, op: ops.AnyOp) -> Deferred[Object]:
        """Have an op done, behind those that wait. Raises Fault where too many do."""
        if len(self._waiting) >= MOST_WAITING:
            raise Fault(Code.BUSY, f"{MOST_WAITING} requests of this token wait already")
        asked = Asked(op)
        self._waiting.append(asked)
        self.go_on()
        return asked.answer

    def withdraw(self, answer: Deferred[Object]) -> None:
        """Whoever waited for this answer is gone: what was not begun is not done."""
        for asked in self._waiting:
            if asked.answer is answer:
                self._waiting.remove(asked)
                return

    def go_on(self) -> None:
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._waiting and not self.in_flight and not self.closing:
                if self.user is None:
                    self._connect()
                else:
                    self._asked = self._waiting.popleft()
                    self.perform(self._asked.op)
        except Exception:
            self.log.failure("an op over HTTP could not be done")
            self.drop(INTERNAL)
        finally:
            self._pumping = False
        if not self.in_flight and not self.closing:
            self.server.around.deadlines.set(self, self._idle_time())

    def _connect(self) -> None:
        self.attach()
        self.in_flight = True
        assert self.scope is not None
        self.node.submit(self, coming(self.server, self.scope, self._host, self.secure))

    # What the node tells.

    def answered(self, happenings: Sequence[Happening], stored: bool = False) -> None:
        if self.user is None and not self.closing:
            self.in_flight = False
            self.entered(self.realm.sessions[self.id])
            self.go_on()
        else:
            super().answered(happenings, stored)

    def refused(self, refusal: Refusal) -> None:
        if self.user is None and not self.closing:
            self.in_flight = False
            self.node.detach(self)
            self.id = ""
            self._end(refusal_object(refusal))
        else:
            super().refused(refusal)

    def told(self, stamp: Stamp, event: Event) -> None:
        if isinstance(event, Quit):
            super().told(stamp, event)

    # Out.

    def finish(self, answer: Object) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.answer.callback(answer)
        self.go_on()

    def tell(self, found: Object) -> None:
        """It is told nothing but answers."""

    # Being there.

    @property
    def host(self) -> str:
        return self._host

    @property
    def certificate(self) -> str | None:
        return None

    def charge(self, tokens: float) -> None:
        self.bucket.charge(tokens)

    def deadline_reached(self) -> None:
        """Nothing was asked for a while."""
        if self.in_flight or self._waiting:
            self.server.around.deadlines.set(self, self._idle_time())
        else:
            self.drop("Nothing more to ask")

    def drop(self, reason: str) -> None:
        if self.closing:
            return
        code = Trouble.INTERNAL_ERROR if reason == INTERNAL else Trouble.SESSION_ENDED
        self._end({"code": code.value, "message": f"The session has ended: {reason}"}, reason)

    def _end(self, error: Object, reason: str = "") -> None:
        """Leave; whoever waits is answered by the error."""
        self.closing = True
        self.server.around.deadlines.clear(self)
        self.ended()
        waiting = [self._asked, *self._waiting] if self._asked is not None else [*self._waiting]
        self._asked = None
        self._waiting.clear()
        if self.id:
            self.node.submit(self, Disconnect(reason))
        for asked in waiting:
            asked.answer.callback({"error": error})
