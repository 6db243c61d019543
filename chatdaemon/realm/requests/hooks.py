"""Hooks of registered channels. Whoever looks after the registration makes and removes them."""

from __future__ import annotations

from dataclasses import dataclass

from chatdaemon.realm.hooks import Direction


@dataclass(frozen=True, slots=True)
class AddHook:
    """Let whoever knows the secret with this digest (SHA-256, hex) post to the channel."""

    channel: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class AddWebhook:
    """Send what happens in the channel, the events of these names, to `url`, signed with `secret`."""

    channel: str
    name: str
    url: str
    secret: str
    events: tuple[str, ...] = ("message",)


@dataclass(frozen=True, slots=True)
class RemoveHook:
    channel: str
    name: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class PostByHook:
    """Say these lines in the channel of the hook with this digest: the server asks, for whoever has shown the
    secret. `nick` is in whose name (None: the hook's), `host` the name of the server."""

    digest: str
    lines: tuple[str, ...]
    nick: str | None = None
    host: str = "hook.invalid"
