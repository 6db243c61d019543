"""Which events who is told of by web push: what is said to people, or names them, and that it was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall

from chatdaemon.node import Node
from chatdaemon.push.mentions import words_of
from chatdaemon.push.sender import Sender, Urgency
from chatdaemon.realm.entry import AccountId
from chatdaemon.realm.events import (
    Event,
    Invited,
    Portrayed,
    Posted,
    PostedLines,
    ReadMarkerSet,
    Relayed,
    Stamp,
)
from chatdaemon.realm.push import Subscription
from chatdaemon.realm.requests import Kind
from chatdaemon.realm.state import User

Write = Callable[[Subscription, Stamp, Event], bytes]
"""What is sent of an event for a subscription; nothing where its client could not make anything of it."""

# What waits for `delay` to be over; beyond it people are told at once.
_MOST_WAITING: Final = 10_000
# Conversations of which somebody was told and has not read it, as far as is known.
_MOST_TOLD: Final = 10_000
_ACTION: Final = "\x01ACTION "


class Notifier:
    """Finds who is to be told of what, and has the sender tell them.

    `delay` is for how long, in seconds, people may read a message elsewhere before they are told.
    """

    def __init__(self, reactor: Any, node: Node, sender: Sender, write: Write, delay: float) -> None:
        self.delay = delay
        self._reactor = reactor
        self._node = node
        self._realm = node.realm
        self._sender = sender
        self._write = write
        self._later: dict[object, IDelayedCall] = {}
        # When what somebody was told of was said, by the account and the conversation's folded name.
        self._told: dict[tuple[AccountId, str], int] = {}
        node.post_observers.append(self.heard)
        node.observers.append(self.observe)

    def stop(self) -> None:
        """Tell nobody of anything any more."""
        self._node.post_observers.remove(self.heard)
        self._node.observers.remove(self.observe)
        for call in self._later.values():
            call.cancel()
        self._later.clear()

    def heard(self, stamp: Stamp, event: Posted) -> None:
        """Somebody has said something: on the path of every message."""
        if self._realm.subscriptions and event.kind is not Kind.TAG:
            self._said(stamp, event, event.target, event.text, event._replace(tags=None))

    def observe(self, stamp: Stamp, event: Event) -> None:
        """Something else has happened."""
        if not self._realm.subscriptions:
            return
        if isinstance(event, (PostedLines, Relayed)):
            self._said(stamp, event, event.target, event.text, replace(event, tags=None))
        elif isinstance(event, Portrayed):
            self._said(stamp, event, event.channel, event.text, event)
        elif isinstance(event, Invited):
            user = self._realm.users.get(event.target.id)
            if user is not None and event.who.id != event.target.id:
                self._tell([user], event.channel, stamp, event)
        elif isinstance(event, ReadMarkerSet) and event.account_id is not None:
            self._read(event.account_id, stamp, event)

    def _said(self, stamp: Stamp, event: Any, target: str, text: str, sent: Event) -> None:
        if text.startswith("\x01") and not text.startswith(_ACTION):
            return  # CTCP is for programs
        channel = self._realm.channel(target)
        if channel is None:
            receivers = [self._realm.users[id] for id in event.audience if id in self._realm.users]
            self._tell(receivers, event.who.nick, stamp, sent)
            return
        named = {self._realm.user(word): None for word in words_of(text.removeprefix(_ACTION))}
        heard = event.audience
        receivers = [
            user
            for user in named
            if user is not None and user in channel.members and (isinstance(heard, str) or user.id in heard)
        ]
        self._tell(receivers, channel.name, stamp, sent)

    def _tell(self, users: Iterable[User], conversation: str, stamp: Stamp, event: Any) -> None:
        for user in users:
            account = self._realm.account_of(user)
            if (
                account is None
                or account.id not in self._realm.subscriptions
                # Nobody is told of what they said themselves, with whatever nick.
                or event.who.id == user.id
                or event.who.account == account.name
            ):
                continue
            if not self.delay or len(self._later) >= _MOST_WAITING:
                self._send(account.id, conversation, stamp, event)
                continue
            key = object()
            self._later[key] = self._reactor.callLater(
                self.delay, self._in_time, key, account.id, conversation, stamp, event
            )

    def _in_time(
        self, key: object, account: AccountId, conversation: str, stamp: Stamp, event: Event
    ) -> None:
        del self._later[key]
        read = self._realm.markers.get(account, {}).get(self._realm.fold(conversation), 0)
        if read < stamp.at:
            self._send(account, conversation, stamp, event)

    def _send(self, account: AccountId, conversation: str, stamp: Stamp, event: Event) -> None:
        key = (account, self._realm.fold(conversation))
        self._told.pop(key, None)
        if len(self._told) >= _MOST_TOLD:
            del self._told[next(iter(self._told))]
        self._told[key] = stamp.at
        self._push(account, stamp, event, Urgency.HIGH)

    def _read(self, account: AccountId, stamp: Stamp, event: ReadMarkerSet) -> None:
        """What somebody was told of, and has read elsewhere, need not be shown any longer."""
        key = (account, self._realm.fold(event.target))
        if self._told.get(key, event.at + 1) <= event.at:
            del self._told[key]
            self._push(account, stamp, event, Urgency.NORMAL)

    def _push(self, account: AccountId, stamp: Stamp, event: Event, urgency: Urgency) -> None:
        for subscription in tuple(self._realm.subscriptions.get(account, {}).values()):
            text = self._write(subscription, stamp, event)
            if text:
                self._sender.send(subscription, text, urgency)
