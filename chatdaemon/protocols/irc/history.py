"""Records of history as lines of IRC: the same that were sent when it happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from chatdaemon.history.query import Bound
from chatdaemon.history.record import Record, point_of
from chatdaemon.history.retelling import retold
from chatdaemon.protocols.irc.batches import Batch
from chatdaemon.protocols.irc.command import Steps
from chatdaemon.realm.conversations import Conversation
from chatdaemon.realm.reading import Reading
from chatdaemon.timestamps import from_iso
from chatdaemon.wire.ircmsg import middle
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

CAPABILITY = "draft/chathistory"
PLAYBACK = "draft/event-playback"
# On the first line of a batch: there is no more of what was asked for (chathistory, "draft/chathistory-end").
END = "draft/chathistory-end"
# So many records cost a client as much as a line that it sends.
RECORDS_A_TOKEN = 100
# Of what somebody made up so much is repeated.
MOST_OF_WORD = 64


class Unfit(Exception):
    """What was asked does not make sense: a code of standard replies, its context, and a text for people."""

    def __init__(self, code: str, *context: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.context = context
        self.text = text


def word(text: str) -> str:
    """What a client has sent, for an answer that repeats it."""
    return cut(middle(text), MOST_OF_WORD)


def time_of(text: str, *context: str) -> int:
    """A time in ms since 1970. Raises Unfit."""
    try:
        return from_iso(text)
    except ValueError:
        why = "A time has to be YYYY-MM-DDThh:mm:ss.sssZ"
        raise Unfit("INVALID_PARAMS", *context, text=why) from None


def bound_of(text: str, command: str, target: str) -> Bound:
    """What msgid=... or timestamp=... stands for, in a `command` about a `target`. Raises Unfit."""
    kind, equals, value = text.partition("=")
    if kind == "timestamp":
        return time_of(value, command, word(text))
    if kind == "msgid":
        point = point_of(value)
        if point is None:
            # No id that this server can ever have given.
            raise Unfit("MESSAGE_ERROR", command, word(target), word(text), text="There is no such message")
        return point
    if equals:
        why = "Messages are referred to by msgid= or timestamp="
        raise Unfit("INVALID_MSGREFTYPE", command, word(target), word(text), text=why)
    raise Unfit("INVALID_PARAMS", command, word(text), text="It takes msgid=... or timestamp=...")


def limit_of(text: str, most: int, *context: str) -> int:
    """How many are asked for, `most` at most. Raises Unfit."""
    digits = text.lstrip("0")
    if not (digits.isascii() and digits.isdigit()):
        raise Unfit("INVALID_PARAMS", *context, word(text), text="How many has to be a number above 0")
    # A number of more digits than these is more than any limit.
    return min(int(digits), most) if len(digits) < 10 else most


def rendered(session: IRCSession, record: Record, reading: Reading) -> bytes:
    """The lines of a record, as this client would have been sent them."""
    return session.renderer.render(record.stamp, retold(record, reading, session.nick))


def tell(
    session: IRCSession, batch: Batch, records: Iterable[Record], readings: Mapping[Conversation, Reading]
) -> Steps:
    """Send records as the rest of a batch, a few in a turn, but for those that are taken back meanwhile."""
    for record in records:
        if session.node.history.is_left(record):
            batch.include(rendered(session, record, readings[record.conversation]))
        yield
    batch.close()
    return None


def charge(session: IRCSession, records: int) -> None:
    """Have flood control know how much an answer was."""
    session.charge(records / RECORDS_A_TOKEN)
