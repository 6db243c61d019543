"""What operators of the server do."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.protocols.api import ops
from chatdaemon.protocols.api.errors import Code, Fault
from chatdaemon.protocols.api.table import Result, performs, user_of
from chatdaemon.protocols.operators import WRONG_DELAY, OperatorAccess, is_proven
from chatdaemon.realm import events, policy, requests
from chatdaemon.realm.modes import Privilege

if TYPE_CHECKING:
    from chatdaemon.protocols.api.session import APISession


log = Logger(namespace="chatdaemon.operators")


class Reread(TypedDict):
    """What was wrong with the configuration; if anything was, nothing has changed."""

    mistakes: list[str]


@performs(ops.Oper, events.BecameOperator, events.UserModesChanged, events.HostChanged)
def oper(session: APISession, op: ops.Oper) -> Deferred[Result]:
    """Everything that the operator's section of the configuration gives must fit.

    Whether there is an operator of that name cannot be told from the answer or from the time it takes.
    """
    user_of(session)
    operator = session.server.settings.operators.get(op.name)
    hashed = operator.password_hash if operator is not None else None
    checked: Deferred[Result] = session.server.passwords.verify(hashed, op.password).addCallbacks(
        _decided, _not_checked, callbackArgs=(session, operator), errbackArgs=(session,)
    )
    return checked


def _decided(right: bool, session: APISession, operator: OperatorAccess | None) -> Result | Deferred[Result]:
    user = session.user
    if session.closing or user is None:
        return None
    names = {"nick": user.nick, "peer": session.host}
    if operator is not None and is_proven(operator, user, session.certificate, right, session.realm.fold):
        log.info("{nick} at {peer} became operator {operator}", operator=operator.name, **names)
        return requests.BecomeOperator(operator.name, operator.privileges, operator.vhost)
    # A name that is not there may be a password in the wrong place: it stays out of the log.
    known = operator.name if operator is not None else "(unknown)"
    log.warn("{nick} at {peer} failed to become operator {operator}", operator=known, **names)
    return deferLater(session.server.around.clock, WRONG_DELAY, _refuse, session)


def _refuse(session: APISession) -> Result:
    if not session.closing:
        session.refuse(Fault(Code.LOGIN_FAILED, "This does not prove that you are this operator"))
    return None


def _not_checked(failure: Failure, session: APISession) -> Result:
    failure.trap(QueueFull, Stopped)
    if not session.closing:
        session.refuse(Fault(Code.BUSY, "Too many passwords are being checked: try again later"))
    return None


@performs(ops.Kill, events.Killed, events.Quit)
def kill(session: APISession, op: ops.Kill) -> Result:
    return requests.Kill(op.nick, op.reason)


@performs(ops.Wallops, events.WallopsSent)
def wallops(session: APISession, op: ops.Wallops) -> Result:
    return requests.SendWallops(op.text)


@performs(ops.ForceJoin, events.Joined, events.Forwarded)
def force_join(session: APISession, op: ops.ForceJoin) -> Result:
    return requests.ForceJoin(op.nick, op.channel)


@performs(ops.ForcePart, events.Parted)
def force_part(session: APISession, op: ops.ForcePart) -> Result:
    return requests.ForcePart(op.nick, op.channel, op.reason)


@performs(ops.ForceNick, events.NickChanged)
def force_nick(session: APISession, op: ops.ForceNick) -> Result:
    return requests.ForceNick(op.nick, op.new)


@performs(ops.Rehash, Reread)
def rehash(session: APISession, op: ops.Rehash) -> Result:
    user = user_of(session)
    policy.check_privilege(user, Privilege.REHASH)
    log.info("{nick} asked to read the configuration again", nick=user.nick)
    return {"mistakes": session.server.control.rehash()}


@performs(ops.Die)
def die(session: APISession, op: ops.Die) -> Result:
    user = user_of(session)
    policy.check_privilege(user, Privilege.DIE)
    log.warn("{nick} stops the server", nick=user.nick)
    session.reply({})
    session.server.control.die(op.reason or f"Server shut down by {user.nick}")
    return None
