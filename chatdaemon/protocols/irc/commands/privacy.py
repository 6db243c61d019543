"""ACCEPT and SILENCE: from whom one wants to hear (as Solanum and ircu have them)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatdaemon.protocols.irc import numerics as n
from chatdaemon.protocols.irc.command import Result, Steps, command
from chatdaemon.realm import policy
from chatdaemon.realm.requests import ChangeAccepted, ChangeSilences
from chatdaemon.realm.state import User
from chatdaemon.wire.ircmsg import Message

if TYPE_CHECKING:
    from chatdaemon.protocols.irc.session import IRCSession


def signed(words: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is to be added (with "+", or without a sign) and what to be taken away ("-"), each once."""
    add: dict[str, None] = {}
    remove: dict[str, None] = {}
    for word in words:
        name = word.removeprefix("-") if word.startswith("-") else word.removeprefix("+")
        if name:
            (remove if word.startswith("-") else add)[name] = None
    return tuple(add), tuple(remove)


@command("ACCEPT")
def accept(session: IRCSession, message: Message) -> Result:
    words = [word for param in message.params for word in param.split(",") if word]
    add, remove = signed(word for word in words if word != "*")
    request = ChangeAccepted(add, remove) if add or remove else None
    return request if words and "*" not in words else _accepted(session, request)


def _accepted(session: IRCSession, request: ChangeAccepted | None) -> Steps:
    """Show the list, then change it."""
    for name in policy.accepted_by(session.realm, session.me).values():
        session.numeric(n.RPL_ACCEPTLIST, name)
        yield
    session.numeric(n.RPL_ENDOFACCEPT)
    return request


@command("SILENCE")
def silence(session: IRCSession, message: Message) -> Result:
    """Without masks, or with the client's own nick, the list; that of others is their own matter."""
    user = session.me
    words = [word for param in message.params for word in param.split(",") if word]
    if not words or (len(words) == 1 and session.realm.user(words[0]) is user):
        return _silences(session, user)
    add, remove = signed(words)
    return ChangeSilences(add, remove) if add or remove else None


def _silences(session: IRCSession, user: User) -> Steps:
    for mask in tuple((user.silences or {}).values()):
        session.numeric(n.RPL_SILELIST, user.nick, mask.text)
        yield
    session.numeric(n.RPL_ENDOFSILELIST, user.nick)
    return None
