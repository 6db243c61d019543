"""Records of the history as rows, and rows as records.

A row is what `COLUMNS` says, the same for both databases. What people look for has a column of its own; the
rest of an event is in `details`, a JSON object with no key where the value is the usual one. `text` is what
was said, the reason of a part, kick or quit, the topic, or the new nick. `nick` is the sender's as shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from chatdaemon.history.record import Point, Record
from chatdaemon.history.search import senders_of, text_of, words_of
from chatdaemon.realm.conversations import Conversation
from chatdaemon.realm.events import (
    Audience,
    Event,
    Joined,
    Kicked,
    ModesChanged,
    NickChanged,
    Parted,
    Portrayed,
    Posted,
    PostedLines,
    Quit,
    Relayed,
    TopicChanged,
    Who,
)
from chatdaemon.realm.modes import ChannelFlag, ChannelList, ChannelRank, ChannelSetting, ModeChange, Rank
from chatdaemon.realm.requests import Kind, Line
from chatdaemon.storage.tables import Row

COLUMNS = (
    "first", "second", "message", "entry", "ordinal", "at", "sender", "rank",
    "kind", "nick", "account", "target", "text", "details",
)  # fmt: skip
"""The columns of a row here, in order, of the table `history`."""

Details = dict[str, Any]

# Those who spoke last, each with what their details are when there are no others: a message mostly has none.
_MOST_KNOWN = 4096

_MODES = {
    mode.value: mode
    for several in (ChannelFlag, ChannelSetting, ChannelList, ChannelRank)
    for mode in several
}

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Details)


def channel_id(conversation: Conversation) -> str:
    """The id of the channel that a conversation is of."""
    return f"{conversation.first:016x}"


def place_word(conversation: Conversation) -> str:
    """A conversation as a word: of the column `place` of SQLite's index, behind an @ in PostgreSQL's."""
    return f"c{conversation.first}x{conversation.second}"


def sender_word(name: str) -> str:
    """A nick or an account, in one case (`casefold`), as a word: likewise, behind a %."""
    return f"n{name.encode().hex()}"


def words_of_record(record: Record) -> tuple[str, str, str]:
    """What SQLite's index has of a message: its words, place and sender."""
    return (
        " ".join(words_of(text_of(record.told))),
        place_word(record.conversation),
        " ".join(dict.fromkeys(map(sender_word, senders_of(record)))),
    )


# What a tsvector can hold: bytes of a word, the last position, and positions of one word.
_LONGEST_WORD = 2046
_LAST_POSITION = 16383


def lexemes(record: Record) -> str:
    """What PostgreSQL's index has of a message, as the text of a tsvector. A word that is longer than it can
    hold is found by its beginning only."""
    found = [f"'{place_lexeme(record.conversation)}'"]
    found += [f"'{sender_lexeme(name)}'" for name in dict.fromkeys(senders_of(record))]
    found += [
        f"'{word_lexeme(word)}':{min(position, _LAST_POSITION)}"
        for position, word in enumerate(words_of(text_of(record.told)), start=1)
    ]
    return " ".join(found)


def place_lexeme(conversation: Conversation) -> str:
    return f"@{place_word(conversation)}"


def sender_lexeme(name: str) -> str:
    # Names of accounts may be long where another checker says who somebody is.
    return f"%{sender_word(name)}"[:_LONGEST_WORD]


def word_lexeme(word: str) -> str:
    """A word as it is in PostgreSQL's index: neither a quote nor a backslash is ever part of one."""
    if len(word) * 4 <= _LONGEST_WORD:
        return word
    return word.encode()[:_LONGEST_WORD].decode(errors="ignore")


# From records to rows.


def _who(who: Who, sender: int) -> Details:
    """What is not in columns of its own."""
    details: Details = {"username": who.username, "host": who.host}
    if who.id != sender:
        details["user"] = who.id
    if who.realname:
        details["realname"] = who.realname
    if who.bot:
        details["bot"] = True
    if who.operator:
        details["operator"] = True
    if who.source != f"{who.nick}!{who.username}@{who.host}":
        details["source"] = who.source
    return details


def _posted(event: Posted) -> tuple[str | None, str | None, Details]:
    return event.target, event.text, _tags(event.tags)


