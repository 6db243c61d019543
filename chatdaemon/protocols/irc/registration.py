"""Registration: from the first line to the welcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.python.failure import Failure

from chatdaemon.accounts.devices import split_device
from chatdaemon.accounts.login import LoginFailed
from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.protocols.irc import sasl
from chatdaemon.protocols.irc.arrival import arrived
from chatdaemon.protocols.irc.command import Asking, Result
from chatdaemon.protocols.irc.logins import enter, fail
from chatdaemon.protocols.irc.numerics import ERR_PASSWDMISMATCH
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import Connect
from chatdaemon.source import is_among

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# What another nick may mend.
_NICK = frozenset(
    {
        Reason.NICK_IN_USE,
        Reason.BAD_NICK,
        Reason.NICK_RESERVED,
        Reason.NICK_CONFUSABLE,
        Reason.NICK_IS_ACCOUNT,
    }
)
# What becomes of an account between logging in to it and coming in; nothing that the client says mends it.
_ACCOUNT = frozenset(
    {
        Reason.NO_SUCH_ACCOUNT,
        Reason.NOT_VERIFIED,
        Reason.NOT_APPROVED,
        Reason.SUSPENDED,
        Reason.TOO_MANY_SESSIONS,
    }
)


class Registration:
    """What a client has said before it is registered.

    `negotiating` is true between the first CAP and CAP END. `account` is the one that it has logged in to, as
    `device`; `gateway` is the one that has said where it comes from, and `host` the name of its host if that
    told it.
    """

    __slots__ = (
        "account", "admitted", "away", "device", "gateway", "host", "metadata", "negotiating", "nick",
        "password", "realname", "username",
    )  # fmt: skip

    def __init__(self) -> None:
        self.nick: str | None = None
        self.username: str | None = None
        self.realname = ""
        self.password: str | None = None
        self.account: str | None = None
        self.device = ""
        self.away: str | None = None
        self.gateway: str | None = None
        self.host: str | None = None
        self.metadata: dict[str, str] = {}
        self.negotiating = False
        self.admitted = False  # the server's password was right, or there is none

    @property
    def untouched(self) -> bool:
        """Whether nothing has been said of the client so far."""
        said = (self.nick, self.username, self.password, self.account, self.away, self.gateway)
        return not self.negotiating and not self.metadata and all(each is None for each in said)


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
    if session.sasl is not None:
        # It has said that it is ready, and not what the exchange waits for (sasl-3.1).
        sasl.abort(session)
    if not registration.admitted:
        password, registration.password = registration.password or "", None
        hashed = session.server.settings.password_hash
        if hashed is not None:
            checked = session.server.passwords.verify(hashed, password)
            return checked.addCallbacks(_checked, _unchecked, callbackArgs=(session,), errbackArgs=(session,))
        registration.admitted = True
        account, colon, password = password.partition(":")
        if colon and account and registration.account is None:
            account, device = split_device(account)
            proven = session.server.authentication.log_in(account, password, session.client)
            return proven.addCallbacks(
                _proven, _unproven, callbackArgs=(session, device), errbackArgs=(session,)
            )
    return _connect(session, registration, registration.nick, registration.username)


def _connect(session: IRCSession, registration: Registration, nick: str, username: str) -> Result:
    if not session.id:
        session.id = session.node.attach(session)
    host = session.host
    return Asking(
        Connect(
            nick,
            username,
            registration.realname,
            registration.host or host,
            host,
            account=registration.account,
            secure=session.secure,
            certificate=session.certificate,
            exempt=is_among(host, session.server.settings.login_exempt),
            away=registration.away,
            metadata=dict(registration.metadata),
            device=registration.device,
        ),
        answered=arrived,
        refused=lambda session, refusal: _refused(session, registration, refusal),
    )


def _refused(session: IRCSession, registration: Registration, refusal: Refusal) -> Result:
    """The realm does not let the client in."""
    reason = refusal.reason
    if reason is Reason.LOGIN_REQUIRED:
        fail(session, "*", "ACCOUNT_REQUIRED", text=text_of(refusal))
        session.drop(text_of(refusal))
    elif reason in _ACCOUNT:
        session.refuse(refusal)
        session.drop(text_of(refusal))
    else:
        if reason in _NICK:
            registration.nick = None
        else:
            # It has to say again who it is: a reload in between may have brought narrower limits.
            registration.username = None
        session.refuse(refusal)
    return None


def _proven(account: str, session: IRCSession, device: str) -> Result:
    """PASS was that of an account."""
    return enter(session, account, proceed, device=device) if not session.closing else None


def _unproven(failure: Failure, session: IRCSession) -> Result:
    failure.trap(LoginFailed)
    error = failure.value
    if not session.closing and isinstance(error, LoginFailed):
        session.numeric(ERR_PASSWDMISMATCH)
        session.notice(error.text)
        session.drop("Bad password")
    return None


def _checked(good: bool, session: IRCSession) -> Result:
    registration = session.registration
    if registration is None or session.closing:
        return None
    if not good:
        session.numeric(ERR_PASSWDMISMATCH)
        session.drop("Bad password")
        return None
    registration.admitted = True
    return proceed(session)


def _unchecked(failure: Failure, session: IRCSession) -> Result:
    failure.trap(QueueFull, Stopped)
    session.drop("Too many people are logging in, try again later")
    return None
