"""Events as objects, made from the fields of their classes: a new event needs nothing here.

A field without a value (None) is left out. `who` is called "from", and a `target` that is a user "user".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from chatdaemon.protocols.api.codec import Codec, Object
from chatdaemon.protocols.api.errors import code_of
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.accounts import Code
from chatdaemon.realm.events import (
    AccountChanged,
    AlwaysOnChanged,
    Attached,
    AwayChanged,
    BecameOperator,
    Connected,
    Detached,
    DeviceSeen,
    Event,
    Forwarded,
    HostChanged,
    Invited,
    Joined,
    KeyForgotten,
    KeyUsed,
    Kicked,
    Killed,
    Knocked,
    ModesChanged,
    NickChanged,
    Parted,
    PartlyRefused,
    Posted,
    PostedLines,
    ReadMarkerSet,
    RealnameChanged,
    Redacted,
    Relayed,
    Repeated,
    ServerNoticed,
    Stamp,
    TokenUsed,
    TopicChanged,
    UserModesChanged,
    WallopsSent,
    Who,
)
from chatdaemon.realm.modes import RANK_OF, Rank
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind
from chatdaemon.realm.text import action_text, is_action
from chatdaemon.timestamps import iso

# What events are called, after the ops that bring them about. Others are called as their class is.
NAMES: dict[type, str] = {
    Posted: "message",
    PostedLines: "message",
    Relayed: "relay",
    Redacted: "redact",
    Connected: "connect",
    NickChanged: "nick",
    AwayChanged: "away",
    RealnameChanged: "realname",
    HostChanged: "host",
    AccountChanged: "account",
    UserModesChanged: "user_modes",
    BecameOperator: "operator",
    Joined: "join",
    Forwarded: "forward",
    Parted: "part",
    Kicked: "kick",
    Invited: "invite",
    Knocked: "knock",
    TopicChanged: "topic",
    ModesChanged: "modes",
    ReadMarkerSet: "mark",
    PartlyRefused: "refused",
    Killed: "kill",
    WallopsSent: "wallops",
    ServerNoticed: "server_notice",
}
# Who hears of an event is the node's business; in which channels somebody was who quits, not the witnesses'.
# An e-mail address is its owner's, while anybody may have a code sent there again.
NOT_SHOWN = ("audience", "channels", "digest", "email", "hidden", "lines", "members")
# Who could see this would need no mail to know it.
SECRETS = (Code, Code | None)
# Those that introduce somebody tell the realname too.
INTRODUCTIONS = (Connected, Joined)

# What client-only tags say that programs should not have to know IRC for: the field, and the tag that it is
# sent as; and the tags of which it is read, which are more.
TAGS_OF_FIELDS = (
    ("reply", "+draft/reply"),
    ("react", "+draft/react"),
    ("unreact", "+draft/unreact"),
    ("typing", "+typing"),
)
FIELD_OF_TAG = {tag: field for field, tag in TAGS_OF_FIELDS} | {"+reply": "reply", "+draft/typing": "typing"}
ACTION = "action"
MESSAGE = Kind.MESSAGE

RANK_WORDS: tuple[list[str], ...] = tuple(
    [word.value for word, rank in RANK_OF.items() if ranks & rank] for ranks in range(32)
)
"""The names of the ranks that a member holds, highest first."""

# Those with a text and tags that are told as a form of their own: it is on the path of every message.
SAID = (Posted, PostedLines)
TAGGED = (*SAID, Relayed)

# Those fields that are times, in ms since 1970: in words they are as in the stamp.
TIMES = ("at",)

Shape = tuple[tuple[str, str], ...]


def _name(event: type) -> str:
    return NAMES.get(event) or re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()


def shape_of(event: type) -> Shape:
    """The event's fields, each with what it is called in JSON."""
    hints = get_type_hints(event)
    keys = {"who": "from", "at": "to"}
    if hints.get("target") is Who:
        keys["target"] = "user"
    shape = tuple(
        (name, keys.get(name, name))
        for name, hint in hints.items()
        if name not in NOT_SHOWN and hint not in SECRETS
    )
    if event is Relayed:
        shape += (("text", "kind"),)
    return shape + tuple(("tags", field) for field, _ in TAGS_OF_FIELDS) if event in TAGGED else shape


# What concerns one client of a user, and is no business of the user's others; or nobody's.
UNTOLD: tuple[type, ...] = (
    Attached,
    Detached,
    DeviceSeen,
    AlwaysOnChanged,
    TokenUsed,
    KeyUsed,
    KeyForgotten,
    Repeated,
)
EVENTS: dict[type, str] = {event: _name(event) for event in get_args(Event) if event not in UNTOLD}
"""Every event that clients are told of, with its name."""
_SHAPES: dict[type, Shape] = {event: shape_of(event) for event in get_args(Event)}