def _posted_lines(event: PostedLines) -> tuple[str | None, str | None, Details]:
    details = _tags(event.tags)
    if event.kind is not Kind.MESSAGE:
        details["kind"] = event.kind.value
    if event.lines != _plain_lines(event.text):
        details["lines"] = [list(line) if line.joined else line.text for line in event.lines]
    return event.target, event.text, details


def _plain_lines(text: str) -> tuple[Line, ...]:
    return tuple(map(Line, text.split("\n")))


def _tags(tags: Any) -> Details:
    return {} if tags is None else {"tags": dict(tags)}


def _relayed(event: Relayed) -> tuple[str | None, str | None, Details]:
    return event.target, event.text, {"by": event.who.nick, **_tags(event.tags)}


def _portrayed(event: Portrayed) -> tuple[str | None, str | None, Details]:
    details: Details = {}
    if event.character is not None:
        details["character"] = event.character
    if event.action:
        details["action"] = True
    return event.channel, event.text, details


def _joined(event: Joined) -> tuple[str | None, str | None, Details]:
    details: Details = {}
    if event.away is not None:
        details["away"] = event.away
    if event.created:
        details["created"] = True
    return event.channel, None, details


def _kicked(event: Kicked) -> tuple[str | None, str | None, Details]:
    target = event.target
    whom = {"nick": target.nick, **_who(target, 0)}
    if target.account is not None:
        whom["account"] = target.account
    return event.channel, event.reason, {"whom": whom}


def _modes(event: ModesChanged) -> tuple[str | None, str | None, Details]:
    changes = [
        [change.mode.value, change.add]
        if change.value is None
        else [change.mode.value, change.add, change.value]
        for change in event.changes
    ]
    return event.channel, None, {"changes": changes}


_OUT: dict[type, tuple[str, Callable[[Any], tuple[str | None, str | None, Details]]]] = {
    Posted: ("", _posted),
    PostedLines: ("multiline", _posted_lines),
    Relayed: ("relayed", _relayed),
    Portrayed: ("portrayed", _portrayed),
    Joined: ("join", _joined),
    Parted: ("part", lambda event: (event.channel, event.reason, {})),
    Kicked: ("kick", _kicked),
    Quit: ("quit", lambda event: (None, event.reason, {})),
    NickChanged: ("nick", lambda event: (None, event.nick, {})),
    TopicChanged: ("topic", lambda event: (event.channel, event.text, {})),
    ModesChanged: ("mode", _modes),
}
"""By the type of the event: the kind of the row, and its target, text and details."""

_known: dict[tuple[Who, int], str] = {}


def _usual_details(who: Who, sender: int) -> str:
    """The details of a message that has no others. Remembered: nothing else of a message takes as long."""
    found = _known.get((who, sender))
    if found is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[who, sender] = _encoder.encode(_who(who, sender)).decode()
    return found


def row_of(record: Record) -> Row:
    """A record as a row. Used by the writer's thread only."""
    conversation, point, at, sender, rank, message, event = record
    if type(event) is Posted:
        who = event.who
        tags = event.tags
        return (
            conversation.first, conversation.second, int(message), point.entry, point.ordinal, at, sender,
            rank, event.kind.value, who.nick, who.account, event.target, event.text,
            _usual_details(who, sender)
            if tags is None
            else _encoder.encode({**_who(who, sender), **_tags(tags)}).decode(),
        )  # fmt: skip
    kind, parts = _OUT[type(event)]
    target, text, details = parts(event)
    by: Who | None = getattr(event, "who", None)
    if by is not None:
        details = {**_who(by, sender), **details}
    nick = event.nick if isinstance(event, Relayed) else by.nick if by is not None else None
    account = by.account if by is not None else None
    return (
        conversation.first, conversation.second, int(message), point.entry, point.ordinal, at, sender, rank,
        kind, nick, account, target, text, _encoder.encode(details).decode(),
    )  # fmt: skip


# From rows to records.


