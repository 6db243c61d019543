"""Hooks: doors of a registered channel for programs that are not here. They hang on its registration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from chatdaemon.realm.state import Channel, State

LONGEST_URL: Final = 300
LONGEST_SECRET: Final = 128
MOST_EVENTS: Final = 30
EVERY_EVENT: Final = "*"

_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(?:[/?][!-~]*)?")
_SECRET = re.compile(r"[!-~]{16,128}")
_EVENT = re.compile(r"[a-z][a-z_]{0,31}|\*")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Direction(StrEnum):
    """Which way what is said goes."""

    IN = "in"  # who knows the hook's secret posts to the channel
    OUT = "out"  # what happens in the channel is sent to the hook's address


@dataclass(frozen=True, slots=True)
class Hook:
    """One way in: whoever shows the secret with this SHA-256 (hex) posts as `name`/hook. `by` is the account
    or nick that made it, `at` when, in ms since 1970."""

    name: str
    digest: str
    by: str
    at: int

    direction = Direction.IN


@dataclass(frozen=True, slots=True)
class Webhook:
    """One way out: the events of these names (EVERY_EVENT: all of the channel) are sent to `url`, signed with
    `secret`, which has to be kept for that."""

    name: str
    url: str
    secret: str
    events: tuple[str, ...]
    by: str
    at: int

    direction = Direction.OUT


AnyHook = Hook | Webhook


def webhook_fault(url: str, secret: str, events: tuple[str, ...], *, plain: bool) -> str | None:
    """What is wrong with a way out that is to be made. `plain`: it may be without TLS."""
    if len(url) > LONGEST_URL or not _URL.fullmatch(url):
        return f"An address begins with https:// and has {LONGEST_URL} characters at most"
    if not plain and not url.startswith("https://"):
        return "This server sends only to addresses with https://"
    if not _SECRET.fullmatch(secret):
        return f"A secret has 16 to {LONGEST_SECRET} characters, none of them a space"
    if not events or len(events) > MOST_EVENTS or not all(_EVENT.fullmatch(each) for each in events):
        return f"Events are called as in JSON, {EVERY_EVENT} for all, {MOST_EVENTS} at most"
    return None


def digest_fault(digest: str) -> str | None:
    """What is wrong with the digest of a way in."""
    if _DIGEST.fullmatch(digest):
        return None
    return "A digest is a SHA-256, 64 hexadecimal digits in small letters"


def hooks_of(channel: Channel) -> tuple[AnyHook, ...]:
    """All hooks of a channel, in the order in which they were made."""
    return channel.registration.hooks if channel.registration is not None else ()


def hook_of(channel: Channel, name: str, direction: Direction) -> AnyHook | None:
    """The hook of this name."""
    return next(
        (each for each in hooks_of(channel) if each.name == name and each.direction is direction), None
    )


def enter_hooks(state: State, channel: Channel) -> None:
    """Note the ways from hooks to a channel that was loaded, or restored."""
    for hook in hooks_of(channel):
        if isinstance(hook, Hook):
            state.hooks[hook.digest] = channel


def forget_hooks(state: State, channel: Channel) -> None:
    """Take them back, before the channel's registration ends."""
    for hook in hooks_of(channel):
        if isinstance(hook, Hook):
            del state.hooks[hook.digest]


def lines_of(text: str) -> tuple[str, ...]:
    """A text as a hook gets it, as lines that can be said: none is empty, and nothing else in them is what no
    protocol has."""
    lines = text.replace("\r", "\n").replace("\0", "").split("\n")
    return tuple(line for line in (line.encode(errors="replace").decode() for line in lines) if line.strip())
