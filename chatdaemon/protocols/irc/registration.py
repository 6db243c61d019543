"""Registration: from the first line to the welcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.python.failure import Failure

from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.protocols.irc.command import Result
from chatdaemon.protocols.irc.numerics import ERR_PASSWDMISMATCH
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Connect

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


class Registration:
    """What a client has said before it is registered.

    `negotiating` is true between the first CAP and CAP END.
    """

    __slots__ = ("admitted", "negotiating", "nick", "password", "realname", "username")

    def __init__(self) -> None:
        self.nick: str | None = None
        self.username: str | None = None
        self.realname = ""
        self.password: str | None = None
        self.negotiating = False
        self.admitted = False  # the server's password was right, or there is none

    def refused(self, refusal: Refusal) -> None:
        """The realm did not let the client in: it has to choose another nick, or to say again who it is
        (a reload in between may have brought narrower limits)."""
        if refusal.reason in (Reason.NICK_IN_USE, Reason.BAD_NICK):
            self.nick = None
        else:
            self.username = None


def proceed(session: IRCSession) -> Result:
    """Complete registration once everything is there."""
    registration = session.registration
    if (
        registration is None
        or session.closing
        or registration.nick is None
        or registration.username is None
        or registration.negotiating
    ):
        return None
    hashed = session.server.settings.password_hash
    if hashed is not None and not registration.admitted:
        checked = session.server.passwords.verify(hashed, registration.password or "")
        return checked.addCallbacks(_checked, _unchecked, callbackArgs=(session,), errbackArgs=(session,))
    if not session.id:
        session.id = session.node.attach(session)
    host = session.host
    return Connect(
        registration.nick,
        registration.username,
        registration.realname,
        host,
        host,
        secure=session.secure,
        certificate=session.certificate,
    )


def _checked(good: bool, session: IRCSession) -> Result:
    registration = session.registration
    if registration is None or session.closing:
        return None
    if not good:
        session.numeric(ERR_PASSWDMISMATCH)
        session.drop("Bad password")
        return None
    registration.admitted = True
    registration.password = None
    return proceed(session)


def _unchecked(failure: Failure, session: IRCSession) -> Result:
    failure.trap(QueueFull, Stopped)
    session.drop("Too many people are logging in, try again later")
    return None
