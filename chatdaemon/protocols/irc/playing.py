"""What was said once, played to a client that has not asked in a form of its own: the lines that others were
sent then, in a batch for those who know batches.

Who has server-time is told when it was said by the tag; for all others the time, in UTC, is put in front of
the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatdaemon.history.record import Record
from chatdaemon.history.retelling import retold
from chatdaemon.protocols.irc.batches import Batch
from chatdaemon.realm.events import Event, Portrayed, Posted, PostedLines, Relayed
from chatdaemon.realm.reading import Reading
from chatdaemon.timestamps import iso
from chatdaemon.wire.ircmsg import middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

CHATHISTORY = "draft/chathistory"
PLAYBACK = "znc.in/playback"
# Who has one of these asks for what it has missed.
ASKING = frozenset({CHATHISTORY, PLAYBACK})
# Lines that are sent in one turn.
STEPS_A_TURN = 50
# The service that says what there is to say of history.
NICK = "HistServ"
ACTION = "\x01ACTION "


def play(
    session: IRCSession, reading: Reading, records: Sequence[Record], *, head: str | None = None
) -> Iterator[None]:
    """Send records of one conversation, after a notice of the `head`; a step is a line or so."""
    if head is not None:
        private = reading.conversation.private
        say(session, *((session.nick, f"{reading.target}: {head}") if private else (reading.target, head)))
    kind = PLAYBACK if session.has(PLAYBACK) else "chathistory"
    batch = Batch(session, kind, middle(reading.target))
    for record in records:
        batch.include(played(session, record, reading))
        yield
    batch.close()


def heads(session: IRCSession, text: str) -> str | None:
    """The text, for a client that is not told by tags that what follows is old."""
    return None if session.has("server-time") else text


def played(session: IRCSession, record: Record, reading: Reading) -> bytes:
    """The lines of a record."""
    event = retold(record, reading, session.nick)
    if not session.has("server-time"):
        event = timed(event, clock_time(record.at, int(session.server.now() * 1000)))
    return session.renderer.render(record.stamp, event)


def is_playable(session: IRCSession, record: Record, reading: Reading) -> bool:
    """False for what the client would take for something else: what its own user has written to somebody
    else, unless it knows of such (echo-message, znc.in/self-message)."""
    conversation = record.conversation
    if not conversation.private or conversation.first == conversation.second:
        return True
    return record.sender != reading.reader or session.mirrors


def timed(event: Event, time: str) -> Event:
    """A message with a time in front of its text."""
    if isinstance(event, Posted):
        return event._replace(text=_timed(event.text, time))
    if isinstance(event, PostedLines):
        lines = tuple(
            line if line.joined or not line.text else line._replace(text=_timed(line.text, time))
            for line in event.lines
        )
        return replace(event, lines=lines)
    if isinstance(event, (Relayed, Portrayed)):
        return replace(event, text=_timed(event.text, time))
    return event


def _timed(text: str, time: str) -> str:
    if text.startswith(ACTION):
        return f"{ACTION}[{time}] {text.removeprefix(ACTION)}"
    return f"[{time}] {text}"


def clock_time(at: int, now: int) -> str:
    """When something was (both in ms since 1970), in UTC: 22:05, with the day where that was another."""
    day, time = minute(at).split(" ")
    return time if iso(now).startswith(day) else f"{day} {time}"


def minute(at: int) -> str:
    """A time (ms since 1970) for people: 2026-01-01 22:05, in UTC."""
    return iso(at)[:16].replace("T", " ")


def say(session: IRCSession, target: str, text: str) -> None:
    """Send a notice of HistServ, to a channel's window or the client's own."""
    session.reply(f":{NICK}!{NICK}@{session.server.name} NOTICE {target} :{text}")


def messages(count: int) -> str:
    """So many of them, in words."""
    return "1 message" if count == 1 else f"{count} messages"
