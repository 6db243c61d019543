"""REGISTER, VERIFY and SAREGISTER: making an account (IRCv3 account-registration)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.accounts.login import BadEmail, BadPassword, LoginFailed, Why
from chatdaemon.node import Happening
from chatdaemon.protocols.irc.command import Asking, Result, command
from chatdaemon.protocols.irc.logins import enter, fail
from chatdaemon.protocols.irc.refusals import code_for
from chatdaemon.protocols.texts import text_of
from chatdaemon.realm import policy
from chatdaemon.realm.accounts import Credentials, Standing
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import RegisterAccount, VerifyAccount
from chatdaemon.wire.ircmsg import Message, middle

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

# What is wrong with a name is one of two things to a client that registers it. That something is done and not
# stored yet has no code in the specification.
_NAME_CODES = {
    Reason.NOT_STORED: "TEMPORARILY_UNAVAILABLE",
    Reason.ALREADY_LOGGED_IN: "ALREADY_AUTHENTICATED",
    Reason.NICK_IN_USE: "ACCOUNT_EXISTS",
    Reason.NICK_RESERVED: "BAD_ACCOUNT_NAME",
    Reason.NICK_CONFUSABLE: "BAD_ACCOUNT_NAME",
}


@command("REGISTER", 3, early=True)
def register(session: IRCSession, message: Message) -> Result:
    """The fourth parameter, which the specification does not know, is a code of invitation."""
    name, email, password = message.params[:3]
    invitation = message.params[3] if len(message.params) > 3 else None
    registration = session.registration
    if registration is not None:
        if session.server.settings.password_hash is not None:
            fail(session, "REGISTER", "COMPLETE_CONNECTION_REQUIRED", text="Complete your connection first")
            return None
        if registration.nick is None:
            fail(session, "REGISTER", "NEED_NICK", "*", text="Choose a nickname first")
            return None
    if name == "*":
        name = session.nick
    account = logged_in_to(session)
    if account is not None:
        _say_authenticated(session, "REGISTER", account)
    elif _must_be_nick(session, name):
        text = f"An account is named as its nickname, which is {session.nick}"
        fail(session, "REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", middle(name), text=text)
    else:
        asked: Deferred[Result] = session.server.authentication.registration(
            name, password, email if email != "*" else None, invitation, session.client
        ).addCallbacks(_ask, _not_asked, callbackArgs=(session,), errbackArgs=(session, "REGISTER", name))
        return asked
    return None


def logged_in_to(session: IRCSession) -> str | None:
    """The account of the client, before registration and after."""
    return session.registration.account if session.registration is not None else session.me.account


def attach(session: IRCSession) -> None:
    """Let a client that is not registered yet ask something of the realm."""
    if not session.id:
        session.id = session.node.attach(session)


def _must_be_nick(session: IRCSession, name: str) -> bool:
    realm = session.realm
    # The realm does not know what a client is called before it is registered.
    return (
        session.registration is not None
        and realm.settings.nick_is_account
        and realm.fold(name) != realm.fold(session.nick)
    )


def _say_authenticated(session: IRCSession, name: str, account: str) -> None:
    text = f"You are logged in as {account} already"
    fail(session, name, "ALREADY_AUTHENTICATED", account, text=text)


def _ask(request: RegisterAccount, session: IRCSession) -> Result:
    if session.closing:
        return None
    attach(session)

    def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        account = session.realm.account(request.account)
        if account is None or account.standing is Standing.ACTIVE:
            return _succeeded(session, "REGISTER", request.account, "is registered")
        text = (
            f"It is registered. A code has been sent to {request.email}: VERIFY {account.name} <code>"
            if account.standing is Standing.UNVERIFIED
            else "It is registered. An operator has to approve of it before it can be used"
        )
        session.reply(f":{session.server.name} REGISTER VERIFICATION_REQUIRED {account.name} :{text}")
        return None

    def refused(session: IRCSession, refusal: Refusal) -> Result:
        return _say_refused(session, "REGISTER", request.account, refusal)

    return Asking(request, answered, refused)


def _succeeded(session: IRCSession, command_name: str, account: str, what: str) -> Result:
    session.reply(f":{session.server.name} {command_name} SUCCESS {account} :Your account {what}")
    if session.registration is None:
        # Whoever is registered has been logged in by the realm.
        return None
    return enter(session, account, lambda _: None)


def _say_refused(session: IRCSession, command_name: str, account: str, refusal: Refusal) -> Result:
    code = _NAME_CODES.get(refusal.reason, code_for(refusal.reason))
    fail(session, command_name, code, middle(account), text=text_of(refusal))
    return None


def _not_asked(failure: Failure, session: IRCSession, command_name: str, account: str) -> Result:
    code, text = why_not(failure)
    if not session.closing:
        fail(session, command_name, code, middle(account), text=text)
    return None


def why_not(failure: Failure) -> tuple[str, str]:
    """Why an account cannot be made or changed so, as the code of a FAIL and as a sentence."""
    failure.trap(BadPassword, BadEmail, LoginFailed)
    error = failure.value
    if isinstance(error, LoginFailed):
        return "DISALLOWED" if error.why is Why.TOO_WEAK else "TEMPORARILY_UNAVAILABLE", error.text
    if isinstance(error, BadPassword):
        return "WEAK_PASSWORD" if error.weak else "UNACCEPTABLE_PASSWORD", str(error)
    return "INVALID_EMAIL", str(error)


@command("VERIFY", 2, early=True)
def verify(session: IRCSession, message: Message) -> Result:
    name, code = message.params[:2]
    if name == "*":
        name = session.nick
    account = logged_in_to(session)
    if session.registration is not None and session.server.settings.password_hash is not None:
        fail(session, "VERIFY", "COMPLETE_CONNECTION_REQUIRED", text="Complete your connection first")
        return None
    if account is not None and session.realm.fold(account) != session.realm.fold(name):
        _say_authenticated(session, "VERIFY", account)
        return None
    attach(session)

    def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        account = session.realm.account(name)
        if account is not None and account.standing is Standing.AWAITING:
            text = (
                "Your address is confirmed. An operator has to approve of the account before it can be used"
            )
            session.standard_reply("NOTE", "VERIFY", "AWAITING_APPROVAL", account.name, text=text)
            return None
        return _succeeded(session, "VERIFY", account.name if account is not None else name, "is verified")

    def refused(session: IRCSession, refusal: Refusal) -> Result:
        return _say_refused(session, "VERIFY", name, refusal)

    return Asking(VerifyAccount(name, code), answered, refused)


@command("SAREGISTER", 2)
def saregister(session: IRCSession, message: Message) -> Result:
    """An operator makes an account for somebody."""
    name, password = message.params[:2]
    policy.check_privilege(session.me, Privilege.ACCOUNTS)
    asked: Deferred[Result] = session.server.authentication.new_credentials(password).addCallbacks(
        _ask_for_another,
        _not_asked,
        callbackArgs=(session, name),
        errbackArgs=(session, "SAREGISTER", name),
    )
    return asked


def _ask_for_another(credentials: Credentials, session: IRCSession, name: str) -> Result:
    if session.closing:
        return None

    def answered(session: IRCSession, happenings: Sequence[Happening]) -> Result:
        session.notice(f"The account {name} is registered")
        return None

    def refused(session: IRCSession, refusal: Refusal) -> Result:
        return _say_refused(session, "SAREGISTER", name, refusal)

    return Asking(RegisterAccount(name, credentials, granted=True), answered, refused)
