"""What is on its way to the addresses of hooks: in order for each hook, bounded, and tried again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.error import SchemeNotSupported

from chatdaemon.accounts.throttle import Buckets
from chatdaemon.outgoing.addresses import InternalAddress
from chatdaemon.outgoing.posting import Answer
from chatdaemon.realm.entry import ChannelId
from chatdaemon.realm.hooks import Webhook
from chatdaemon.webhooks.settings import WebhookSettings
from chatdaemon.webhooks.signing import headers

_log = Logger(namespace="chatdaemon.webhooks")

# Requests under way at the same time, whomever they are to.
_AT_ONCE: Final = 32
# Seconds until what failed is tried again: at first, and at most. Each time it doubles, less up to a half of
# it by chance: those who fail together do not come back together.
_FIRST_DELAY: Final = 1.0
_LONGEST_DELAY: Final = 600.0
_JITTER: Final = 0.5
# The longest that somebody can ask us to wait, seconds.
_LONGEST_WAIT: Final = 3600.0
_LOG_BURST: Final = 5
_LOG_INTERVAL: Final = 60.0

_GONE: Final = 410
_REQUEST_TIMEOUT: Final = 408
_BUSY: Final = 429

LaneKey = tuple[ChannelId, str]
"""A hook: its channel and its name."""


class Posting(Protocol):
    """What sends one request. See outgoing.posting.Poster."""

    def post(self, endpoint: str, headers: dict[str, str], body: bytes, /) -> Deferred[Answer]: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that is to be sent. `id` names it, and `event` what happened; `until` is by the reactor's
    clock."""

    id: str
    event: str
    body: bytes
    until: float


@dataclass(slots=True, eq=False)
class _Lane:
    """What waits for one hook. `tries` of the first have failed, and `later` it is tried again; `lost` is how
    many had to make room since something was last taken."""

    key: LaneKey
    waiting: deque[Delivery] = field(default_factory=deque)
    tries: int = 0
    lost: int = 0
    later: IDelayedCall | None = None
    idle: bool = True


