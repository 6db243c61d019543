"""Hooks of registered channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

from chatdaemon.accounts.tokens import digest_of, new_secret
from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops, reads
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.objects import EVENTS
from chatdaemon.protocols.api.table import Result, answers, performs, user_of, what_happened
from chatdaemon.realm import access, requests
from chatdaemon.realm.events import HookAdded, HookRemoved
from chatdaemon.realm.hooks import EVERY_EVENT, AnyHook, Direction, Webhook, hooks_of
from chatdaemon.realm.modes import Rank
from chatdaemon.timestamps import iso

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

USUALLY = ("message",)
"""What is sent where nothing is said of that."""


class HookObject(TypedDict):
    """A hook, without its secret."""

    name: str
    direction: str
    by: str
    created: str
    url: NotRequired[str]
    events: NotRequired[list[str]]


class HookList(TypedDict):
    """The hooks of a channel."""

    channel: str
    hooks: list[HookObject]


class HookSecret(TypedDict):
    """What is shown once: `path` is where to post, behind the server's address; `secret` signs what is
    sent."""

    path: NotRequired[str]
    secret: NotRequired[str]


@performs(ops.HookAdd, HookAdded, HookSecret)
def hook_add(session: APISession, op: ops.HookAdd) -> Result:
    secret = new_secret()
    if op.direction is Direction.IN:
        if op.url is not None or op.events is not None:
            where = "$.url" if op.url is not None else "$.events"
            raise Fault(Code.BAD_REQUEST, "A hook of direction in has neither url nor events", where)
        session.shown_once = secret
        return requests.AddHook(op.channel, op.name, digest_of(secret))
    if op.url is None:
        raise Fault(Code.BAD_REQUEST, "A hook of direction out has a url", "$.url")
    events = op.events if op.events is not None else USUALLY
    check_events(events)
    session.shown_once = secret
    return requests.AddWebhook(op.channel, op.name, op.url, secret, events)


@answers(ops.HookAdd)
def hook_added(session: APISession, op: ops.HookAdd, happenings: Sequence[Happening]) -> Object:
    secret, session.shown_once = session.shown_once, ""
    shown = {"path": path_of(secret)} if op.direction is Direction.IN else {"secret": secret}
    return {**what_happened(session, op, happenings), **shown}


@performs(ops.Hooks, HookList)
def hooks(session: APISession, op: ops.Hooks) -> Result:
    user = user_of(session)
    channel = session.realm.channel(op.channel)
    if channel is None or not access.knows_channel(session.realm, channel, user):
        channel = reads.visible_channel(session.realm, user, op.channel)
    access.check_access(session.realm, channel, user, Rank.FOUNDER)
    return {"channel": channel.name, "hooks": [hook_object(hook) for hook in hooks_of(channel)]}


@performs(ops.HookRemove, HookRemoved)
def hook_remove(session: APISession, op: ops.HookRemove) -> Result:
    return requests.RemoveHook(op.channel, op.name, op.direction)


def path_of(secret: str) -> str:
    """Where what is to be said is posted."""
    return f"/hook/{secret}"


def check_events(names: Sequence[str]) -> None:
    """Raise Fault unless these are names of events."""
    known = {EVERY_EVENT, *EVENTS.values()}
    for name in names:
        if name not in known:
            raise Fault(Code.BAD_REQUEST, f"There is no event {name}", "$.events")


def hook_object(hook: AnyHook) -> HookObject:
    """A hook, for those who look after the channel."""
    found = HookObject(name=hook.name, direction=hook.direction.value, by=hook.by, created=iso(hook.at))
    if isinstance(hook, Webhook):
        found["url"] = hook.url
        found["events"] = list(hook.events)
    return found