def user_object(who: Who) -> Object:
    """A user, as messages name their senders."""
    found: Object = {"nick": who.nick, "username": who.username, "host": who.host}
    if who.account is not None:
        found["account"] = who.account
    if who.bot:
        found["bot"] = True
    if who.operator:
        found["operator"] = True
    return found


def refusal_object(refusal: Refusal) -> Object:
    """What a refusal of the realm looks like to a client."""
    subject, detail = refusal.subject, refusal.detail
    found: Object = {
        "code": code_of(refusal.reason),
        "message": text_of(refusal),
    }
    if subject:
        # What is not stored is done all the same, and has this id.
        found["msgid" if refusal.reason is Reason.NOT_STORED else "subject"] = subject
    if detail:
        found["detail"] = detail
    if refusal.change is not None:
        found["change"] = plain(refusal.change)
    return found


def _rank(value: Rank) -> str | None:
    words = RANK_WORDS[value]
    return words[0] if words else None


_PLAIN: dict[type, Callable[[Any], object]] = {Who: user_object, Rank: _rank, Refusal: refusal_object}


def plain(value: object) -> object:
    """A value that stands in an event, made of what JSON has. Raises TypeError for what it cannot be."""
    # Texts, numbers, and what is one of a few words (StrEnum) are what they are.
    if value is None or isinstance(value, str):
        return value
    known = _PLAIN.get(type(value))
    if known is not None:
        return known(value)
    if isinstance(value, int):
        return value
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if is_dataclass(value):
        shown = ((each.name, plain(getattr(value, each.name))) for each in fields(value))
        return {name: each for name, each in shown if each is not None}
    raise TypeError(f"no form in JSON for {type(value).__name__}")


def shown(kind: Kind, text: str) -> tuple[str, str]:
    """The kind of a message and its text: an action is one, and not what IRC wraps it in."""
    if text[:1] == "\x01" and kind is MESSAGE and is_action(text) and "\n" not in text:
        return ACTION, action_text(text)
    return kind, text


def message_object(event: Posted | PostedLines) -> Object:
    """What a message says. Made for every message: by hand, and not from the fields one by one."""
    kind, text = shown(event.kind, event.text)
    found: Object = {"from": user_object(event.who), "target": event.target, "text": text, "kind": kind}
    if event.tags:
        _add_tags(found, event.tags)
    if event.rank:
        found["rank"] = _rank(event.rank)
    return found


def _add_tags(found: Object, tags: Mapping[str, str]) -> None:
    for tag, value in tags.items():
        field = FIELD_OF_TAG.get(tag)
        if field is not None:
            found[field] = value
    found["tags"] = dict(tags)


def relay_object(event: Relayed) -> Object:
    """What was said for somebody who is on another network."""
    kind, text = shown(MESSAGE, event.text)
    found: Object = {
        "from": user_object(event.who),
        "nick": event.nick,
        "channel_id": event.channel_id,
        "target": event.target,
        "text": text,
        "kind": kind,
    }
    if event.tags:
        _add_tags(found, event.tags)
    return found


def details(event: Event) -> Object:
    """What an event says, without its name and stamp."""
    if isinstance(event, SAID):
        return message_object(event)
    if isinstance(event, Relayed):
        return relay_object(event)
    found: Object = {}
    for name, key in _SHAPES[type(event)]:
        value = getattr(event, name)
        if name == "ranks":
            # All of them, where a single `rank` is the least that is meant.
            value = RANK_WORDS[value]
        elif name in TIMES:
            value = iso(value)
        elif type(value) is not str:
            value = plain(value)
            if value is None:
                continue
        found[key] = value
    if isinstance(event, INTRODUCTIONS):
        found["from"]["realname"] = event.who.realname
    return found


def stamp_object(stamp: Stamp) -> Object:
    """An event's message id and time."""
    return {"msgid": stamp.msgid, "time": iso(stamp.at)}


def event_object(stamp: Stamp, event: Event) -> Object:
    """An event as clients get it."""
    return {"event": EVENTS[type(event)], "msgid": stamp.msgid, "time": iso(stamp.at), **details(event)}


class APIRenderer:
    """Renders events for all sessions of one format alike."""

    def __init__(self, codec: Codec) -> None:
        self._encode = codec.encode

    def render(self, stamp: Stamp, event: Event) -> bytes:
        """The event as one message; nothing where clients are not told of it."""
        if type(event) in UNTOLD:
            return b""
        return self._encode(event_object(stamp, event))
