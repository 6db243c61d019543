"""CHATHISTORY: what was said before, for clients that ask (IRCv3 draft/chathistory)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from chatdaemon.history.query import Bound, Query, Target, TargetsQuery
from chatdaemon.history.record import Point, Record
from chatdaemon.protocols.irc.batches import Batch
from chatdaemon.protocols.irc.command import Result, Steps, command
from chatdaemon.protocols.irc.history import (
    CAPABILITY,
    END,
    PLAYBACK,
    Unfit,
    bound_of,
    charge,
    limit_of,
    tell,
    time_of,
    word,
)
from chatdaemon.protocols.irc.numerics import ERR_UNKNOWNCOMMAND
from chatdaemon.realm.conversations import identity_of
from chatdaemon.realm.reading import Reading, may_read, reading_of, readings
from chatdaemon.realm.refusal import Refusal
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.timestamps import iso
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

COMMAND = "CHATHISTORY"
UNREADABLE = "Messages could not be retrieved"

# What a subcommand finds: the records, and whether there is no more of what was asked for.
Found = tuple[list[Record], bool]
Ask = Callable[["IRCSession", Query, Sequence[Bound | None], int], "Deferred[Found]"]


@command("CHATHISTORY")
def chathistory(session: IRCSession, message: Message) -> Result:
    """The specification's own FAILs answer it, so it is for those who have the capability."""
    if not session.has(CAPABILITY):
        session.numeric(ERR_UNKNOWNCOMMAND, COMMAND)
        return None
    try:
        return _ask(session, message.params)
    except Unfit as unfit:
        session.fail(COMMAND, unfit.code, *unfit.context, text=unfit.text)
        return None


def _ask(session: IRCSession, params: list[str]) -> Result:
    name = params[0].upper() if params else ""
    if name != "TARGETS" and name not in SUBCOMMANDS:
        raise Unfit("INVALID_PARAMS", word(params[0] if params else ""), text="Unknown command")
    bounds, ask = SUBCOMMANDS.get(name, (1, None))
    if len(params) != bounds + 3:
        few = len(params) < bounds + 3
        raise Unfit("INVALID_PARAMS", name, text="Insufficient parameters" if few else "Too many parameters")
    limit = limit_of(params[-1], session.server.settings.history_limit, name)
    if ask is None:
        return _targets(session, params[1], params[2], limit)
    target = params[1]
    found = [
        None if name == "LATEST" and text == "*" else bound_of(text, name, target) for text in params[2:-1]
    ]
    try:
        reading = may_read(session.realm, session.me, target)
    except Refusal:
        raise Unfit("INVALID_TARGET", name, word(target), text=UNREADABLE) from None
    # One more than asked for tells whether there is more.
    query = Query(reading, limit=limit + 1, events=session.has(PLAYBACK))
    answer: Deferred[Result] = ask(session, query, found, limit).addCallback(_tell, session, reading)
    return answer.addErrback(_unreadable, session, name, word(target))


def _tell(found: Found, session: IRCSession, reading: Reading) -> Steps:
    records, end = found
    charge(session, len(records))
    batch = Batch(session, "chathistory", reading.target, tags=(END,) if end else (), whole=True)
    yield from tell(session, batch, records, {reading.conversation: reading})
    return None


def _unreadable(failure: Failure, session: IRCSession, *context: str) -> None:
    failure.trap(StorageFailed)
    if not session.closing:
        session.fail(COMMAND, "MESSAGE_ERROR", *context, text=UNREADABLE)


# The subcommands, each with how many bounds it takes.


def _read(session: IRCSession, query: Query, limit: int) -> Deferred[Found]:
    def cut_off(records: list[Record]) -> Found:
        if len(records) <= limit:
            return records, True
        return records[-limit:] if query.newest else records[:limit], False

    return session.node.history.read(query).addCallback(cut_off)


def _latest(session: IRCSession, query: Query, bounds: Sequence[Bound | None], limit: int) -> Deferred[Found]:
    return _read(session, replace(query, after=bounds[0]), limit)


def _before(session: IRCSession, query: Query, bounds: Sequence[Bound | None], limit: int) -> Deferred[Found]:
    return _read(session, replace(query, before=bounds[0]), limit)


def _after(session: IRCSession, query: Query, bounds: Sequence[Bound | None], limit: int) -> Deferred[Found]:
    return _read(session, replace(query, after=bounds[0], newest=False), limit)


def _around(session: IRCSession, query: Query, bounds: Sequence[Bound | None], limit: int) -> Deferred[Found]:
    """There are two directions in which there could be more: it never says that there is none."""
    (bound,) = bounds
    assert bound is not None
    found = session.node.history.around(replace(query, limit=limit), bound)
    return found.addCallback(lambda records: (records, False))


def _between(
    session: IRCSession, query: Query, bounds: Sequence[Bound | None], limit: int
) -> Deferred[Found]:
    """It counts from the first bound on, wherever the second is."""
    first, second = bounds
    forwards = replace(query, after=first, before=second, newest=False)
    backwards = replace(query, after=second, before=first)
    if isinstance(first, Point) and isinstance(second, Point):
        return _read(session, forwards if first < second else backwards, limit)
    if isinstance(first, int) and isinstance(second, int):
        return _read(session, forwards if first < second else backwards, limit)

    def or_backwards(found: Found) -> Deferred[Found]:
        # Where something is between the two in this order, nothing is in the other.
        return succeed(found) if found[0] else _read(session, backwards, limit)

    return _read(session, forwards, limit).addCallback(or_backwards)


SUBCOMMANDS: dict[str, tuple[int, Ask]] = {
    "LATEST": (1, _latest),
    "BEFORE": (1, _before),
    "AFTER": (1, _after),
    "AROUND": (1, _around),
    "BETWEEN": (2, _between),
}


# With whom there were conversations.


def _targets(session: IRCSession, first: str, second: str, limit: int) -> Result:
    one, other = (_timestamp(text) for text in (first, second))
    realm, user = session.realm, session.me
    mine = readings(realm, user)
    reader = identity_of(realm, user)
    query = TargetsQuery(reader, mine, min(one, other), max(one, other), limit + 1, newest=one > other)
    answer: Deferred[Result] = session.node.history.targets(query).addCallback(
        _list, session, limit, newest=query.newest
    )
    return answer.addErrback(_unreadable, session, "TARGETS", "*")


def _timestamp(text: str) -> int:
    kind, _, value = text.partition("=")
    if kind != "timestamp":
        raise Unfit("INVALID_PARAMS", "TARGETS", word(text), text="It takes timestamp=... twice")
    return time_of(value, "TARGETS", word(text))


def _list(targets: list[Target], session: IRCSession, limit: int, newest: bool) -> Steps:
    end = len(targets) <= limit
    if not end:
        targets = targets[-limit:] if newest else targets[:limit]
    charge(session, len(targets))
    batch = Batch(session, "draft/chathistory-targets", tags=(END,) if end else (), whole=True)
    for conversation, at in targets:
        reading = reading_of(session.realm, session.me, conversation)
        if reading is not None:
            batch.reply(f":{session.server.name} CHATHISTORY TARGETS {reading.target} {iso(at)}")
        yield
    batch.close()
    return None
