"""HistServ: what was said before, for people whose client cannot ask for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.history.query import Query, Search
from chatdaemon.history.record import Record
from chatdaemon.history.scope import readings_of
from chatdaemon.history.search import text_of
from chatdaemon.protocols.irc.command import Result, Steps
from chatdaemon.protocols.irc.history import charge
from chatdaemon.protocols.irc.playing import NICK, heads, is_playable, messages, minute, play
from chatdaemon.protocols.irc.services.service import Face, Service
from chatdaemon.realm.conversations import Conversation
from chatdaemon.realm.events import Portrayed, Posted, PostedLines, Relayed
from chatdaemon.realm.reading import Reading, may_read
from chatdaemon.realm.requests import Redact
from chatdaemon.realm.written import Written
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.timestamps import iso
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

T = TypeVar("T")

HISTSERV = Service(NICK, "tells what was said before", ("HISTSERV",))

# Messages that are told where nobody says how many.
USUALLY = 50
# Messages that one search shows, and so many bytes of each.
SHOWN = 10
EXCERPT = 250
NEW_LINE = "\n"

_DURATION = re.compile(r"(?:[0-9]{1,6}[smhdw])+", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_CLOCK = re.compile(r"[0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z?)?", re.ASCII)
_WORD = re.compile(r'"[^"]*"|\S+')


class Span(NamedTuple):
    """Which messages are meant: the last `limit` of all between two times (ms since 1970), with those."""

    limit: int
    after: int | None = None
    to: int | None = None


@HISTSERV.subcommand(
    "PLAY",
    "<channel or nickname> [<number> | <from> [<to>]]",
    """Tells again what was said in a channel, or by somebody and you.
A number means so many messages, the last 50 where you say nothing. A time is how long ago (90m, 2h, 1d12h),
or 22:05 of today, 2026-01-31 or 2026-01-31T22:05, in UTC.""",
    least=1,
)
def play_(session: IRCSession, words: list[str], face: Face) -> Result:
    span = span_of(words[1:3], int(session.server.now() * 1000), session.server.settings.history_limit)
    if span is None:
        face.say_syntax()
        return None
    reading = may_read(session.realm, session.me, words[0])
    after = span.after - 1 if span.after is not None else None
    before = span.to + 1 if span.to is not None else None
    found = session.node.history.read(Query(reading, after, before, span.limit + 1))
    return _then(found, lambda records: _play(session, face, reading, records, span), face)


def _play(session: IRCSession, face: Face, reading: Reading, records: list[Record], span: Span) -> Steps:
    more = len(records) > span.limit
    records = records[-span.limit :]
    charge(session, len(records))
    if not records:
        face.say(f"There is nothing of {reading.target} that you could be told.")
        return None
    if reading.conversation.private and not all(is_playable(session, each, reading) for each in records):
        for each in records:
            face.say(f"[{minute(each.at)}] {excerpt(each)}")
            yield
    else:
        head = f"The last {messages(len(records))}, with times in UTC:"
        yield from play(session, reading, records, head=heads(session, head))
    face.say(f"That was all: {messages(len(records))} of {reading.target}.")
    if more:
        since = iso(span.after) if span.after is not None else "1970-01-01"
        face.say(f"There are older ones: /msg HistServ PLAY {reading.target} {since} {iso(records[0].at)}")
    return None


@HISTSERV.subcommand(
    "SEARCH",
    "<words> [in <channel or nickname>] [from <nickname>]",
    """Finds messages that have all these words.
It looks in your channels, and in what people and you have written. A "phrase" in quotes is found as it
stands, tea* whatever begins so. The last 10 are told, each behind its message id.""",
    least=1,
)
def search(session: IRCSession, words: list[str], face: Face) -> Result:
    text, options = _options(face.rest)
    sender = options.get("from")
    history, realm = session.node.history, session.realm

    def find(readings: tuple[Reading, ...]) -> Result:
        among = {each.conversation: each for each in readings}
        folded = realm.fold(sender) if sender is not None else None
        found = history.search(Search(readings, text, folded, limit=SHOWN))
        return _then(found, lambda records: _show(session, face, records, among), face)

    return _then(readings_of(history, realm, session.me, options.get("in")), find, face)


def _show(
    session: IRCSession, face: Face, records: Sequence[Record], among: dict[Conversation, Reading]
) -> Result:
    charge(session, len(records))
    for each in records:
        where = among[each.conversation].target
        face.say(f"{each.point.msgid} [{minute(each.at)}] {where}: {excerpt(each)}")
    if len(records) == SHOWN:
        face.say(f"These are the last {SHOWN}; with more words, or a channel, others are found.")
    elif not records:
        face.say("Nothing was found.")
    return None


@HISTSERV.subcommand(
    "DELETE",
    "<channel or nickname> <message id> [<reason>]",
    """Takes a message back, for good.
You can take back your own, and what others said in channels that you look after. SEARCH tells ids.""",
    least=2,
)
def delete(session: IRCSession, words: list[str], face: Face) -> Result:
    target, msgid = words[:2]

    def ask(written: Written | None) -> Result:
        return face.ask(Redact(target, msgid, face.text(2), written), "The message is deleted")

    return _then(session.node.history.find(msgid), ask, face)


def _then(found: Deferred[T], then: Callable[[T], Result], face: Face) -> Result:
    """Go on with what was read, or say that it could not be."""

    def known(value: T) -> Result:
        return None if face.session.closing else then(value)

    def failed(failure: Failure) -> Result:
        failure.trap(StorageFailed)
        if not face.session.closing:
            face.say("What was said cannot be read at the moment: try later.")
        return None

    waited: Deferred[Result] = found.addCallbacks(known, failed)
    return waited


def excerpt(record: Record) -> str:
    """Who said what, as far as it fits."""
    event = record.told
    assert isinstance(event, (Posted, PostedLines, Relayed, Portrayed))
    if isinstance(event, Relayed):
        name = event.nick
    elif isinstance(event, Portrayed):
        name = event.character or "*"
    else:
        name = event.who.nick
    return f"<{name}> {cut(text_of(event).replace(NEW_LINE, ' '), EXCERPT)}"


def _options(rest: str) -> tuple[str, dict[str, str]]:
    """The words that are looked for, and what stands behind the last "in" and "from"."""
    words = _WORD.findall(rest)
    options: dict[str, str] = {}
    while len(words) > 1 and words[-2].lower() in ("in", "from") and not words[-1].startswith('"'):
        options.setdefault(words[-2].lower(), words[-1])
        words = words[:-2]
    return " ".join(words), options


def span_of(words: Sequence[str], now: int, most: int) -> Span | None:
    """What somebody has typed behind PLAY and a name; None where it means nothing. `now` in ms since 1970."""
    if not words:
        return Span(min(USUALLY, most))
    if len(words) == 1 and words[0].isascii() and words[0].isdigit() and len(words[0]) < 10:
        return Span(min(int(words[0]), most)) if int(words[0]) else None
    times = [moment(word, now) for word in words]
    if None in times:
        return None
    return Span(most, *times)


def moment(text: str, now: int) -> int | None:
    """A time in ms since 1970: so long ago, or at that time of today, or of that day, in UTC."""
    text = text.upper()
    if _DURATION.fullmatch(text.lower()):
        parts = re.findall(r"([0-9]+)([smhdw])", text.lower())
        return max(now - sum(int(number) * _UNITS[unit] for number, unit in parts) * 1000, 0)
    if _CLOCK.fullmatch(text):
        text = f"{iso(now)[:10]}T{text}"
    if not _DAY.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        return None
    return max(round(at.timestamp() * 1000), 0)
