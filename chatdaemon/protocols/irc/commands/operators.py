"""OPER, KILL, WALLOPS, REHASH and DIE: becoming an operator, and what one may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatdaemon.passwords import QueueFull, Stopped
from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, command
from chatdaemon.protocols.operators import WRONG_DELAY, OperatorAccess, is_proven, may_come_from
from chatdaemon.realm import policy
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.requests import BecomeOperator, ForceNick, Kill, SendWallops
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession

log = Logger(namespace="chatdaemon.operators")


@command("OPER", 2)
def oper(session: IRCSession, message: Message) -> Result:
    """Everything that the operator's section of the configuration gives must fit.

    Whether there is an operator of that name cannot be told from the answer or from the time it takes.
    """
    operators = session.server.settings.operators
    if not any(may_come_from(each, session.me, session.realm.fold) for each in operators.values()):
        session.numeric(n.ERR_NOOPERHOST)
        return None
    access = operators.get(message.params[0])
    checked: Deferred[Result] = session.server.passwords.verify(
        access.password_hash if access is not None else None, message.params[1]
    ).addCallbacks(_decided, _not_checked, callbackArgs=(session, access), errbackArgs=(session,))
    return checked


def _decided(right: bool, session: IRCSession, access: OperatorAccess | None) -> Result:
    if session.closing:
        return None
    if access is not None and is_proven(access, session.me, session.certificate, right, session.realm.fold):
        log.info("{nick} at {peer} became operator {operator}", nick=session.nick, peer=session.peer,
                 operator=access.name)  # fmt: skip
        return BecomeOperator(access.name, access.privileges, access.vhost)
    # A name that is not there may be a password in the wrong place: it stays out of the log.
    log.warn("{nick} at {peer} failed to become operator {operator}", nick=session.nick, peer=session.peer,
             operator=access.name if access is not None else "(unknown)")  # fmt: skip
    return deferLater(session.around.clock, WRONG_DELAY, _refuse, session)


def _refuse(session: IRCSession) -> Result:
    if not session.closing:
        session.numeric(n.ERR_PASSWDMISMATCH)
    return None


def _not_checked(failure: Failure, session: IRCSession) -> Result:
    failure.trap(QueueFull, Stopped)
    session.fail(
        "OPER", "TEMPORARILY_UNAVAILABLE", text="Too many passwords are being checked, try again later"
    )
    return None


@command("KILL", 1)
def kill(session: IRCSession, message: Message) -> Result:
    reason = message.params[1] if len(message.params) > 1 else ""
    return Kill(message.params[0], reason or "No reason given")


@command("SANICK", 2)
def sanick(session: IRCSession, message: Message) -> Result:
    return ForceNick(message.params[0], message.params[1])


@command("WALLOPS", 1)
def wallops(session: IRCSession, message: Message) -> Result:
    if not message.params[0]:
        session.numeric(n.ERR_NEEDMOREPARAMS, "WALLOPS")
        return None
    return SendWallops(message.params[0])


@command("REHASH")
def rehash(session: IRCSession, message: Message) -> Result:
    """A configuration with mistakes changes nothing; each of them is said."""
    policy.check_privilege(session.me, Privilege.REHASH)
    log.info("{nick} asked to read the configuration again", nick=session.nick)
    session.numeric(n.RPL_REHASHING, "chatdaemon.ini")
    mistakes = session.server.control.rehash()
    for mistake in mistakes:
        session.fail("REHASH", "CONFIG_BAD", text=mistake)
    if not mistakes:
        session.notice("The configuration has been read again")
    return None


@command("DIE")
def die(session: IRCSession, message: Message) -> Result:
    """Stop the daemon. Others are told the operator's reason, if there is one."""
    policy.check_privilege(session.me, Privilege.DIE)
    log.warn("{nick} stops the server", nick=session.nick)
    text = message.params[0] if message.params else ""
    session.server.control.die(text or f"Server shut down by {session.nick}")
    return None