class Sender:
    """Owns what is still to be sent. It does not survive a restart: the messages do."""

    def __init__(
        self,
        reactor: Any,
        posting: Posting,
        settings: WebhookSettings,
        hook_of: Callable[[LaneKey], Webhook | None],
        gone: Callable[[LaneKey], None],
        now: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        """
        :param hook_of: the hook, if there is one still.
        :param gone: called for a hook at whose address there is nobody any more.
        :param now: seconds since 1970.
        :param chance: a number from 0 up to 1.
        """
        self.posting = posting
        self.settings = settings
        self.sent = 0  # those that were taken
        self.failed = 0  # those that were not, and are given up
        self.dropped = 0  # those that made room for others
        self._reactor = reactor
        self._hook_of = hook_of
        self._gone = gone
        self._now = now
        self._chance = chance
        self._lanes: dict[LaneKey, _Lane] = {}
        self._ready: deque[_Lane] = deque()
        self._sending: dict[_Lane, Deferred[Answer]] = {}
        self._logged = Buckets(reactor, _LOG_BURST, _LOG_INTERVAL)

    @property
    def waiting(self) -> int:
        """What is not taken yet."""
        return sum(len(lane.waiting) for lane in self._lanes.values())

    def send(self, key: LaneKey, id: str, event: str, body: bytes) -> None:
        """Have something sent to a hook, soon."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(key)
        if len(lane.waiting) >= self.settings.queue:
            self._make_room(lane)
        until = self._reactor.seconds() + self.settings.lifetime
        lane.waiting.append(Delivery(id, event, body, until))
        if lane.idle:
            lane.idle = False
            self._ready.append(lane)
            self._go_on()

    def stop(self) -> None:
        """Send nothing more."""
        lanes, self._lanes = self._lanes, {}
        self._ready.clear()
        for lane in lanes.values():
            lane.waiting.clear()
            if lane.later is not None:
                lane.later.cancel()
                lane.later = None
        for sending in tuple(self._sending.values()):
            sending.cancel()

    def _make_room(self, lane: _Lane) -> None:
        # The first may be under way, and is to be tried again as it is.
        del lane.waiting[1 if len(lane.waiting) > 1 else 0]
        self.dropped += 1
        if not lane.lost:
            self._say(lane, "so much waits that the oldest is not sent at all")
        lane.lost += 1

    def _go_on(self) -> None:
        while self._ready and len(self._sending) < _AT_ONCE:
            lane = self._ready.popleft()
            hook = self._wanted(lane)
            if hook is None:
                self._end(lane)
                continue
            first = lane.waiting[0]
            at = int(self._now())
            given = headers(hook.secret, at, first.id, first.event, first.body)
            sending = self._sending[lane] = self.posting.post(hook.url, given, first.body)
            sending.addCallbacks(self._answered, self._unanswered, callbackArgs=(lane,), errbackArgs=(lane,))
            sending.addErrback(self._broken, lane)

    def _wanted(self, lane: _Lane) -> Webhook | None:
        """The hook, if there still is one and something to be sent to it in time."""
        now = self._reactor.seconds()
        while lane.waiting and lane.waiting[0].until <= now:
            self._give_up(lane, "it is too late for it")
        return self._hook_of(lane.key) if lane.waiting else None

    def _answered(self, answer: Answer, lane: _Lane) -> None:
        del self._sending[lane]
        status = answer.status
        if 200 <= status < 300:
            self.sent += 1
            if lane.lost:
                self._say(lane, f"{lane.lost} that waited are missing")
                lane.lost = 0
            self._next(lane)
        elif status == _GONE:
            self._end(lane)
            self._gone(lane.key)
            self._go_on()
        elif status in (_REQUEST_TIMEOUT, _BUSY) or status >= 500:
            self._try_again(lane, f"it answers {status}", answer.retry_after)
        else:
            self._refused(lane, f"it answers {status}")

    def _unanswered(self, failure: Failure, lane: _Lane) -> None:
        del self._sending[lane]
        if failure.check(CancelledError):
            return
        if failure.check(InternalAddress, SchemeNotSupported):
            self._refused(lane, str(failure.value))
        else:
            self._try_again(lane, type(failure.value).__name__, 0.0)

    def _refused(self, lane: _Lane, why: str) -> None:
        """It will not be taken another time either."""
        if lane.waiting:
            self._give_up(lane, why)
        self._next(lane, done=False)

    def _try_again(self, lane: _Lane, why: str, at_least: float) -> None:
        if not lane.waiting:
            return  # stopped meanwhile
        delay = min(_FIRST_DELAY * 2**lane.tries, _LONGEST_DELAY) * (1 - _JITTER * self._chance())
        delay = max(delay, min(at_least, _LONGEST_WAIT))
        lane.tries += 1
        if self._reactor.seconds() + delay >= lane.waiting[0].until:
            self._refused(lane, why)
            return
        lane.later = self._reactor.callLater(delay, self._resume, lane)
        self._go_on()

    def _resume(self, lane: _Lane) -> None:
        lane.later = None
        self._ready.append(lane)
        self._go_on()

    def _next(self, lane: _Lane, *, done: bool = True) -> None:
        """On with what is behind the first, which is `done` if it is not off the lane already."""
        if done and lane.waiting:
            lane.waiting.popleft()
        lane.tries = 0
        if lane.waiting:
            self._ready.append(lane)
        else:
            self._end(lane)
        self._go_on()

    def _give_up(self, lane: _Lane, why: str) -> None:
        lane.waiting.popleft()
        lane.tries = 0
        self.failed += 1
        self._say(lane, f"something is given up: {why}")

    def _end(self, lane: _Lane) -> None:
        lane.waiting.clear()
        if self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]

    def _broken(self, failure: Failure, lane: _Lane) -> None:
        """A bug: it costs this hook what waits for it."""
        self._sending.pop(lane, None)
        self._end(lane)
        _log.failure("what was to be sent to a hook could not be", failure)

    def _say(self, lane: _Lane, what: str) -> None:
        """Tell operators, without the address: whoever knows that can write there."""
        if self._logged.wait(""):
            return
        self._logged.take("")
        hook = self._hook_of(lane.key)
        host = (urlsplit(hook.url).hostname if hook is not None else None) or "?"
        _log.warn("the hook {name} to {host}: {what}", name=lane.key[1], host=host, what=what)
