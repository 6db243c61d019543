"""Which events go to which hooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chatdaemon.history.projection import is_worth_keeping
from chatdaemon.node import Node
from chatdaemon.realm.events import Event, Posted, Relayed, Stamp
from chatdaemon.realm.hooks import EVERY_EVENT, Direction, Webhook, hook_of
from chatdaemon.realm.requests import RemoveHook
from chatdaemon.realm.state import Channel
from chatdaemon.webhooks.sender import LaneKey, Sender

NameOf = Callable[[Event], str | None]
"""What an event is called; None where nobody is told of it."""
Write = Callable[[Stamp, Event, str], bytes]
"""An event, for the hook of this name."""


class Watcher:
    """Has the sender tell hooks what all members of their channels are told, and nothing else."""

    def __init__(self, node: Node, name_of: NameOf, write: Write) -> None:
        """`sender` is None while nothing is sent."""
        self.sender: Sender | None = None
        self._node = node
        self._realm = node.realm
        self._name_of = name_of
        self._write = write
        node.post_observers.append(self.heard)
        node.observers.append(self.observe)

    def heard(self, stamp: Stamp, event: Posted) -> None:
        """Somebody has said something: on the path of every message."""
        if self.sender is None or not isinstance(event.audience, str):
            return
        channel = self._realm.channel(event.target)
        if channel is None or channel.registration is None or not channel.registration.hooks:
            return
        if is_worth_keeping(event):
            self._tell(channel, stamp, event)

    def observe(self, stamp: Stamp, event: Event) -> None:
        """Something else has happened."""
        if self.sender is None or not isinstance(event.audience, str):
            return
        if isinstance(event, Posted):
            self.heard(stamp, event)
            return
        name: Any = getattr(event, "channel", None) or getattr(event, "target", None)
        channel = self._realm.channel(name) if isinstance(name, str) else None
        if channel is not None and channel.id == event.audience:
            self._tell(channel, stamp, event)

    def hook_of(self, key: LaneKey) -> Webhook | None:
        """The hook, if there is one still."""
        id, name = key
        # There are few registered channels for which something waits, and this is asked once a delivery.
        channel = next((each for each in self._realm.channels.values() if each.id == id), None)
        found = hook_of(channel, name, Direction.OUT) if channel is not None else None
        return found if isinstance(found, Webhook) else None

    def gone(self, key: LaneKey) -> None:
        """There is nobody at its address any more: the hook is removed, which those who look after the
        channel are told."""
        id, name = key
        for channel in self._realm.channels.values():
            if channel.id == id:
                self._node.submit(None, RemoveHook(channel.name, name, Direction.OUT))
                return

    def _tell(self, channel: Channel, stamp: Stamp, event: Event) -> None:
        registration, sender = channel.registration, self.sender
        if registration is None or sender is None:
            return
        hooks = _wanting(registration.hooks, event, self._name_of(event))
        for hook in hooks:
            body = self._write(stamp, event, hook.name)
            sender.send((channel.id, hook.name), stamp.msgid, str(self._name_of(event)), body)


def _wanting(hooks: Sequence[object], event: Event, name: str | None) -> list[Webhook]:
    """The hooks that are sent an event. What has come in by a hook does not go out by the one of the same
    name: both are one bridge, which knows what it has said."""
    if name is None:
        return []
    came_by = event.who.nick if isinstance(event, Relayed) and not event.who.id else None
    return [
        hook
        for hook in hooks
        if isinstance(hook, Webhook)
        and (name in hook.events or EVERY_EVENT in hook.events)
        and hook.name != came_by
    ]
