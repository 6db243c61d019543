"""What is on its way to push services: in order for each subscription, bounded, and tried again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.accounts.throttle import Buckets
from chatdaemon.node import Node
from chatdaemon.outgoing.addresses import InternalAddress
from chatdaemon.outgoing.posting import Answer, Poster
from chatdaemon.push.encryption import decoded, encrypt
from chatdaemon.push.vapid import Vapid
from chatdaemon.realm.entry import AccountId
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.requests import ExpireSubscription

_log = Logger(namespace="chatdaemon.push")

# Every body is of this size, so that nobody sees how long a message is.
_SIZE: Final = 2048
# What waits, in all and for one subscription, whose oldest make room.
_MOST_WAITING: Final = 10_000
_MOST_OF_ONE: Final = 50
# Requests under way at the same time.
_AT_ONCE: Final = 32
# One subscription gets so many at once, and one more every so many seconds.
_BURST: Final = 60
_INTERVAL: Final = 2.0
# After each failure it is tried again so many seconds later; after the last it is given up.
_RETRIES: Final = (2.0, 10.0, 60.0, 300.0, 900.0)
# The longest that a push service can ask us to wait, seconds.
_LONGEST_WAIT: Final = 3600.0
_LOG_BURST: Final = 5
_LOG_INTERVAL: Final = 60.0

_GONE: Final = (404, 410)
_BUSY: Final = 429


class Urgency(StrEnum):
    """Whether a device is woken for it (RFC 8030 section 5.3)."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class _Push:
    text: bytes
    urgency: Urgency
    until: float


@dataclass(slots=True, eq=False)
class _Lane:
    """What waits for one subscription. `tries` of the first have failed, and `later` it is tried again."""

    subscription: Subscription
    waiting: deque[_Push] = field(default_factory=deque)
    tries: int = 0
    later: IDelayedCall | None = None
    idle: bool = True


