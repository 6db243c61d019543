"""Requests: what people, and the server itself, can ask of the realm. Imperatives.

Each is applied by the rule of the same name in `rules/`, which answers with events or raises a
Refusal. Names (nicks, channels) come as they were typed; the realm folds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from chatdaemon.realm.modes import ModeChange, Privilege, Rank, UserModeChange
from chatdaemon.realm.settings import Settings


class Kind(StrEnum):
    """What a Post is: people read messages; programs must not answer notices; a tag has no text."""

    MESSAGE = "message"
    NOTICE = "notice"
    TAG = "tag"


# The client-only tags (message-tags) that are passed on, whatever protocol they come by.
CLIENT_TAGS = ("+typing", "+draft/typing", "+reply", "+draft/reply", "+draft/react", "+draft/unreact")


class Post(NamedTuple):
    """Say `text` to a channel or a user. A NamedTuple, since it is made for every message.

    `rank` narrows a channel message to members of that rank and above (STATUSMSG).
    `tags` are the client-only tags, names with their `+`.
    """

    target: str
    text: str
    kind: Kind = Kind.MESSAGE
    tags: Mapping[str, str] | None = None
    rank: Rank = Rank.NONE


@dataclass(frozen=True, slots=True)
class Connect:
    """Make a user and attach the acting session to it.

    `host` is the host that others see, `real_host` the address that operators see.
    """

    nick: str
    username: str
    realname: str
    host: str
    real_host: str
    account: str | None = None
    secure: bool = False
    certificate: str | None = None  # SHA-256 of the client certificate, hex


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Detach the acting session; its user leaves with it when it was the last."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChangeNick:
    nick: str


@dataclass(frozen=True, slots=True)
class SetAway:
    """Go away with a text, or come back (None)."""

    text: str | None


@dataclass(frozen=True, slots=True)
class SetRealname:
    realname: str


@dataclass(frozen=True, slots=True)
class ChangeUserModes:
    changes: tuple[UserModeChange, ...]


@dataclass(frozen=True, slots=True)
class BecomeOperator:
    """The acting user has proven to be operator `name` (the proof is the node's business).

    `host` replaces the host that others see, when the configuration gives operators one.
    """

    name: str
    privileges: tuple[Privilege, ...]
    host: str | None = None


@dataclass(frozen=True, slots=True)
class SetAccount:
    """The acting user has logged in to an account, or out of it (None)."""

    account: str | None


@dataclass(frozen=True, slots=True)
class Join:
    channel: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    channel: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Kick:
    channel: str
    nick: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Invite:
    nick: str
    channel: str


@dataclass(frozen=True, slots=True)
class Knock:
    channel: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetTopic:
    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangeModes:
    """Change channel modes; what cannot be done is said in the events, the rest is done.

    `override` asks as an operator with that privilege (SAMODE).
    """

    channel: str
    changes: tuple[ModeChange, ...]
    override: bool = False


@dataclass(frozen=True, slots=True)
class Kill:
    nick: str
    reason: str


@dataclass(frozen=True, slots=True)
class SendWallops:
    text: str


@dataclass(frozen=True, slots=True)
class ForceJoin:
    """Make somebody join, past every restriction (SAJOIN)."""

    nick: str
    channel: str


@dataclass(frozen=True, slots=True)
class ForcePart:
    """Make somebody leave (SAPART)."""

    nick: str
    channel: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Configure:
    """The server's settings have changed. Only the server itself may ask."""

    settings: Settings


Request = (
    Post
    | Connect
    | Disconnect
    | ChangeNick
    | SetAway
    | SetRealname
    | ChangeUserModes
    | BecomeOperator
    | SetAccount
    | Join
    | Part
    | Kick
    | Invite
    | Knock
    | SetTopic
    | ChangeModes
    | Kill
    | SendWallops
    | ForceJoin
    | ForcePart
    | Configure
)

__all__ = [
    "CLIENT_TAGS",
    "BecomeOperator",
    "ChangeModes",
    "ChangeNick",
    "ChangeUserModes",
    "Configure",
    "Connect",
    "Disconnect",
    "ForceJoin",
    "ForcePart",
    "Invite",
    "Join",
    "Kick",
    "Kill",
    "Kind",
    "Knock",
    "Part",
    "Post",
    "Request",
    "SendWallops",
    "SetAccount",
    "SetAway",
    "SetRealname",
    "SetTopic",
]