def record_of(row: Iterable[Any]) -> Record:
    """The record that a row (`COLUMNS`) is of. Its audience is as if everybody were told, and of the channels
    that somebody quit there is only that of the conversation. Raises ValueError when it is none of ours."""
    first, second, message, entry, ordinal, at, sender, rank, kind, nick, account, target, text, details = row
    conversation = Conversation(first, second)
    found = _decoder.decode(details)
    try:
        told = _IN[kind](_Read(conversation, sender, rank, kind, nick, account, target, text, found))
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"history has a {kind} at {entry}.{ordinal} that makes no sense: {error!r}"
        ) from None
    return Record(conversation, Point(entry, ordinal), at, sender, rank, bool(message), told)


class _Read:
    """A row of which the details are read."""

    __slots__ = ("account", "conversation", "details", "kind", "nick", "rank", "sender", "target", "text")

    def __init__(
        self,
        conversation: Conversation,
        sender: int,
        rank: int,
        kind: str,
        nick: str,
        account: str | None,
        target: str,
        text: str,
        details: Details,
    ) -> None:
        self.conversation = conversation
        self.sender = sender
        self.kind = kind
        self.nick = nick
        self.account = account
        self.target = target
        self.text = text
        self.details = details
        # In a private conversation the rank says something else.
        self.rank = Rank.NONE if conversation.second else Rank(rank)

    @property
    def audience(self) -> Audience:
        return () if self.conversation.second else self.channel_id

    @property
    def channel_id(self) -> str:
        return channel_id(self.conversation)

    @property
    def who(self) -> Who:
        nick = self.details.get("by", self.nick)
        return _who_of(self.details, nick, self.account, self.sender)

    @property
    def by(self) -> Who | None:
        return None if self.nick is None else self.who

    @property
    def tags(self) -> dict[str, str] | None:
        return self.details.get("tags")


def _who_of(details: Details, nick: str, account: str | None, sender: int) -> Who:
    username, host = details["username"], details["host"]
    return Who(
        details.get("user", sender), nick, username, host, account, details.get("realname", ""),
        details.get("bot", False), details.get("source") or f"{nick}!{username}@{host}",
        details.get("operator", False),
    )  # fmt: skip


def _posted_in(row: _Read) -> Event:
    return Posted(row.audience, row.who, row.target, row.text, Kind(row.kind), row.tags, row.rank)


def _posted_lines_in(row: _Read) -> Event:
    lines = row.details.get("lines")
    return PostedLines(
        row.audience,
        row.who,
        row.target,
        row.text,
        Kind(row.details.get("kind", Kind.MESSAGE)),
        row.tags,
        row.rank,
        _plain_lines(row.text) if lines is None else tuple(map(_line, lines)),
    )


def _line(written: str | list[Any]) -> Line:
    return Line(written) if isinstance(written, str) else Line(*written)


def _portrayed_in(row: _Read) -> Event:
    details = row.details
    return Portrayed(
        row.audience,
        row.who,
        row.target,
        details.get("character"),
        row.text,
        details.get("action", False),
        row.rank,
    )


def _joined_in(row: _Read) -> Event:
    details = row.details
    created = details.get("created", False)
    return Joined(row.audience, row.who, row.channel_id, row.target, details.get("away"), created)


def _kicked_in(row: _Read) -> Event:
    whom = row.details["whom"]
    target = _who_of(whom, whom["nick"], whom.get("account"), 0)
    return Kicked(row.audience, row.by, row.channel_id, row.target, target, row.text)


def _modes_in(row: _Read) -> Event:
    changes = tuple(ModeChange(_MODES[mode], *rest) for mode, *rest in row.details["changes"])
    return ModesChanged(row.audience, row.by, row.channel_id, row.target, changes)


_IN: dict[str, Callable[[_Read], Event]] = {
    **dict.fromkeys((kind.value for kind in Kind), _posted_in),
    "multiline": _posted_lines_in,
    "relayed": lambda row: Relayed(
        row.audience, row.who, row.nick, row.channel_id, row.target, row.text, row.tags
    ),
    "portrayed": _portrayed_in,
    "join": _joined_in,
    "part": lambda row: Parted(row.audience, row.who, row.channel_id, row.target, row.text),
    "kick": _kicked_in,
    "quit": lambda row: Quit(row.audience, row.who, row.text, (row.channel_id,)),
    "nick": lambda row: NickChanged(row.audience, row.who, row.text),
    "topic": lambda row: TopicChanged(row.audience, row.by, row.channel_id, row.target, row.text),
    "mode": _modes_in,
}
"""By the kind of the row: the event."""
