"""Hooks of registered channels: made, removed, and what comes in by them."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm import access
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, HookAdded, HookRemoved, Relayed, Who
from chatdaemon.realm.hooks import (
    AnyHook,
    Direction,
    Hook,
    Webhook,
    digest_fault,
    hook_of,
    hooks_of,
    webhook_fault,
)
from chatdaemon.realm.modes import ChannelFlag, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import AddHook, AddWebhook, PostByHook, RemoveHook
from chatdaemon.realm.rules.acting import told
from chatdaemon.realm.rules.registrations import caretakers, known, told_operators
from chatdaemon.realm.rules.relaying import SEPARATOR, is_muted, relay_fault
from chatdaemon.realm.state import Channel, State, User
from chatdaemon.realm.table import applies
from chatdaemon.realm.text import is_action, is_ctcp, is_one_line, strip_formatting
from chatdaemon.realm.tokens import name_fault

# What stands behind the name in which a hook speaks, and its username.
HOOK = "hook"
# Lines of one post.
MOST_LINES = 50


@applies(AddHook)
def add_hook(state: State, entry: Entry, request: AddHook) -> tuple[Event, ...]:
    user, channel = _cared_for(state, entry, request.channel)
    _check_new(state, channel, request.name, Direction.IN, digest_fault(request.digest))
    if request.digest in state.hooks:
        raise Refusal(Reason.HOOK_EXISTS, request.name, channel.name)
    events = _added(state, channel, user, Hook(request.name, request.digest, _maker(user), entry.at))
    state.hooks[request.digest] = channel
    return events


@applies(AddWebhook)
def add_webhook(state: State, entry: Entry, request: AddWebhook) -> tuple[Event, ...]:
    user, channel = _cared_for(state, entry, request.channel)
    fault = webhook_fault(request.url, request.secret, request.events, plain=state.settings.plain_hooks)
    _check_new(state, channel, request.name, Direction.OUT, fault)
    events = tuple(dict.fromkeys(request.events))
    made = Webhook(request.name, request.url, request.secret, events, _maker(user), entry.at)
    return _added(state, channel, user, made)


@applies(RemoveHook)
def remove_hook(state: State, entry: Entry, request: RemoveHook) -> tuple[Event, ...]:
    user, channel = _cared_for(state, entry, request.channel)
    hook = hook_of(channel, request.name, request.direction)
    registration = channel.registration
    if hook is None or registration is None:
        raise Refusal(Reason.NO_SUCH_HOOK, request.name, channel.name)
    channel.registration = replace(
        registration, hooks=tuple(each for each in registration.hooks if each is not hook)
    )
    if isinstance(hook, Hook):
        del state.hooks[hook.digest]
    audience = caretakers(channel, user)
    return (
        HookRemoved(audience, told(user)[1], channel.id, channel.name, hook.name, hook.direction),
        *_noticed(state, channel, user, f"removed the hook {hook.name} of {channel.name}"),
    )


@applies(PostByHook)
def post_by_hook(state: State, entry: Entry, request: PostByHook) -> tuple[Event, ...]:
    """Whoever has a hook was let in by those who look after the channel: what holds for outsiders does not
    hold for it, save that it can be muted by name. Who asks is nobody: the server itself, or a session of its
    own that waits for the answer."""
    if entry.actor in state.sessions:
        raise Refusal(Reason.NOT_AN_OPERATOR)
    channel = state.hooks.get(request.digest)
    if channel is None:
        raise Refusal(Reason.NO_SUCH_HOOK)
    hook = next(
        each for each in hooks_of(channel) if isinstance(each, Hook) and each.digest == request.digest
    )
    nick = f"{request.nick or hook.name}{SEPARATOR}{HOOK}"
    fault = relay_fault(nick)
    if fault is not None:
        raise Refusal(Reason.BAD_RELAYED_NICK, nick, fault)
    lines = tuple(line for line in request.lines if line.strip(" "))
    if not lines:
        raise Refusal(Reason.NO_TEXT)
    if len(lines) > MOST_LINES or not all(map(is_one_line, lines)):
        raise Refusal(Reason.BAD_HOOK, hook.name, f"A text has {MOST_LINES} lines at most")
    if any(is_ctcp(line) and not is_action(line) for line in lines):
        raise Refusal(Reason.NO_CTCP, channel.name)
    if channel.guarded:
        if is_muted(state, channel, f"{nick}!{HOOK}@{request.host}"):
            raise Refusal(Reason.RELAYED_NICK_MUTED, nick, channel.name)
        if ChannelFlag.NO_FORMATTING in channel.flags:
            lines = tuple(map(strip_formatting, lines))
    source = f"{hook.name}!{HOOK}@{request.host}"
    who = Who(0, hook.name, HOOK, request.host, None, hook.name, True, source)
    return tuple(Relayed(channel.id, who, nick, channel.id, channel.name, line, None) for line in lines)


def _cared_for(state: State, entry: Entry, name: str) -> tuple[User | None, Channel]:
    """The actor (None: the server itself) and the registered channel whose registration it may change."""
    if entry.actor is not None:
        user = state.actor(entry)
        channel = known(state, user, name)
        access.check_access(state, channel, user, Rank.FOUNDER)
        return user, channel
    found = state.channel(name)
    if found is None:
        raise Refusal(Reason.NO_SUCH_CHANNEL, name)
    if found.registration is None:
        raise Refusal(Reason.CHANNEL_NOT_REGISTERED, found.name)
    return None, found


def _check_new(state: State, channel: Channel, name: str, direction: Direction, fault: str | None) -> None:
    fault = name_fault(name) or fault
    if fault is not None:
        raise Refusal(Reason.BAD_HOOK, name, fault)
    if hook_of(channel, name, direction) is not None:
        raise Refusal(Reason.HOOK_EXISTS, name, channel.name)
    if len(hooks_of(channel)) >= state.settings.hooks_per_channel:
        raise Refusal(Reason.TOO_MANY_HOOKS, channel.name)


def _added(state: State, channel: Channel, user: User | None, hook: AnyHook) -> tuple[Event, ...]:
    registration = channel.registration
    assert registration is not None
    channel.registration = replace(registration, hooks=(*registration.hooks, hook))
    audience = caretakers(channel, user)
    return (
        HookAdded(audience, told(user)[1], channel.id, channel.name, hook.name, hook.direction),
        *_noticed(state, channel, user, f"made the hook {hook.name} of {channel.name}"),
    )


def _noticed(state: State, channel: Channel, user: User | None, deed: str) -> tuple[Event, ...]:
    return told_operators(state, channel, user, deed) if user is not None else ()


def _maker(user: User | None) -> str:
    return (user.account or user.nick) if user is not None else "server"
