"""Hooks of registered channels, for those who look after the registration."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatdaemon.protocols.api.ops.op import Op
from chatdaemon.realm.hooks import MOST_EVENTS, Direction


class HookAdd(Op, tag="hook_add"):
    """Makes a hook: by one of direction `in`, whoever knows its secret posts to the channel over HTTP; by one
    of direction `out`, what happens in the channel is sent to an address. The secret is in the `ok`, and not
    shown again.

    :param url: where to, for direction `out`.
    :param events: of what names, for direction `out`; `*` for all.
    """

    channel: str
    name: str
    direction: Direction = Direction.IN
    url: str | None = None
    events: Annotated[tuple[str, ...], Meta(max_length=MOST_EVENTS)] | None = None


class Hooks(Op):
    """Lists the hooks of a channel."""

    channel: str


class HookRemove(Op, tag="hook_remove"):
    """Removes a hook."""

    channel: str
    name: str
    direction: Direction = Direction.IN
