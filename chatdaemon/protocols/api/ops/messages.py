"""Messages: saying something, and taking it back."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from chatdaemon.protocols.api.ops.op import MessageId, MessageKey, Op
from chatdaemon.realm.modes import ChannelRank


class SendKind(StrEnum):
    """What is said: as `realm.requests.Kind` has it, and what IRC writes as a CTCP ACTION."""

    MESSAGE = "message"
    NOTICE = "notice"
    ACTION = "action"
    TAG = "tag"


class Typing(StrEnum):
    """What somebody is at (client tag typing)."""

    ACTIVE = "active"
    PAUSED = "paused"
    DONE = "done"


class Send(Op):
    """Says something to a channel or a nick. A service (`NickServ`, `ChanServ` ...) answers it: `answers`
    are its lines.

    :param text: may have several lines, divided by `\\n`; an action has one.
    :param kind: `message`, `notice`, `action` (`text` is what you do) or `tag`, which has no text. Without
        it a message, or with no text and a reaction or `typing`, a tag.
    :param reply: the id of the message that this one answers, or reacts to.
    :param react: a reaction to `reply`, a smiley mostly.
    :param unreact: a reaction to `reply` that is taken back.
    :param typing: that you are writing (`active`), have stopped for a while (`paused`), or have given up
        (`done`).
    :param tags: other client-only tags, as IRC clients send them.
    :param rank: only to members of this rank and above.
    :param key: what you call the message. Of several with the same key only the first is said, and the others
        get the same `ok`: so a message whose answer has not come can be sent again, after a restart too.
    """

    SEVERAL_LINES: ClassVar[tuple[str, ...]] = ("text",)

    target: str
    text: str = ""
    kind: SendKind | None = None
    reply: MessageId | None = None
    react: str | None = None
    unreact: str | None = None
    typing: Typing | None = None
    tags: dict[str, str] | None = None
    rank: ChannelRank | None = None
    key: MessageKey | None = None


class Redact(Op):
    """Takes a message back: your own, or where you look after the channel, that of another.

    :param target: the channel or nick to which it was said.
    :param message_id: the message's `msgid`.
    """

    target: str
    message_id: MessageId
    reason: str | None = None


class Relay(Op):
    """Says something in a channel for somebody on another network, whose nick has a `/` in it.

    :param action: `text` is what they do.
    :param reply: and the fields behind it as in `send`.
    """

    channel: str
    nick: str
    text: str
    action: bool = False
    reply: MessageId | None = None
    react: str | None = None
    unreact: str | None = None
    tags: dict[str, str] | None = None


class Portray(Op):
    """Says something in a channel as somebody who is not there, where its mode `roleplay` allows it.

    :param character: what they are called; without it, `text` is what happens.
    :param action: `text` is what they do.
    """

    channel: str
    text: str
    character: str | None = None
    action: bool = False
