"""AUTHENTICATE (IRCv3 sasl-3.1, sasl-3.2): logging in, before registration and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc import sasl
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


@command("AUTHENTICATE", 1, early=True)
def authenticate(session: IRCSession, message: Message) -> Result:
    """A mechanism, then what it wants, or * to leave it. Whatever else the client says meanwhile waits for
    the check, CAP END among it."""
    data = message.params[0]
    if data == "*":
        sasl.abort(session)
    elif session.sasl is not None:
        return sasl.go_on(session, session.sasl, data)
    elif not session.has("sasl"):
        session.numeric(n.ERR_SASLFAIL, "SASL authentication failed: ask for the capability sasl first")
    else:
        sasl.begin(session, data)
    return None
