"""*playback: what was said, asked for as with the bouncer ZNC and its module of that name (znc.in/playback).

A client that has the capability remembers the time of the last message that it has seen, and asks for what
came behind it: PRIVMSG *playback :PLAY * 1767225600.123. It asks before it joins its channels, or after;
channels that it is not in yet are told when it joins them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from chatdaemon.history.query import Query
from chatdaemon.history.scope import EVER
from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.replay import Missed
from chatdaemon.protocols.irc.services.service import Face, Service
from chatdaemon.realm.conversations import Conversation, in_channel
from chatdaemon.realm.masks import compile_glob
from chatdaemon.realm.reading import may_read, reading_of
from chatdaemon.realm.refusal import Refusal
from chatdaemon.storage.failure import StorageFailed

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# Nobody can be called so, and nobody is shown it.
PLAYBACK = Service("*playback", "plays what was said, as the bouncer ZNC does")
TIME = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?", re.ASCII)


@PLAYBACK.subcommand(
    "PLAY",
    "<buffer>[,<buffer> ...] [<from> [<to>]]",
    """Plays what was said in channels and by people.
A buffer is a channel or a nickname, * for all, or a name with * and ? for all channels that fit. Times are
seconds since 1970, with fractions.""",
    least=1,
)
def play(session: IRCSession, words: list[str], face: Face) -> Result:
    times = [milliseconds(word) for word in words[1:3]]
    if None in times:
        face.say_syntax()
        return None
    after, to = [*times, None, None][:2]
    # What was said at the first of the times it has seen already.
    since = after + 1 if after else None
    before = to + 1 if to is not None else EVER
    limit = session.server.settings.history_limit
    wanted = [Missed(each, since, before, limit, asked=True) for each in _wanted(session, words[0])]
    later = (since or 0) if "*" in words[0].split(",") and to is None else None
    if not session.server.replays.ask(session, later, wanted):
        face.say("Wait until all is played that you have asked for.")
    return None


@PLAYBACK.subcommand(
    "LIST",
    "[<channel>[,<channel> ...]]",
    """Lists your channels, each with the times of its first and last message.
They are in seconds since 1970.""",
)
def list_(session: IRCSession, words: list[str], face: Face) -> Result:
    wanted = [each for each in _wanted(session, words[0] if words else "*") if each is not None]
    return Deferred.fromCoroutine(_list(session, wanted, face))


@PLAYBACK.subcommand(
    "CLEAR",
    "<buffer>[,<buffer> ...]",
    """Clears nothing.
What was said is kept for all who may read it; /msg HistServ DELETE takes a message of yours back.""",
)
def clear(session: IRCSession, words: list[str], face: Face) -> Result:
    face.say("Nothing is cleared: what was said is kept for all who may read it.")
    return None


def _wanted(session: IRCSession, names: str) -> list[Conversation | None]:
    """The conversations that are meant, None for those with all people; names of others mean nothing."""
    realm, me = session.realm, session.me
    found: dict[Conversation | None, None] = {}
    for name in names.split(","):
        if "*" in name or "?" in name:
            fits = compile_glob(realm.fold(name))
            found |= {in_channel(each.id): None for each in me.channels if fits(each.folded)}
            if name == "*":
                found[None] = None
            continue
        try:
            found[may_read(realm, me, name).conversation] = None
        except Refusal:
            # Clients ask for all that they have ever seen.
            continue
    return list(found)


async def _list(session: IRCSession, wanted: Sequence[Conversation], face: Face) -> Result:
    history, rows = session.node.history, []
    try:
        for conversation in wanted:
            reading = (
                reading_of(session.realm, session.me, conversation) if session.user is not None else None
            )
            if reading is not None:
                first = await history.read(Query(reading, limit=1, newest=False))
                last = await history.read(Query(reading, limit=1))
                if first and last:
                    rows.append(f"{reading.target} {seconds(first[0].at)} {seconds(last[0].at)}")
    except StorageFailed:
        rows = ["What was said cannot be read at the moment."]
    if not session.closing:
        for row in rows or ["There is nothing to play."]:
            face.say(row)
    return None


def milliseconds(text: str) -> int | None:
    """A time in ms since 1970 from one in seconds, with fractions or without; None for anything else."""
    if TIME.fullmatch(text) is None:
        return None
    return round(float(text) * 1000)


def seconds(at: int) -> str:
    """What `milliseconds` takes, from ms since 1970."""
    return f"{at / 1000:.3f}"
