"""Being logged in to an account, whatever proved who it is: before registration and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Asking, Result
from chatdaemon.protocols.irc.numerics import RPL_LOGGEDIN
from chatdaemon.realm.events import AccountChanged
from chatdaemon.realm.refusal import Refusal
from chatdaemon.realm.requests import SetAccount

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

Then = Callable[["IRCSession"], Result]
Refused = Callable[["IRCSession", Refusal], Result]


def enter(
    session: IRCSession, account: str, done: Then, refused: Refused | None = None, device: str = ""
) -> Result:
    """Log the client in to an account that it has proven to be its own, say so (900), and then be `done`.
    `device` is what its owner calls it.

    Before registration both are remembered for then.
    """
    if session.registration is not None:
        session.registration.account = account
        session.registration.device = device
        say_logged_in(session, account)
        return done(session)

    def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        # An account that changes is said as ever; whoever proves to be who they were is to hear it, too.
        if not any(isinstance(event, AccountChanged) for _, event in happenings):
            say_logged_in(session, account)
        return done(session)

    return Asking(SetAccount(account, device), answered, refused)


def fail(session: IRCSession, command: str, code: str, *context: str, text: str) -> None:
    """Send a FAIL about accounts, also to those who know of them by account-registration; a NOTICE to those
    who would not understand it."""
    if "draft/account-registration" in session.capabilities:
        session.send_standard_reply("FAIL", command, code, *context, text=text)
    else:
        session.fail(command, code, *context, text=text)


def say_logged_in(session: IRCSession, account: str) -> None:
    """Send RPL_LOGGEDIN."""
    session.numeric(RPL_LOGGEDIN, source_of(session), account, f"You are now logged in as {account}")


def source_of(session: IRCSession) -> str:
    """The client as numerics about logins name it, with * for what it has not said yet."""
    if session.user is not None:
        return session.user.who.source
    registration = session.registration
    username = registration.username if registration is not None else None
    return f"{session.nick}!{username or '*'}@{session.host}"
