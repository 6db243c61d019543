"""SASL over IRC: the exchange of one client (IRCv3 sasl-3.1, sasl-3.2)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.accounts.login import LoginFailed, Why
from chatdaemon.accounts.sasl import Exchange
from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.logins import enter
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.refusal import Refusal

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# A response comes, and a challenge goes, in pieces of so many characters of base64 (sasl-3.1, "The
# AUTHENTICATE command").
CHUNK = 400
# Of a response so many characters are taken; tokens of OAuth can be long.
LONGEST = 16384
# A connection that fails so often is closed.
MOST_FAILURES = 5
# Why an account cannot be used although it is known who asks.
LOCKED = frozenset({Why.NOT_VERIFIED, Why.NOT_APPROVED, Why.SUSPENDED})


class Conversation:
    """An exchange that waits for the client, and what has come of its response."""

    __slots__ = ("chunks", "exchange")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.chunks: list[str] = []


def mechanisms(session: IRCSession) -> tuple[str, ...]:
    """The mechanisms that this client is offered, the best first."""
    return session.server.authentication.mechanisms(session.client)


def begin(session: IRCSession, mechanism: str) -> None:
    """Begin an exchange. All mechanisms begin with what the client says."""
    try:
        exchange = session.server.authentication.begin(mechanism.upper(), session.client)
    except KeyError:
        names = mechanisms(session)
        if names:
            session.numeric(n.RPL_SASLMECHS, ",".join(names))
        session.numeric(n.ERR_SASLFAIL, "SASL authentication failed: there is no such mechanism here")
        return
    session.sasl = Conversation(exchange)
    session.reply("AUTHENTICATE +")


def go_on(session: IRCSession, conversation: Conversation, data: str) -> Result:
    """Take a piece of the client's response, and have it looked at when it is whole."""
    if len(data) > CHUNK or sum(map(len, conversation.chunks)) + len(data) > LONGEST:
        give_up(session)
        session.numeric(n.ERR_SASLTOOLONG)
        return None
    if data != "+":
        conversation.chunks.append(data)
        if len(data) == CHUNK:
            return None
    text = "".join(conversation.chunks)
    conversation.chunks.clear()
    try:
        response = b64decode(text, validate=True)
    except Error:
        give_up(session)
        return _fail(session, "this is no base64")
    answered: Deferred[Result] = conversation.exchange.respond(response).addCallbacks(
        _responded, _failed, callbackArgs=(session,), errbackArgs=(session,)
    )
    return answered


def give_up(session: IRCSession) -> None:
    """End the exchange, if there is one."""
    conversation, session.sasl = session.sasl, None
    if conversation is not None:
        conversation.exchange.close()


def abort(session: IRCSession) -> None:
    """End the exchange that the client has ended, or never began."""
    give_up(session)
    session.numeric(n.ERR_SASLABORTED)


def _responded(answer: bytes | str, session: IRCSession) -> Result:
    if session.closing:
        return None
    if isinstance(answer, str):
        conversation, session.sasl = session.sasl, None
        device = conversation.exchange.device if conversation is not None else ""
        return enter(session, answer, _succeeded, _refused, device)
    text = b64encode(answer).decode()
    pieces = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    if not pieces or len(pieces[-1]) == CHUNK:
        pieces.append("+")
    session.replies([f"AUTHENTICATE {piece}" for piece in pieces])
    return None


def _succeeded(session: IRCSession) -> Result:
    session.failures = 0
    session.numeric(n.RPL_SASLSUCCESS)
    return None


def _failed(failure: Failure, session: IRCSession) -> Result:
    failure.trap(LoginFailed)
    session.sasl = None
    error = failure.value
    if session.closing or not isinstance(error, LoginFailed):
        return None
    if error.why in LOCKED:
        session.numeric(n.ERR_NICKLOCKED, error.text)
    return _fail(session, error.text, counts=error.why is Why.WRONG)


def _refused(session: IRCSession, refusal: Refusal) -> Result:
    """The realm does not have it: the account is gone since, or cannot be used any more."""
    return _fail(session, text_of(refusal))


def _fail(session: IRCSession, why: str, *, counts: bool = True) -> Result:
    session.numeric(n.ERR_SASLFAIL, f"SASL authentication failed: {why}")
    session.failures += counts
    if session.failures >= MOST_FAILURES:
        session.drop("Too many SASL authentication failures")
    return None
