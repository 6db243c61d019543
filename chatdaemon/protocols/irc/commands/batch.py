"""BATCH: several lines that are one message (IRCv3 client-batch, draft/multiline)."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import batches
from chatdaemon.protocols.irc.batches import MULTILINE
from chatdaemon.protocols.irc.command import Asking, Result, command
from chatdaemon.protocols.irc.commands.messages import addressed, client_only
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Kind, PostLines
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

_REFERENCE = ascii_letters + digits + "-"


@command("BATCH", 1)
def batch(session: IRCSession, message: Message) -> Result:
    sign, reference = message.params[0][:1], message.params[0][1:]
    if sign == "-":
        return _end(session, reference)
    params = message.params
    good = sign == "+" and reference and not reference.strip(_REFERENCE)
    if not good or len(params) != 3 or params[1] != MULTILINE or not session.has(MULTILINE):
        session.fail("BATCH", "MULTILINE_INVALID", text=f"BATCH takes +reference, {MULTILINE} and a target")
        return None
    tags = client_only(message.tags) if message.tags and session.renderer.message_tags else None
    batches.begin(session, reference, params[2], tags)
    return None


def _end(session: IRCSession, reference: str) -> Result:
    said = batches.finish(session, reference)
    if said is None:
        return None
    post = addressed(said.target, "", Kind.MESSAGE, said.tags)
    request = PostLines(post.target, tuple(said.lines), post.kind, post.tags, post.rank)
    return Asking(request, refused=_refused)


def _refused(session: IRCSession, refusal: Refusal) -> Result:
    if refusal.reason is Reason.NO_TEXT:
        # Nothing is left of it without its formatting.
        session.fail("BATCH", "MULTILINE_INVALID", text="There is no text to send")
    else:
        session.refuse(refusal)
    return None