class Sender:
    """Owns what is still to be sent. It does not survive a restart: the messages do."""

    def __init__(
        self,
        reactor: Any,
        node: Node,
        services: Poster,
        vapid: Vapid,
        lifetime: float,
        now: Callable[[], float],
    ) -> None:
        """`lifetime` is how long a push is of use, in seconds; `now` is seconds since 1970. `services` and
        `lifetime` may be replaced."""
        self.services = services
        self.lifetime = lifetime
        self.sent = 0  # those that a push service has taken
        self._vapid = vapid
        self._reactor = reactor
        self._node = node
        self._now = now
        self._lanes: dict[tuple[AccountId, str], _Lane] = {}
        self._ready: deque[_Lane] = deque()
        self._sending: dict[_Lane, Deferred[Answer]] = {}
        self._waiting = 0
        self._pace = Buckets(reactor, _BURST, _INTERVAL)
        self._logged = Buckets(reactor, _LOG_BURST, _LOG_INTERVAL)

    def send(self, subscription: Subscription, text: bytes, urgency: Urgency) -> None:
        """Have a text sent, soon."""
        endpoint = subscription.endpoint
        if self._waiting >= _MOST_WAITING:
            self._say("too many pushes wait to be sent: some are not sent at all")
            return
        if self._pace.wait(endpoint):
            # Who gets so many knows that there is something to read.
            return
        self._pace.take(endpoint)
        # One device can be told of several accounts.
        lane = self._lanes.get((subscription.account, endpoint))
        if lane is None:
            lane = self._lanes[subscription.account, endpoint] = _Lane(subscription)
        if len(lane.waiting) >= _MOST_OF_ONE:
            # The first may be under way.
            del lane.waiting[1]
            self._waiting -= 1
        lane.waiting.append(_Push(text, urgency, self._now() + self.lifetime))
        self._waiting += 1
        if lane.idle:
            lane.idle = False
            self._ready.append(lane)
            self._go_on()

    def stop(self) -> None:
        """Send nothing more."""
        lanes, self._lanes = self._lanes, {}
        self._ready.clear()
        self._waiting = 0
        for lane in lanes.values():
            lane.waiting.clear()
            if lane.later is not None:
                lane.later.cancel()
        for sending in tuple(self._sending.values()):
            sending.cancel()

    def _go_on(self) -> None:
        while self._ready and len(self._sending) < _AT_ONCE:
            lane = self._ready.popleft()
            if not self._wanted(lane):
                self._end(lane)
                continue
            try:
                sending = self._post(lane.subscription, lane.waiting[0])
            except ValueError:
                # Keys are looked at before they are taken: somebody has changed them in the database.
                self._broken(Failure(), lane)
                continue
            self._sending[lane] = sending
            sending.addCallbacks(self._answered, self._failed, (lane,), errbackArgs=(lane,))
            sending.addErrback(self._broken, lane)

    def _wanted(self, lane: _Lane) -> bool:
        """Whether there is anything to be sent, for a subscription that there still is."""
        now = self._now()
        while lane.waiting and lane.waiting[0].until <= now:
            self._take_off(lane)
        before = lane.subscription
        known = self._node.realm.subscriptions.get(before.account, {}).get(before.endpoint)
        if known is None or not lane.waiting:
            return False
        # It may have been renewed, with other keys.
        lane.subscription = known
        return True

    def _post(self, subscription: Subscription, push: _Push) -> Deferred[Answer]:
        key, secret = decoded(subscription.public_key), decoded(subscription.secret)
        headers = {
            "Authorization": self._vapid.authorization(subscription.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(push.until - self._now())),
            "Urgency": push.urgency.value,
        }
        body = encrypt(push.text, key, secret, _SIZE)
        return self.services.post(subscription.endpoint, headers, body)

    def _answered(self, answer: Answer, lane: _Lane) -> None:
        del self._sending[lane]
        status = answer.status
        if status in _GONE:
            subscription = lane.subscription
            self._end(lane)
            self._node.submit(
                None,
                ExpireSubscription(subscription.account, subscription.endpoint, subscription.at),
            )
            self._go_on()
        elif status == _BUSY or status >= 500:
            self._try_again(lane, f"it answers {status}", answer.retry_after)
        else:
            if 200 <= status < 300:
                self.sent += 1
            else:
                self._say(f"{_host(lane)} does not take a push: it answers {status}")
            self._next(lane)

    def _failed(self, failure: Failure, lane: _Lane) -> None:
        del self._sending[lane]
        if failure.check(CancelledError):
            return
        if failure.check(InternalAddress):
            self._say(f"{_host(lane)} is sent nothing: {failure.value}")
            self._next(lane)
        else:
            self._try_again(lane, type(failure.value).__name__, 0.0)

    def _try_again(self, lane: _Lane, why: str, at_least: float) -> None:
        if lane.tries >= len(_RETRIES):
            self._say(f"a push to {_host(lane)} is given up: {why}")
            self._next(lane)
            return
        delay = max(_RETRIES[lane.tries], min(at_least, _LONGEST_WAIT))
        lane.tries += 1
        lane.later = self._reactor.callLater(delay, self._resume, lane)
        self._go_on()

    def _resume(self, lane: _Lane) -> None:
        lane.later = None
        self._ready.append(lane)
        self._go_on()

    def _next(self, lane: _Lane) -> None:
        """Done with the first of them, however it ended."""
        # Nothing is left where `stop` was called meanwhile.
        if lane.waiting:
            self._take_off(lane)
        if lane.waiting:
            self._ready.append(lane)
        else:
            self._end(lane)
        self._go_on()

    def _take_off(self, lane: _Lane) -> None:
        lane.waiting.popleft()
        lane.tries = 0
        self._waiting -= 1

    def _end(self, lane: _Lane) -> None:
        self._waiting -= len(lane.waiting)
        lane.waiting.clear()
        key = (lane.subscription.account, lane.subscription.endpoint)
        if self._lanes.get(key) is lane:
            del self._lanes[key]

    def _broken(self, failure: Failure, lane: _Lane) -> None:
        """A bug: it costs this subscription what waits for it."""
        self._sending.pop(lane, None)
        self._end(lane)
        _log.failure("a push could not be sent", failure)

    def _say(self, what: str) -> None:
        if not self._logged.wait(""):
            self._logged.take("")
            _log.warn("{what}", what=what)


def _host(lane: _Lane) -> str:
    """The service, without what makes the endpoint a secret."""
    return urlsplit(lane.subscription.endpoint).hostname or "?"
