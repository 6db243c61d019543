"""The ops about accounts: logging in and out, registering. All but the last of the four work before hello."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatdaemon.accounts.devices import split_device
from chatdaemon.accounts.login import BadEmail, BadPassword, LoginFailed, Why
from chatdaemon.accounts.tokens import PREFIX, digest_of
from chatdaemon.node import Happening
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.codec import Object
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.table import Result, answers, performs, what_happened
from chatdaemon.realm import events, requests
from chatdaemon.realm.accounts import Standing
from chatdaemon.realm.bearers import good_token
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.tokens import Token

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession

CODES = {Why.TOO_WEAK: Code.INSECURE, Why.WAIT: Code.BUSY, Why.UNAVAILABLE: Code.UNAVAILABLE}
REASONS = {
    Why.NOT_VERIFIED: Reason.NOT_VERIFIED,
    Why.NOT_APPROVED: Reason.NOT_APPROVED,
    Why.SUSPENDED: Reason.SUSPENDED,
}


class LoggedIn(TypedDict):
    """Whose account it is."""

    account: str


class Registered(TypedDict):
    """An account, and whether it can be used."""

    account: str
    standing: Standing


@performs(ops.Login, LoggedIn, events.AccountChanged, events.NickChanged)
def login(session: APISession, op: ops.Login) -> Result | Deferred[Result]:
    account, device = split_device(op.account) if op.account is not None else (None, "")
    proven: Deferred[str] | Deferred[bytes | str]
    if op.password is not None:
        if account is None:
            raise Fault(Code.BAD_REQUEST, "A password is that of an account", "$.account")
        proven = session.server.authentication.log_in(account, op.password, session.client)
    elif op.token is not None and op.token.startswith(PREFIX):
        return _by_token(session, op.token, op.device or device)
    elif op.token is not None:
        proven = _exchange(session, "OAUTHBEARER", f"n,,\x01auth=Bearer {op.token}\x01\x01")
    else:
        proven = _exchange(session, "EXTERNAL", account or "")
    return proven.addCallbacks(
        _proven, failed, callbackArgs=(session, op.device or device), errbackArgs=(session, account)
    )


def _by_token(session: APISession, secret: str, device: str) -> Result:
    """Be the owner of an access token's account, within what the token allows."""
    token = good_token(session.realm, digest_of(secret), int(session.server.now() * 1000))
    session.node.submit(None, requests.UseToken(token.digest))
    return _proven(token.account, session, device, token)


def _exchange(session: APISession, mechanism: str, first: str) -> Deferred[bytes | str]:
    """Prove it by a mechanism of SASL that needs one message."""
    try:
        exchange = session.server.authentication.begin(mechanism, session.client)
    except KeyError:
        what = "tokens" if mechanism == "OAUTHBEARER" else "a certificate"
        raise Fault(Code.LOGIN_FAILED, f"This connection cannot log in by {what}") from None
    return exchange.respond(first.encode())


def _proven(account: bytes | str, session: APISession, device: str, token: Token | None = None) -> Result:
    if session.closing:
        return None
    if isinstance(account, bytes):
        # OAUTHBEARER says why in a challenge before it fails.
        session.refuse(Fault(Code.LOGIN_FAILED, "The token is not good here"))
        return None
    if (fault := _leads_out(session, account)) is not None:
        session.refuse(fault)
        return None
    session.limit_to(token)
    if session.user is not None:
        return requests.SetAccount(account, device.lower())
    session.account = account
    session.device = device.lower()
    return {"account": account}


def _leads_out(session: APISession, account: str) -> Fault | None:
    """What is wrong with a login of somebody who is here by a token. To be the same user in another account's
    name, without the token's limits, is nothing that the token allows."""
    token, fold = session.scope, session.realm.fold
    if token is None or session.user is None or fold(token.account) == fold(account):
        return None
    return Fault(Code.OUT_OF_SCOPE, f"This token is for {token.account}", "$.account")


def failed(failure: Failure, session: APISession, account: str | None) -> Result:
    """Say why nobody is logged in, or registered."""
    failure.trap(LoginFailed, BadPassword, BadEmail)
    error = failure.value
    if session.closing:
        return None
    if isinstance(error, LoginFailed):
        reason = REASONS.get(error.why)
        session.refuse(
            Refusal(reason, account or "*", "ask an operator")
            if reason is not None
            else Fault(CODES.get(error.why, Code.LOGIN_FAILED), error.text)
        )
    elif isinstance(error, BadEmail):
        session.refuse(Fault(Code.BAD_EMAIL, str(error), "$.email"))
    else:
        session.refuse(Fault(Code.UNFIT_PASSWORD, str(error), "$.password"))
    return None


@answers(ops.Login)
def logged_in(session: APISession, op: ops.Login, happenings: Sequence[Happening]) -> Object:
    found = what_happened(session, op, happenings)
    if session.user is not None and session.user.account is not None:
        # Whoever proves once more to be who they were changes nothing.
        found["account"] = session.user.account
    return found


@performs(ops.Logout, events.AccountChanged)
def logout(session: APISession, op: ops.Logout) -> Result:
    return requests.SetAccount(None)


@performs(ops.Register, Registered)
def register(session: APISession, op: ops.Register) -> Result | Deferred[Result]:
    name = op.account
    if name is None:
        if session.user is None:
            raise Fault(Code.BAD_REQUEST, "Before hello an account needs a name", "$.account")
        name = session.user.nick
    if session.user is None and session.account is not None:
        raise Refusal(Reason.ALREADY_LOGGED_IN, session.account)
    asked: Deferred[requests.RegisterAccount] = session.server.authentication.registration(
        name, op.password, op.email, op.invitation, session.client
    )
    return asked.addCallbacks(_attached, failed, callbackArgs=(session,), errbackArgs=(session, name))


def _attached(request: requests.Request, session: APISession) -> Result:
    """The request, of a session that the node knows."""
    if session.closing:
        return None
    session.attach()
    return request


@answers(ops.Register)
def registered(session: APISession, op: ops.Register, happenings: Sequence[Happening]) -> Object:
    name = op.account or (session.user.nick if session.user is not None else "")
    return _standing(session, name)


@performs(ops.Verify, Registered)
def verify(session: APISession, op: ops.Verify) -> Result:
    return _attached(requests.VerifyAccount(op.account, op.code), session)


@answers(ops.Verify)
def verified(session: APISession, op: ops.Verify, happenings: Sequence[Happening]) -> Object:
    return _standing(session, op.account)


def _standing(session: APISession, name: str) -> Object:
    """What has become of an account. Before hello, whoever made it or verified it is logged in to it."""
    account = session.realm.account(name)
    if account is None:
        raise Refusal(Reason.NO_SUCH_ACCOUNT, name)
    if account.standing is Standing.ACTIVE and session.user is None:
        session.account = account.name
    return {"account": account.name, "standing": account.standing.value}
