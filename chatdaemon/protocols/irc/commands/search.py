"""SEARCH: what was said, by words, sender, place and time (soju.im/search)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.history.query import Search
from chatdaemon.history.record import Record
from chatdaemon.history.scope import readings_of
from chatdaemon.protocols.irc.batches import Batch
from chatdaemon.protocols.irc.command import Result, Steps, command
from chatdaemon.protocols.irc.history import Unfit, charge, limit_of, tell, time_of, word
from chatdaemon.protocols.irc.numerics import ERR_UNKNOWNCOMMAND
from chatdaemon.realm.conversations import Conversation
from chatdaemon.realm.reading import Reading
from chatdaemon.realm.refusal import Refusal
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.wire.ircmsg import Message, Tags, parse_tags

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

CAPABILITY = "soju.im/search"
ATTRIBUTES = ("in", "from", "after", "before", "text", "limit")
# Messages that are found where nobody says how many.
USUALLY = 50


@command("SEARCH")
def search(session: IRCSession, message: Message) -> Result:
    """The specification's own FAILs answer it, so it is for those who have the capability."""
    if not session.has(CAPABILITY):
        session.numeric(ERR_UNKNOWNCOMMAND, "SEARCH")
        return None
    try:
        return _ask(session, message.params)
    except Unfit as unfit:
        session.fail("SEARCH", unfit.code, *unfit.context, text=unfit.text)
        return None


def _ask(session: IRCSession, params: list[str]) -> Result:
    if len(params) != 1:
        raise Unfit("INVALID_PARAMS", text="It takes attributes such as text=...;in=... in one word")
    given = parse_tags(params[0])
    for name in given:
        if name not in ATTRIBUTES:
            raise Unfit("INVALID_PARAMS", word(name), text=f"Attributes are {', '.join(ATTRIBUTES)}")
    most = session.server.settings.history_limit
    limit = limit_of(given["limit"], most, "limit") if "limit" in given else min(USUALLY, most)
    after, before = (_time(given, name) for name in ("after", "before"))
    history, realm = session.node.history, session.realm
    try:
        readings = readings_of(history, realm, session.me, given.get("in"))
    except Refusal:
        raise Unfit("INVALID_PARAMS", "in", text="There is nothing of it that you may read") from None

    def find(readings: tuple[Reading, ...]) -> Deferred[Result]:
        wanted = Search(
            readings,
            given.get("text", ""),
            realm.fold(given["from"]) if given.get("from") else None,
            # Both times are part of what is searched.
            after - 1 if after is not None else None,
            before + 1 if before is not None else None,
            limit,
            newest=after is None,
        )
        among = {reading.conversation: reading for reading in readings}
        return history.search(wanted).addCallback(_tell, session, among)

    answer: Deferred[Result] = readings.addCallback(find)
    return answer.addErrback(_unsearchable, session)


def _time(given: Tags, name: str) -> int | None:
    return time_of(given[name], name) if name in given else None


def _tell(records: list[Record], session: IRCSession, among: Mapping[Conversation, Reading]) -> Steps:
    charge(session, len(records))
    yield from tell(session, Batch(session, CAPABILITY, whole=True), records, among)
    return None


def _unsearchable(failure: Failure, session: IRCSession) -> None:
    failure.trap(StorageFailed)
    if not session.closing:
        session.fail("SEARCH", "INTERNAL_ERROR", text="The search could not be run")
