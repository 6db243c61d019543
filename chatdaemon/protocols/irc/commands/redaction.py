"""REDACT: taking back what was said (IRCv3 draft/message-redaction)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.protocols.irc.command import Asking, Result, command
from chatdaemon.protocols.irc.numerics import ERR_UNKNOWNCOMMAND
from chatdaemon.protocols.irc.refusals import code_for
from chatdaemon.protocols.irc.render import Renderer, renders
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.events import Redacted, Stamp
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Redact
from chatdaemon.realm.written import Written
from chatdaemon.storage.failure import StorageFailed
from chatdaemon.wire.ircmsg import Message, middle
from chatdaemon.wire.text import cut

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

CAPABILITY = "draft/message-redaction"
# Of an id that somebody made up so much is repeated.
MOST_OF_ID = 64

# Where it cannot be looked up whether there is such a message.
UNAVAILABLE = code_for(Reason.STORAGE_UNAVAILABLE)
UNREADABLE = "Messages could not be retrieved"

# What the specification has a code for; whatever else forbids it is that it is forbidden.
CODES = (Reason.NOTHING_TO_REDACT, Reason.UNKNOWN_MESSAGE, Reason.REDACTION_TOO_LATE)


@command("REDACT", 2)
def redact(session: IRCSession, message: Message) -> Result:
    """The specification's own FAILs answer it, so it is for those who have the capability."""
    if not session.has(CAPABILITY):
        session.numeric(ERR_UNKNOWNCOMMAND, "REDACT")
        return None
    target, msgid, *rest = message.params
    reason = rest[0] if rest else ""

    def unknown(failure: Failure) -> Result:
        failure.trap(StorageFailed)
        context = [middle(target), cut(middle(msgid), MOST_OF_ID)]
        session.send_standard_reply("FAIL", "REDACT", UNAVAILABLE, *context, text=UNREADABLE)
        return None

    found = session.node.history.find(msgid)
    asked: Deferred[Result] = found.addCallbacks(_asking, unknown, callbackArgs=(target, msgid, reason))
    return asked


def _asking(written: Written | None, target: str, msgid: str, reason: str) -> Result:
    def refused(session: IRCSession, refusal: Refusal) -> Result:
        known = refusal.reason in CODES
        code = code_for(refusal.reason if known else Reason.CANNOT_REDACT)
        context = [middle(target)]
        if refusal.reason is not Reason.NOTHING_TO_REDACT:
            context.append(cut(middle(msgid), MOST_OF_ID))
        if refusal.reason is Reason.REDACTION_TOO_LATE:
            context.append(str(session.realm.settings.redaction_window // 1000))
        session.send_standard_reply("FAIL", "REDACT", code, *context, text=text_of(refusal))
        return None

    return Asking(Redact(target, msgid, reason, written), refused=refused)


@renders(Redacted)
def redacted(renderer: Renderer, stamp: Stamp, event: Redacted) -> str:
    """Clients that would not understand it are told nothing: a notice for each would be noise."""
    if CAPABILITY not in renderer.capabilities:
        return ""
    reason = f" :{event.reason}" if event.reason else ""
    return renderer.line(stamp, event.who, f"REDACT {event.target} {event.message_id}{reason}")
